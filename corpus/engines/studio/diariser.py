"""Who speaks when, for the corpora we publish: pyannote community-1 from a local folder."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from corpus.core.segments import Segment
from corpus.engines import diarisation, torch_setup, versions
from corpus.engines.base import Diarisation, EngineMissing, Progress, Samples

torch_setup.prepare()

from pyannote.audio import Pipeline  # noqa: E402  (after the stub)

torch_setup.hush()

COMMUNITY = "pyannote/speaker-diarization-community-1"
_HOW = (
    f"accept the conditions at https://hf.co/{COMMUNITY} once, download it with "
    f"`hf download {COMMUNITY} --local-dir FOLDER`, and name that folder as `model`"
)


class CommunityDiariser:
    """pyannote's pretrained pipeline: VBx clustering, on a GPU where there is one.

    `model` is a folder with config.yaml, or a hub id. `exclusive` drops overlap: then every sample
    belongs to one voice at most, which suits transcription but hides who is talked over.
    """

    def __init__(
        self,
        *,
        model: str | Path = COMMUNITY,
        token: str | None = None,
        device: str | None = None,
        exclusive: bool = False,
        min_speakers: int | None = None,
        max_speakers: int | None = None,
    ) -> None:
        settings = {
            "model": model,
            "exclusive": exclusive,
            "min_speakers": min_speakers,
            "max_speakers": max_speakers,
        }
        self.version = versions.of("corpus.engines.studio.diariser.CommunityDiariser", settings)
        self._exclusive = exclusive
        self._bounds = {"min_speakers": min_speakers, "max_speakers": max_speakers}
        self._pipeline = load(model, token=token)
        self._pipeline.to(torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu")))

    def diarise(self, samples: Samples, *, on_progress: Progress | None = None) -> Diarisation:
        """Turns inside the file; silence gives none."""
        if len(samples) < diarisation.SHORTEST:
            return Diarisation((), {})
        wave = samples.astype(np.float32) / np.float32(32_768)
        audio = {"waveform": torch.from_numpy(wave)[None], "sample_rate": 16_000, "uri": "episode"}
        output = self._pipeline(audio, hook=diarisation.hook(on_progress), **self._bounds)
        return diarisation.result(
            output,
            length=len(wave),
            embed=partial(self._embed, wave),
            exclusive=self._exclusive,
        )

    def _embed(
        self, wave: npt.NDArray[np.float32], spans: tuple[Segment, ...]
    ) -> npt.NDArray[np.float32]:
        """An embedding of these spans by the pipeline's own network, repeated where too short."""
        embedding = self._pipeline._embedding  # there is no public name for it
        spoken = np.concatenate([wave[span.start : span.end] for span in spans])
        if len(spoken) < embedding.min_num_samples:
            spoken = np.resize(spoken, embedding.min_num_samples)
        return np.asarray(embedding(torch.from_numpy(spoken)[None, None])[0], np.float32)


def load(model: str | Path | dict[str, Any], *, token: str | None = None) -> Pipeline:
    """A pipeline from a folder, a hub id in the local cache, or a config; else EngineMissing."""
    if not isinstance(model, dict) and not Path(model).is_dir():
        _refuse_a_missing_folder(str(model))
    try:
        loaded = Pipeline.from_pretrained(model, token=token)
    except (OSError, ValueError) as error:
        raise EngineMissing(f"{model} cannot be loaded ({error}): {_HOW}") from error
    if loaded is None:  # pyannote prints why, and answers None
        raise EngineMissing(f"{model} cannot be loaded: {_HOW}")
    return loaded


def _refuse_a_missing_folder(model: str) -> None:
    # pyannote takes a wrong path for a hub id and blames the network (pyannote-audio#1800)
    if model.count("/") != 1 or model.startswith((".", "~", os.sep)):
        raise EngineMissing(f"there is no folder {model}: {_HOW}")
