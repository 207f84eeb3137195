"""A selection job: clips go to a campaign, and why they went stays here."""

from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from annotation.actions import campaigns
from annotation.core.states import CampaignFacts, CampaignState, why_not
from annotation.models import Campaign
from corpus.actions import runs
from corpus.core.stages import Recipe
from corpus.models import Clip, Podcast
from selection.core import arousal, picks
from selection.core.picks import Candidate, Caps, Pick
from selection.models import ClipFeatures, SelectedClip, SelectionJob

STRATEGIES = ("random", "balanced")


class NothingToSelect(Exception):
    """No clip is left that could be picked; the message says why."""


@transaction.atomic
def run(
    *,
    campaign: Campaign,
    strategy: str,
    n: int,
    seed: int,
    caps: Caps,
    by: Any,
    at: datetime,
    podcast: Podcast | None = None,
) -> SelectionJob:
    """Pick up to `n` clips that the campaign does not have, and add them to it, shuffled."""
    row = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if reason := why_not(CampaignState(row.state), "add_clips", CampaignFacts()):
        raise NothingToSelect(reason)
    clips = _clips(campaign, podcast)
    if not clips:
        raise NothingToSelect(_why_nothing(campaign))
    candidates = _candidates(clips)
    rng = np.random.default_rng(seed)
    chosen = _choose(strategy, candidates, n=n, caps=caps, rng=rng)
    if not chosen:
        raise NothingToSelect("No candidate has features yet: run the pipeline, or pick at random.")
    job = SelectionJob.objects.create(
        campaign=campaign,
        strategy=strategy,
        wanted=n,
        seed=seed,
        parameters={"per_speaker": caps.per_speaker, "per_episode": caps.per_episode},
        n_candidates=len(candidates),
        notes=_notes(chosen, n, candidates, strategy),
        created_at=at,
        created_by=by,
    )
    _write(job, clips, chosen)
    runs.record(
        stage="select",
        subject=f"campaign:{campaign.pk}",
        recipe=Recipe("selection.core.picks", "1", {"strategy": strategy, "n": n, "seed": seed}),
        inputs=[f"job:{job.pk}"],
        result={"picks": len(chosen)},
        at=at,
    )
    shuffled = rng.permutation([pick.clip for pick in chosen])
    campaigns.add_clips(campaign=campaign, clip_ids=[clips[place].pk for place in shuffled])
    return job


def _write(job: SelectionJob, clips: list[Clip], chosen: list[Pick]) -> None:
    SelectedClip.objects.bulk_create(
        SelectedClip(
            job=job,
            clip=clips[pick.clip],
            rank=rank,
            reason=pick.reason,
            score=pick.score,
            propensity=pick.propensity,
        )
        for rank, pick in enumerate(chosen, start=1)
    )


def _clips(campaign: Campaign, podcast: Podcast | None) -> list[Clip]:
    """In the order of their names: what is picked does not depend on the keys of one database."""
    clips = (
        Clip.objects.eligible()
        .exclude(campaign_clips__campaign=campaign)
        .select_related("voice")
        .order_by("name")
    )
    return list(clips if podcast is None else clips.filter(episode__podcast=podcast))


def _candidates(clips: list[Clip]) -> list[Candidate]:
    """A candidate for each clip, known by its place in the list."""
    rows = {clip.pk: clip for clip in clips}
    features = {
        row.clip_id: row.values
        for row in ClipFeatures.objects.filter(clip__in=rows).order_by("extracted_at", "pk")
    }
    speaker_of = {pk: clip.voice.speaker_id or -clip.voice_id for pk, clip in rows.items()}
    aroused = arousal.scores(features, speaker_of)
    return [
        Candidate(place, speaker_of[clip.pk], clip.episode_id, aroused.get(clip.pk))
        for place, clip in enumerate(clips)
    ]


def _choose(
    strategy: str,
    candidates: list[Candidate],
    *,
    n: int,
    caps: Caps,
    rng: np.random.Generator,
) -> list[Pick]:
    choose = {"random": picks.at_random, "balanced": picks.balanced}[strategy]
    return choose(candidates, n=n, caps=caps, rng=rng)


def _why_nothing(campaign: Campaign) -> str:
    if not Clip.objects.exists():
        return "There are no clips yet: ingest a podcast and run the pipeline first."
    if not Clip.objects.eligible().exists():
        return "No clip passed its gate: `manage.py clips --verdict filtered` lists the reasons."
    return f"{campaign.name} has every eligible clip already."


def _notes(chosen: list[Pick], n: int, candidates: list[Candidate], strategy: str) -> list[str]:
    notes = []
    if len(chosen) < n:
        notes.append(f"{len(chosen)} of the {n} clips wanted: {len(candidates)} were there.")
    unmeasured = sum(c.arousal is None for c in candidates) if strategy == "balanced" else 0
    if unmeasured:
        notes.append(f"{unmeasured} candidates have no features yet and could not be ranked.")
    if len(chosen) < n <= len(candidates) - unmeasured:
        notes.append("The caps on speakers and episodes held back the rest.")
    return notes
