"""Our masters and clips on disk: 16 kHz mono 16 bit FLAC, the same bytes for the same samples."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from corpus.core.segments import RATE, Segment
from corpus.engines.base import NotAudio, Samples


def write_flac(path: Path | BinaryIO, samples: Samples) -> None:
    """Write int16 samples; ValueError for any other array, since scaling it would be a guess."""
    if samples.dtype != np.int16 or samples.ndim != 1:
        raise ValueError(f"masters are int16 mono, got {samples.dtype} {samples.shape}")
    soundfile.write(path, samples, RATE, format="FLAC", subtype="PCM_16")


def read(path: Path | BinaryIO, start: int = 0, frames: int = -1) -> Samples:
    """`frames` samples from `start`, or up to the end; NotAudio where it is not our format."""
    with _opened(path) as file:
        file.seek(min(start, file.frames))
        return file.read(frames, dtype="int16")


def read_many(path: Path | BinaryIO, spans: Iterable[Segment]) -> Iterator[Samples]:
    """The samples of each span, from a file that is opened once."""
    with _opened(path) as file:
        for span in spans:
            file.seek(min(span.start, file.frames))
            yield file.read(span.duration, dtype="int16")


def _opened(path: Path | BinaryIO) -> soundfile.SoundFile:
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        raise NotAudio(f"not one of our masters: {error}") from error
    if (file.samplerate, file.channels) != (RATE, 1):
        shape = f"{file.samplerate} Hz, {file.channels} channels"
        file.close()
        raise NotAudio(f"not one of our masters, {shape}: decode it first")
    return file
