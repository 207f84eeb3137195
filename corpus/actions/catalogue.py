"""Podcasts, episodes and clips as lists show them: annotated, filtered, counted; nothing is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from corpus.core.segments import RATE
from corpus.models import Clip, Episode, LicenceDecision, Podcast, QualityVerdict, StageRun, Voice

VERDICTS: Final = {
    "accepted": gettext_lazy("Accepted"),
    "filtered": gettext_lazy("Filtered"),
    "unjudged": gettext_lazy("Not judged yet"),
}
LICENCE_VERDICTS: Final = {
    "accepted": gettext_lazy("May be cut and shared"),
    "non_commercial": gettext_lazy("Non-commercial only"),
    "review": gettext_lazy("Needs a person"),
    "index_only": gettext_lazy("May only be listed"),
    "blocked": gettext_lazy("Blocked by the feed"),
    "refused": gettext_lazy("Refused"),
}
LICENCE_MARKS: Final = {  # verdict → kind of the badge
    "accepted": "accepted", "non_commercial": "accepted", "review": "warn",
    "index_only": "skipped", "blocked": "skipped", "refused": "skipped",
}  # fmt: skip
EPISODE_STATES: Final = {
    "failed": gettext_lazy("Something failed"),
    "open": gettext_lazy("On the way"),
    "done": gettext_lazy("Through all stages"),
    "out": gettext_lazy("Not used"),
}

RUNGS: Final = {  # how a copy was known → why nothing of it is cut
    "address": gettext_lazy("It lies at the same address, so it is not fetched twice."),
    "bytes": gettext_lazy("Its file is the same, byte for byte, so nothing is cut twice."),
    "samples": gettext_lazy(
        "Its file is another one, but decodes to the same samples, so nothing is cut twice."
    ),
    "fingerprint": gettext_lazy(
        "It was encoded anew, but sounds the same nearly all through, so nothing is cut twice."
    ),
}

_VERDICT: Final = {True: "accepted", False: "filtered", None: "unjudged"}


@dataclass(frozen=True, slots=True)
class Amount:
    """How many, and how long together."""

    n: int
    seconds: float


def judged(clips: QuerySet[Clip]) -> QuerySet[Any]:
    """With `is_accepted` (None: not judged yet) and `reasons`, as the newest gate had it."""
    last = QualityVerdict.objects.filter(clip=OuterRef("pk")).order_by("-judged_at", "-pk")
    return clips.annotate(
        is_accepted=Subquery(last.values("is_accepted")[:1]),
        reasons=Subquery(last.values("reasons")[:1]),
    )


def clips(wish: Mapping[str, Any]) -> QuerySet[Any]:
    """Current clips under the filters that are set: verdict, podcast, episode, speaker, voice, q.

    `taken` is the withdrawal that holds a clip, if one does; nobody finds such a clip by its words.
    """
    related = ("episode__podcast", "voice__speaker", "measurement")
    rows = judged(Clip.objects.current().with_withdrawal().select_related(*related))
    accepted = {"accepted": True, "filtered": False}
    if (verdict := wish.get("verdict")) in accepted:
        rows = rows.filter(is_accepted=accepted[verdict])
    elif verdict == "unjudged":
        rows = rows.filter(is_accepted=None)
    elif verdict == "withdrawn":
        rows = rows.exclude(taken=None)
    fields = {"episode": "episode", "podcast": "episode__podcast", "voice": "voice"}
    fields["speaker"] = "voice__speaker"
    rows = rows.filter(**{fields[name]: wish[name] for name in fields if wish.get(name)})
    if text := (wish.get("q") or "").strip():
        rows = rows.filter(Q(text__icontains=text, taken=None) | Q(name__icontains=text))
    return rows


def amount(clips: QuerySet[Clip]) -> Amount:
    found = clips.aggregate(n=Count("pk"), samples=Sum(F("end") - F("start")))
    return Amount(found["n"], (found["samples"] or 0) / RATE)


def together(amounts: Iterable[Amount]) -> Amount:
    rows = list(amounts)
    return Amount(sum(row.n for row in rows), sum(row.seconds for row in rows))


def verdict_of(clip: Clip) -> str:
    """A key of VERDICTS, for a clip of `judged`."""
    return _VERDICT[clip.is_accepted]  # type: ignore[attr-defined]


def verdict_amounts(episode: Episode) -> list[tuple[str, Any, Amount]]:
    """(verdict, its words, current clips) of an episode, those verdicts that occur."""
    rows = clips({"episode": episode}).values_list("is_accepted", "start", "end")
    found: dict[str, list[int]] = {verdict: [] for verdict in VERDICTS}
    for is_accepted, start, end in rows:
        found[_VERDICT[is_accepted]].append(end - start)
    return [
        (verdict, VERDICTS[verdict], Amount(len(spans), sum(spans) / RATE))
        for verdict, spans in found.items()
        if spans
    ]


def neighbours(clip: Clip) -> tuple[Clip | None, Clip | None]:
    """The clips before and after it in its episode."""
    own = Clip.objects.current().filter(episode=clip.episode_id)
    before = own.filter(start__lt=clip.start).order_by("-start").first()
    return before, own.filter(start__gt=clip.start).order_by("start").first()


def duplicate_words(episode: Episode) -> str:
    """How the episode was known as a copy, in a sentence; empty where it is none."""
    if episode.duplicate_of_id is None:
        return ""
    said = RUNGS.get(episode.duplicate_by, _("It is the same recording, so nothing is cut twice."))
    return str(said)


def voice_name(voice: Voice) -> str:
    """The speaker where known; else the voice's label within its episode."""
    if voice.speaker_id is not None:
        return _("Speaker %(number)s") % {"number": voice.speaker_id}
    return _("Voice %(label)s") % {"label": voice.label.removeprefix("SPEAKER_").lstrip("0") or "0"}


