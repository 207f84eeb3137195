from datetime import timedelta

import pytest

from corpus.actions import progress, withdrawals
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


class TestOfCorpus:
    def test_counts_nothing_at_first(self):
        found = progress.of_corpus()
        assert (found["podcasts"], found["clips"], found["hours"]) == (0, 0, 0)
        assert list(found["stages"]) == [
            "fetch", "standardise", "fingerprint", "detect", "diarise", "transcribe", "cut", "measure",
        ]  # fmt: skip

    def test_counts_episodes_by_licence_and_their_hours(self):
        make.episode(n_samples=16_000 * 3600)
        make.episode(verdict="review", n_samples=None)
        make.episode(verdict=None, n_samples=16_000 * 1800)
        found = progress.of_corpus()
        assert found["episodes_by_licence"] == {"accepted": 1, "review": 1, "none": 1}
        assert (found["episodes"], found["hours"]) == (3, 1.5)

    def test_counts_clips_by_verdict(self):
        make.eligible_clip()
        make.verdict(make.clip(), is_accepted=False)
        make.clip()
        make.eligible_clip(superseded_at=NOW)
        found = progress.of_corpus()
        counts = [found[f"clips{what}"] for what in ("", "_accepted", "_filtered", "_unjudged")]
        assert counts == [3, 1, 1, 1]

    def test_does_not_call_filtered_what_the_gate_accepted_but_nobody_may_share(self):
        make.eligible_clip(episode=make.episode(verdict="review"))
        found = progress.of_corpus()
        assert (found["clips_accepted"], found["clips_filtered"]) == (0, 0)

    def test_counts_runs_by_stage_and_outcome(self):
        for outcome, done_at in [("done", NOW), ("done", NOW), ("failed", NOW), ("", None)]:
            make.run(make.episode(), stage="cut", outcome=outcome, done_at=done_at)
        make.run(stage="identify")
        stages = progress.of_corpus()["stages"]
        assert stages["cut"] == {"done": 2, "failed": 1, "open": 1}
        assert stages["identify"] == {"done": 1}
        assert stages["fetch"] == {}

    def test_names_releases_and_counts_copies(self):
        make.release(name="talk", version="1.0.0")
        make.episode(duplicate_of=make.episode())
        found = progress.of_corpus()
        assert (found["releases"], found["duplicates"]) == (["talk 1.0.0"], 1)

    def test_counts_what_was_withdrawn(self):
        clip = make.eligible_clip()
        make.eligible_clip()
        given = {"reason": "Her wish.", "reason_class": "speaker", "by": None, "at": NOW}
        withdrawals.withdraw(target=clip.voice.speaker, grace=timedelta(0), **given)
        found = progress.of_corpus()
        assert (found["clips_withdrawn"], found["clips_accepted"]) == (1, 1)


class TestStuck:
    def test_is_what_failed_or_waits_after_an_error(self):
        failed = make.run(outcome="failed")
        waiting = make.run(done_at=None, outcome="", error="unreachable")
        make.run(done_at=None, outcome="")
        make.run(outcome="done", error="the first time")
        assert progress.stuck() == [failed, waiting]
