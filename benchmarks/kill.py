"""What is left after kill -9 of everything: the same clips, ratings and release, or it says which not.

    python benchmarks/kill.py [--kills 12] [--episodes 3] [--seed 1] [--keep]

Two houses in a temporary folder, each with its own PostgreSQL, Redis and media. In the calm one the
road runs inline, undisturbed. In the other one `manage.py up` runs it, and at random moments SIGKILL
hits web, either worker, `up` itself, PostgreSQL and Redis in turn; after that `manage.py demo` is
killed twice while it selects, rates and releases. One JSON line per kill and per figure; exit code 1
where the two differ.
"""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from lxml import etree

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "podcast"
OWN = ("VAR_DIR", "RELEASES_DIR", "DATABASE_URL", "REDIS_URL", "MEDIA_URL", "SCRATCH_DIR")
LENGTH = "{http://www.itunes.com/dtds/podcast-1.0.dtd}duration"
TARGETS = ("speech worker", "postgres", "light worker", "up", "redis", "web")
PATIENCE = 900  # seconds until everything must be done after the last kill

CLIPS = """
    SELECT c.name, c.start, c.end, c.file, c.text, v.label, c.superseded_at IS NULL,
           q.gate, q.gate_version, q.is_accepted, q.reasons, m.snr_db, m.speech_share, m.level_db
    FROM corpus_clip c JOIN corpus_voice v ON v.id = c.voice_id
    LEFT JOIN corpus_qualityverdict q ON q.clip_id = c.id
    LEFT JOIN corpus_measurement m ON m.clip_id = c.id ORDER BY c.name
"""
PEOPLE = """
    SELECT c.name, v.speaker_id FROM corpus_clip c
    JOIN corpus_voice v ON v.id = c.voice_id ORDER BY c.name
"""
RATINGS = """
    SELECT p.name, c.name, r.code, a.valence, a.arousal, a.dominance, a.primary, a.secondary,
           a.distribution, a.rated_at
    FROM annotation_rating a JOIN annotation_campaign p ON p.id = a.campaign_id
    JOIN corpus_clip c ON c.id = a.clip_id JOIN annotation_rater r ON r.id = a.rater_id
    ORDER BY p.name, c.name, r.code
"""
RATED = "SELECT count(*) FROM annotation_rating"
OPEN = "SELECT count(*) FROM corpus_stagerun WHERE done_at IS NULL"
UNDONE = "SELECT count(*) FROM corpus_stagerun WHERE outcome NOT IN ('done', 'filtered')"


@dataclass(frozen=True, slots=True)
class House:
    """One checkout's worth of state, apart from all others."""

    folder: Path

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OWN}
        return {**kept, "VAR_DIR": str(self.var), "RELEASES_DIR": str(self.folder / "releases")}

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """`manage.py WORDS` in a process of its own, its output in the house's log."""
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, str(ROOT / "manage.py"), *words]
            return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def run(self, *words: str) -> int:
        return self.start(*words).wait()

    def must(self, *words: str) -> None:
        """Run to a good end, or end this benchmark with the last lines of the log."""
        if code := self.run(*words):
            tail = (self.folder / "log").read_text(errors="replace").splitlines()[-30:]
            sys.exit("\n".join([*tail, f"{' '.join(words)} ended with {code} in {self.folder}"]))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database answers; psycopg.OperationalError while it is down."""
        place = {"host": str(self.var / "postgres"), "user": "postgres", "dbname": "emocast"}
        with psycopg.connect(**place, connect_timeout=5) as connection:
            return connection.execute(query).fetchall()

    def n(self, query: str) -> int | None:
        """What a query counts; None while the database is down."""
        with suppress(psycopg.Error):
            return int(self.rows(query)[0][0])
        return None

    def sums(self) -> dict[str, str]:
        """Release → its SHA256SUMS."""
        found = sorted((self.folder / "releases").glob("*/SHA256SUMS"))
        return {path.parent.name: path.read_text() for path in found}


def main() -> None:
    """Run both houses, compare them, say so."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=12, help="of services and workers")
    parser.add_argument(
        "--episodes",
        type=int,
        default=3,
        help="of the sample, 2 … 5: of the shortest only the index is kept",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the folder, and say where")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="emocast-kill-"))
    folder.chmod(0o755)  # the embedded PostgreSQL of root is another user's
    calm, killed = (House(folder / name) for name in ("calm", "killed"))
    try:
        source = reduced(folder / "podcast", options.episodes)
        with lived_in(calm), lived_in(killed):
            began = time.monotonic()
            walk(calm, source)
            say(figure="seconds_undisturbed", value=round(time.monotonic() - began))
            began, random_ = time.monotonic(), random.Random(options.seed)
            torment(killed, source, kills=options.kills, chance=random_)
            say(figure="seconds_killed", value=round(time.monotonic() - began))
            same = compare(calm, killed)
    finally:
        if options.keep:
            say(folder=str(folder))
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if same else 1)


def reduced(folder: Path, n: int) -> Path:
    """The sample with `n` of its episodes, the shorter ones first."""
    shutil.copytree(SAMPLE, folder)
    tree = etree.parse(folder / "feed.xml")
    items = sorted(tree.findall(".//item"), key=lambda item: float(item.findtext(LENGTH)))
    for item in items[n:]:
        item.getparent().remove(item)
    tree.write(folder / "feed.xml", encoding="utf-8", xml_declaration=True)
    return folder


