"""One small fake per engine, deterministic on made-up sound; and that sound.

A stretch of sound has one voice, told by its loudness; between stretches there is digital silence.
"""

import copy
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import soundfile

from common import engines
from common.claims import worker_name
from corpus.core import segments
from corpus.core.segments import RATE, Segment
from corpus.core.transcripts import Word
from corpus.core.turns import Turn
from corpus.engines.base import (
    Decoded,
    Diarisation,
    EngineMissing,
    NotAudio,
    Progress,
    Samples,
    Transcript,
)
from corpus.engines.failures import Gone, Unreachable
from corpus.engines.hosts import EveryHost, Hosts
from corpus.engines.http import Downloaded, Fetched
from corpus.engines.integrity import Promise

BLOCK = 320  # samples in which something must be heard
PAUSE = RATE // 4  # the longest silence inside a stretch
LOUD, SOFT = "LOUD", "SOFT"
SCALES = {LOUD: 1500, SOFT: 300}
LOUDER_THAN = 600  # RMS that parts the two voices


def voice(seconds: float, name: str = LOUD, *, seed: int = 0) -> Samples:
    """Noise whose amplitudes are distributed as those of clean speech: the gate lets it through."""
    rng = np.random.default_rng([seed, SCALES[name]])
    n = round(seconds * RATE)
    sound = rng.gamma(0.4, SCALES[name], n) * rng.choice([-1, 1], n)
    return np.asarray(np.clip(sound, -30_000, 30_000), np.int16)


def noise(seconds: float, *, seed: int = 0) -> Samples:
    """White noise: loud enough for a voice, but the gate measures hardly any signal in it."""
    return np.asarray(np.random.default_rng(seed).normal(0, 1500, round(seconds * RATE)), np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.int16)


def conversation(seed: int = 0) -> Samples:
    """Fifteen seconds that give three clips: LOUD and SOFT accepted, noise in LOUD's voice filtered."""
    parts = [
        voice(4, LOUD, seed=seed),
        silence(0.8),
        voice(4, SOFT, seed=seed),
        silence(0.8),
        noise(4, seed=seed),
        silence(0.8),
    ]
    return np.concatenate(parts)


def write_wav(path: Path, samples: Samples) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    return path


def stretches(samples: Samples) -> tuple[Segment, ...]:
    """Where something is heard."""
    blocks = range(0, len(samples), BLOCK)
    heard = (b for b in blocks if np.any(np.abs(samples[b : b + BLOCK].astype(int)) > 50))
    found = [Segment(b, min(b + BLOCK, len(samples))) for b in heard]
    return segments.merge(found, gap=PAUSE)


class FakeDecoder:
    """Reads 16 kHz mono WAV as it is."""

    version = "fake-decoder 1"

    def decode(self, path: Path, *, on_progress: Progress | None = None) -> Decoded:
        try:
            samples, rate = soundfile.read(path, dtype="int16")
        except soundfile.LibsndfileError as error:
            raise NotAudio("the fake decoder reads WAV only") from error
        if rate != RATE or samples.ndim != 1 or not len(samples):
            raise NotAudio("the fake decoder reads 16 kHz mono with some sound in it")
        if on_progress:
            on_progress(1.0)
        return Decoded(samples, rate, 1, "pcm_s16le", 8_000.0)


class FakeDetector:
    """Whatever is not silent is speech."""

    version = "fake-detector 1"

    def detect(self, samples: Samples) -> tuple[Segment, ...]:
        return stretches(samples)


class DeafDetector(FakeDetector):
    """Another detector: it misses the last stretch."""

    version = "deaf-detector 1"

    def detect(self, samples: Samples) -> tuple[Segment, ...]:
        return stretches(samples)[:-1]


class FakeDiariser:
    """Tells voices by how loud a stretch is; each has the same embedding in every episode."""

    version = "fake-diariser 1"

    def diarise(self, samples: Samples, *, on_progress: Progress | None = None) -> Diarisation:
        turns = tuple(Turn(s, _label(samples[s.start : s.end])) for s in stretches(samples))
        if on_progress:
            on_progress(1.0)
        return Diarisation(turns, {turn.label: EMBEDDINGS[turn.label] for turn in turns})


