"""What can be taken back, under the keys that pages pass around, and how people find it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from corpus.actions import reaches
from corpus.actions.reaches import Span, Target
from corpus.core import units
from corpus.core.segments import RATE
from corpus.models import (
    Clip,
    Episode,
    Podcast,
    Speaker,
    Voice,
    Withdrawal,
    WithdrawalRequest,
)

MOST = 8  # of one kind that a search offers
MOST_HEARD = 3  # episodes whose speakers are offered
_NAME = re.compile(r"\b[A-Za-z]+_\d{4,}_\d{4,}\b")
_TELLING = r".{4}"  # a title of three letters occurs in any text


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be taken back, in words; `standing` is what keeps it out already."""

    key: str
    kind: str
    title: str
    note: str
    target: Target
    standing: Withdrawal | None
    n_clips: int | None = None  # of a speaker, to listen to


def key(target: Target) -> str:
    """episode:12, span:12:44000:88000 …"""
    if isinstance(target, Span):
        return f"span:{target.episode.pk}:{target.start}:{target.end}"
    kinds: dict[type, str] = {Podcast: "podcast", Episode: "episode", Speaker: "speaker"}
    return f"{kinds[type(target)]}:{target.pk}"


def read(text: str) -> Target | None:
    """What a key names; None where it names nothing."""
    kind, *numbers = text.split(":")
    if not all(re.fullmatch(r"[0-9]{1,18}", number) for number in numbers):
        return None
    if kind == "span" and len(numbers) == 3:
        episode = Episode.objects.select_related("podcast").filter(pk=numbers[0]).first()
        return span(episode, int(numbers[1]), int(numbers[2])) if episode else None
    rows: dict[str, QuerySet[Any]] = {
        "podcast": Podcast.objects.all(),
        "episode": Episode.objects.select_related("podcast"),
        "speaker": Speaker.objects.all(),
    }
    if kind not in rows or len(numbers) != 1:
        return None
    found: Target | None = rows[kind].filter(pk=numbers[0]).first()
    return found


def span(episode: Episode, start: int, end: int) -> Span | None:
    """A part of the episode, in samples; None where it is no part of it."""
    length = episode.n_samples
    if not 0 <= start < end or (length is not None and start >= length):
        return None
    return Span(episode, start, end if length is None else min(end, length))


def title(row: Withdrawal) -> str:
    """As anybody may read it: titles and times, never whose voice it is."""
    if row.kind == Withdrawal.Kind.SPEAKER:
        return ""
    if row.kind == Withdrawal.Kind.PODCAST:
        return str(row.podcast)
    if row.kind == Withdrawal.Kind.EPISODE:
        return str(row.episode)
    return f"{row.episode} {_times(row.start or 0, row.end or 0)}"


def candidate(target: Target) -> Candidate:
    """What it is in words, for curators."""
    kind, name, note = _words(target)
    heard = reaches.clips(target).current() if isinstance(target, Speaker) else None
    n_clips = None if heard is None else heard.count()
    return Candidate(key(target), kind, name, note, target, standing(target), n_clips)


def standing(target: Target) -> Withdrawal | None:
    """The withdrawal of exactly this that holds, or of the whole that it is part of."""
    rows = Withdrawal.objects.standing()
    if isinstance(target, Speaker):
        return rows.filter(kind="speaker", speaker=target).first()
    if isinstance(target, Podcast):
        return rows.filter(kind="podcast", podcast=target).first()
    episode = target.episode if isinstance(target, Span) else target
    whole = Q(kind="episode", episode=episode) | Q(kind="podcast", podcast=episode.podcast_id)
    if isinstance(target, Span):
        whole |= Q(kind="span", episode=episode, start__lte=target.start, end__gte=target.end)
    return rows.filter(whole).order_by("pk").first()


def suggested(request: WithdrawalRequest) -> list[Candidate]:
    """What the person may mean: what their link is about, then what their words name."""
    found: list[Target] = []
    if request.clip_name:
        found += _of_clips(Clip.objects.filter(name=request.clip_name))
    if request.episode:
        found += [request.episode, request.episode.podcast]
    if request.podcast:
        found.append(request.podcast)
    found += _named_in(f"{request.named} {request.text}")
    return _candidates(found)


