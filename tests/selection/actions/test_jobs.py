"""A selection job: clips go to a campaign, and why they went stays."""

import pytest

from corpus.models import StageRun
from selection.actions import jobs
from selection.core.picks import Caps
from selection.models import ClipFeatures, SelectedClip, SelectionJob
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def clips():
    """Ten accepted clips of two speakers, of rising loudness."""
    voices = [corpus.voice(), corpus.voice()]
    made = [corpus.eligible_clip(voices[n % 2]) for n in range(10)]
    for level, clip in enumerate(made):
        ClipFeatures.objects.create(
            clip=clip,
            run=clip.run,
            extractor="tests",
            version="1",
            values={"level_db": -40.0 + level},
            extracted_at=NOW,
        )
    return made


@pytest.fixture
def campaign():
    return make.campaign(need=3)


def run(campaign, **changed):
    given = {"strategy": "random", "n": 4, "seed": 1, "caps": Caps(), "by": None, "at": NOW}
    return jobs.run(campaign=campaign, **{**given, **changed})


def picked(job):
    return list(job.picks.order_by("rank").values_list("clip", flat=True))


class TestRun:
    def test_adds_clips_to_the_campaign_and_keeps_why(self, clips, campaign):
        job = run(campaign)
        assert (job.n_candidates, job.wanted, job.notes) == (10, 4, [])
        assert set(picked(job)) == set(campaign.clips.values_list("clip", flat=True))
        assert set(job.picks.values_list("reason", "propensity")) == {("random", 0.4)}
        assert list(job.picks.order_by("rank").values_list("rank", flat=True)) == [1, 2, 3, 4]
        assert set(campaign.clips.values_list("need", flat=True)) == {3}

    def test_picks_the_same_for_the_same_seed(self, clips):
        one, two, other = (run(make.campaign(), seed=seed) for seed in (1, 1, 2))
        assert picked(one) == picked(two) != picked(other)

    def test_takes_both_ends_of_arousal(self, clips, campaign):
        job = run(campaign, strategy="balanced", n=5)
        reasons = dict(job.picks.values_list("clip", "reason"))
        assert sorted(reasons.values()).count("random slice") == 1
        high = {clip for clip, reason in reasons.items() if reason == "arousal high"}
        low = {clip for clip, reason in reasons.items() if reason == "arousal low"}
        assert max(low) < min(high)
        assert all(pick.score is not None for pick in job.picks.all())

    def test_tells_the_queue_nothing_of_the_ranking(self, clips, campaign):
        job = run(campaign, strategy="balanced", n=10)
        queued = list(campaign.clips.order_by("pk").values_list("clip", flat=True))
        assert queued != picked(job)
        assert sorted(queued) == sorted(picked(job))

    def test_picks_nothing_that_the_campaign_has(self, clips, campaign):
        first, second = run(campaign, n=6), run(campaign, n=6)
        assert not set(picked(first)) & set(picked(second))
        assert (second.n_candidates, second.picks.count()) == (4, 4)
        assert second.notes == ["4 of the 6 clips wanted: 4 were there."]

    def test_keeps_the_caps_and_says_that_they_held_back(self, clips, campaign):
        job = run(campaign, n=6, caps=Caps(per_speaker=2))
        assert job.picks.count() == 4
        assert job.notes[-1] == "The caps on speakers and episodes held back the rest."
        assert job.parameters == {"per_speaker": 2, "per_episode": None}

    def test_counts_voices_of_one_person_as_one_speaker(self, clips, campaign):
        voice = corpus.voice(speaker=clips[0].voice.speaker)
        corpus.eligible_clip(voice)
        job = run(campaign, n=11, caps=Caps(per_speaker=1))
        assert job.picks.count() == 2

    def test_counts_voices_that_nobody_compared_as_speakers_of_their_own(self, clips, campaign):
        corpus.eligible_clip(corpus.voice(speaker=None))
        assert run(campaign, n=11, caps=Caps(per_speaker=1)).picks.count() == 3

    def test_says_which_candidates_could_not_be_ranked(self, clips, campaign):
        ClipFeatures.objects.filter(clip__in=clips[:7]).delete()
        job = run(campaign, strategy="balanced", n=10)
        assert job.notes[1] == "7 candidates have no features yet and could not be ranked."
        assert "caps" not in " ".join(job.notes)

    def test_may_stay_within_one_podcast(self, clips, campaign):
        job = run(campaign, n=9, podcast=clips[0].episode.podcast)
        assert set(picked(job)) == {clip.pk for clip in clips[::2]}

    def test_leaves_out_what_may_not_be_rated(self, clips, campaign):
        corpus.verdict(clips[0], is_accepted=False)
        clips[1].episode.licence = corpus.licence(clips[1].episode, verdict="refused")
        clips[1].episode.save()
        assert run(campaign, n=10).n_candidates == 4

    def test_enters_the_ledger(self, clips, campaign):
        run(campaign)
        row = StageRun.objects.get(stage="select")
        assert (row.subject, row.result) == (f"campaign:{campaign.pk}", {"picks": 4})


class TestNothingToSelect:
    def refused(self, campaign, **changed):
        with pytest.raises(jobs.NothingToSelect) as caught:
            run(campaign, **changed)
        assert not SelectionJob.objects.exists()
        assert not SelectedClip.objects.exists()
        return str(caught.value)

    def test_says_that_there_are_no_clips(self, campaign):
        assert "ingest a podcast" in self.refused(campaign)

    def test_says_that_no_clip_passed(self, campaign):
        corpus.verdict(corpus.clip(), is_accepted=False)
        assert "No clip passed its gate" in self.refused(campaign)

    def test_says_that_the_campaign_has_them_all(self):
        campaign = make.campaign(corpus.eligible_clip())
        assert "every eligible clip already" in self.refused(campaign)

    def test_says_that_nothing_can_be_ranked(self, campaign):
        corpus.eligible_clip()
        assert (
            "no candidate has features" in self.refused(campaign, strategy="balanced", n=1).lower()
        )

    def test_says_that_a_closed_campaign_takes_no_clips(self, clips):
        assert "is closed" in self.refused(make.campaign(state="closed"))
