from datetime import timedelta

import pytest

from corpus.actions import release_content, release_rows
from corpus.actions.release_content import MixedRatings, NothingToRelease, NotIdentified, Wish
from corpus.models import Clip, Voice
from tests.factories import corpus as make
from tests.factories.corpus import NOW, SECOND

pytestmark = pytest.mark.django_db
QUERIES = 8  # of clips, accepted, withdrawn, repeats, voices, runs, verdicts, speakers


def names(chosen):
    return [clip.name for clip in chosen.clips]


class TestChoose:
    def test_takes_what_is_shareable_accepted_and_rated(self, releasable, table):
        clip, unrated = releasable(), releasable()
        blocked = releasable(verdict="review", spdx="")
        chosen = release_content.choose(wish=Wish(), table=table({clip.pk: 2, blocked.pk: 2}))
        assert chosen.clips == [clip]
        assert unrated not in chosen.clips
        assert chosen.left_out == ["1 rated clips are of episodes whose licence is in review."]

    @pytest.mark.parametrize(
        ("verdict", "reason"),
        [
            (None, "is not decided yet"),
            ("index_only", "lets us list it only"),
            ("blocked", "is blocked"),
            ("refused", "is refused"),
        ],
    )
    def test_counts_rated_clips_that_may_no_longer_be_shared(
        self, releasable, table, verdict, reason
    ):
        kept, lost = releasable(), releasable()
        lost.episode.licence = verdict and make.licence(lost.episode, verdict=verdict)
        lost.episode.save()
        chosen = release_content.choose(wish=Wish(), table=table({kept.pk: 2, lost.pk: 2}))
        assert chosen.clips == [kept]
        assert chosen.left_out == [f"1 rated clips are of episodes whose licence {reason}."]

    def test_counts_rated_clips_of_copies(self, releasable, table):
        kept, copy = releasable(), releasable()
        copy.episode.duplicate_of = kept.episode
        copy.episode.save()
        chosen = release_content.choose(wish=Wish(), table=table({kept.pk: 2, copy.pk: 2}))
        assert chosen.clips == [kept]
        assert chosen.left_out == ["1 rated clips are of episodes that are copies of others."]

    def test_counts_what_has_too_few_ratings(self, releasable, table):
        clips = [releasable() for _ in range(3)]
        found = table({clip.pk: n for clip, n in zip(clips, (2, 1, 3), strict=True)})
        chosen = release_content.choose(wish=Wish(), table=found)
        assert names(chosen) == sorted([clips[0].name, clips[2].name])
        assert chosen.left_out == [
            "1 rated clips have fewer ratings than their campaigns ask for "
            "(--min-ratings sets a limit)."
        ]

    def test_takes_another_limit(self, releasable, table):
        clip = releasable()
        found = table({clip.pk: 1})
        assert release_content.choose(wish=Wish(min_ratings=1), table=found).clips == [clip]
        assert release_content.choose(wish=Wish(min_ratings=0), table=found).clips == [clip]

    def test_counts_what_the_gate_filtered_since(self, releasable, table):
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

    def test_holds_no_sound_twice(self, releasable, table):
        now = releasable(start=0)
        episode = now.episode
        older = {"superseded_at": NOW - timedelta(days=1), "episode": episode}
        newer = {"superseded_at": NOW, "episode": episode}
        releasable(start=3 * SECOND, **newer)  # runs into the current one
        beside = releasable(start=4 * SECOND, **newer)
        releasable(start=6 * SECOND, **older)  # runs into the newer of the old
        apart = releasable(start=20 * SECOND, **older)
        elsewhere = releasable(start=SECOND, superseded_at=NOW)
        found = table(dict.fromkeys(Clip.objects.values_list("pk", flat=True), 2))
        chosen = release_content.choose(wish=Wish(), table=found)
        assert chosen.clips == [now, beside, apart, elsewhere]
        assert chosen.left_out == ["2 rated clips overlap clips of a newer cut."]

    def test_keeps_an_old_clip_whose_successor_stays_out(self, releasable, table):
        old = releasable(start=0, superseded_at=NOW)
        new = releasable(start=SECOND, episode=old.episode)
        found = table({old.pk: 2, new.pk: 1})
        assert release_content.choose(wish=Wish(), table=found).clips == [old]

    def test_counts_answers_given_twice_and_says_what_the_table_leaves_out(self, releasable, table):
        found = table({releasable().pk: 2}, repeated=3, left_out=("Others stay out.",))
        told, repeated = release_content.choose(wish=Wish(), table=found).left_out
        assert told == "Others stay out."
        assert repeated.startswith("3 answers of raters who rated the same clip again")

    def test_never_mixes_people_with_scripts(self, releasable, table):
        person, script = releasable(), releasable()
        found = table({person.pk: 2, script.pk: 3}, simulated={script.pk})
        with pytest.raises(MixedRatings, match=r"3 of 5 ratings are simulated \(in one\)"):
            release_content.choose(wish=Wish(), table=found)
        only = table({script.pk: 3}, simulated=True)
        assert release_content.choose(wish=Wish(), table=only).clips == [script]

    def test_waits_for_voices_that_can_be_compared(self, releasable, table):
        clip, other = releasable(), releasable()
        Voice.objects.filter(pk=clip.voice_id).update(speaker=None)
        assert names(release_content.choose(wish=Wish(), table=table({other.pk: 2})))
        with pytest.raises(NotIdentified, match="pipeline --until-idle"):
            release_content.choose(wish=Wish(), table=table({clip.pk: 2}))

    def test_measures_agreement_over_what_is_released(self, releasable, table):
        clips = [releasable() for _ in range(3)]
        found = table({clip.pk: n for clip, n in zip(clips, (2, 2, 1), strict=True)})
        (figure,) = release_content.choose(wish=Wish(), table=found).agreement
        assert figure.n == 2

    def test_asks_no_more_questions_for_more_clips(
        self, releasable, table, django_assert_num_queries
    ):
        def build(clips, expected):
            found = table({clip.pk: 2 for clip in clips})
            with django_assert_num_queries(expected, exact=True):
                chosen = release_content.choose(wish=Wish(), table=found)
                sides = release_content.draw(chosen, Wish()).partitions
                made = release_rows.rows(chosen, sides)
            assert len(made) == len(clips)

        clips = [releasable() for _ in range(2)]
        build(clips, QUERIES)
        clips += [releasable(episode=clips[0].episode), *(releasable() for _ in range(3))]
        build(clips, QUERIES)

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
        with pytest.raises(NothingToRelease, match="1 rated clips have fewer ratings than"):
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
            episode = make.episode()
            person = anna if len(clips) % 4 < 2 else make.speaker()
            for n, who in enumerate((person, make.speaker()), start=1):
                run = episode.runs.filter(stage="diarise").first() or make.run(episode)
                given = {"speaker": who, "label": f"S{n}", "embedding": [1.0, 0.0]}
                voice = make.voice(episode, run=run, **given)
                fields = {"voice": voice, "number": n, "start": n * 5 * SECOND}
                clips.append(releasable(episode=episode, **fields))
        sides = self.sides(clips, table)
        for clip in clips:
            own = {sides[c.name] for c in clips if c.voice.speaker_id == clip.voice.speaker_id}
            near = {sides[c.name] for c in clips if c.episode_id == clip.episode_id}
            assert len(own) == len(near) == 1
        assert len(set(sides.values())) > 1

    def test_has_no_sound_on_two_sides(self, releasable, table):
        clips = []
        for _ in range(8):
            voice = make.voice(make.episode(), embedding=[1.0, 0.0])
            clips.append(releasable(episode=voice.episode, voice=voice, start=12 * SECOND))
        before = self.sides(clips, table)
        one = next(clip for clip in clips if before[clip.name] == "Train")
        other = next(clip for clip in clips if before[clip.name] != "Train")
        make.repeat(other.episode, one.episode, of_start=13 * SECOND)
        after = self.sides(clips, table)
        assert after[one.name] == after[other.name]
        assert len(set(after.values())) > 1

    @pytest.mark.parametrize("why", ["no speaker", "no embedding"])
    def test_keeps_voices_that_nobody_knows_on_the_first_side(self, releasable, table, why):
        clips = [releasable() for _ in range(8)]
        strangers, known = clips[:6], clips[6:]
        for clip in strangers:
            clip.voice.embedding = None
            clip.voice.speaker = clip.voice.speaker if why == "no embedding" else None
            clip.voice.save()
        chosen = release_content.choose(wish=Wish(), table=table({c.pk: 2 for c in clips}))
        drawn = release_content.draw(chosen, Wish())
        assert {drawn.partitions[clip.name] for clip in strangers} == {"Train"}
        assert {drawn.partitions[clip.name] for clip in known} == {"Development", "Test1"}
        assert any("6 clips of unknown speakers in Train" in said for said in drawn.warnings)

    def test_takes_the_rest_of_their_episode_along(self, releasable, table):
        pairs = []
        for _ in range(4):
            known = releasable()
            voice = make.voice(known.episode, run=known.voice.run, label="S2", speaker=None)
            pairs.append((known, releasable(episode=known.episode, voice=voice)))
        sides = self.sides([clip for pair in pairs for clip in pair], table)
        assert set(sides.values()) == {"Train"}

    def test_is_the_same_every_time(self, releasable, table):
        clips = [releasable() for _ in range(8)]
        assert self.sides(clips, table) == self.sides(clips[::-1], table)


class TestFacts:
    def test_are_dated_by_the_newest_rating_not_by_the_clock(self, releasable, table):
        chosen = release_content.choose(wish=Wish(), table=table({releasable().pk: 2}))
        facts = release_content.facts("talk", "1.0.0", Wish(), chosen, ["a warning"])
        assert facts.created_at == NOW
        assert facts.limits == ("a warning",)

    @pytest.mark.parametrize(
        ("wish", "said"),
        [
            (Wish(), ("none named", "as each campaign asks", "left out", "no")),
            (Wish(("one",), 1, True, True), ("one", "1", "taken in", "yes")),
        ],
    )
    def test_say_in_words_what_was_asked_for(self, releasable, table, wish, said):
        chosen = release_content.choose(wish=wish, table=table({releasable().pk: 2}))
        facts = release_content.facts("talk", "1.0.0", wish, chosen, [])
        assert tuple(facts.parameters.values()) == (*said, str(release_content.SEED))

    def test_bring_the_agreement(self, releasable, table):
        chosen = release_content.choose(wish=Wish(), table=table({releasable().pk: 2}))
        facts = release_content.facts("talk", "1.0.0", Wish(), chosen, [])
        assert [figure.measure for figure in facts.agreement] == ["alpha"]
