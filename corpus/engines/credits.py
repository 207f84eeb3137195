"""Who made the weights of each engine, under which licence, and how they are had."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.engines import versions
from corpus.engines.base import EngineMissing
from corpus.engines.versions import WheelFile

COMMUNITY = "pyannote/speaker-diarization-community-1"
WHISPER = "Systran/faster-whisper-"  # where whisperX looks for a model that has a plain name


@dataclass(frozen=True, slots=True)
class Weights:
    """One set of weights; `wheel` is the file a package brings, `option` names a downloaded model.

    `prefix` is put before a plain name, to get the name of the repository that it stands for.
    """

    name: str
    by: str
    licence: str
    url: str
    wheel: WheelFile | None = None
    option: str = ""
    prefix: str = ""

    def missing(self, options: dict[str, Any]) -> str:
        """What is not here and how to get it; empty where all is here."""
        if self.wheel is not None:
            return _missing_file(self.wheel)
        if not self.option:
            return ""
        model = str(options[self.option])
        if Path(model).is_dir() or _is_cached(self._repository(model)):
            return ""
        repository = self._repository(model)
        return (
            f"{model} is neither a folder nor in the local cache: accept its conditions at "
            f"https://hf.co/{repository} if it has any, run `hf download {repository} --local-dir "
            "FOLDER`, and name the folder in the settings"
        )

    def _repository(self, model: str) -> str:
        return model if "/" in model else f"{self.prefix}{model}"


_CREDITS = {
    "corpus.engines.embedded.detector.SileroDetector": (
        Weights(
            "Silero VAD",
            "Silero Team",
            "MIT",
            "https://github.com/snakers4/silero-vad",
            versions.SILERO,
        ),
    ),
    "corpus.engines.embedded.diariser.PyannoteDiariser": (
        Weights(
            "pyannote segmentation, as whisperX carries it",
            "Hervé Bredin, CNRS",
            "MIT",
            "https://hf.co/pyannote/segmentation",
            versions.SEGMENTATION,
        ),
        Weights(
            "GE2E voice encoder of Resemblyzer",
            "Resemble AI; Corentin Jemine",
            "Apache-2.0",
            "https://github.com/resemble-ai/Resemblyzer",
            versions.GE2E,
        ),
    ),
    "corpus.engines.embedded.transcriber.PocketSphinxTranscriber": (
        Weights(
            "US English model of PocketSphinx",
            "Carnegie Mellon University",
            "BSD-2-Clause",
            "https://github.com/cmusphinx/pocketsphinx",
            WheelFile("pocketsphinx", "model/en-us/en-us/mdef"),
        ),
    ),
    "corpus.engines.studio.diariser.CommunityDiariser": (
        Weights(
            "pyannote community-1",
            "pyannoteAI and the pyannote.audio authors",
            "CC-BY-4.0",
            f"https://hf.co/{COMMUNITY}",
            option="model",
        ),
    ),
    "corpus.engines.studio.transcriber.WhisperXTranscriber": (
        Weights(
            "Whisper, converted to CTranslate2",
            "OpenAI; converted by SYSTRAN",
            "MIT",
            "https://github.com/openai/whisper",
            option="model",
            prefix=WHISPER,
        ),
    ),
}


def of(dotted: str) -> tuple[Weights, ...]:
    """The weights of the engine at a dotted path; none for engines that only compute."""
    return _CREDITS.get(dotted, ())


def _missing_file(wheel: WheelFile) -> str:
    try:
        wheel.path()
    except EngineMissing as error:
        return str(error)
    return ""


def _is_cached(repository: str) -> bool:
    """Whether the hub's own cache holds a snapshot, looked up without importing its library."""
    home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
    folder = Path(home) / "hub" / f"models--{repository.replace('/', '--')}" / "snapshots"
    return folder.is_dir() and any(folder.iterdir())