def podcasts() -> QuerySet[Podcast]:
    """With the counts of their episodes, of those that may be cut, and of current clips."""
    episodes = Episode.objects.filter(podcast=OuterRef("pk"))
    found = Clip.objects.current().filter(episode__podcast=OuterRef("pk"))
    return Podcast.objects.annotate(
        n_episodes=_count(episodes, "podcast"),
        n_usable=_count(episodes.may_be_cut(), "podcast"),
        n_review=_count(episodes.filter(licence__verdict="review"), "podcast"),
        n_clips=_count(found, "episode__podcast"),
        n_accepted=_count(found.accepted(), "episode__podcast"),
    )


def _count(rows: QuerySet[Any], by: str) -> Subquery:
    return Subquery(rows.order_by().values(by).annotate(n=Count("pk")).values("n"))


def licence_counts(podcast: Podcast) -> list[tuple[str, Any, int]]:
    """(verdict, its words, episodes) in the order of LICENCE_VERDICTS, those that occur."""
    rows = podcast.episodes.exclude(licence=None)
    found = dict(rows.values_list("licence__verdict").annotate(n=Count("pk")).order_by())
    return [(v, words, found[v]) for v, words in LICENCE_VERDICTS.items() if v in found]


def episodes(wish: Mapping[str, Any]) -> QuerySet[Episode]:
    """Episodes with their runs and clip counts, under the filters podcast, licence, state, q."""
    related = ("podcast", "licence", "withdrawal")
    rows = Episode.objects.select_related(*related).prefetch_related("runs")
    found = Clip.objects.current().filter(episode=OuterRef("pk"))
    rows = rows.annotate(
        n_clips=_count(found, "episode"), n_accepted=_count(found.accepted(), "episode")
    )
    if podcast := wish.get("podcast"):
        rows = rows.filter(podcast=podcast)
    if licence := wish.get("licence"):
        rows = rows.filter(licence__verdict=licence)
    if text := (wish.get("q") or "").strip():
        rows = rows.filter(Q(title__icontains=text) | Q(guid__icontains=text))
    return _in_state(rows, wish.get("state") or "")


def _in_state(rows: QuerySet[Episode], state: str) -> QuerySet[Episode]:
    runs = StageRun.objects.filter(episode=OuterRef("pk"))
    is_out = ~Q(licence__verdict__in=LicenceDecision.MAY_BE_CUT) | ~Q(duplicate_of=None)
    if state == "failed":
        return rows.filter(Exists(runs.failed()))
    if state == "open":
        return rows.filter(Exists(runs.open()))
    if state == "done":
        return rows.filter(Exists(runs.done().filter(stage="measure")), ~Exists(runs.open()))
    return rows.filter(is_out) if state == "out" else rows
