"""How fast each stage of the road is: seconds of audio per second, one JSON line per figure.

    python benchmarks/pipeline.py [SOURCE [--licence CC-BY-4.0 --attribution "…"]]

Without a source, the ledger of this checkout is read: what each finished run took, and how long its
episode is. With one, the road runs on it in a temporary folder first, inline. The first run of a
stage loads its engine; `warm` leaves it out where there are others.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
OWN = ("DATABASE_URL", "REDIS_URL", "MEDIA_URL", "SCRATCH_DIR")
RATE = 16_000


def main() -> None:
    """Print the figures of this checkout, or of a source."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", help="anything that `ingest` takes")
    parser.add_argument("--licence", default="")
    parser.add_argument("--attribution", default="")
    options = parser.parse_args()
    if not options.source:
        return report()
    with tempfile.TemporaryDirectory(prefix="emocast-pipeline-") as folder:
        Path(folder).chmod(0o755)  # the embedded PostgreSQL of root is another user's
        run_in(Path(folder), options)
    return None


def run_in(folder: Path, options: argparse.Namespace) -> None:
    """The road on a source, with a database of its own that is stopped in the end."""
    kept = {name: value for name, value in os.environ.items() if name not in OWN}
    environment = {**kept, "VAR_DIR": str(folder / "var"), "RELEASES_DIR": str(folder / "releases")}

    def manage(*words: str) -> int:
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False
        ).returncode

    given = ["--licence", options.licence, "--attribution", options.attribution]
    try:
        if manage("migrate", "--verbosity", "0") or manage("ingest", options.source, *given):
            sys.exit("The source could not be taken in: see above.")
        manage("pipeline", "--until-idle")  # runs that failed are no figures, but the rest is
        subprocess.run([sys.executable, __file__], env=environment, check=True)
    finally:
        manage("down")


def report() -> None:
    """One line per stage, and one for the whole road."""
    for figure in figures(ledger()):
        print(json.dumps(figure), flush=True)


def ledger() -> dict[str, list[tuple[float, float]]]:
    """Stage → (seconds of audio, seconds it took) of its finished runs, oldest first."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from corpus.models import StageRun

    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    runs = StageRun.objects.done().exclude(seconds=None).exclude(episode=None)
    for run in runs.select_related("episode").order_by("done_at"):
        if run.episode.n_samples:
            found[run.stage].append((run.episode.n_samples / RATE, run.seconds))
    return found


def figures(found: dict[str, list[tuple[float, float]]]) -> Iterator[dict[str, object]]:
    """Speeds, slowest stage first; the whole road is one episode after another, one core's work."""
    total = 0.0
    for stage, runs in sorted(found.items(), key=lambda item: _speed(item[1])):
        warm = runs[1:] or runs
        total += 1 / _speed(warm)
        yield {
            "figure": "audio_seconds_per_second",
            "stage": stage,
            "value": round(_speed(warm), 2),
            "with_loading": round(_speed(runs), 2),
            "median_seconds": round(median(took for _, took in runs), 2),
            "episodes": len(runs),
            "audio_seconds": round(sum(audio for audio, _ in runs), 1),
        }
    if total:
        yield {"figure": "audio_seconds_per_second", "stage": "all", "value": round(1 / total, 2)}


def _speed(runs: list[tuple[float, float]]) -> float:
    return sum(audio for audio, _ in runs) / max(sum(took for _, took in runs), 1e-6)


if __name__ == "__main__":
    main()
