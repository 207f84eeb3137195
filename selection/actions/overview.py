"""The whole road in numbers: what is where, what is stuck, what needs a person; nothing is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.models import CampaignClip, Rating
from common.claims import LEASE
from corpus.actions import catalogue, journeys, runs
from corpus.core import units
from corpus.core.segments import RATE
from corpus.models import Clip, Episode, Podcast, Release, ReleaseItem, StageRun

PATIENCE = timedelta(seconds=20)  # a worker looks every two seconds


@dataclass(frozen=True, slots=True)
class Station:
    """One stop of the road; `stuck` is what did not get further, empty where nothing is."""

    label: str
    value: str
    unit: str
    note: str
    href: str
    stuck: str = ""
    stuck_href: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """What workers do: runs in hand by stage, runs that wait, and whether nobody takes them."""

    running: tuple[tuple[str, int], ...]
    n_running: int
    n_waiting: int
    is_idle: bool  # something waits, and no worker has been seen at it

    @property
    def is_open(self) -> bool:
        return bool(self.n_running or self.n_waiting)


def is_empty() -> bool:
    return not Podcast.objects.exists()


def road() -> list[Station]:
    """Found → fetched → cut → accepted → selected → rated → released."""
    return [_found(), _fetched(), _cut(), _accepted(), _selected(), _rated(), _released()]


def work(*, now: datetime) -> Work:
    """Open runs of every stage; hopeless ones are failures, and counted there."""
    rows = StageRun.objects.open().filter(attempts__lt=runs.MOST_ATTEMPTS)
    held = rows.filter(claimed_at__gt=now - LEASE)
    by_stage = held.values_list("stage").annotate(n=Count("pk")).order_by("stage")
    running = tuple((str(journeys.NAMES.get(stage, stage)), n) for stage, n in by_stage)
    n_running = sum(n for _stage, n in running)
    overdue = StageRun.objects.claimable(now=now).filter(
        attempts__lt=runs.MOST_ATTEMPTS, created_at__lt=now - PATIENCE
    )
    return Work(
        running=running,
        n_running=n_running,
        n_waiting=rows.count() - n_running,
        is_idle=not n_running and overdue.exists(),
    )


def _found() -> Station:
    episodes = Episode.objects.aggregate(n=Count("pk"), claimed=Sum("claimed_seconds"))
    n_podcasts = Podcast.objects.count()
    out = Episode.objects.exclude(pk__in=Episode.objects.may_be_cut().values("pk")).count()
    return Station(
        label=_("Found"),
        value=units.count(episodes["n"]),
        unit=ngettext("episode", "episodes", episodes["n"]),
        note=ngettext("%(n)s podcast", "%(n)s podcasts", n_podcasts) % {"n": n_podcasts},
        href=reverse("episodes"),
        stuck=_("%(n)s not used, by licence") % {"n": units.count(out)} if out else "",
        stuck_href=f"{reverse('episodes')}?state=out",
    )


def _fetched() -> Station:
    usable = Episode.objects.may_be_cut().original()
    here = usable.exclude(source_file="")
    samples = here.aggregate(samples=Sum("n_samples"))["samples"] or 0
    failed = Exists(StageRun.objects.failed().filter(episode=OuterRef("pk")))
    n_failed = usable.filter(failed).count()
    return Station(
        label=_("Fetched"),
        value=units.count(here.count()),
        unit=_("of %(n)s episodes") % {"n": units.count(usable.count())},
        note=units.length(samples / RATE),
        href=reverse("episodes"),
        stuck=_("%(n)s with a failed stage") % {"n": units.count(n_failed)} if n_failed else "",
        stuck_href=f"{reverse('episodes')}?state=failed",
    )


def _cut() -> Station:
    clips = catalogue.amount(Clip.objects.current().standing())
    n_judged = Clip.objects.current().standing().filter(verdicts__isnull=False).distinct().count()
    waiting = clips.n - n_judged
    return Station(
        label=_("Cut"),
        value=units.count(clips.n),
        unit=ngettext("clip", "clips", clips.n),
        note=units.length(clips.seconds),
        href=reverse("clips"),
        stuck=_("%(n)s not judged yet") % {"n": units.count(waiting)} if waiting else "",
        stuck_href=f"{reverse('clips')}?verdict=unjudged",
    )


def _accepted() -> Station:
    current = Clip.objects.current().standing()
    accepted = catalogue.amount(current.accepted())
    filtered = catalogue.judged(current).filter(is_accepted=False).count()
    share = units.percent(accepted.n / (accepted.n + filtered)) if accepted.n + filtered else "–"
    return Station(
        label=_("Accepted"),
        value=units.count(accepted.n),
        unit=_("clips, %(share)s") % {"share": share},
        note=units.length(accepted.seconds),
        href=f"{reverse('clips')}?verdict=accepted",
        stuck=_("%(n)s filtered by the gate") % {"n": units.count(filtered)} if filtered else "",
        stuck_href=f"{reverse('clips')}?verdict=filtered",
    )


def _selected() -> Station:
    picked = Clip.objects.filter(campaign_clips__isnull=False).distinct()
    return _of_clips(_("Selected"), picked, reverse("campaigns"))


def _rated() -> Station:
    complete = CampaignClip.objects.complete().values("clip")
    n_ratings = Rating.objects.current().count()
    clips = Clip.objects.filter(pk__in=complete)
    waiting = CampaignClip.objects.filter(campaign__state="open", n_done__lt=F("need")).count()
    station = _of_clips(_("Rated"), clips, reverse("campaigns"))
    return Station(
        label=station.label,
        value=station.value,
        unit=_("clips complete"),
        note=ngettext("%(n)s rating", "%(n)s ratings", n_ratings) % {"n": units.count(n_ratings)},
        href=station.href,
        stuck=_("%(n)s want raters") % {"n": units.count(waiting)} if waiting else "",
        stuck_href=reverse("campaigns"),
    )


def _released() -> Station:
    clips = Clip.objects.filter(pk__in=ReleaseItem.objects.values("clip"))
    return _of_clips(_("Released"), clips, reverse("releases"))


def _of_clips(label: str, clips: QuerySet[Clip], href: str) -> Station:
    found = catalogue.amount(Clip.objects.filter(pk__in=clips.values("pk")))
    return Station(
        label=label,
        value=units.count(found.n),
        unit=ngettext("clip", "clips", found.n),
        note=units.length(found.seconds),
        href=href,
    )


def has_failed() -> bool:
    """Whether there is something to run again."""
    return StageRun.objects.failed().exists()


def releases() -> QuerySet[Release]:
    return Release.objects.order_by("-created_at", "-pk")[:5]
