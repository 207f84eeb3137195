"""How well and how fast the embedded diariser is: one JSON line per figure.

    python benchmarks/diarisation.py [--set meetings] [--set dialogues]

Needs the recordings that EMOCAST_DATA names. The error rate is pyannote.metrics' own,
over each whole file, without a collar, overlap scored. Speed is seconds of audio per second, first
file left out because it warms up.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pyannote.core import Annotation, Timeline  # noqa: E402
from pyannote.core import Segment as Span  # noqa: E402

from corpus.core.segments import RATE  # noqa: E402
from corpus.engines.audio import PyAvDecoder  # noqa: E402
from corpus.engines.embedded.diariser import PyannoteDiariser  # noqa: E402

SETS = ("meetings", "dialogues")


def main() -> None:
    """Print the figures of each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", choices=SETS, dest="sets")
    folder = Path(os.environ.get("EMOCAST_DATA", ROOT.parent / "shared" / "data")) / "podcasts"
    if not folder.is_dir():
        sys.exit(f"no recordings at {folder}: set EMOCAST_DATA")
    diariser = PyannoteDiariser()
    for name in parser.parse_args().sets or SETS:
        for figure in figures(diariser, folder / name):
            print(json.dumps({"set": name, **figure, "engine": diariser.version}), flush=True)


def figures(diariser: PyannoteDiariser, folder: Path) -> Iterator[dict[str, object]]:
    """Error rate with its parts, right speaker counts, speed."""
    from pyannote.metrics.diarization import DiarizationErrorRate

    metric = DiarizationErrorRate()
    audio, seconds, counted, files = 0.0, 0.0, 0, sorted((folder / "audio").glob("*.mp3"))
    for number, path in enumerate(files):
        samples = PyAvDecoder().decode(path).samples
        began = time.perf_counter()
        found = diariser.diarise(samples)
        if number:
            audio, seconds = audio + len(samples) / RATE, seconds + time.perf_counter() - began
        truth = reference(folder / "truth" / f"{path.stem}.rttm")
        counted += len(found.voices) == len(truth.labels())
        metric(truth, annotation(found.turns), uem=Timeline([Span(0, len(samples) / RATE)]))
    parts = metric[:]
    yield {"figure": "diarisation_error_rate", "value": round(abs(metric), 4), "files": len(files)}
    for part in ("missed detection", "false alarm", "confusion"):
        yield {"figure": part.replace(" ", "_"), "value": round(parts[part] / parts["total"], 4)}
    yield {"figure": "right_speaker_counts", "value": counted, "files": len(files)}
    yield {"figure": "audio_seconds_per_second", "value": round(audio / seconds, 1)}


def reference(path: Path) -> Annotation:
    """The truth in an RTTM file."""
    from pyannote.database.util import load_rttm

    return next(iter(load_rttm(str(path)).values()))


def annotation(turns: object) -> Annotation:
    """Our turns as pyannote's."""
    made = Annotation()
    for track, turn in enumerate(turns):
        made[Span(turn.segment.start / RATE, turn.segment.end / RATE), track] = turn.label
    return made


if __name__ == "__main__":
    main()
