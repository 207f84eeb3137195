"""How well repeats are found: one JSON line per figure.

    python benchmarks/fingerprints.py [--part recall] [--part false] [--part speed] [--part lookup]
                                      [--half chosen] [--half held_out] [--hours 100]

Needs the recordings that EMOCAST_DATA names. `recall`: adverts and jingles of 3, 5, 15 and 30 s, cut
from dialogues, meetings and music, stand at random places of two episodes of acted speech; the first
is MP3 at 128 kbit/s, the second comes 0.37 s later, its adverts 12 dB softer, through each codec.
Found is an advert of which half is told, of the right place of the first; `covered` is the mean share. `false`: repeats that
are told of recordings which share nothing, the same sentences of the same actors among them; each told
repeat is held against the wave itself. Thresholds were chosen on the half `chosen`; no recording and no
actor of `held_out` was looked at for that (two dialogues of either half read some of the same
utterances, which is why the waves decide). `lookup`: a throw-away database filled with made-up hours.
"""

import argparse
import io
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import av  # noqa: E402
import numpy as np  # noqa: E402
import soundfile  # noqa: E402
from scipy import signal  # noqa: E402

from corpus.core import fingerprints, landmarks  # noqa: E402
from corpus.core.fingerprints import Match, MatchRules  # noqa: E402
from corpus.core.landmarks import Landmarks  # noqa: E402
from corpus.core.segments import RATE  # noqa: E402
from corpus.engines.audio import PyAvDecoder  # noqa: E402

