import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.core import fingerprints, landmarks
from corpus.core.fingerprints import Match, MatchRules
from corpus.core.landmarks import HOP, Landmarks
from corpus.core.segments import RATE
from tests import fakes, sounds

RULES = MatchRules()


def joint(marks, others):
    """Equal landmarks, looked for one by one."""
    found = [
        (n, one, int(at))
        for one, other in others.items()
        for n, number in enumerate(marks.hashes)
        for at in other.frames[other.hashes == number]
    ]
    own, other, at = np.array(found, np.int64).reshape(-1, 3).T
    return {"own": own, "other": other, "at": at}


def told(samples, others, *, me=None):
    """(start, end, of, of_start) in seconds of what recurs, as the action finds it."""
    marks = landmarks.landmarks(samples)
    known = {one: landmarks.landmarks(other) for one, other in others.items()}
    known |= {} if me is None else {me: marks}
    found = fingerprints.matches(marks, **joint(marks, known), rules=RULES, me=me)
    ends = (fingerprints.followed(match, marks, known[match.of], RULES) for match in found)
    kept = fingerprints.best(match for match in ends if match)
    return [(m.start / RATE, m.end / RATE, m.of, m.of_start / RATE) for m in kept]


def around(part, *, before, after, seed):
    talk = [sounds.melody(before, seed=seed), part, sounds.melody(after, seed=seed + 1)]
    return np.concatenate(talk)


class TestARepeat:
    @pytest.mark.parametrize("seconds", [3, 5, 15])
    def test_is_told_to_its_edges(self, seconds):
        jingle = sounds.melody(seconds, seed=5)
        earlier = around(jingle, before=7.1, after=4, seed=10)
        later = around(jingle, before=12.37, after=6, seed=20)
        ((start, end, of, of_start),) = told(later, {7: earlier})
        assert of == 7
        assert start == pytest.approx(12.37, abs=0.6)
        assert end == pytest.approx(12.37 + seconds, abs=0.6)
        assert of_start - start == pytest.approx(7.1 - 12.37, abs=0.05)

    def test_is_told_at_another_level(self):
        jingle = sounds.melody(5, seed=5)
        later = around((jingle * 0.25).astype(np.int16), before=3, after=3, seed=20)
        assert len(told(later, {7: around(jingle, before=4, after=4, seed=10)})) == 1

    def test_is_told_each_time_it_comes(self):
        jingle = sounds.melody(4, seed=5)
        later = np.concatenate([around(jingle, before=5, after=5, seed=s) for s in (20, 30)])
        starts = [start for start, *_ in told(later, {7: jingle})]
        assert starts == [pytest.approx(5, abs=0.4), pytest.approx(19, abs=0.4)]

    def test_is_told_of_every_recording_that_has_it(self):
        jingle = sounds.melody(4, seed=5)
        others = {n: around(jingle, before=n, after=5, seed=10 * n) for n in (1, 2)}
        assert [of for _, _, of, _ in told(jingle, others)] == [1, 2]

    def test_goes_on_over_a_pause(self):
        jingle = np.concatenate(
            [sounds.melody(4, seed=5), fakes.silence(4), sounds.melody(4, seed=6)]
        )
        ((start, end, *_),) = told(around(jingle, before=3, after=3, seed=20), {7: jingle})
        assert end - start == pytest.approx(12, abs=1)

    def test_ends_where_something_else_is_heard(self):
        first, second = sounds.melody(4, seed=5), sounds.melody(4, seed=6)
        earlier = np.concatenate([first, sounds.melody(5, seed=8), second])
        later = np.concatenate([first, sounds.melody(5, seed=9), second])  # at the same offset
        assert len(told(later, {7: earlier})) == 2

    def test_within_one_recording_is_told_of_the_later_span(self):
        jingle = sounds.melody(4, seed=5)
        talk = np.concatenate([around(jingle, before=5, after=5, seed=s) for s in (20, 30)])
        ((start, end, of, of_start),) = told(talk, {}, me=3)
        assert (of, of_start) == (3, pytest.approx(5, abs=0.4))
        assert (start, end) == (pytest.approx(19, abs=0.4), pytest.approx(23, abs=0.4))


class TestNothing:
    @pytest.mark.parametrize("seconds", [0, 0.5, 1])
    def test_is_told_of_what_is_too_short(self, seconds):
        jingle = sounds.melody(seconds, seed=5)
        earlier = around(jingle, before=4, after=4, seed=10)
        assert told(around(jingle, before=6, after=6, seed=20), {7: earlier}) == []

    def test_is_told_of_one_recording_by_itself(self):
        assert told(sounds.melody(60, seed=1), {}, me=3) == []

    def test_is_told_of_noise(self):
        assert told(fakes.noise(30, seed=1), {7: fakes.noise(30, seed=2)}, me=3) == []

    def test_is_told_of_silence(self):
        assert told(fakes.silence(30), {7: fakes.silence(30)}, me=3) == []

    def test_is_told_of_landmarks_that_chance_put_there(self):
        rng = np.random.default_rng(1)

        def draw():
            frames = np.sort(rng.integers(0, 60_000, 9000)).astype(np.int32)
            return Landmarks(rng.integers(0, 2**20, 9000).astype(np.int32), frames)

        marks, other = draw(), draw()
        hits = joint(marks, {7: other})
        assert len(hits["own"]) > 50
        assert fingerprints.matches(marks, **hits, rules=RULES) == []


class TestBest:
    def test_leaves_out_what_a_better_one_covers(self):
        good, worse = Match(0, 100, 1, 500, 9), Match(40, 120, 1, 700, 5)
        assert fingerprints.best([worse, good]) == [good]

    def test_keeps_what_is_of_another_recording_or_beside_it(self):
        good, beside = Match(0, 100, 1, 500, 9), Match(80, 180, 1, 700, 5)
        other = Match(0, 100, 2, 500, 5)
        assert fingerprints.best([beside, other, good]) == [good, other, beside]


class TestWithin:
    @given(
        st.lists(st.tuples(st.integers(0, 6), st.integers(0, 50)), max_size=30), st.integers(1, 9)
    )
    def test_is_every_pair_of_equal_numbers_that_are_not_common(self, rows, most):
        rows.sort(key=lambda row: row[1])
        hashes, frames = np.array(rows, np.int32).reshape(-1, 2).T
        marks = Landmarks(hashes, frames)
        own, at = fingerprints.within(marks, most=most)
        expected = [
            (n, int(frames[m]))
            for n, number in enumerate(hashes)
            for m in np.flatnonzero(hashes == number)
            if 1 < (hashes == number).sum() <= most
        ]
        assert sorted(zip(own.tolist(), at.tolist(), strict=True)) == sorted(expected)


class TestFrames:
    def test_are_sixteen_milliseconds(self):
        assert HOP / RATE == 0.016