@contextmanager
def lived_in(house: House) -> Iterator[None]:
    """A migrated house, whose services are stopped in the end."""
    house.folder.mkdir()
    try:
        house.must("migrate", "--verbosity", "0")
        yield
    finally:
        house.run("down")


def walk(house: House, source: Path) -> None:
    """The road without a kill, in one process after another."""
    house.must("ingest", str(source))
    house.must("pipeline", "--until-idle")
    house.must("demo", str(source))


def torment(house: House, source: Path, *, kills: int, chance: random.Random) -> None:
    """The same road, with a kill every few seconds."""
    house.must("ingest", str(source))
    port = free_port()
    up = house.start("up", "--port", str(port))
    try:
        wait_until_planned(house)
        for number in range(kills):
            time.sleep(chance.uniform(1, 9))
            up = kill(house, TARGETS[number % len(TARGETS)], up, port)
        wait_until_done(house)
        wait_until_answers(port)
        house.must("pipeline", "--until-idle", "--json")
        say(figure="runs_open_or_failed", value=house.n(UNDONE))
    finally:
        up.terminate()
        up.wait()
    kill_demo(house, source, chance)
    house.must("demo", str(source))


def kill(
    house: House, target: str, up: "subprocess.Popen[bytes]", port: int
) -> "subprocess.Popen[bytes]":
    """SIGKILL one process of the house; `up` is started again, the rest is its business."""
    pid = pid_of(house, target, up)
    if pid is None:
        say(kill=target, hit=False)
        return up
    say(kill=target, hit=True, runs_open=house.n(OPEN))
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    if target != "up":
        return up
    up.wait()
    wait_until_free(port)
    return house.start("up", "--port", str(port))


def pid_of(house: House, target: str, up: "subprocess.Popen[bytes]") -> int | None:
    if target == "up":
        return up.pid
    file = {"postgres": "postgres/postmaster.pid", "redis": "redis/redis.pid"}.get(target)
    with suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
        if file:
            pid = int((house.var / file).read_text().split()[0])
            return pid if psutil.pid_exists(pid) else None
        mark = {"speech worker": "speech@", "light worker": "light@", "web": "gunicorn"}[target]
        for child in psutil.Process(up.pid).children():
            if any(mark in word for word in child.cmdline()):
                return child.pid
    return None


def kill_demo(house: House, source: Path, chance: random.Random) -> None:
    """Selection, ratings and release are cut short as well: themselves, and their database."""
    wanted = 0
    for target in ("demo", "postgres", "demo"):
        demo = house.start("demo", str(source))
        wanted += chance.randint(1, 40)
        while demo.poll() is None and (house.n(RATED) or 0) < wanted:
            time.sleep(0.05)
        pid = demo.pid if target == "demo" else pid_of(house, target, demo)
        hit = demo.poll() is None and pid is not None
        say(kill=target, during="demo", hit=hit, ratings=house.n(RATED))
        if hit:
            os.kill(pid, signal.SIGKILL)
        demo.wait()


def wait_until_planned(house: House) -> None:
    """Until beat has had the first runs written down: before that there is nothing to hit."""
    deadline = time.monotonic() + 120
    while not house.n(OPEN):
        if time.monotonic() > deadline:
            sys.exit("nothing was planned within two minutes")
        time.sleep(0.2)


def wait_until_done(house: House) -> None:
    """Until nothing was open for ten seconds; the workers of `up` do the work."""
    deadline, quiet = time.monotonic() + PATIENCE, 0
    while quiet < 10:
        if time.monotonic() > deadline:
            sys.exit(f"{house.n(OPEN)} runs are still open after {PATIENCE} s")
        time.sleep(1)
        quiet = quiet + 1 if house.n(OPEN) == 0 else 0


def wait_until_answers(port: int) -> None:
    """Until the web process, killed or not, says that it is well."""
    for _ in range(60):
        with suppress(OSError):
            url = f"http://127.0.0.1:{port}/health/"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return say(figure="web_answers", value=answer.status)
        time.sleep(1)
    sys.exit("the web process does not answer any more")


def wait_until_free(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return
        time.sleep(0.2)
    sys.exit("the killed web process still holds its port")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def compare(calm: House, killed: House) -> bool:
    """One line per figure, with the first rows that differ."""
    answers = []
    for name, query in (("same_clips", CLIPS), ("same_ratings", RATINGS)):
        answers.append(tell(name, calm.rows(query), killed.rows(query)))
    answers.append(tell("same_speakers", people(calm), people(killed)))
    answers.append(tell("same_release", calm.sums(), killed.sums()))
    return all(answers)


def people(house: House) -> list[tuple[str, int]]:
    """Clip → its speaker, numbered as they come: what counts is who is the same."""
    numbers: dict[int, int] = {}
    rows = house.rows(PEOPLE)
    return [(clip, numbers.setdefault(speaker, len(numbers))) for clip, speaker in rows]


def tell(figure: str, one: Any, other: Any) -> bool:
    same = bool(one) and one == other
    say(figure=figure, value=same, n=len(one), **({} if same else {"differ": first(one, other)}))
    return same


def first(one: Any, other: Any) -> list[str]:
    """The first difference, for whoever has to look."""
    if isinstance(one, dict):
        one, other = (
            [line for name in sums for line in (name, *sums[name].splitlines())]
            for sums in (one, other)
        )
    pairs = zip(one, other, strict=False)
    found = next(((a, b) for a, b in pairs if a != b), (len(one), len(other)))
    return [str(side) for side in found]


def say(**words: Any) -> None:
    print(json.dumps(words, default=str), flush=True)


if __name__ == "__main__":
    main()
