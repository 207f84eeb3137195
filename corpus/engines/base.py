"""What every engine promises. Arrays and paths in, dataclasses out; `version` goes into the ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from corpus.core.segments import Segment
from corpus.core.transcripts import Word
from corpus.core.turns import Turn

Samples = npt.NDArray[np.int16]  # shape (n,), 16 kHz, mono
Progress = Callable[[float], None]  # called with the share done, 0 … 1


class NotAudio(Exception):
    """The file holds no audio that can be decoded; the message says what it is and what to do."""


class EngineMissing(Exception):
    """Weights or a package are not here; the message says how to get them."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file as 16 kHz mono samples, with facts of the original."""

    samples: Samples
    native_rate: int  # Hz
    native_channels: int
    codec: str  # as FFmpeg names it: mp3, aac, opus, flac, pcm_s16le
    bandwidth_hz: float  # the highest frequency with energy, on the native rate
    warnings: tuple[str, ...] = ()  # e.g. "truncated: 12.3 s of 30.0 s could be decoded"


@dataclass(frozen=True, slots=True)
class Diarisation:
    """Turns (overlap kept) and one voice embedding, shape (d,), float32, L2-normalised, per label."""

    turns: tuple[Turn, ...]
    voices: Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Transcript:
    """Words in order of time. `draft` says that nobody should read them as the truth."""

    words: tuple[Word, ...]
    language: str  # ISO 639-3 (eng, zho, yue) or "und"
    draft: bool
    notes: tuple[str, ...] = field(default=())


class Decoder(Protocol):
    """Any podcast file → samples."""

    version: str

    def decode(self, path: Path, *, on_progress: Progress | None = None) -> Decoded:
        """Decode the first audio stream, or raise NotAudio."""
        ...


class SpeechDetector(Protocol):
    """Where somebody speaks."""

    version: str

    def detect(self, samples: Samples) -> tuple[Segment, ...]:
        """Speech in order, without overlap, inside the file."""
        ...


class Diariser(Protocol):
    """Who speaks when."""

    version: str

    def diarise(self, samples: Samples, *, on_progress: Progress | None = None) -> Diarisation:
        """Turns inside the file; silence gives none."""
        ...


class Transcriber(Protocol):
    """What is said."""

    version: str

    def transcribe(
        self,
        samples: Samples,
        *,
        speech: Sequence[Segment],
        language: str,
        on_progress: Progress | None = None,
    ) -> Transcript:
        """Words inside the file; `language` is ISO 639-3 or "und", from the feed."""
        ...
