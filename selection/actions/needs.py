"""What waits for a person: one sentence each, and where to go; nothing is written."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.actions import charts
from annotation.models import Campaign
from corpus.actions import runs
from corpus.core import units
from corpus.models import Episode, FeedWatch, Intake, Podcast, StageRun, WithdrawalRequest

FAILURES_IN_A_ROW = 5  # of a feed, with back-off between: about a day


@dataclass(frozen=True, slots=True)
class Need:
    """Something that only a person can settle, in a sentence, and where."""

    kind: str
    text: str
    href: str
    action: str


def now() -> list[Need]:
    """What waits for a person, the most pressing first."""
    found = [
        _requests(),
        _flags(),
        _failures(),
        _disk(),
        _licences(),
        _intakes(),
        _feeds(),
        *_campaigns(),
    ]
    return [need for need in found if need is not None]


def _failures() -> Need | None:
    failed = StageRun.objects.failed()
    n = failed.count()
    if not n:
        return None
    text = ngettext("%(n)s stage failed for good.", "%(n)s stages failed for good.", n)
    newest = failed.order_by("-done_at").first()
    reason = f" {newest.reason}" if newest else ""
    return Need(
        "bad",
        text % {"n": units.count(n)} + reason,
        f"{reverse('episodes')}?state=failed",
        _("Look at the episodes"),
    )


def _disk() -> Need | None:
    if not runs.is_storage_full():
        return None
    text = _("The media disk is full. Nothing was lost: free some space, and the work goes on.")
    return Need("bad", text, reverse("episodes") + "?state=open", _("See what waits"))


def _licences() -> Need | None:
    n = Episode.objects.filter(Q(licence__verdict="review") | Q(licence=None)).count()
    if not n:
        return None
    text = ngettext(
        "%(n)s episode has a licence that only a person can settle.",
        "%(n)s episodes have a licence that only a person can settle.",
        n,
    )
    return Need("warn", text % {"n": units.count(n)}, reverse("licences"), _("Review the licences"))


def _flags() -> Need | None:
    n = Podcast.objects.exclude(flagged_at=None).count()
    if not n:
        return None
    text = ngettext(
        "%(n)s podcast now states another licence than when its episodes were taken in.",
        "%(n)s podcasts now state another licence than when their episodes were taken in.",
        n,
    )
    href = reverse("licence_changes")
    return Need("bad", text % {"n": units.count(n)}, href, _("Compare the statements"))


def _requests() -> Need | None:
    n = WithdrawalRequest.objects.filter(state=WithdrawalRequest.State.OPEN).count()
    if not n:
        return None
    text = ngettext(
        "%(n)s person asks for something to be taken back.",
        "%(n)s people ask for something to be taken back.",
        n,
    )
    return Need("bad", text % {"n": units.count(n)}, reverse("withdrawals"), _("Decide"))


def _intakes() -> Need | None:
    n = Intake.objects.to_decide().count()
    if not n:
        return None
    text = ngettext(
        "%(n)s podcast was read and waits to be added or dismissed.",
        "%(n)s podcasts were read and wait to be added or dismissed.",
        n,
    )
    return Need(
        "warn", text % {"n": units.count(n)}, reverse("podcast_intakes"), _("Look at the previews")
    )


def _feeds() -> Need | None:
    """Feeds that failed so often in a row that it is no accident."""
    watches = FeedWatch.objects.filter(is_paused=False, done_at=None)
    n = watches.filter(failures__gte=FAILURES_IN_A_ROW).count()
    if not n:
        return None
    text = ngettext(
        "%(n)s feed cannot be read any more.", "%(n)s feeds cannot be read any more.", n
    )
    return Need(
        "warn", text % {"n": units.count(n)}, reverse("podcasts"), _("Look at the podcasts")
    )


def _campaigns() -> list[Need]:
    """Campaigns that cannot move by themselves."""
    found = []
    for campaign in charts.campaigns().exclude(state=Campaign.State.CLOSED):
        if text := _why_stuck(campaign):
            words = {"title": campaign.title}
            href = reverse("campaign", args=[campaign.name])
            found.append(Need("warn", text % words, href, _("Go to the campaign")))
    return found


def _why_stuck(campaign: Campaign) -> str:
    n_clips, n_complete = campaign.n_clips or 0, campaign.n_complete or 0  # type: ignore[attr-defined]
    if campaign.state == Campaign.State.DRAFT:
        if not n_clips:
            return _("“%(title)s” is a draft without clips.")
        return _("“%(title)s” has its clips and waits to be opened.")
    if campaign.state == Campaign.State.OPEN and n_clips and n_clips == n_complete:
        return _("Every clip of “%(title)s” has its ratings: it can be closed.")
    if campaign.state == Campaign.State.OPEN and not campaign.ratings.exists():
        return _("“%(title)s” is open and nobody has rated yet.")
    return ""
