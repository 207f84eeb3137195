"""Where everything is, in counts."""

from collections import Counter
from typing import Any

from django.db.models import Count, Sum

from corpus.core.stages import EPISODE_STAGES
from corpus.models import Clip, Episode, Podcast, Release, StageRun


def of_corpus() -> dict[str, Any]:
    """Counts and hours per step of the road, and what is stuck."""
    verdicts = Episode.objects.values_list("licence__verdict").annotate(n=Count("pk"))
    current = Clip.objects.current()
    accepted = current.shareable().accepted()
    return {
        "podcasts": Podcast.objects.count(),
        "episodes": Episode.objects.count(),
        "episodes_by_licence": {verdict or "none": n for verdict, n in verdicts.order_by()},
        "duplicates": Episode.objects.exclude(duplicate_of=None).count(),
        "hours": _hours(Episode.objects.aggregate(n=Sum("n_samples"))["n"]),
        "stages": _stages(),
        "clips": current.count(),
        "clips_accepted": accepted.count(),
        "clips_filtered": current.count() - current.accepted().count() - _unjudged(),
        "clips_unjudged": _unjudged(),
        "clips_withdrawn": current.withdrawn().count(),
        "releases": [str(release) for release in Release.objects.order_by("name", "version")],
    }


def _stages() -> dict[str, dict[str, int]]:
    """Stage → how many runs are open, done, filtered, failed."""
    counts: dict[str, Counter[str]] = {stage.name: Counter() for stage in EPISODE_STAGES}
    rows = StageRun.objects.values_list("stage", "outcome").annotate(n=Count("pk"))
    for stage, outcome, n in rows.order_by():
        counts.setdefault(stage, Counter())[outcome or "open"] += n
    return {stage: dict(found) for stage, found in counts.items()}


def stuck() -> list[StageRun]:
    """Runs that failed, or that wait after an error."""
    failed = StageRun.objects.failed()
    waiting = StageRun.objects.open().exclude(error="")
    return list((failed | waiting).select_related("episode").order_by("pk"))


def _unjudged() -> int:
    return Clip.objects.current().filter(verdicts=None).count()


def _hours(samples: int | None) -> float:
    return round((samples or 0) / 16_000 / 3600, 3)
