"""Speech cut into chunks that a recogniser can take, at the quietest place there is."""

from collections.abc import Iterable, Iterator

import numpy as np

from corpus.core.segments import RATE, Segment
from corpus.engines.base import Samples

_FRAME = RATE // 100  # samples of a level


def split(
    samples: Samples, speech: Iterable[Segment], *, shortest: int, longest: int
) -> Iterator[Segment]:
    """The speech in order, in chunks of at most `longest` samples.

    A longer stretch is cut at its quietest 50 ms between `shortest` and `longest`.
    """
    for segment in sorted(speech):
        start = segment.start
        end = min(segment.end, len(samples))
        while end - start > longest:
            cut = start + shortest + _quietest(samples[start + shortest : start + longest])
            yield Segment(start, cut)
            start = cut
        if start < end:
            yield Segment(start, end)


def _quietest(samples: Samples) -> int:
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    level = np.square(frames, dtype=np.float32).mean(axis=1)
    smooth = np.convolve(level, np.ones(5) / 5, mode="same")
    smooth[:2] = smooth[-2:] = np.inf  # half a window looks quiet
    return int(np.argmin(smooth)) * _FRAME + _FRAME // 2


def joined(speech: Iterable[Segment], *, gap: int, longest: int) -> Iterator[Segment]:
    """Neighbours no more than `gap` apart as one, as long as the whole stays within `longest`."""
    held: Segment | None = None
    for segment in sorted(speech):
        end = max(held.end, segment.end) if held else segment.end
        if held and segment.start - held.end <= gap and end - held.start <= longest:
            held = Segment(held.start, end)
            continue
        if held:
            yield held
        held = segment
    if held:
        yield held