def search(text: str) -> list[Candidate]:
    """Podcasts, episodes and clips whose name has these words; clips bring their speakers."""
    if not (text := text.strip()):
        return []
    clips = Clip.objects.filter(name__istartswith=text).order_by("name")
    titles = Episode.objects.filter(Q(title__icontains=text) | Q(guid=text) | Q(link=text))
    podcasts = Podcast.objects.filter(Q(title__icontains=text) | Q(source=text))
    found: list[Target] = [*podcasts.order_by("title")[:MOST]]
    found += titles.select_related("podcast").order_by("-published_at", "pk")[:MOST]
    return _candidates([*found, *_of_clips(clips[: MOST // 2])])


def offered(
    request: WithdrawalRequest, *, text: str = "", chosen: Iterable[Candidate] = ()
) -> list[Candidate]:
    """All that a request can be granted for: its words, a search, what was chosen, and who speaks there."""
    chosen = list(chosen)
    found = distinct([*suggested(request), *search(text), *chosen])
    first = episodes_of([*chosen, *found])[:MOST_HEARD]
    heard = [candidate(person) for episode in first for person in speakers(episode)]
    return distinct([*found, *heard])


def episodes_of(found: Iterable[Candidate]) -> list[Episode]:
    """The episodes that are meant, or that hold a part that is meant; each once."""
    targets = [one.target for one in found]
    episodes = [one.episode if isinstance(one, Span) else one for one in targets]
    return list({one.pk: one for one in episodes if isinstance(one, Episode)}.values())


def speakers(episode: Episode) -> list[Speaker]:
    """Who is heard in the episode, those with most clips there first, as voices are compared today."""
    of_it = Clip.objects.current().filter(episode=episode, voice__speaker=OuterRef("pk"))
    count = of_it.order_by().values("voice__speaker").annotate(n=Count("pk")).values("n")
    rows = Speaker.objects.filter(voices__in=Voice.objects.to_compare().filter(episode=episode))
    return list(rows.distinct().annotate(n=Coalesce(Subquery(count), 0)).order_by("-n", "pk"))


def without_wholes(keys: Iterable[str], part: Span) -> list[str]:
    """The keys but those of the episode and the podcast that the part is asked instead of."""
    wholes = (key(part.episode), key(part.episode.podcast))
    return [one for one in keys if one not in (*wholes, key(part))] + [key(part)]


def _named_in(words: str) -> list[Target]:
    """The other way round: whose names occur in what somebody wrote."""
    clips = Clip.objects.filter(name__in=[name.upper() for name in _NAME.findall(words)][:MOST])
    said: dict[str, Any] = {"said": Value(words)}
    by_title = Q(said__icontains=F("title"), title__regex=_TELLING)
    by_link = ~Q(link="") & Q(said__contains=F("link"))
    episodes = Episode.objects.alias(**said).filter(by_title | by_link)
    podcasts = Podcast.objects.alias(**said).filter(by_title)
    found: list[Target] = [*_of_clips(clips.order_by("name"))]
    found += episodes.select_related("podcast").order_by("pk")[:MOST]
    return [*found, *podcasts.order_by("pk")[:MOST]]


def _of_clips(clips: QuerySet[Clip]) -> list[Target]:
    """Their spans, whoever speaks in them, and their episodes."""
    found: list[Target] = []
    for clip in clips.select_related("episode__podcast", "voice__speaker"):
        found.append(Span(clip.episode, clip.start, clip.end))
        if clip.voice.speaker:
            found.append(clip.voice.speaker)
        found.append(clip.episode)
    return found


def distinct(found: Iterable[Candidate]) -> list[Candidate]:
    """Each once, where it stood first."""
    by_key: dict[str, Candidate] = {}
    for one in found:
        by_key.setdefault(one.key, one)
    return list(by_key.values())


def _candidates(found: Iterable[Target]) -> list[Candidate]:
    by_key: dict[str, Target] = {}
    for target in found:
        by_key.setdefault(key(target), target)
    return [candidate(target) for target in by_key.values()]


def _words(target: Target) -> tuple[str, str, str]:
    if isinstance(target, Podcast):
        return _("Podcast"), target.title, target.source
    if isinstance(target, Episode):
        return _("Episode"), target.title, target.podcast.title
    if isinstance(target, Span):
        clips = Clip.objects.current().filter(
            episode=target.episode, start__lt=target.end, end__gt=target.start
        )
        names = list(clips.order_by("start").values_list("name", flat=True)[:3])
        times = _times(target.start, target.end)
        return _("Part of an episode"), f"{target.episode} {times}", ", ".join(names)
    episodes = Episode.objects.filter(voices__speaker=target).distinct()
    names = list(episodes.order_by("number").values_list("title", flat=True)[:3])
    return (
        _("Speaker"),
        _("Speaker %(number)s, wherever the voice was recognised") % {"number": target.pk},
        ", ".join(names),
    )


def _times(start: int, end: int) -> str:
    return f"{units.clock(start / RATE)}–{units.clock(end / RATE)}"
