"""What a feature extractor promises."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]  # shape (n,), 16 kHz, mono


class FeatureExtractor(Protocol):
    """A clip in named numbers."""

    version: str

    def extract(self, samples: Samples) -> Mapping[str, float | None]:
        """Name → value; None where the clip does not allow to measure."""
        ...
