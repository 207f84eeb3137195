"""The outline of a sound, for drawing."""

import numpy as np
import numpy.typing as npt


def peaks(samples: npt.NDArray[np.int16], *, points: int = 200) -> tuple[tuple[int, int], ...]:
    """The lowest and highest value of each of `points` equal parts, from 16 bits down to -128 … 127.

    A sound of fewer samples has one part per sample, an empty one none.
    """
    points = min(points, len(samples))
    if not points:
        return ()
    edges = np.arange(points) * len(samples) // points
    lowest = np.minimum.reduceat(samples, edges) >> 8
    highest = np.maximum.reduceat(samples, edges) >> 8
    return tuple(zip(lowest.tolist(), highest.tolist(), strict=True))
