"""Made-up sound that has what voices have: notes that come and go, with overtones."""

import io
from pathlib import Path

import av
import numpy as np

from corpus.core.segments import RATE
from corpus.engines.base import Samples


def melody(seconds: float, *, seed: int, level: float = 4000) -> Samples:
    """Notes of a fifth to half a second, no two melodies alike."""
    rng, n = np.random.default_rng(seed), round(seconds * RATE)
    sound = np.zeros(n + RATE)
    at = 0
    while at < n:
        length = int(rng.uniform(0.2, 0.5) * RATE)
        time = np.arange(length) / RATE
        pitch = rng.uniform(90, 300) * (1 + rng.uniform(-0.3, 0.3) * time)
        overtones = sum(
            rng.uniform(0.1, 1) * np.sin(2 * np.pi * k * pitch * time + rng.uniform(0, 6))
            for k in range(1, 9)
        )
        sound[at : at + length] += np.hanning(length) * overtones * rng.uniform(0.3, 1)
        at += int(length * rng.uniform(0.6, 1.6))
    return np.asarray(np.clip(sound[:n] * level / 3, -32_000, 32_000), np.int16)


def encoded(samples: Samples, path: Path, *, codec: str, container: str, kbits: int) -> Path:
    """The sound as a lossy file at 44.1 kHz, or 48 kHz for Opus."""
    rate = 48_000 if codec == "libopus" else 44_100
    packed = io.BytesIO()
    with av.open(packed, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = kbits * 1000
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.rate = RATE
        resampler, fifo = av.AudioResampler(stream.format.name, "mono", rate), av.AudioFifo()
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            fifo.write(part)
        size = stream.codec_context.frame_size or 1024
        while (block := fifo.read(size) or fifo.read()) is not None:
            target.mux(stream.encode(block))
        target.mux(stream.encode(None))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed.getvalue())
    return path
