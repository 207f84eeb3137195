"""What lies along an episode: its outline, and layers of speech, voices, words and clips."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from django.urls import reverse
from django.utils.translation import gettext as _

from common import files
from corpus.actions import catalogue, journeys
from corpus.core import units
from corpus.core.segments import RATE, Segment
from corpus.engines import audio
from corpus.models import Clip, Episode, Repeat, SpeakerTurn, Word

POINTS = 800
MOST_WORDS = 3000  # rectangles on one page; a longer episode shows no words

Mark = tuple[float, float, str, str, str, str]  # start, width, label, class, title, href


@dataclass(frozen=True, slots=True)
class Lane:
    """One layer; places are shares of the episode's length, 0 … 1."""

    label: str
    marks: tuple[Mark, ...]


@lru_cache(maxsize=128)
def outline(key: str, n_samples: int) -> tuple[tuple[int, int], ...]:
    """The [lowest, highest] of each of POINTS parts of a master, as -128 … 127, loudest at the rim.

    A file is named by its content, so what was drawn once stays right. Raises files.Missing.
    """
    points = min(POINTS, n_samples)
    edges = [n_samples * place // points for place in range(points + 1)] if points else []
    parts = [Segment(start, end) for start, end in pairwise(edges)]
    with files.store().local(key) as master:
        drawn = [
            (int(part.min()), int(part.max())) if len(part) else (0, 0)
            for part in audio.read_many(master, parts)
        ]
    loudest = max((max(-low, high) for low, high in drawn), default=0) or 1
    return tuple((low * 127 // loudest, high * 127 // loudest) for low, high in drawn)


def of(episode: Episode, *, with_words: bool = True) -> list[Lane]:
    """The layers that there are, speech first, clips last."""
    length = episode.n_samples
    if not length:
        return []
    newest = journeys.newest_by_stage(episode.runs.done())
    lanes = [Lane(_("Speech"), tuple(_spans(episode.speech, length, _("Speech"))))]
    if run := newest.get("diarise"):
        lanes += _voices(run.pk, length)
    if with_words and (run := newest.get("transcribe")):
        lanes += _words(run.pk, length)
    lanes.append(Lane(_("Repeats"), tuple(_repeats(episode, length))))
    lanes.append(Lane(_("Clips"), tuple(_clips(episode, length))))
    return [lane for lane in lanes if lane.marks]


def _spans(spans: Iterable[tuple[int, int]], length: int, label: str) -> Iterator[Mark]:
    for start, end in spans:
        yield (*_place(start, end, length), label, "", f"{label} {_times(start, end)}", "")


def _voices(run: int, length: int) -> list[Lane]:
    turns = SpeakerTurn.objects.filter(run=run).select_related("voice").order_by("start", "pk")
    found: dict[str, list[Mark]] = {}
    for turn in turns:
        label = catalogue.voice_name(turn.voice)
        title = f"{label} {_times(turn.start, turn.end)}"
        place = _place(turn.start, turn.end, length)
        found.setdefault(label, []).append((*place, label, "turn", title, ""))
    return [Lane(label, tuple(marks)) for label, marks in sorted(found.items())]


def _words(run: int, length: int) -> list[Lane]:
    words = list(Word.objects.filter(run=run).order_by("start", "pk")[: MOST_WORDS + 1])
    if len(words) > MOST_WORDS:
        return []
    marks = tuple(
        (*_place(word.start, word.end, length), word.text, "word", word.text, "") for word in words
    )
    return [Lane(_("Words"), marks)]


def _repeats(episode: Episode, length: int) -> Iterator[Mark]:
    """What was heard before, here or in an earlier episode, whether it stays out or not."""
    rows = Repeat.objects.filter(episode=episode).select_related("of").order_by("start", "pk")
    for row in rows:
        where = {"title": row.of.title, "at": units.clock(row.of_start / RATE)}
        label = _("as in %(title)s at %(at)s") % where
        place = _place(row.start, min(row.end, length), length)
        title = f"{_times(row.start, row.end)} {label}"
        yield (*place, label, "", title, reverse("episode", args=[row.of_id]))


def _clips(episode: Episode, length: int) -> Iterator[Mark]:
    clips = catalogue.judged(Clip.objects.current().filter(episode=episode))
    for clip in clips.order_by("start"):
        verdict = catalogue.verdict_of(clip)
        title = f"{clip.name} {_times(clip.start, clip.end)} {catalogue.VERDICTS[verdict]}"
        mark = "pending" if verdict == "unjudged" else verdict
        place = _place(clip.start, clip.end, length)
        yield (*place, clip.name, mark, title, reverse("clip", args=[clip.name]))


def _place(start: int, end: int, length: int) -> tuple[float, float]:
    return round(start / length, 6), round((end - start) / length, 6)


def _times(start: int, end: int) -> str:
    return f"{units.clock(start / RATE)}–{units.clock(end / RATE)}"
