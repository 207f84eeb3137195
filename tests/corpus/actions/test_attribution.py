import pytest

from corpus.actions import attribution
from corpus.core.formats.attribution import COLUMNS
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


class TestOfEpisode:
    def test_says_title_author_source_licence_and_changes(self):
        episode = make.episode(title="The kettle", author="Anna", link="https://talk.example/1")
        credit = attribution.of_episode(episode)
        assert (credit.title, credit.author, credit.source) == (
            "The kettle",
            "Anna",
            "https://talk.example/1",
        )
        assert credit.licence == "Creative Commons Attribution 4.0 International"
        assert credit.licence_url == "https://creativecommons.org/licenses/by/4.0/"
        assert credit.changes.startswith("cut into clips")

    @pytest.mark.parametrize("verdict", ["review", "index_only", "blocked", "refused", None])
    def test_has_nothing_to_say_where_nothing_may_be_cut(self, verdict):
        assert attribution.of_episode(make.episode(verdict=verdict)) is None

    def test_names_the_podcast_where_nobody_is_known(self):
        episode = make.episode()
        assert attribution.of_episode(episode).author == episode.podcast.title

    def test_takes_the_credit_that_is_asked_for(self):
        credit = attribution.of_episode(make.episode(attribution="Anna,\n talk.example"))
        assert credit.wished == "Anna, talk.example"
        assert "Credit as asked for: Anna, talk.example." in credit.line

    def test_tells_nobody_of_our_folders(self):
        credit = attribution.of_episode(make.episode(audio_url="file:///home/anna/1.wav"))
        assert credit.source == ""
        assert "file:" not in credit.line


class TestOfClip:
    def test_says_how_long_the_excerpt_is(self):
        credit = attribution.of_clip(make.clip())
        assert credit.changes == "cut to 4.000 s, mixed down to mono, resampled to 16 kHz"
        assert credit.line.startswith("“Episode")

    def test_has_the_facts_that_releases_ask_for(self):
        """Title, author, source, licence, changes: the columns of ATTRIBUTION.csv."""
        needed = {"title", "author", "source_url", "spdx", "licence_url", "changes", "attribution"}
        assert needed <= set(COLUMNS)