CODECS = {  # encoder, container, kbit/s, rate
    "mp3 32": ("libmp3lame", "mp3", 32, 44_100),
    "mp3 64": ("libmp3lame", "mp3", 64, 44_100),
    "mp3 128": ("libmp3lame", "mp3", 128, 44_100),
    "mp3 320": ("libmp3lame", "mp3", 320, 44_100),
    "aac 64": ("aac", "adts", 64, 44_100),
    "opus 24": ("libopus", "ogg", 24, 48_000),
    "opus 64": ("libopus", "ogg", 64, 48_000),
}
PATTERN = (15, 5, 3, 30, 5, 3)  # seconds of adverts, cut one after the other
SOFTER = 10 ** (-12 / 20)
SPEEDS = (0.8, 0.87, 0.94, 1.0, 1.07, 1.15, 1.24)  # the same speech, and yet another sound
Samples = Any


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", action="append", choices=PARTS, dest="parts")
    parser.add_argument("--half", action="append", choices=("chosen", "held_out"), dest="halves")
    parser.add_argument("--hours", type=float, default=100, help="in the table of `lookup`")
    options = parser.parse_args()
    folder = Path(os.environ.get("EMOCAST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        sys.exit(f"no recordings at {folder}: set EMOCAST_DATA")
    for part in options.parts or PARTS:
        for half in options.halves or ("chosen", "held_out"):
            for figure in PARTS[part](Recordings(folder, half), options):
                print(json.dumps({"part": part, "half": half, **figure}), flush=True)


class Recordings:
    """Real sound, in two halves that share no recording, no actor and no piece of music."""

    def __init__(self, folder: Path, half: str) -> None:
        self.folder, self.odd = folder, half == "held_out"

    def talks(self) -> dict[str, Samples]:
        paths = [*self.folder.glob("podcasts/*/audio/*.mp3")]
        mine = [path for path in sorted(paths) if int(path.stem[-2:]) % 2 == self.odd]
        return {path.stem: PyAvDecoder().decode(path).samples for path in mine}

    def actors(self) -> dict[str, list[Samples]]:
        """Per actor and repetition, all clips in order: the same sentences in the same moods twice."""
        found: dict[str, list[Samples]] = {}
        folder = self.folder / "emotional_speech" / "ravdess_01_12"
        for path in sorted(folder.glob("*.flac")):
            *_, repetition, actor = path.stem.split("-")
            if int(actor) % 2 == self.odd:
                sound = soundfile.read(path, dtype="int16")[0]
                found.setdefault(f"actor {actor}, time {repetition}", []).append(sound)
        return found

    def music(self) -> Samples:
        paths = sorted(self.folder.glob("audio_gates/speech_music_silence/music/*.wav"))
        return np.concatenate([PyAvDecoder().decode(path).samples for path in paths[self.odd :: 2]])


def recall(of: Recordings, _: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Shares found and errors at the edges, per codec and length."""
    rng = np.random.default_rng(3)
    talks = {
        name: x for name, x in of.talks().items() if name not in ("dialogue_04", "dialogue_05")
    }
    adverts = [
        advert
        for name, x in talks.items()
        for advert in cut(x, kind="read" if name.startswith("dia") else "meeting")
    ]
    adverts += cut(of.music(), kind="music", pattern=(5, 3))
    hosts = [clip for clips in of.actors().values() for clip in clips]
    rng.shuffle(hosts)
    half = len(hosts) // 2
    first, at = episode(adverts, hosts[:half], rng, gain=1.0)
    earlier = landmarks.landmarks(recoded(first, "mp3 128"))
    second, places = episode(adverts, hosts[half:], rng, gain=SOFTER, delay=0.37)
    for codec in CODECS:
        marks = landmarks.landmarks(recoded(second, codec))
        found = told(marks, {1: earlier})
        for kind, seconds in sorted({(kind, seconds) for kind, seconds, _ in adverts}):
            same = [n for n, (*what, _) in enumerate(adverts) if what == [kind, seconds]]
            hits = [told_of(found, places[n], at[n], len(adverts[n][-1])) for n in same]
            edges = [edge for _, both in hits for edge in both]
            yield {
                "codec": codec,
                "advert": kind,
                "seconds": seconds,
                "of": len(same),
                "found": sum(share >= 0.5 for share, _ in hits),
                "covered": round(float(np.mean([share for share, _ in hits])), 2),
                "edge_error_s": round(float(np.median(edges)), 2) if edges else None,
                "edge_error_worst_s": round(max(edges), 2) if edges else None,
            }


def false(of: Recordings, _: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Repeats told of what shares nothing, per hour of recordings compared with all the others."""
    sounds = of.talks() | {name: np.concatenate(clips) for name, clips in of.actors().items()}
    sounds = {
        f"{name} x {speed}": x if speed == 1 else faster(x, speed)
        for name, x in sounds.items()
        for speed in SPEEDS
    }
    names = list(sounds)
    marks = {n: landmarks.landmarks(sounds[name]) for n, name in enumerate(names)}
    real = wrong = 0
    for n, name in enumerate(names):
        for match in told(marks[n], {k: marks[k] for k in range(n + 1)}, me=n):
            is_same = alike(sounds[name], sounds[names[match.of]], match)
            real, wrong = real + is_same, wrong + (not is_same)
    hours = sum(len(x) for x in sounds.values()) / RATE / 3600
    yield {"figure": "told_and_the_same_wave", "value": real}
    yield {"figure": "told_and_not_the_same", "value": wrong, "hours": round(hours, 2)}
    yield {"figure": "false_matches_per_hour", "value": round(wrong / hours, 3)}


def speed(of: Recordings, _: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Landmarks a second and seconds of work per hour of sound."""
    for kind, sounds in (
        ("talks", of.talks().values()),
        ("actors", [*itertools.chain(*of.actors().values())]),
    ):
        whole = np.concatenate(list(sounds))
        began = time.process_time()
        marks = landmarks.landmarks(whole)
        took = time.process_time() - began
        length = len(whole) / RATE
        yield {
            "sound": kind,
            "landmarks_per_s": round(len(marks.frames) / length, 1),
            "cpu_s_per_hour": round(took / length * 3600, 1),
        }


def lookup(of: Recordings, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Seconds to look up and to write an hour, among many made-up hours with real numbers."""
    if of.odd:
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.db import connection, transaction

    connection.settings_dict["TEST"]["NAME"] = f"bench_fingerprints_{os.getpid()}"
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield from _lookup(of, options.hours, connection, transaction)
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _lookup(
    of: Recordings, hours: float, connection: Any, transaction: Any
) -> Iterator[dict[str, Any]]:
    from corpus.actions import fingerprints as action
    from corpus.models import Landmark
    from tests.factories import corpus as make

    whole = landmarks.landmarks(np.concatenate(list(of.talks().values())))
    length = float(whole.frames[-1]) * landmarks.HOP / RATE
    per_hour = round(len(whole.frames) / length * 3600)
    rng = np.random.default_rng(5)
    pks = [make.episode().pk for _ in range(max(1, round(hours)))]
    filled = time.perf_counter()
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY corpus_landmark (hash, episode_id, frame) FROM STDIN") as copy,
    ):
        for pk in pks:
            for number, frame in made_up(whole, per_hour, rng):
                copy.write_row((number, pk, frame))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE corpus_landmark")
    filled = time.perf_counter() - filled
    numbers = np.array(list(made_up(whole, per_hour, rng)), np.int32)
    marks = Landmarks(numbers[:, 0], numbers[:, 1])
    own = make.episode()
    with transaction.atomic():
        began = time.perf_counter()
        found = action._matches(own, marks, MatchRules())
        looked = time.perf_counter() - began
        action._keep(own, marks, [])
        kept = time.perf_counter() - began - looked
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('corpus_landmark')")
        size = cursor.fetchone()[0]
    yield {
        "hours_in_table": len(pks),
        "landmarks": Landmark.objects.count(),
        "mb": round(size / 1e6),
        "fill_s": round(filled, 1),
        "lookup_s_per_hour": round(looked, 2),
        "write_s_per_hour": round(kept, 2),
        "false_matches": len(found),
    }


def made_up(marks: Landmarks, n: int, rng: Any) -> Iterator[tuple[int, int]]:
    """Numbers with the parts of real ones, each drawn for itself, so that no span recurs."""
    draw = [marks.hashes[rng.integers(0, len(marks.hashes), n)] for _ in range(3)]
    masks = (0b111111 << 22, 0b111111 << 16 | 0b11111 << 5, 0b111111 << 10 | 0b11111)
    mixed = sum(part & mask for part, mask in zip(draw, masks, strict=True))
    frames = np.sort(rng.integers(0, 3600 * RATE // landmarks.HOP, n))
    return zip(mixed.tolist(), frames.tolist(), strict=True)


def cut(
    x: Samples, *, kind: str, pattern: tuple[int, ...] = PATTERN
) -> Iterator[tuple[str, int, Samples]]:
    """Adverts of the pattern's lengths, one after the other, as long as there is sound."""
    start = 0
    for seconds in itertools.cycle(pattern):
        n = seconds * RATE
        if start + min(pattern) * RATE > len(x):
            return
        if start + n <= len(x):
            yield kind, seconds, trimmed(x[start : start + n])
            start += n


def trimmed(x: Samples) -> Samples:
    """Without the silence at its ends, of which nobody can tell where it belongs."""
    blocks = np.abs(x[: len(x) // 320 * 320].reshape(-1, 320).astype(int)).max(axis=1)
    loud = np.flatnonzero(blocks > 0.1 * np.percentile(blocks, 95))
    return x[loud[0] * 320 : (loud[-1] + 1) * 320]


def episode(adverts: Any, hosts: Any, rng: Any, *, gain: float, delay: float = 0.0) -> Any:
    """Acted speech with the adverts in between in random order, and where each of them begins."""
    parts, places = [np.zeros(round(delay * RATE), np.int16)], {}
    clips = itertools.cycle(hosts)
    for n in rng.permutation(len(adverts)).tolist():
        parts += [next(clips) for _ in range(int(rng.integers(1, 4)))]
        places[n] = sum(map(len, parts))
        parts.append(np.round(adverts[n][-1] * gain).astype(np.int16))
    return np.concatenate([*parts, next(clips)]), places


def recoded(x: Samples, codec: str) -> Samples:
    """Through the encoder and our decoder."""
    name, container, kbits, rate = CODECS[codec]
    packed = io.BytesIO()
    with av.open(packed, "w", format=container) as target:
        stream = target.add_stream(name, rate=rate, layout="mono")
        stream.bit_rate = kbits * 1000
        frame = av.AudioFrame.from_ndarray(x[None], format="s16", layout="mono")
        frame.rate = RATE
        resampler, fifo = av.AudioResampler(stream.format.name, "mono", rate), av.AudioFifo()
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            fifo.write(part)
        size = stream.codec_context.frame_size or 1024
        while (part := fifo.read(size) or fifo.read()) is not None:
            target.mux(stream.encode(part))
        target.mux(stream.encode(None))
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(packed.getvalue())
        return PyAvDecoder().decode(Path(file.name)).samples


def faster(x: Samples, speed: float) -> Samples:
    return signal.resample_poly(x, 100, round(100 * speed)).clip(-32768, 32767).astype(np.int16)


def told(marks: Landmarks, others: dict[int, Landmarks], me: int | None = None) -> list[Match]:
    """What the matcher tells of a recording against others, as the table would."""
    hits: list[tuple[Any, Any, Any]] = []
    for one, other in others.items():
        if one == me:
            own, at = fingerprints.within(marks, most=100)
        else:
            order = np.argsort(other.hashes, kind="stable")
            first, last = (
                np.searchsorted(other.hashes[order], marks.hashes, side)
                for side in ("left", "right")
            )
            counts = last - first
            own = np.repeat(np.arange(len(counts)), counts)
            place = np.arange(len(own)) - np.repeat(np.cumsum(counts) - counts, counts)
            at = other.frames[order[np.repeat(first, counts) + place]]
        hits.append((own, np.full(len(own), one), at))
    own, other, at = (np.concatenate(column) for column in zip(*hits, strict=True))
    rules = MatchRules()
    found = fingerprints.matches(marks, own=own, other=other, at=at, rules=rules, me=me)
    ends = (fingerprints.followed(match, marks, others[match.of], rules) for match in found)
    return fingerprints.best(match for match in ends if match)


def told_of(found: list[Match], start: int, at: int, n: int) -> tuple[float, list[float]]:
    """The share of an advert that is told of its right place, and the errors at its edges in seconds."""
    right = [
        match
        for match in found
        if abs(match.of_start - match.start - (at - start)) < 0.1 * RATE
        and match.start < start + n
        and match.end > start
    ]
    if not right:
        return 0.0, []
    covered = np.zeros(n, bool)
    for match in right:
        covered[max(0, match.start - start) : match.end - start] = True
    first, last = min(match.start for match in right), max(match.end for match in right)
    return float(covered.mean()), [abs(first - start) / RATE, abs(last - start - n) / RATE]


def alike(x: Samples, y: Samples, match: Match) -> bool:
    """Whether the waves of a told repeat correlate, somewhere within 50 ms."""
    slack = RATE // 20
    ours = x[match.start : match.end].astype(np.float64)
    theirs = y[max(0, match.of_start - slack) : match.of_start + len(ours) + slack].astype(
        np.float64
    )
    dots = signal.fftconvolve(theirs, ours[::-1], "valid")
    energy = (
        np.convolve(theirs**2, np.ones(len(ours)), "valid")
        if len(dots) < 10
        else signal.fftconvolve(theirs**2, np.ones(len(ours)), "valid")
    )
    return bool(np.max(dots / np.sqrt(energy * (ours**2).sum() + 1)) > 0.5)


PARTS = {"recall": recall, "false": false, "speed": speed, "lookup": lookup}

if __name__ == "__main__":
    main()
