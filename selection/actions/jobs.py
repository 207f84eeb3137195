"""A selection job: clips go to a campaign, and why they went stays here."""

from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from annotation.actions import campaigns
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
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    candidates = _candidates(campaign, podcast)
    if not candidates:
        raise NothingToSelect(_why_nothing(campaign))
    rng = np.random.default_rng(seed)
    chosen = _choose(strategy, candidates, n=n, caps=caps, rng=rng)
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
    SelectedClip.objects.bulk_create(
        SelectedClip(
            job=job,
            clip_id=pick.clip,
            rank=rank,
            reason=pick.reason,
            score=pick.score,
            propensity=pick.propensity,
        )
        for rank, pick in enumerate(chosen, start=1)
    )
    runs.record(
        stage="select",
        subject=f"campaign:{campaign.pk}",
        recipe=Recipe("selection.core.picks", "1", {"strategy": strategy, "n": n, "seed": seed}),
        inputs=[f"job:{job.pk}"],
        result={"picks": len(chosen)},
        at=at,
    )
    shuffled = rng.permutation([pick.clip for pick in chosen])
    campaigns.add_clips(campaign=campaign, clip_ids=[int(pk) for pk in shuffled])
    return job


def _candidates(campaign: Campaign, podcast: Podcast | None) -> list[Candidate]:
    clips = (
        Clip.objects.eligible()
        .exclude(campaign_clips__campaign=campaign)
        .select_related("voice")
        .order_by("pk")
    )
    if podcast is not None:
        clips = clips.filter(episode__podcast=podcast)
    rows = {clip.pk: clip for clip in clips}
    features = {
        row.clip_id: row.values
        for row in ClipFeatures.objects.filter(clip__in=rows).order_by("extracted_at", "pk")
    }
    speaker_of = {pk: clip.voice.speaker_id or -clip.voice_id for pk, clip in rows.items()}
    aroused = arousal.scores(features, speaker_of)
    return [
        Candidate(pk, speaker_of[pk], clip.episode_id, aroused.get(pk)) for pk, clip in rows.items()
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
        notes.append(
            f"{len(chosen)} of the {n} clips wanted: {len(candidates)} were there, and the caps "
            "on speakers and episodes held back the rest."
            if len(candidates) >= n
            else f"{len(chosen)} of the {n} clips wanted: only {len(candidates)} were there."
        )
    unmeasured = sum(c.arousal is None for c in candidates)
    if strategy == "balanced" and unmeasured:
        notes.append(f"{unmeasured} candidates have no features yet and could not be ranked.")
    return notes
