"""Features of clips, as a stage of the ledger."""

from datetime import datetime

from django.db import transaction

from common import files
from corpus.actions import runs
from corpus.core.stages import Recipe
from corpus.engines import audio
from corpus.models import Clip, StageRun
from selection.engines.base import FeatureExtractor
from selection.models import ClipFeatures

STAGE = "features"


def plan(*, recipe: Recipe, at: datetime) -> list[StageRun]:
    """A run for every episode whose clips were measured and that has none yet."""
    measured = StageRun.objects.done().filter(stage="measure").select_related("episode")
    newest = measured.order_by("episode", "-done_at").distinct("episode")
    return [
        runs.schedule(
            stage=STAGE,
            subject=run.subject,
            recipe=recipe,
            inputs=[run.key],
            at=at,
            episode=run.episode,
        )
        for run in newest
    ]


def extract(*, run: StageRun, extractor: FeatureExtractor, at: datetime) -> None:
    """The features of an episode's eligible clips that have none of this version."""
    known = ClipFeatures.objects.filter(extractor=run.engine, version=run.version)
    clips = Clip.objects.eligible().filter(episode=runs.episode_of(run))
    missing = clips.exclude(pk__in=known.values("clip")).order_by("pk")
    rows = [_row(clip, run, extractor, at) for clip in missing]
    with transaction.atomic():
        ClipFeatures.objects.bulk_create(rows, ignore_conflicts=True)
        runs.finish(run, at=at, result={"clips": len(rows)})


def _row(clip: Clip, run: StageRun, extractor: FeatureExtractor, at: datetime) -> ClipFeatures:
    with files.store().local(clip.file) as path:
        values = extractor.extract(audio.read(path))
    return ClipFeatures(
        clip=clip,
        run=run,
        extractor=run.engine,
        version=run.version,
        values=dict(values),
        extracted_at=at,
    )
