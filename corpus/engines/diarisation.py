"""From what a pyannote pipeline answers to our turns and voices: the same for both profiles."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.core import segments
from corpus.core.segments import RATE, Segment
from corpus.core.turns import Turn
from corpus.engines.base import Diarisation, Progress

Voice = npt.NDArray[np.float32]
Embed = Callable[[tuple[Segment, ...]], Voice]
SHORTEST = RATE // 10  # samples: below 0.1 s there is nothing to diarise
_STEPS = {"segmentation": (0.0, 0.4), "embeddings": (0.4, 0.95)}  # share of the work done


def turns(annotation: Any, *, length: int) -> tuple[Turn, ...]:
    """The turns of a pyannote Annotation, cropped to a file of `length` samples, in order.

    pyannote pads its last window, so that turns can outlast the file (pyannote-audio#1611).
    """
    by_label: dict[str, list[Segment]] = {}
    for span, _, label in annotation.itertracks(yield_label=True):
        segment = _inside(span.start, span.end, length=length)
        if segment:
            by_label.setdefault(str(label), []).append(segment)
    return tuple(
        sorted(
            Turn(segment, label)
            for label, spans in by_label.items()
            for segment in segments.merge(spans)
        )
    )


def _inside(start: float, end: float, *, length: int) -> Segment | None:
    first, last = max(0, round(start * RATE)), min(length, round(end * RATE))
    return Segment(first, last) if first < last else None


def voices(spoken: tuple[Turn, ...], found: Mapping[str, Any], embed: Embed) -> dict[str, Voice]:
    """One unit vector per label of `spoken`: as found, or from `embed` where that is unusable."""
    return {label: _voice(label, spoken, found, embed) for label in _labels(spoken)}


def _voice(label: str, spoken: tuple[Turn, ...], found: Mapping[str, Any], embed: Embed) -> Voice:
    voice = np.asarray(found.get(label, np.nan), np.float32)
    if not (np.isfinite(voice).all() and np.linalg.norm(voice) > 0):
        voice = np.asarray(embed(_alone(label, spoken)), np.float32)
    return voice / np.float32(np.linalg.norm(voice))


def _alone(label: str, spoken: tuple[Turn, ...]) -> tuple[Segment, ...]:
    """Where only this label speaks; all its turns where it never speaks alone."""
    own = [turn.segment for turn in spoken if turn.label == label]
    others = [turn.segment for turn in spoken if turn.label != label]
    return segments.subtract(own, others) or segments.merge(own)


def _labels(spoken: tuple[Turn, ...]) -> list[str]:
    return sorted({turn.label for turn in spoken})


def result(output: Any, *, length: int, embed: Embed, exclusive: bool = False) -> Diarisation:
    """A DiarizeOutput as a Diarisation: inside the file, a voice per label, overlap if wanted."""
    whole = output.speaker_diarization
    chosen = output.exclusive_speaker_diarization if exclusive else whole
    spoken = turns(chosen, length=length)
    rows = output.speaker_embeddings
    found = {} if rows is None else dict(zip(whole.labels(), rows, strict=True))
    return Diarisation(spoken, voices(spoken, found, embed))


def hook(on_progress: Progress | None) -> Callable[..., None]:
    """A pyannote hook that reports the share of the work done, never less than before."""
    done = 0.0

    def report(
        step: str, *_: Any, completed: float = 1, total: float | None = 1, **__: Any
    ) -> None:
        nonlocal done
        first, last = _STEPS.get(step, (0.0, 0.0))
        done = max(done, first + (last - first) * min(1.0, completed / (total or 1)))
        if on_progress:
            on_progress(done)

    return report
