"""What pages say of withdrawals: on episodes, clips and releases, and in lists."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from corpus.actions import catalogue, erasures, reaches, withdrawals
from corpus.models import (
    Clip,
    Episode,
    Podcast,
    Release,
    ReleaseItem,
    Withdrawal,
    WithdrawalRequest,
)

FEW = 10  # of one kind that a page names


@dataclass(frozen=True, slots=True)
class Held:
    """What a withdrawal holds back: how much, and the first few of each."""

    amount: catalogue.Amount
    clips: list[Clip]
    n_episodes: int
    episodes: list[Episode]
    releases: list[str]


def rows() -> QuerySet[Withdrawal]:
    """Withdrawals with everything that pages say of them."""
    return Withdrawal.objects.select_related(
        "podcast",
        "episode__podcast",
        "speaker",
        "withdrawn_by",
        "erasure__by",
        "reinstatement",
        "reinstatement__by",
        "request",
    )


def of_episode(episode: Episode) -> Withdrawal | None:
    """What took the whole episode back."""
    return rows().filter(pk=episode.withdrawal_id).first() if episode.withdrawal_id else None


def of_podcast(podcast: Podcast) -> Withdrawal | None:
    """What took the whole podcast back."""
    standing = Withdrawal.objects.standing().filter(podcast=podcast).values("pk")
    return rows().filter(pk__in=standing).order_by("-withdrawn_at", "-pk").first()


def parts(episode: Episode) -> list[Withdrawal]:
    """What took back some of it: spans, and people who are heard."""
    standing = Withdrawal.objects.standing()
    of_span = Q(kind=Withdrawal.Kind.SPAN, episode=episode)
    of_then = Q(voices__voice__episode=episode)
    of_today = Q(voices__voice__speaker__voices__episode=episode)
    found = standing.filter(of_span | of_then | of_today).values("pk")
    return list(rows().filter(pk__in=found).order_by("withdrawn_at", "pk"))


def of_clip(clip: Clip) -> Withdrawal | None:
    """What took the clip back."""
    found = withdrawals.of_clip(clip)
    return rows().get(pk=found.pk) if found else None


def of_request(request: WithdrawalRequest) -> list[Withdrawal]:
    """What was taken back for a request."""
    return list(rows().filter(request=request).order_by("pk"))


def is_withdrawn_since(release: Release, name: str) -> bool:
    """Whether the clip of that name in the release was taken back."""
    clips = Clip.objects.withdrawn().filter(release_items__release=release)
    return "\0" not in name and clips.filter(name=name).exists()


def amount(row: Withdrawal) -> catalogue.Amount:
    """How many clips of today's cuts a withdrawal holds back."""
    return catalogue.amount(reaches.clips(row).current())


def held(row: Withdrawal) -> Held:
    """What a withdrawal holds back, as today's cuts have it."""
    every, current = reaches.clips(row), reaches.clips(row).current().order_by("name")
    episodes = reaches.episodes(row).order_by("number")
    items = ReleaseItem.objects.filter(clip__in=every.values("pk")).select_related("release")
    return Held(
        amount=amount(row),
        clips=list(current[:FEW]),
        n_episodes=episodes.count(),
        episodes=list(episodes[:FEW]),
        releases=sorted({str(item.release) for item in items}),
    )


def why_not_lift(row: Withdrawal) -> str:
    """Why it cannot be let stand again; empty where it can."""
    if hasattr(row, "reinstatement"):
        return _("It is lifted already.")
    if hasattr(row, "erasure") or erasures.has_begun(row):
        return _("Its sound has left the store, and nothing brings it back.")
    return ""


def why_not_erase(row: Withdrawal) -> str:
    """Why there is no sound to remove; empty where there is."""
    if hasattr(row, "reinstatement"):
        return _("The withdrawal is lifted, so its sound stays.")
    if hasattr(row, "erasure") and not erasures.left(row).exists():
        return _("Its sound has left the store.")
    return ""
