"""Do broken audio files ever break us? Mutated heads of every format through the decoder: JSON lines.

    python benchmarks/audio_heads.py --cases 1000 --seed 1

Small files of nine formats are made, the first 4 KB of each is mutated (bits, bytes, cut, doubled,
swapped with another format's, cut off at the end), and the decoder reads them in a child process with
2 GB more address space than it has at the start. Allowed are samples or NotAudio; anything else, a
death of the child and a case that takes a minute included, is listed and makes the exit code 1.
"""

import argparse
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from corpus.engines.audio import PyAvDecoder
from corpus.engines.base import NotAudio

HEAD = 4096
LONGEST = 60.0  # seconds one case may take
ROOM = 2 * 2**30  # bytes of address space beyond what the child starts with
FORMATS = (
    ("mp3", "libmp3lame", 44_100),
    ("ipod", "aac", 44_100),
    ("adts", "aac", 48_000),
    ("ogg", "libopus", 48_000),
    ("matroska", "libopus", 48_000),
    ("flac", "flac", 44_100),
    ("wav", "pcm_s16le", 22_050),
    ("aiff", "pcm_s16be", 22_050),
    ("mpegts", "aac", 44_100),
)


def recordings() -> list[bytes]:
    """Two seconds of a gliding tone in noise, in every format."""
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for form, codec, rate in FORMATS:
            path = Path(folder) / form
            _encode(path, form, codec, rate)
            made.append(path.read_bytes())
    return made


def _encode(path: Path, form: str, codec: str, rate: int) -> None:
    moments = np.arange(2 * rate) / rate
    wave = 0.4 * np.sin(2 * np.pi * (200 + 400 * moments) * moments)
    wave += np.random.default_rng(0).normal(scale=0.05, size=len(wave))
    samples = (32_767 * wave.clip(-1, 1)).astype(np.int16)[None]
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def mutated(whole: bytes, other: bytes, dice: random.Random) -> bytes:
    """The file with one to eight wounds in its head."""
    raw = bytearray(whole)
    for _ in range(dice.choice((1, 1, 2, 4, 8))):
        start = dice.randrange(min(HEAD, max(1, len(raw))))
        span = slice(start, start + dice.choice((1, 1, 2, 4, 8, 64)))
        dice.choice(WOUNDS)(raw, span, other, dice)
    return bytes(raw) or b"\x00"


def _flip(raw: bytearray, span: slice, other: bytes, dice: random.Random) -> None:
    raw[span.start : span.start + 1] = bytes(
        byte ^ 1 << dice.randrange(8) for byte in raw[span.start : span.start + 1]
    )


def _random(raw: bytearray, span: slice, other: bytes, dice: random.Random) -> None:
    raw[span] = dice.randbytes(span.stop - span.start)


def _extreme(raw: bytearray, span: slice, other: bytes, dice: random.Random) -> None:
    raw[span] = dice.choice((b"\xff", b"\x00", b"\x7f", b"\x80")) * (span.stop - span.start)


def _remove(raw: bytearray, span: slice, other: bytes, dice: random.Random) -> None:
    del raw[span]


def _double(raw: bytearray, span: slice, other: bytes, dice: random.Random) -> None:
    raw[span.start : span.start] = raw[span]


def _graft(raw: bytearray, span: slice, other: bytes, dice: random.Random) -> None:
    raw[span] = other[span]


def _behead(raw: bytearray, span: slice, other: bytes, dice: random.Random) -> None:
    raw[: span.start] = other[: span.start]


def _cut_off(raw: bytearray, span: slice, other: bytes, dice: random.Random) -> None:
    del raw[dice.randint(min(span.start, len(raw)), len(raw)) :]


WOUNDS = (_flip, _random, _extreme, _remove, _double, _graft, _behead, _cut_off)


def decode(path: str) -> tuple[str, str, int]:
    """Outcome, what was said, and the peak of the child's memory in bytes."""
    try:
        decoded = PyAvDecoder(longest_hours=1.0).decode(Path(path))
        said = ("decoded with a warning" if decoded.warnings else "decoded", "")
    except NotAudio as reason:
        said = ("refused", str(reason))
    except BaseException as error:  # the very thing we are looking for
        said = ("unhandled", f"{type(error).__name__}: {error}")
    return (*said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def limit() -> None:
    """Give the child a ceiling, so that a header that asks for too much is seen."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    ceiling = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))


def cases(n: int, seed: int) -> Iterator[bytes]:
    """The same files for the same seed."""
    dice, whole = random.Random(seed), recordings()
    for place in range(n):
        yield mutated(whole[place % len(whole)], dice.choice(whole), dice)


def run(n: int, seed: int, folder: Path) -> Iterator[tuple[int, str, str, int, float]]:
    """Number, outcome, words, memory and seconds of every case."""
    pool = _child()
    for place, raw in enumerate(cases(n, seed)):
        path = folder / "case"
        path.write_bytes(raw)
        started = time.monotonic()
        try:
            outcome, said, peak = pool.submit(decode, str(path)).result(timeout=LONGEST)
        except (BrokenProcessPool, TimeoutError) as error:
            outcome, said, peak = "unhandled", f"the child is gone: {type(error).__name__}", 0
            pool.shutdown(wait=False, cancel_futures=True)
            pool = _child()
        yield place, outcome, said, peak, time.monotonic() - started
    pool.shutdown()


def _child() -> ProcessPoolExecutor:
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=spawn, initializer=limit)
    pool.submit(int).result()
    return pool


def main() -> int:
    """Print what came out; 1 where anything was unhandled."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    peaks, slowest = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        for place, outcome, said, peak, seconds in run(options.cases, options.seed, Path(folder)):
            outcomes[outcome] += 1
            slowest = max(slowest, seconds)
            peaks.append(peak)
            if outcome == "unhandled":
                print(json.dumps({"case": place, "seed": options.seed, "unhandled": said}))
    known = [peak for peak in peaks if peak]
    figure = {
        "figure": "mutated_audio_heads",
        "cases": options.cases,
        "seed": options.seed,
        "unhandled": outcomes["unhandled"],
        "outcomes": dict(outcomes),
        "peak_mb_first_and_last": [round(known[0] / 1e6), round(known[-1] / 1e6)] if known else [],
        "slowest_s": round(slowest, 2),
    }
    print(json.dumps(figure))
    return 1 if outcomes["unhandled"] else 0


if __name__ == "__main__":
    sys.exit(main())
