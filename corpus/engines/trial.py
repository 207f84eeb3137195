"""Five seconds of made-up sound for an engine to work on, to see that it does."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from corpus.core.segments import RATE, Segment
from corpus.engines import audio
from corpus.engines.base import Samples

SECONDS = 5


def sound() -> Samples:
    """Two bursts of a buzzing voice over quiet noise; the same each time."""
    n = SECONDS * RATE
    time_ = np.arange(n) / RATE
    pitch = 120 + 20 * np.sin(2 * np.pi * 3 * time_)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = np.stack([np.sin(k * phase) / k for k in range(1, 25)]).sum(axis=0)
    spoken = ((time_ % 2.5) < 2.0) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time_))
    noise = np.random.default_rng(1).normal(0, 0.002, n)
    samples: Samples = np.clip((0.1 * voice * spoken + noise) * 32_767, -32_768, 32_767).astype(
        np.int16
    )
    return samples


def run(role: str, load: Callable[[], Any]) -> dict[str, Any]:
    """Seconds to load and to work, and what came out; `error` is a sentence where it did not."""
    began = time.perf_counter()
    try:
        engine = load()
        loaded = time.perf_counter()
        found = _TRIALS[role](engine, sound())
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}", "load_s": 0.0, "work_s": 0.0}
    ended = time.perf_counter()
    return {"error": "", "load_s": loaded - began, "work_s": ended - loaded, "found": found}


def _decode(engine: Any, samples: Samples) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.flac"
        audio.write_flac(path, samples)
        decoded = engine.decode(path)
    return f"{len(decoded.samples)} samples"


def _transcribe(engine: Any, samples: Samples) -> str:
    whole = [Segment(0, len(samples))]
    return f"{len(engine.transcribe(samples, speech=whole, language='eng').words)} words"


def _diarise(engine: Any, samples: Samples) -> str:
    found = engine.diarise(samples)
    return f"{len(found.turns)} turns, {len(found.voices)} voices"


_TRIALS: dict[str, Callable[[Any, Samples], str]] = {
    "fetcher": lambda engine, samples: "nothing to fetch",
    "decoder": _decode,
    "detector": lambda engine, samples: f"{len(engine.detect(samples))} stretches of speech",
    "diariser": _diarise,
    "transcriber": _transcribe,
    "acoustics": lambda engine, samples: f"{len(engine.extract(samples))} features",
}
