import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.core import queue
from annotation.core.queue import Candidate

candidates = st.lists(
    st.builds(
        Candidate,
        clip_id=st.integers(1, 10_000),
        speaker_id=st.none() | st.integers(1, 6),
        podcast_id=st.integers(1, 6),
    ),
    unique_by=lambda candidate: candidate.clip_id,
    max_size=40,
)


def apart(clip_id):
    return Candidate(clip_id, speaker_id=clip_id, podcast_id=clip_id)


def heard_by(ranked):
    return [place.candidate.clip_id for place in ranked]


class TestOrderKey:
    def test_is_the_md5_that_postgresql_gives(self):
        # select md5(12 || ':' || 345)
        assert queue.order_key(12, 345) == hashlib.md5(b"12:345").hexdigest()
        assert len(queue.order_key(12, 345)) == 32

    def test_does_not_mix_up_clip_and_rater(self):
        assert queue.order_key(1, 23) != queue.order_key(12, 3)
        assert queue.order_key(1, 2) != queue.order_key(2, 1)


class TestRank:
    def test_gives_each_rater_an_order_of_her_own(self):
        pool = [apart(i) for i in range(1, 21)]
        first, second = (heard_by(queue.rank(pool, [], rater_id=r)) for r in (1, 2))
        assert sorted(first) == sorted(second) == list(range(1, 21))
        assert first != second

    def test_puts_clips_that_break_the_spacing_last_and_says_why(self):
        recent = [Candidate(1, 7, 1), Candidate(2, 7, 2), apart(3), apart(4)]
        crowding = [Candidate(i, 7, 100 + i) for i in range(10, 30)]
        ranked = queue.rank([*crowding, apart(50)], recent, rater_id=1, limit=3)
        assert heard_by(ranked)[0] == 50
        assert [place.spaced for place in ranked] == [True, False, False]
        assert ranked[1].reason == "2 of the last 4 clips have the same speaker"

    def test_looks_at_podcasts_too(self):
        recent = [Candidate(1, 1, 9), Candidate(2, 2, 9)]
        (place,) = queue.rank([Candidate(3, 3, 9)], recent, rater_id=1)
        assert place.reason == "2 of the last 2 clips are from the same podcast"

    def test_forgets_what_is_five_clips_ago(self):
        recent = [Candidate(1, 7, 1), Candidate(2, 7, 2), apart(3), apart(4), apart(5)]
        (place,) = queue.rank([Candidate(6, 7, 60)], recent, rater_id=1)
        assert place.spaced

    def test_unknown_speakers_are_not_one_person(self):
        recent = [Candidate(i, None, i) for i in range(1, 5)]
        (place,) = queue.rank([Candidate(9, None, 90)], recent, rater_id=1)
        assert place.spaced

    def test_offers_at_most_so_many(self):
        pool = [apart(i) for i in range(1, 60)]
        assert len(queue.rank(pool, [], rater_id=1)) == 20
        assert len(queue.rank(pool, [], rater_id=1, limit=5)) == 5

    @settings(deadline=None, max_examples=80)
    @given(candidates, candidates, st.integers(1, 9), st.frozensets(st.integers(1, 6)))
    def test_never_plays_a_rater_her_own_voice(self, pool, recent, rater_id, own):
        ranked = queue.rank(pool, recent, rater_id=rater_id, own_speakers=own, limit=100)
        assert not {place.candidate.speaker_id for place in ranked} & own
        assert sum(c.speaker_id not in own for c in pool) == len(ranked)

    @settings(deadline=None, max_examples=80)
    @given(candidates, candidates, st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_the_candidates(self, pool, recent, shuffler):
        shuffled = list(pool)
        shuffler.shuffle(shuffled)
        assert queue.rank(shuffled, recent, rater_id=3) == queue.rank(pool, recent, rater_id=3)

    @settings(deadline=None, max_examples=60)
    @given(candidates)
    def test_keeps_two_of_five_as_long_as_it_can(self, pool):
        heard, left = [], list(pool)
        while left and (best := queue.rank(left, heard, rater_id=5)[0]).spaced:
            heard.append(best.candidate)
            left.remove(best.candidate)
        for start in range(len(heard)):
            window = heard[start : start + 5]
            podcasts = [clip.podcast_id for clip in window]
            speakers = [clip.speaker_id for clip in window if clip.speaker_id is not None]
            assert max(podcasts.count(p) for p in podcasts) <= 2
            assert max((speakers.count(s) for s in speakers), default=0) <= 2

    @pytest.mark.parametrize("recent", [[], [apart(1)]])
    def test_has_nothing_to_say_about_nothing(self, recent):
        assert queue.rank([], recent, rater_id=1) == ()
