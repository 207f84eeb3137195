"""Which clips a campaign gets: caps hold always, chances are what they say."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selection.core import picks
from selection.core.picks import Candidate, Caps

FREE = Caps()


def pool(n, *, speakers=3, episodes=4):
    """Clips with rising arousal, dealt out to speakers and episodes in turn."""
    return [Candidate(i, i % speakers, i % episodes, i / n) for i in range(n)]


def rng(seed=1):
    return np.random.default_rng(seed)


CANDIDATES = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.one_of(st.none(), st.floats(-3, 3))),
    max_size=30,
).map(lambda rows: [Candidate(clip, *row) for clip, row in enumerate(rows)])
CAPS = st.builds(
    Caps, st.one_of(st.none(), st.integers(1, 4)), st.one_of(st.none(), st.integers(1, 4))
)


@pytest.mark.parametrize("choose", [picks.at_random, picks.balanced])
class TestBoth:
    @settings(max_examples=60, deadline=None)
    @given(candidates=CANDIDATES, caps=CAPS, n=st.integers(1, 20), seed=st.integers(0, 99))
    def test_keep_every_cap_and_pick_nothing_twice(self, choose, candidates, caps, n, seed):
        chosen = choose(candidates, n=n, caps=caps, rng=rng(seed))
        known = {candidate.clip: candidate for candidate in candidates}
        clips = [pick.clip for pick in chosen]
        assert len(clips) == len(set(clips)) <= n
        for cap, name in ((caps.per_speaker, "speaker"), (caps.per_episode, "episode")):
            counts = Counter(getattr(known[clip], name) for clip in clips)
            assert cap is None or max(counts.values(), default=0) <= cap
        assert all(0 < pick.propensity <= 1 for pick in chosen)

    def test_give_the_same_for_the_same_seed_in_whatever_order_clips_come(self, choose):
        clips, caps = pool(40), Caps(per_speaker=5)
        first = choose(clips, n=12, caps=caps, rng=rng())
        assert choose(clips[::-1], n=12, caps=caps, rng=rng()) == first
        assert choose(clips, n=12, caps=caps, rng=rng(2)) != first

    def test_find_nothing_where_there_is_nothing(self, choose):
        assert choose([], n=5, caps=FREE, rng=rng()) == []


class TestAtRandom:
    def test_gives_every_clip_the_chance_that_it_states(self):
        counts, draws = Counter(), 2000
        for seed in range(draws):
            chosen = picks.at_random(pool(8), n=2, caps=FREE, rng=rng(seed))
            assert {pick.propensity for pick in chosen} == {0.25}
            counts.update(pick.clip for pick in chosen)
        # five standard errors of a share of 2000
        assert all(abs(counts[clip] / draws - 0.25) < 0.05 for clip in range(8))

    def test_states_the_chances_that_caps_really_leave(self, monkeypatch):
        monkeypatch.setattr(picks, "DRAWS", 40)
        crowd = [Candidate(i, 1, i, None) for i in range(9)]
        alone = Candidate(9, 2, 9, None)
        counts, stated, draws = Counter(), {}, 300
        for seed in range(draws):
            for pick in picks.at_random([*crowd, alone], n=2, caps=Caps(1), rng=rng(seed)):
                counts[pick.clip == 9] += 1
                stated.setdefault(pick.clip == 9, []).append(pick.propensity)
        assert counts[True] == draws  # the only clip of its speaker always comes
        assert set(stated[True]) == {1.0}
        assert np.mean(stated[False]) == pytest.approx(1 / 9)

    def test_takes_all_there_are_where_more_are_wanted(self):
        chosen = picks.at_random(pool(3), n=9, caps=FREE, rng=rng())
        assert {pick.propensity for pick in chosen} == {1.0}
        assert len(chosen) == 3


class TestBalanced:
    def test_takes_both_ends_in_turn_and_a_fifth_at_random(self):
        chosen = picks.balanced(pool(100), n=20, caps=FREE, rng=rng())
        reasons = Counter(pick.reason for pick in chosen)
        assert reasons == {"random slice": 4, "arousal high": 8, "arousal low": 8}
        sliced = {pick.clip for pick in chosen if pick.reason == "random slice"}
        high = [pick.clip for pick in chosen if pick.reason == "arousal high"]
        assert high == [clip for clip in range(99, 0, -1) if clip not in sliced][:8]
        assert {p.propensity for p in chosen if p.reason == "random slice"} == {0.04}
        assert {p.propensity for p in chosen if p.reason != "random slice"} == {1.0}

    def test_says_how_high_a_pick_ranked(self):
        chosen = picks.balanced(pool(10), n=4, caps=FREE, rng=rng(), random_share=0)
        assert [pick.score for pick in chosen] == [0.9, 0.0, 0.8, 0.1]

    def test_takes_clips_without_a_score_for_the_slice_only(self):
        unknown = [Candidate(i, i, i, None) for i in range(10)]
        chosen = picks.balanced(unknown, n=10, caps=FREE, rng=rng())
        assert {pick.reason for pick in chosen} == {"random slice"}
        assert len(chosen) == 2

    def test_goes_on_at_one_end_when_the_other_is_used_up(self):
        low = [Candidate(i, 1, i, -1.0) for i in range(5)]  # one speaker, who is capped
        high = [Candidate(i, i, i, 1.0) for i in range(10, 15)]
        chosen = picks.balanced([*low, *high], n=6, caps=Caps(1), rng=rng(), random_share=0)
        assert len(chosen) == 6
        assert sum(pick.clip < 10 for pick in chosen) == 1