class FakeTranscriber:
    """Two words a second wherever there is speech, numbered from the start."""

    version = "fake-transcriber 1"

    def transcribe(
        self,
        samples: Samples,
        *,
        speech: Sequence[Segment],
        language: str,
        on_progress: Progress | None = None,
    ) -> Transcript:
        spans = [
            Segment(at, at + RATE * 2 // 5)
            for part in speech
            for at in range(part.start, part.end - RATE // 2, RATE // 2)
        ]
        words = tuple(Word(span, f"word{n}", 0.9) for n, span in enumerate(spans, start=1))
        return Transcript(words, language, draft=False)


class FakeExtractor:
    """Loudness as arousal."""

    version = "fake-extractor 1"

    def extract(self, samples: Samples) -> Mapping[str, float | None]:
        level = float(np.sqrt(np.mean(np.square(samples.astype(np.float64)))))
        return {"f0_hz": 100 + level / 10, "level_db": round(level, 3), "voiced_share": 1.0}


class FakeFetcher:
    """A web that consists of a dictionary; other addresses cannot be reached."""

    version = "fake-fetcher 1"

    def __init__(self, web: Mapping[str, bytes] | None = None) -> None:
        self.web = dict(web or {})
        self.asked: list[str] = []
        self.hosts: Hosts = EveryHost()

    def among(self, hosts: Hosts) -> Self:
        polite = copy.copy(self)
        polite.hosts = hosts
        return polite

    def fetch(self, url: str, **_: Any) -> Fetched:
        body = self._body(url)
        return Fetched(body, (url,), 200, None, None, "application/rss+xml", {})

    def download(
        self, url: str, to: Path, *, integrity: str = "", on_progress: Progress | None = None
    ) -> Downloaded:
        body = self._body(url)
        to.write_bytes(body)
        promise = Promise.read(integrity)
        promise.check(to, url)
        if on_progress:
            on_progress(1.0)
        digest = hashlib.sha256(body).hexdigest()
        chain = (url, f"{url}#mirror")
        return Downloaded(
            digest, len(body), chain, "audio/wav", None, promise.algorithm, promise.notes
        )

    def _body(self, url: str) -> bytes:
        with self.hosts.turn(urlsplit(url).netloc.lower()):
            return self._answer(url)

    def _answer(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.web:
            raise Unreachable(f"{url} cannot be reached. It is tried again later.")
        if not self.web[url]:
            raise Gone(f"{url} was taken down on purpose.", status=410)
        return self.web[url]


class MissingEngine:
    """An engine whose weights are not here."""

    version = "missing 1"

    def __init__(self) -> None:
        raise EngineMissing("Its weights are not here: run `make setup`.")


FAKES = {
    "fetcher": "tests.fakes.FakeFetcher",
    "decoder": "tests.fakes.FakeDecoder",
    "detector": "tests.fakes.FakeDetector",
    "diariser": "tests.fakes.FakeDiariser",
    "transcriber": "tests.fakes.FakeTranscriber",
    "acoustics": "tests.fakes.FakeExtractor",
}


@contextmanager
def installed(settings: Any, **others: str) -> Iterator[SimpleNamespace]:
    """The fakes as this project's engines; roles can be given another path."""
    settings.ENGINES = {**FAKES, **others}
    settings.ENGINE_OPTIONS = {}
    engines.load.cache_clear()
    engines.identity.cache_clear()
    try:
        yield SimpleNamespace(load=engines.load)
    finally:
        engines.load.cache_clear()
        engines.identity.cache_clear()


def dead_worker() -> str:
    """The name of a process that was here once, and is no longer."""
    boot, namespace, _, start = worker_name().split(":")
    return f"{boot}:{namespace}:999999999:{start}"


def _label(samples: Samples) -> str:
    rms = np.sqrt(np.mean(np.square(samples.astype(np.float64))))
    return LOUD if rms > LOUDER_THAN else SOFT


def _embedding(axis: int) -> npt.NDArray[np.float32]:
    vector = np.zeros(4, np.float32)
    vector[axis] = 1
    return vector


EMBEDDINGS = {LOUD: _embedding(0), SOFT: _embedding(1)}
