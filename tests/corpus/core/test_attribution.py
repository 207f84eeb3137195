from corpus.core.attribution import Credit, changes

KETTLE = Credit(
    title="The kettle",
    author="Anna",
    source="https://talk.example/1",
    licence="Creative Commons Attribution 4.0 International",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    changes=changes(4.2),
)


class TestCredit:
    def test_is_one_line_to_copy(self):
        assert KETTLE.line == (
            "“The kettle” by Anna, https://talk.example/1, licensed under Creative Commons Attribution 4.0 "
            "International (https://creativecommons.org/licenses/by/4.0/). "
            "Changes: cut to 4.200 s, mixed down to mono, resampled to 16 kHz."
        )


class TestChanges:
    def test_of_an_episode_speak_of_clips(self):
        assert changes(None) == "cut into clips, mixed down to mono, resampled to 16 kHz"
