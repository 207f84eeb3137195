"""Any podcast file → 16 kHz mono samples, through PyAV; our FLAC masters, through libsndfile."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import numpy.typing as npt
import soundfile
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from corpus.core.segments import RATE, Segment
from corpus.engines import containers, versions
from corpus.engines.base import Decoded, NotAudio, Progress, Samples
from corpus.engines.spectrum import PowerSpectrum

_REPORT_EVERY = 10 * RATE  # samples between two calls of on_progress
_RATES = (1_000, 768_000)  # Hz that a recording can have
_GAP = 0.05  # seconds between two frames above which something was lost
_SLACK = 0.5  # seconds that a container may claim too much before we say so
_MISSING = (1.0, 0.01)  # seconds, and share of the whole: if both are missing, the file is refused


class PyAvDecoder:
    """Decodes MP3, M4A, AAC, Opus, Vorbis, FLAC, WAV and what else PyAV brings along."""

    version = versions.of("corpus.engines.audio.PyAvDecoder")

    def __init__(self, *, longest_hours: float = 12.0) -> None:
        self._longest = round(longest_hours * 3600 * RATE)

    def decode(self, path: Path, *, on_progress: Progress | None = None) -> Decoded:
        """Decode the first audio stream, or raise NotAudio.

        Memory: the int16 samples (115 MB an hour) and one second of the original.
        """
        with containers.opened(path) as container:
            stream = containers.audio_stream(container)
            claimed = containers.claimed_seconds(container, path)
            sink = _Sink(on_progress, claimed, self._longest)
            for frame in _frames(container, stream, sink):
                sink.add(frame)
            return sink.finish(stream.codec_context.codec.canonical_name)


@dataclass(slots=True)
class _Sink:
    """Collects frames: resampled ones in a growing buffer, native ones in a power spectrum."""

    on_progress: Progress | None
    claimed: float | None
    longest: int
    packets: int = 0
    corrupt: int = 0
    gaps: int = 0
    clock: float | None = None  # when the next frame should begin, in seconds of the container
    pcm: bytearray = field(default_factory=bytearray)
    spectra: dict[tuple[int, int], PowerSpectrum] = field(default_factory=dict)
    shape: tuple[str, str, int] | None = None
    resampler: av.AudioResampler | None = None
    reported: int = 0

    def add(self, frame: AudioFrame) -> None:
        """Take one decoded frame; its rate and channels may differ from the last one's."""
        if not _RATES[0] <= frame.sample_rate <= _RATES[1]:
            self.corrupt += 1  # a broken header; the resampler would ask for gigabytes
            return
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self.shape:
            # Stitched advertisements change rate or channels in mid-file; a resampler does not.
            self._resample(None)
            self.shape, self.resampler = shape, av.AudioResampler("s16", "mono", RATE)
        self._measure(frame)
        self._resample(frame)
        self._report()

    def _measure(self, frame: AudioFrame) -> None:
        if frame.time is not None:
            self.gaps += self.clock is not None and frame.time - self.clock > _GAP
            self.clock = frame.time + frame.samples / frame.sample_rate
        native = (frame.sample_rate, frame.layout.nb_channels)
        spectrum = self.spectra.setdefault(native, PowerSpectrum(frame.sample_rate))
        spectrum.add(_mono(frame))

    def _resample(self, frame: AudioFrame | None) -> None:
        if frame is not None:
            frame.pts = None  # a gap in the clock is not audio: trust the decoded count
        for resampled in self.resampler.resample(frame) if self.resampler else ():
            self.pcm += resampled.to_ndarray().tobytes()
        if len(self.pcm) > 2 * self.longest:
            hours = self.longest / RATE / 3600
            raise NotAudio(f"longer than {hours:g} h: split the file, or raise the limit")

    def _report(self) -> None:
        done = len(self.pcm) // 2
        if self.on_progress and self.claimed and done - self.reported >= _REPORT_EVERY:
            self.reported = done
            self.on_progress(min(1.0, done / RATE / self.claimed))

    def finish(self, codec: str) -> Decoded:
        """What was decoded, or NotAudio where that is nothing, or mostly rubble."""
        self._resample(None)
        if not self.pcm:
            raise NotAudio(f"no sample of its {codec} stream could be decoded: fetch it again")
        if self.corrupt > self.packets / 2:
            bad = f"{self.corrupt} of {self.packets} packets"
            raise NotAudio(f"{bad} of its {codec} stream are damaged: fetch it again")
        samples = np.frombuffer(self.pcm, np.int16)
        self._refuse_fragments(max(len(samples) / RATE, self.clock or 0.0))
        if self.on_progress:
            self.on_progress(1.0)
        (rate, channels), spectrum = max(self.spectra.items(), key=lambda item: item[1].seconds)
        warnings = tuple(self._warnings(len(samples) / RATE))
        return Decoded(samples, rate, channels, codec, spectrum.bandwidth(), warnings)

    def _refuse_fragments(self, reached: float) -> None:
        seconds, share = _MISSING
        if self.claimed and self.claimed - reached > max(seconds, share * self.claimed):
            raise NotAudio(
                f"truncated: it ends after {reached:.1f} s of {self.claimed:.1f} s: fetch it again"
            )

    def _warnings(self, decoded: float) -> Iterator[str]:
        if self.claimed and self.claimed - decoded > _SLACK:
            yield f"truncated: {decoded:.1f} s of {self.claimed:.1f} s could be decoded"
        if self.corrupt:
            yield f"damaged: {self.corrupt} of {self.packets} packets could not be decoded"
        if self.gaps:
            yield f"damaged: {self.gaps} gaps where audio is missing"


def _frames(container: InputContainer, stream: AudioStream, count: _Sink) -> Iterator[AudioFrame]:
    """Every frame that can be decoded; packets that cannot are counted and skipped."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, IndexError):  # the latter where a stream turns up in mid-file
            count.corrupt += 1  # the container ends in the middle of something
            return
        if packet is None:
            return
        count.packets += 1
        try:
            yield from packet.decode()
        except av.FFmpegError:
            count.corrupt += 1


def _mono(frame: AudioFrame) -> npt.NDArray[np.float32]:
    """The mean of the channels at the native rate, in -1 … 1."""
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    scale, offset = _RANGES.get(values.dtype.kind + str(values.dtype.itemsize), (1.0, 0.0))
    mean = values.mean(axis=0, dtype=np.float32)
    return np.asarray((mean - np.float32(offset)) * np.float32(scale), np.float32)


_RANGES = {"i2": (2.0**-15, 0.0), "i4": (2.0**-31, 0.0), "u1": (2.0**-7, 128.0)}


def write_flac(path: Path | BinaryIO, samples: Samples) -> None:
    """Write int16 samples; ValueError for any other array, since scaling it would be a guess."""
    if samples.dtype != np.int16 or samples.ndim != 1:
        raise ValueError(f"masters are int16 mono, got {samples.dtype} {samples.shape}")
    packed = io.BytesIO() if isinstance(path, Path) else path
    soundfile.write(packed, samples, RATE, format="FLAC", subtype="PCM_16")
    if isinstance(packed, io.BytesIO) and isinstance(path, Path):
        path.write_bytes(packed.getbuffer())  # libsndfile does not tell a full disk from a bad file


def read(path: Path | BinaryIO, start: int = 0, frames: int = -1) -> Samples:
    """`frames` samples from `start`, or up to the end; NotAudio where it is not our format."""
    with _opened(path) as file:
        file.seek(min(start, file.frames))
        return np.asarray(file.read(frames, dtype="int16"))


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
