"""Any podcast file → 16 kHz mono samples, through PyAV; our FLAC masters, through libsndfile."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from corpus.core.segments import RATE
from corpus.engines import containers, versions
from corpus.engines.base import Decoded, NotAudio, Progress
from corpus.engines.spectrum import PowerSpectrum

_REPORT_EVERY = 10 * RATE  # samples between two calls of on_progress
_SLACK = 0.5  # seconds that a container may claim too much before we call the file truncated


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
    pcm: bytearray = field(default_factory=bytearray)
    rate: int = 0
    channels: int = 0
    shape: tuple[str, str, int] | None = None
    resampler: av.AudioResampler | None = None
    spectrum: PowerSpectrum | None = None
    reported: int = 0

    def add(self, frame: AudioFrame) -> None:
        """Take one decoded frame; its rate and channels may differ from the last one's."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self.shape:
            self._restart(frame, shape)
        if self.spectrum and frame.sample_rate == self.rate:
            self.spectrum.add(_mono(frame))
        frame.pts = None  # gaps in the clock are no audio: trust the decoded count
        self._resample(frame)
        self._report()

    def _restart(self, frame: AudioFrame, shape: tuple[str, str, int]) -> None:
        # Stitched advertisements change rate or channels in mid-file; a resampler does not.
        self._resample(None)
        self.shape, self.resampler = shape, av.AudioResampler("s16", "mono", RATE)
        if self.spectrum is None:
            self.rate, self.channels = frame.sample_rate, frame.layout.nb_channels
            self.spectrum = PowerSpectrum(self.rate)

    def _resample(self, frame: AudioFrame | None) -> None:
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
        if not self.pcm or self.spectrum is None:
            raise NotAudio(f"no sample of its {codec} stream could be decoded: fetch it again")
        if self.corrupt > self.packets / 2:
            bad = f"{self.corrupt} of {self.packets} packets"
            raise NotAudio(f"{bad} of its {codec} stream are damaged: fetch it again")
        samples = np.frombuffer(self.pcm, np.int16)
        if self.on_progress:
            self.on_progress(1.0)
        return Decoded(
            samples,
            self.rate,
            self.channels,
            codec,
            self.spectrum.bandwidth(),
            tuple(self._warnings(len(samples) / RATE)),
        )

    def _warnings(self, decoded: float) -> Iterator[str]:
        if self.claimed and self.claimed - decoded > _SLACK:
            yield f"truncated: {decoded:.1f} s of {self.claimed:.1f} s could be decoded"
        if self.corrupt:
            yield f"damaged: {self.corrupt} of {self.packets} packets could not be decoded"


def _frames(container: InputContainer, stream: AudioStream, count: _Sink) -> Iterator[AudioFrame]:
    """Every frame that can be decoded; packets that cannot are counted and skipped."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
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
    return (values.mean(axis=0, dtype=np.float32) - np.float32(offset)) * np.float32(scale)


_RANGES = {"i2": (2.0**-15, 0.0), "i4": (2.0**-31, 0.0), "u1": (2.0**-7, 128.0)}
