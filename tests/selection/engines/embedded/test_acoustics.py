"""Prosody of sounds whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selection.engines.embedded import acoustics
from selection.engines.embedded.acoustics import RATE, Prosody

SECONDS = np.arange(2 * RATE) / RATE


def pcm(wave):
    return np.round(np.clip(wave, -1, 1) * 32_767).astype(np.int16)


def extract(wave):
    return Prosody().extract(pcm(wave))


def voice(f0, *, partials=12):
    """A buzz such as a throat makes."""
    return sum(np.sin(2 * np.pi * f0 * k * SECONDS) / k for k in range(1, partials)) / 4


class TestPitch:
    @pytest.mark.parametrize("f0", [70, 98.3, 120, 220, 311.1, 440, 480])
    def test_of_a_sine_is_exact_to_a_hundredth(self, f0):
        found = extract(0.3 * np.sin(2 * np.pi * f0 * SECONDS))
        assert found["f0_hz"] == pytest.approx(f0, rel=0.01)
        assert found["voiced_share"] == 1

    @pytest.mark.parametrize("f0", [85, 150, 260])
    def test_of_a_buzz_is_its_fundamental_and_no_octave(self, f0):
        assert extract(voice(f0))["f0_hz"] == pytest.approx(f0, rel=0.01)

    def test_needs_no_fundamental_in_the_sound(self):
        wave = sum(np.sin(2 * np.pi * 120 * k * SECONDS) for k in (2, 3, 4, 5)) / 8
        assert extract(wave)["f0_hz"] == pytest.approx(120, rel=0.01)

    def test_ranges_over_what_the_voice_does(self):
        glide = 110 * 2 ** (SECONDS / 2)  # one octave in two seconds
        found = extract(0.3 * np.sin(2 * np.pi * np.cumsum(glide) / RATE))
        assert found["f0_range_st"] == pytest.approx(0.9 * 12, abs=0.5)

    def test_of_noise_is_unknown(self):
        noise = np.random.default_rng(1).normal(0, 0.1, 2 * RATE)
        found = extract(noise)
        assert (found["f0_hz"], found["f0_range_st"], found["voiced_share"]) == (None, None, 0)


class TestLevel:
    @pytest.mark.parametrize("amplitude", [0.5, 0.1, 0.01])
    def test_of_a_sine_is_its_amplitude_over_root_two(self, amplitude):
        found = extract(amplitude * np.sin(2 * np.pi * 200 * SECONDS))
        assert found["level_db"] == pytest.approx(20 * np.log10(amplitude / 2**0.5), abs=0.05)

    def test_leaves_out_the_pauses(self):
        sound = 0.3 * np.sin(2 * np.pi * 200 * SECONDS)
        paused = np.concatenate([sound, np.zeros(RATE), sound])
        assert extract(paused)["level_db"] == pytest.approx(extract(sound)["level_db"], abs=0.5)

    def test_ranges_over_loud_and_soft(self):
        half = len(SECONDS) // 2
        wave = np.sin(2 * np.pi * 200 * SECONDS) * np.where(np.arange(2 * half) < half, 0.4, 0.04)
        assert extract(wave)["level_range_db"] == pytest.approx(20, abs=0.5)


class TestTilt:
    def test_is_higher_for_a_brighter_voice(self):
        assert extract(voice(150, partials=40))["tilt_db"] > extract(voice(150))["tilt_db"] + 2


class TestProsody:
    def test_of_silence_is_unknown(self):
        assert set(extract(np.zeros(RATE)).values()) == {None}

    def test_has_a_value_or_none_under_every_name(self):
        assert tuple(extract(voice(150))) == acoustics.NAMES

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(-32_768, 32_767), min_size=1, max_size=4_000))
    def test_is_finite_for_any_samples(self, samples):
        values = Prosody().extract(np.array(samples, np.int16)).values()
        assert all(value is None or np.isfinite(value) for value in values)
