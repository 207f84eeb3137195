import pytest

from corpus.actions import release_content
from corpus.actions.release_content import NothingToRelease, Wish
from tests.factories import corpus as make
from tests.factories.corpus import NOW, SECOND

pytestmark = pytest.mark.django_db


def names(chosen):
    return [clip.name for clip in chosen.clips]


class TestChoose:
    def test_takes_what_is_shareable_accepted_and_rated(self, releasable, table):
        clip, unrated = releasable(), releasable()
        blocked = releasable(verdict="review", spdx="")
        chosen = release_content.choose(wish=Wish(), table=table({clip.pk: 2, blocked.pk: 2}))
        assert chosen.clips == [clip]
        assert unrated not in chosen.clips
        assert chosen.left_out == []

    def test_counts_what_has_too_few_ratings(self, releasable, table):
        clips = [releasable() for _ in range(3)]
        found = table({clip.pk: n for clip, n in zip(clips, (2, 1, 3), strict=True)})
        chosen = release_content.choose(wish=Wish(), table=found)
        assert names(chosen) == sorted([clips[0].name, clips[2].name])
        assert chosen.left_out == [
            "1 rated clips have fewer than 2 ratings (--min-ratings sets another limit)."
        ]

    def test_takes_another_limit(self, releasable, table):
        clip = releasable()
        found = table({clip.pk: 1})
        assert release_content.choose(wish=Wish(min_ratings=1), table=found).clips == [clip]
        assert release_content.choose(wish=Wish(min_ratings=0), table=found).clips == [clip]

    def test_counts_what_the_gate_filtered_since(self, releasable, table):
        from datetime import timedelta

        kept, dropped = releasable(), releasable()
        make.verdict(dropped, is_accepted=False, judged_at=NOW + timedelta(days=1))
        chosen = release_content.choose(wish=Wish(), table=table({kept.pk: 2, dropped.pk: 2}))
        assert chosen.clips == [kept]
        assert chosen.left_out == ["1 rated clips are not accepted by the gate."]

    def test_takes_non_commercial_clips_only_when_asked(self, releasable, table):
        free, nc = releasable(), releasable(verdict="non_commercial", spdx="CC-BY-NC-4.0")
        found = table({free.pk: 2, nc.pk: 2})
        chosen = release_content.choose(wish=Wish(), table=found)
        assert chosen.clips == [free]
        assert "non-commercial" in chosen.left_out[0]
        wish = Wish(non_commercial=True)
        assert len(release_content.choose(wish=wish, table=found).clips) == 2

    def test_keeps_rated_clips_that_a_newer_cut_dropped(self, releasable, table):
        clip = releasable(superseded_at=NOW)
        assert release_content.choose(wish=Wish(), table=table({clip.pk: 2})).clips == [clip]

    def test_asks_for_the_campaigns_named(self, releasable, table):
        found = table({releasable().pk: 2})
        release_content.choose(wish=Wish(campaigns=("one",)), table=found)
        assert found.asked == [("one",)]

    def test_is_refused_where_nothing_has_a_rating(self, releasable, table):
        releasable()
        with pytest.raises(NothingToRelease, match="open a campaign, or import ratings"):
            release_content.choose(wish=Wish(), table=table({}))

    def test_is_refused_with_the_counts_where_everything_stays_out(self, releasable, table):
        found = table({releasable().pk: 1})
        with pytest.raises(NothingToRelease, match="1 rated clips have fewer than 2 ratings"):
            release_content.choose(wish=Wish(), table=found)


