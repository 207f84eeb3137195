"""Scripted raters: answers that the protocol allows, near the mood they heard."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.core import protocols, scores, taxonomy
from selection.core import simulation
from selection.core.simulation import MOODS


def rng(seed=1):
    return np.random.default_rng(seed)


class TestAnswer:
    @given(
        mood=st.sampled_from([*MOODS, "unheard of"]),
        protocol=st.sampled_from(protocols.PRESETS),
        seed=st.integers(0, 999),
    )
    def test_breaks_no_rule_of_its_protocol(self, mood, protocol, seed):
        assert scores.check(simulation.answer(mood, protocol, rng(seed)), protocol) == ()

    def test_is_the_same_for_the_same_draw(self):
        protocol = protocols.MSP_PODCAST
        assert simulation.answer("sad", protocol, rng(3)) == simulation.answer(
            "sad", protocol, rng(3)
        )

    def test_names_the_mood_as_often_as_the_rater_is_accurate(self):
        named = Counter(
            simulation.answer("angry", protocols.MSP_PODCAST, rng(seed), accuracy=0.75).primary
            for seed in range(800)
        )
        assert named["Angry"] / 800 == pytest.approx(0.75, abs=0.08)
        assert set(named) == {"Angry", "Disgust"}

    def test_lies_around_the_centre_of_the_mood(self):
        answers = [simulation.answer("sad", protocols.MSP_PODCAST, rng(s)) for s in range(300)]
        assert np.mean([a.arousal for a in answers]) == pytest.approx(2.4, abs=0.25)


class TestMoodOf:
    @pytest.mark.parametrize(
        ("arousal", "moods"),
        [
            (2.0, {"angry", "happy", "surprise", "fear"}),
            (-2.0, {"sad", "calm", "neutral"}),
            (None, {"neutral", "amused", "annoyed", "contempt"}),
        ],
    )
    def test_follows_arousal_as_far_as_it_is_known(self, arousal, moods):
        assert {simulation.mood_of(arousal, rng(seed)) for seed in range(80)} == moods

    def test_is_always_one_that_has_an_answer(self):
        words = {label.value for label in taxonomy.Primary}
        assert {mood.primary for mood in MOODS.values()} <= words
