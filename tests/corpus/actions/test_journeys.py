"""An episode's way through the stages."""

from datetime import timedelta

import pytest

from corpus.actions import journeys
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


def states(episode):
    return [step.state for step in journeys.steps(episode, episode.runs.all())]


class TestSteps:
    def test_are_all_ahead_of_a_new_episode(self):
        assert states(corpus.episode()) == ["pending"] * 8

    @pytest.mark.parametrize("verdict", ["refused", "review", None])
    def test_are_skipped_where_the_licence_forbids(self, verdict):
        assert states(corpus.episode(verdict=verdict)) == ["skipped"] * 8

    def test_are_skipped_by_a_copy(self):
        assert set(states(corpus.episode(duplicate_of=corpus.episode()))) == {"skipped"}

    @pytest.mark.parametrize(
        ("fields", "state"),
        [
            ({}, "done"),
            ({"outcome": "filtered"}, "filtered"),
            ({"outcome": "failed"}, "failed"),
            ({"outcome": "", "done_at": None}, "waiting"),
            ({"outcome": "", "done_at": None, "error": "No answer."}, "retrying"),
            ({"outcome": "", "done_at": None, "error": "x", "claimed_at": NOW}, "running"),
        ],
    )
    def test_tell_what_a_run_is_at(self, fields, state):
        episode = corpus.episode()
        corpus.run(episode, stage="fetch", **fields)
        assert states(episode)[0] == state

    def test_show_the_newest_run_of_a_stage(self):
        episode = corpus.episode()
        later = NOW + timedelta(hours=1)
        corpus.run(episode, stage="fetch", outcome="", done_at=None, created_at=later)
        corpus.run(episode, stage="fetch")
        assert states(episode)[0] == "waiting"


class TestTimeline:
    @pytest.mark.parametrize(
        ("stage", "result", "said"),
        [
            ("fetch", {"bytes": 552_455, "sha256": "ab"}, "Done · 552.5 kB"),
            ("standardise", {"samples": 1_261_309}, "Done · 1.3 min"),
            (
                "fingerprint",
                {"repeats": 2, "samples": 320_000, "landmarks": 9},
                "Done · 20 s heard before",
            ),
            ("fingerprint", {"repeats": 0, "samples": 0}, "Done · nothing heard before"),
            ("detect", {"samples": 300_961, "segments": 14}, "Done · 19 s of speech"),
            ("diarise", {"turns": 1204, "voices": 2}, "Done · 1,204 turns, 2 voices"),
            (
                "cut",
                {"kept": 3, "clips": 3, "usable": 4},
                "Done · 3 clips, 75 % of the usable speech",
            ),
            ("cut", {"kept": 0, "clips": 0, "usable": 0}, "Done · 0 clips"),
            (
                "cut",
                {"kept": 0, "clips": 0, "usable": 0, "repeated": 31.2},
                "Done · 0 clips, 31 s left out as heard before",
            ),
            ("fetch", {}, "Done"),
        ],
    )
    def test_tells_what_came_out(self, stage, result, said):
        run = corpus.run(corpus.episode(), stage=stage, result=result, seconds=41.2)
        (entry,) = journeys.timeline([journeys.single(run)])
        assert (entry["label"], entry["took"]) == (said, "41 s")

    def test_keeps_the_reason_of_a_failure(self):
        run = corpus.run(corpus.episode(), outcome="failed", reason="Only noise.", result={"n": 1})
        (entry,) = journeys.timeline([journeys.single(run)])
        assert (entry["label"], entry["note"]) == ("Failed", "Only noise.")