class TestDraw:
    def sides(self, clips, table, wish=None):
        wish = wish or Wish(min_ratings=1)
        chosen = release_content.choose(wish=wish, table=table({c.pk: 1 for c in clips}))
        return release_content.draw(chosen, wish).partitions

    def test_parts_neither_a_speaker_nor_an_episode(self, releasable, table):
        anna = make.speaker()
        clips = []
        for _ in range(6):  # each second episode shares a speaker with the one before
            episode = make.episode(source_file="ab/c.mp3")
            person = anna if len(clips) % 4 < 2 else make.speaker()
            for n, who in enumerate((person, make.speaker()), start=1):
                voice = make.voice(episode, speaker=who, label=f"S{n}")
                fields = {"voice": voice, "number": n, "start": n * 5 * SECOND}
                clips.append(releasable(episode=episode, **fields))
        sides = self.sides(clips, table)
        for clip in clips:
            own = {sides[c.name] for c in clips if c.voice.speaker_id == clip.voice.speaker_id}
            near = {sides[c.name] for c in clips if c.episode_id == clip.episode_id}
            assert len(own) == len(near) == 1
        assert len(set(sides.values())) > 1

    def test_takes_voices_without_a_speaker_for_people_of_their_own(self, releasable, table):
        clips = [releasable() for _ in range(4)]
        for clip in clips:
            clip.voice.speaker = None
            clip.voice.save()
        assert len(set(self.sides(clips, table).values())) > 1

    def test_is_the_same_every_time(self, releasable, table):
        clips = [releasable() for _ in range(8)]
        assert self.sides(clips, table) == self.sides(clips[::-1], table)


class TestRows:
    def rows(self, clips, table):
        chosen = release_content.choose(wish=Wish(), table=table({c.pk: 2 for c in clips}))
        return release_content.rows(chosen, {clip.name: "Train" for clip in clips})

    def test_number_speakers_and_podcasts_by_the_names_of_clips(self, releasable, table):
        make.speaker()
        clips = sorted((releasable() for _ in range(3)), key=lambda clip: clip.name)
        assert [(row.speaker, row.podcast) for row in self.rows(clips, table)] == [
            (1, 1),
            (2, 2),
            (3, 3),
        ]

    def test_name_no_folder_of_this_machine(self, releasable, table):
        clip = releasable()
        clip.episode.audio_url = "file:///home/anna/secret/ep1.mp3"
        clip.episode.link = ""
        clip.episode.save()
        (row,) = self.rows([clip], table)
        assert row.source_url == "file:ep1.mp3"
        assert row.episode_url == ""

    def test_tell_where_a_clip_comes_from_and_under_which_terms(self, releasable, table):
        clip = releasable()
        (row,) = self.rows([clip], table)
        assert (row.spdx, row.author) == ("CC-BY-4.0", "Anna")
        assert row.attribution == f"{clip.episode.title}, Anna"
        assert row.changes == "cut to 4.000 s, mixed down to mono, resampled to 16 kHz"
        assert (row.start_s, row.end_s) == (0.0, 4.0)
        assert row.file_sha256 in clip.file
        assert row.gate.startswith("tests ")

    def test_prefer_the_credit_that_was_asked_for(self, releasable, table):
        clip = releasable()
        clip.episode.attribution = "Anna and friends, 2026"
        clip.episode.save()
        (row,) = self.rows([clip], table)
        assert row.attribution == "Anna and friends, 2026"

    def test_list_the_engines_from_cut_back_to_fetch(self, releasable, table):
        episode = make.episode(source_file="ab/c.mp3")
        fetch = make.run(episode, stage="fetch", version="f1", parameters={"inputs": []})
        cut = make.run(episode, stage="cut", version="c1", parameters={"inputs": [fetch.key]})
        (row,) = self.rows([releasable(episode=episode, run=cut)], table)
        assert row.pipeline == {"cut": "c1", "fetch": "f1"}


class TestFacts:
    def test_are_dated_by_the_newest_rating_not_by_the_clock(self, releasable, table):
        chosen = release_content.choose(wish=Wish(), table=table({releasable().pk: 2}))
        facts = release_content.facts("talk", "1.0.0", Wish(), chosen, ["a warning"])
        assert facts.created_at == NOW
        assert facts.limits == ("a warning",)
        assert facts.parameters["partition_seed"] == str(release_content.SEED)
