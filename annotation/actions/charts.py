"""How far campaigns are, for pages; nothing here is written."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum

from annotation.core import taxonomy
from annotation.core.states import CAMPAIGNS, CampaignFacts, CampaignState, why_not
from annotation.models import Assignment, Campaign, CampaignClip, Rater, Rating

BUTTONS = ("open", "resume", "pause", "close", "reopen")
RATE = 16_000


@dataclass(frozen=True, slots=True)
class Button:
    """A change of state; `reason` says why it cannot be done now, empty where it can."""

    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A campaign in numbers; `wanted` are the ratings that all its clips need together."""

    n_clips: int
    n_complete: int
    seconds: float
    n_done: int
    wanted: int
    n_live: int
    n_ratings: int
    n_simulated: int
    last_at: datetime | None

    @property
    def is_complete(self) -> bool:
        return self.n_clips > 0 and self.n_complete == self.n_clips


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart; `share` is of the longest bar or of the whole, 0 … 1."""

    label: str
    n: int
    share: float
    code: str = ""


def campaigns() -> QuerySet[Campaign]:
    """All, the ones at work first, with `n_clips`, `n_complete`, `n_done`, `wanted`: of what stands."""
    own = CampaignClip.objects.standing().filter(campaign=OuterRef("pk")).order_by()
    rows, complete = own.values("campaign"), own.complete().values("campaign")
    return Campaign.objects.annotate(
        n_clips=Subquery(rows.annotate(n=Count("pk")).values("n")),
        n_complete=Subquery(complete.annotate(n=Count("pk")).values("n")),
        n_done=Subquery(rows.annotate(n=Sum("n_done")).values("n")),
        wanted=Subquery(rows.annotate(n=Sum("need")).values("n")),
    ).order_by("-created_at", "-pk")


def of(campaign: Campaign) -> Progress:
    """The numbers of one campaign: clips that stand, and every rating."""
    rows = campaign.clips.standing().aggregate(
        n=Count("pk"),
        complete=Count("pk", filter=Q(n_done__gte=F("need"))),
        samples=Sum(F("clip__end") - F("clip__start")),
        done=Sum("n_done"),
        wanted=Sum("need"),
        live=Sum("n_live"),
    )
    ratings = campaign.ratings.current().aggregate(
        n=Count("pk"),
        simulated=Count("pk", filter=Q(rater__is_simulated=True)),
        last=Max("rated_at"),
    )
    return Progress(
        n_clips=rows["n"],
        n_complete=rows["complete"],
        seconds=(rows["samples"] or 0) / RATE,
        n_done=rows["done"] or 0,
        wanted=rows["wanted"] or 0,
        n_live=rows["live"] or 0,
        n_ratings=ratings["n"],
        n_simulated=ratings["simulated"],
        last_at=ratings["last"],
    )


def depth(campaign: Campaign) -> list[Bar]:
    """How many clips have 0, 1, 2 … ratings; every number up to the most one is there."""
    counted = Counter(campaign.clips.standing().values_list("n_done", flat=True))
    if not counted:
        return []
    top = max(*counted, campaign.need)
    most = max(counted.values())
    return [Bar(str(n), counted[n], counted[n] / most) for n in range(top + 1)]


def classes(campaign: Campaign) -> list[Bar]:
    """Clips by consensus class in the order of the form, no agreement last; shares of all of them."""
    rows = campaign.consensus.exclude(code="").values_list("code")
    counted = dict(rows.annotate(n=Count("pk")).order_by())
    total = sum(counted.values())
    names = {code: label.value for code, label in taxonomy.PRIMARY_BY_CODE.items()}
    names[taxonomy.NO_AGREEMENT] = ""
    return [
        Bar(name, counted.get(code, 0), counted.get(code, 0) / total, code)
        for code, name in names.items()
        if total
    ]


def raters(campaign: Campaign) -> QuerySet[Rater]:
    """Who rated or skipped here, the busiest first: `n_ratings`, `n_skipped`, `last_at`."""
    ratings = Rating.objects.current().filter(campaign=campaign, rater=OuterRef("pk"))
    skipped = Assignment.objects.filter(campaign=campaign, rater=OuterRef("pk"), outcome="skipped")
    return (
        Rater.objects.annotate(
            n_ratings=_one(ratings, Count("pk")),
            n_skipped=_one(skipped, Count("pk")),
            last_at=_one(ratings, Max("rated_at")),
        )
        .filter(Q(n_ratings__gt=0) | Q(n_skipped__gt=0))
        .order_by(F("n_ratings").desc(nulls_last=True), "pk")
    )


def _one(rows: QuerySet[Any], what: Any) -> Subquery:
    return Subquery(rows.order_by().values("rater").annotate(x=what).values("x"))


def buttons(campaign: Campaign, *, n_clips: int) -> list[Button]:
    """The changes that belong to this state, each with the reason against it, if there is one."""
    state = CampaignState(campaign.state)
    facts = CampaignFacts(n_clips=n_clips, by_curator=True)
    fitting = {t.action for t in CAMPAIGNS.transitions if state in t.sources}
    return [
        Button(action, why_not(state, action, facts) or "")
        for action in BUTTONS
        if action in fitting
    ]


def why_no_clips(campaign: Campaign) -> str:
    """Why no clips can be added now; empty where they can."""
    return why_not(CampaignState(campaign.state), "add_clips", CampaignFacts()) or ""
