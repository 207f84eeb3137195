"""Where somebody speaks: Silero VAD from its wheel, torch only."""

import numpy as np
import torch

from corpus.core import segments
from corpus.core.segments import Segment
from corpus.engines import parameters, torch_setup, versions
from corpus.engines.base import Samples

torch_setup.prepare()

from silero_vad.utils_vad import get_speech_timestamps_from_probs  # noqa: E402

torch_setup.limit_threads()  # importing silero_vad sets them for the whole process

_WINDOW = 512  # samples that the network hears at a time
_BLOCK = 1_000 * _WINDOW  # samples held as float at a time: half a minute


class SileroDetector:
    """Speech by Silero's network, state carried through the whole file."""

    version = versions.of("corpus.engines.embedded.detector.SileroDetector")

    def __init__(self) -> None:
        self._model = torch.jit.load(str(versions.SILERO.path()), map_location="cpu").eval()

    def detect(self, samples: Samples) -> tuple[Segment, ...]:
        """Speech in order, without overlap, inside the file."""
        self._model.reset_states()
        chances: list[float] = []
        for start in range(0, len(samples), _BLOCK):
            chances += self._block(samples[start : start + _BLOCK])
        found = get_speech_timestamps_from_probs(
            chances, audio_length_samples=len(samples), **parameters.DETECTION
        )
        spans = (Segment(int(f["start"]), min(int(f["end"]), len(samples))) for f in found)
        return segments.merge(spans)

    def _block(self, samples: Samples) -> list[float]:
        wave = torch.from_numpy(samples.astype(np.float32) / np.float32(32_768))
        wave = torch.nn.functional.pad(wave, (0, -len(wave) % _WINDOW))
        with torch.inference_mode():
            return [self._model(window, 16_000).item() for window in wave.split(_WINDOW)]
