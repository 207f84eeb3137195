import numpy as np
import pytest

from corpus.core import landmarks
from corpus.core.landmarks import HOP, Landmarks
from corpus.core.segments import RATE
from tests import fakes, sounds


def numbers(marks):
    return list(zip(marks.frames.tolist(), marks.hashes.tolist(), strict=True))


def kept(before, after, *, shift=0.0):
    """The share of landmarks that are there again, `shift` samples later."""
    there = set(numbers(after))
    near = [
        any((frame + round(shift / HOP) + late, number) in there for late in (-1, 0, 1))
        for frame, number in numbers(before)
    ]
    return sum(near) / len(near)


class TestLandmarks:
    def test_are_three_peaks_as_one_number(self, monkeypatch):
        bins = np.array([5, 7, 9]) * landmarks.CELL_BINS + landmarks.LOWEST
        monkeypatch.setattr(landmarks, "_peaks", lambda _: (np.array([0.0, 10.0, 30.0]), bins))
        found = landmarks.landmarks(np.zeros(0, np.int16))
        assert numbers(found) == [(0, 5 << 22 | 7 << 16 | 9 << 10 | 2 << 5 | 7)]
        assert found.ends.tolist() == [28]

    @pytest.mark.parametrize("n", [0, 1, 2047, 2048, 2304, 16_000])
    def test_of_silence_are_none(self, n):
        assert len(landmarks.landmarks(np.zeros(n, np.int16)).frames) == 0

    def test_of_a_steady_tone_are_none(self):
        tone = 3000 * np.sin(2 * np.pi * 440 * np.arange(20 * RATE) / RATE)
        hum = (tone + np.random.default_rng(1).normal(0, 30, len(tone))).astype(np.int16)
        assert len(landmarks.landmarks(hum).frames) == 0

    def test_of_a_voice_are_few(self):
        rate = len(landmarks.landmarks(sounds.melody(60, seed=1)).frames) / 60
        assert 3 < rate < 25

    def test_are_in_order_and_once(self):
        found = numbers(landmarks.landmarks(sounds.melody(20, seed=1)))
        assert found == sorted(set(found))

    @pytest.mark.parametrize("block", [130, 1000])
    def test_are_the_same_however_long_the_parts_are(self, block, monkeypatch):
        sound = np.concatenate([sounds.melody(20, seed=1), fakes.silence(3), fakes.noise(5)])
        whole = numbers(landmarks.landmarks(sound))
        monkeypatch.setattr(landmarks, "BLOCK", block)
        assert numbers(landmarks.landmarks(sound)) == whole

    @pytest.mark.parametrize("gain", [0.25, 2.0])
    def test_stay_at_another_level(self, gain):
        sound = sounds.melody(20, seed=1)
        other = np.round(sound * gain).clip(-32768, 32767).astype(np.int16)
        assert kept(landmarks.landmarks(sound), landmarks.landmarks(other)) > 0.8

    @pytest.mark.parametrize("shift", [128, 5920])
    def test_stay_at_another_place(self, shift):
        sound = sounds.melody(20, seed=1)
        other = np.concatenate([np.zeros(shift, np.int16), sound])
        marks = landmarks.landmarks(sound), landmarks.landmarks(other)
        assert kept(*marks, shift=shift) > 0.25

    def test_of_another_sound_are_others(self):
        first, second = (landmarks.landmarks(sounds.melody(60, seed=seed)) for seed in (1, 2))
        assert len(np.intersect1d(first.hashes, second.hashes)) < 0.05 * len(first.hashes)

    def test_fit_the_column_that_keeps_them(self):
        marks = landmarks.landmarks(fakes.noise(20))
        assert len(marks.hashes)
        assert marks.hashes.dtype == marks.frames.dtype == np.int32
        assert marks.hashes.min() >= 0


class TestHeard:
    def test_counts_what_overlaps_once_and_no_silence(self):
        hashes = np.array([2, 5, 1, 3], np.int32)  # as many cells of four frames until their ends
        marks = Landmarks(hashes, np.array([0, 4, 8, 100], np.int32))
        assert marks.heard() == (24 + 12) * HOP

    def test_is_nothing_without_landmarks(self):
        assert landmarks.landmarks(fakes.silence(5)).heard() == 0

    def test_is_about_as_long_as_the_sound(self):
        sound = np.concatenate([sounds.melody(20, seed=1), fakes.silence(20)])
        assert 17 < landmarks.landmarks(sound).heard() / RATE < 20.5


class TestPeaks:
    def test_are_those_of_the_landmarks_to_a_cell(self):
        number = 5 << 22 | 7 << 16 | 9 << 10 | 2 << 5 | 7
        frames, cells = Landmarks(np.array([number], np.int32), np.array([100], np.int32)).peaks
        assert (frames.tolist(), cells.tolist()) == ([100, 110, 130], [5, 7, 9])


class TestBetween:
    def test_are_those_that_begin_there(self):
        marks = Landmarks(np.arange(5, dtype=np.int32), np.array([0, 3, 3, 7, 9], np.int32))
        assert marks.between(3, 7).hashes.tolist() == [1, 2, 3]
        assert len(marks.between(10, 20).frames) == 0
