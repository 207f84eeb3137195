"""Who speaks when, on a CPU: pyannote's pipeline on weights that ship inside wheels."""

from functools import partial

import numpy as np
import numpy.typing as npt
import torch

from corpus.core.segments import RATE, Segment
from corpus.engines import diarisation, parameters, torch_setup, versions
from corpus.engines.base import Diarisation, Progress, Samples
from corpus.engines.embedded.voices import DIMENSION, SHORTEST, VoiceEncoder

torch_setup.prepare()

from pyannote.audio import Model  # noqa: E402  (after the stub)
from pyannote.audio.core.plda import PLDA  # noqa: E402
from pyannote.audio.core.task import Problem, Resolution, Specifications  # noqa: E402
from pyannote.audio.pipelines import SpeakerDiarization  # noqa: E402

torch_setup.hush()

_WINDOW = 5.0  # seconds that the segmentation hears at a time


class GE2E(Model):  # type: ignore[misc]
    """The GE2E encoder as pyannote expects an embedding: waves (n, 1, t), masks (n, frames)."""

    dimension = DIMENSION

    def __init__(self, encoder: VoiceEncoder) -> None:
        super().__init__(sample_rate=16_000, num_channels=1)
        self.encoder = encoder
        self.specifications = Specifications(
            problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=_WINDOW
        )

    def forward(self, waveforms: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
        """Embeddings (n, 256); NaN, which the clustering ignores, where a mask leaves too little."""
        if waveforms.shape[-1] < SHORTEST:
            raise ValueError("too short")  # pyannote finds the shortest length by catching errors
        waves = list(waveforms[:, 0].cpu().numpy())
        if weights is not None:
            waves = [_masked(w, m) for w, m in zip(waves, weights.cpu().numpy(), strict=True)]
        long = [i for i, wave in enumerate(waves) if len(wave) >= SHORTEST]
        embeddings = torch.full((len(waves), DIMENSION), float("nan"))
        embeddings[long] = torch.from_numpy(self.encoder.embed([waves[i] for i in long]))
        return embeddings


def _masked(
    wave: npt.NDArray[np.float32], mask: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    return wave[mask[np.arange(len(wave)) * len(mask) // len(wave)] > 0.5]


class PyannoteDiariser:
    """The real SpeakerDiarization pipeline, agglomerative, with GE2E voices of 256 numbers.

    A demonstration on a CPU: 20 to 30 % diarisation error where the studio profile belongs.
    """

    version = versions.of("corpus.engines.embedded.diariser.PyannoteDiariser")

    def __init__(self) -> None:
        self._encoder = VoiceEncoder()
        self._pipeline = pipeline(self._encoder)

    def diarise(self, samples: Samples, *, on_progress: Progress | None = None) -> Diarisation:
        """Turns with overlap, inside the file; silence gives none."""
        if len(samples) < diarisation.SHORTEST:
            return Diarisation((), {})
        wave = samples.astype(np.float32) / np.float32(32_768)
        audio = {"waveform": torch.from_numpy(wave)[None], "sample_rate": 16_000, "uri": "episode"}
        self._pipeline._segmentation.step = _step(len(wave) / RATE)
        output = self._pipeline(audio, hook=diarisation.hook(on_progress))
        return diarisation.result(output, length=len(wave), embed=partial(self._embed, wave))

    def _embed(
        self, wave: npt.NDArray[np.float32], spans: tuple[Segment, ...]
    ) -> npt.NDArray[np.float32]:
        spoken = np.concatenate([wave[span.start : span.end] for span in spans])
        return np.asarray(self._encoder.embed([spoken])[0])


def _step(seconds: float) -> float:
    """Seconds between two windows: longer where a file would need too many of them."""
    usual: float = _WINDOW * parameters.DIARISATION["segmentation_step"]
    most: int = parameters.DIARISATION["most_windows"]
    return max(usual, seconds / most)


def pipeline(encoder: VoiceEncoder) -> SpeakerDiarization:
    """The pipeline with our parameters, ready to be called."""
    made = SpeakerDiarization(
        segmentation=Model.from_pretrained(versions.SEGMENTATION.path()),
        segmentation_step=parameters.DIARISATION["segmentation_step"],
        embedding=GE2E(encoder).eval(),
        embedding_exclude_overlap=True,
        plda=PLDA.__new__(PLDA),  # loaded but unused by this clustering; None would be downloaded
        clustering="AgglomerativeClustering",
        segmentation_batch_size=32,
        embedding_batch_size=32,
    )
    made.instantiate({k: dict(parameters.DIARISATION[k]) for k in ("segmentation", "clustering")})
    return made
