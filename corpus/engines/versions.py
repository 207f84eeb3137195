"""Which code, weights and parameters an engine has, without importing torch or the engine."""

import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from corpus.engines import parameters
from corpus.engines.base import EngineMissing


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A file of weights that an installed package carries."""

    package: str
    name: str

    def path(self) -> Path:
        """Where it lies, found without importing the package, or raise EngineMissing."""
        spec = importlib.util.find_spec(self.package)
        folders = spec.submodule_search_locations if spec else None
        path = Path(next(iter(folders))) / self.name if folders else None
        if path is None or not path.is_file():
            raise EngineMissing(
                f"{self.package} with its {self.name} is not here: run `make setup`"
            )
        return path


SEGMENTATION = WheelFile("whisperx", "assets/pytorch_model.bin")
GE2E = WheelFile("resemblyzer", "pretrained.pt")
SILERO = WheelFile("silero_vad", "data/silero_vad.jit")


@dataclass(frozen=True, slots=True)
class _Recipe:
    """`revision` is raised by hand when our own code changes what comes out."""

    name: str
    packages: tuple[str, ...]
    revision: int = 1
    weights: tuple[WheelFile, ...] = ()
    parameters: Mapping[str, Any] | None = None


_RECIPES = {
    "corpus.engines.audio.PyAvDecoder": _Recipe("pyav", ("av",)),
    "corpus.engines.embedded.detector.SileroDetector": _Recipe(
        "silero", ("silero-vad", "torch"), 1, (SILERO,), parameters.DETECTION
    ),
    "corpus.engines.embedded.diariser.PyannoteDiariser": _Recipe(
        "pyannote-ge2e",
        ("pyannote.audio", "torch"),
        1,
        (SEGMENTATION, GE2E),
        parameters.DIARISATION,
    ),
    "corpus.engines.embedded.transcriber.PocketSphinxTranscriber": _Recipe(
        "pocketsphinx", ("pocketsphinx",), 1, (), parameters.DRAFT
    ),
    "corpus.engines.studio.diariser.CommunityDiariser": _Recipe(
        "pyannote-community", ("pyannote.audio", "torch")
    ),
    "corpus.engines.studio.transcriber.WhisperXTranscriber": _Recipe(
        "whisperx", ("whisperx", "faster-whisper", "ctranslate2"), 1, (), parameters.TRANSCRIPTION
    ),
}
# Where a model runs is not what it is, and a token is nobody's business.
_NOT_PART = frozenset({"device", "token"})


def of(dotted: str, settings: Mapping[str, Any] | None = None) -> str:
    """The version of the engine at a dotted path, loaded with these keyword settings.

    LookupError for a path that has no recipe, EngineMissing where a package is not installed.
    """
    if dotted not in _RECIPES:
        raise LookupError(f"{dotted} has no recipe in corpus/engines/versions.py")
    recipe = _RECIPES[dotted]
    packages = ",".join(f"{name}={_installed(name)}" for name in recipe.packages)
    content = [_sha256(weight.path()) for weight in recipe.weights]
    content.append(_canonical(recipe.parameters or {}))
    content.append(_canonical(_described(settings or {})))
    digest = hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]
    return f"{recipe.name}/{recipe.revision} {packages} {digest}"


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        raise EngineMissing(f"{package} is not installed: run `make setup`") from None


@cache
def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _described(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as text; a folder of weights counts by its files and their sizes, not its place."""
    kept = {name: value for name, value in settings.items() if name not in _NOT_PART}
    return {name: _content(value) for name, value in kept.items()}


def _content(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _content(item) for key, item in value.items()}
    if isinstance(value, str | Path) and Path(value).is_dir():
        return [(f.relative_to(value).as_posix(), f.stat().st_size) for f in _files(Path(value))]
    return value


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
