"""A first guess at arousal: against the speaker's own voice, as far as that is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selection.core import arousal

CALM = {"f0_hz": 110.0, "f0_range_st": 2.0, "level_db": -30.0, "tilt_db": -20.0}
LOUD = {"f0_hz": 190.0, "f0_range_st": 9.0, "level_db": -15.0, "tilt_db": -5.0}
CUE = st.one_of(st.none(), st.floats(-100, 500))


class TestScores:
    def test_rank_loud_high_lively_bright_above_their_opposites(self):
        scores = arousal.scores({1: CALM, 2: LOUD}, {1: 1, 2: 1})
        assert scores[2] > 0 > scores[1]
        assert scores[2] == pytest.approx(-scores[1])

    def test_judge_a_voice_against_itself(self):
        """A high voice in its middle is no more aroused than a low voice in its middle."""
        low = {n: {"f0_hz": 100.0 + n % 3} for n in range(60)}
        high = {n: {"f0_hz": 220.0 + n % 3} for n in range(60, 120)}
        speaker_of = dict.fromkeys(low, 1) | dict.fromkeys(high, 2)
        scores = arousal.scores(low | high, speaker_of)
        own = sum(scores[n] for n in high) / 60
        alone = arousal.scores(low | high, dict.fromkeys(speaker_of, 1))
        together = sum(alone[n] for n in high) / 60
        assert 0 < own < together / 3

    def test_lean_on_the_pool_for_a_voice_heard_once(self):
        features = {n: {"level_db": -30.0 + n} for n in range(10)} | {99: {"level_db": -10.0}}
        scores = arousal.scores(features, dict.fromkeys(range(10), 1) | {99: 2})
        assert scores[99] == max(scores.values()) > 1

    def test_use_the_cues_that_there_are(self):
        scores = arousal.scores(
            {1: {"level_db": -30.0}, 2: {"level_db": -10.0, "f0_hz": None}}, {1: 1, 2: 1}
        )
        assert scores[2] > scores[1]

    def test_leave_out_clips_without_any_cue(self):
        assert arousal.scores({1: {"f0_hz": None}, 2: CALM}, {1: 1, 2: 1}).keys() == {2}
        assert arousal.scores({}, {}) == {}

    def test_are_zero_where_all_are_alike(self):
        scores = arousal.scores(dict.fromkeys(range(5), CALM), dict.fromkeys(range(5), 1))
        assert all(abs(score) < 1e-3 for score in scores.values())

    @given(
        st.dictionaries(st.integers(0, 20), st.fixed_dictionaries(dict.fromkeys(arousal.CUES, CUE)))
    )
    def test_are_finite_whatever_was_measured(self, features):
        scores = arousal.scores(features, {clip: clip % 3 for clip in features})
        assert all(abs(score) < 1e15 for score in scores.values())
