"""Features of clips, as a stage of the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from common import files
from corpus.actions import roads, runs
from corpus.core.stages import Recipe
from corpus.engines import audio
from corpus.models import Clip, StageRun
from selection.engines.base import FeatureExtractor
from selection.models import ClipFeatures

STAGE = "features"


def plan(*, recipe: Recipe, at: datetime) -> list[StageRun]:
    """A run for every episode whose newest measurement has none yet; what that overtook is closed."""
    measured = StageRun.objects.done().filter(stage="measure")
    newest = measured.order_by("episode", "-done_at").distinct("episode").values("pk")
    same = {"engine": recipe.engine, "version": recipe.version}
    _set_aside(newest, same, at=at)
    wanted = _runs().filter(subject=OuterRef("subject"), made_of=OuterRef("key"), **same)
    passing = Q(outcome=StageRun.Outcome.FILTERED, reason__in=roads.PASSING)
    before = Q(outcome=StageRun.Outcome.DONE, done_at__lt=OuterRef("done_at"))
    missing = measured.filter(runs.MAY_GO_ON, ~Exists(wanted.exclude(passing).exclude(before)))
    return [
        runs.due(
            runs.schedule(
                stage=STAGE,
                subject=run.subject,
                recipe=recipe,
                inputs=[run.key],
                at=at,
                episode=run.episode,
            ),
            at=at,
        )
        for run in missing.filter(pk__in=newest).select_related("episode").order_by("pk")
    ]


def _set_aside(newest: QuerySet[Any], same: Mapping[str, str], *, at: datetime) -> None:
    """Close runs of another extractor, or of a measurement that is not the newest."""
    of_newest = StageRun.objects.filter(
        pk__in=newest, subject=OuterRef("subject"), key=OuterRef("made_of")
    )
    rows = _runs().filter(Q(done_at=None, claimed_at=None) | Q(outcome=StageRun.Outcome.FAILED))
    late = rows.exclude(Exists(of_newest), **same).values_list("pk", flat=True)
    runs.set_aside(list(late), reason=roads.OVERTAKEN, at=at)


def _runs() -> QuerySet[Any]:
    """All runs of this stage, with the key of the measurement that they are made of."""
    made_of = KeyTextTransform("0", KeyTransform("inputs", "parameters"))
    return StageRun.objects.filter(stage=STAGE).annotate(made_of=made_of)


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
