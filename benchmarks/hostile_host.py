"""What is fetched from hosts that break off, lie, loop, stall and lead astray; and what is not.

    python benchmarks/hostile_host.py [--seed 1] [--case NAME …]

Real sockets on loopback, the real ledger on a PostgreSQL of its own in a temporary folder. Each case is
an episode at a host of its own manners, fetched by the same calls as in a worker, again and again, as
often as the ledger says and not before; waits are jumped over by moving the clock. A second server is
the trap: it stands for everything that must not be asked, and counts who does. Connections to anywhere
else are stopped before a packet leaves. One JSON line per case: what came of it, how many bytes were
kept, how often the host was asked, hits on the trap. Then the totals; exit code 1 unless all is well.
"""

import argparse
import gzip
import hashlib
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = tempfile.TemporaryDirectory(prefix="emocast-hostile-")
os.environ |= {  # said here, so that no .env says otherwise
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "VAR_DIR": FOLDER.name,
    "RELEASES_DIR": f"{FOLDER.name}/releases",
    "MEDIA_URL": f"file://{FOLDER.name}/media",
    "SCRATCH_DIR": f"{FOLDER.name}/scratch",
    "DATABASE_URL": "",
    "REDIS_URL": "",
    "DEBUG": "1",
    "LOG_LEVEL": "CRITICAL",
}
sys.path.insert(0, str(ROOT))

import django  # noqa: E402

django.setup()

import manners  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from manners import NEW, OLD, OLD_TAG, PUBLIC, Handler, Names, Server, waited  # noqa: E402

from common import files  # noqa: E402
from config import embedded  # noqa: E402
from corpus.actions import episodes, hosts, runs  # noqa: E402
from corpus.engines import containers  # noqa: E402
from corpus.engines.addresses import Guard  # noqa: E402
from corpus.engines.base import NotAudio  # noqa: E402
from corpus.engines.failures import FetchFailed  # noqa: E402
from corpus.engines.http import HttpFetcher  # noqa: E402
from corpus.models import Host  # noqa: E402
from tests.factories import corpus as make  # noqa: E402

MOST_BYTES = 16 * 2**20
NOT_PUBLIC = "not on the public internet"
CHUNK = b"%x\r\n%s\r\n" % (2**16, bytes(2**16))
BOMB = gzip.compress(bytes(200_000_000))
STEPS = 500  # of the ledger; then something goes round in circles


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


HOST, TRAP = Server(), Server()
OUTSIDE: list[str] = []  # connections that were stopped


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """No packet leaves this machine."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        address = str(arguments[1][0])
        if address not in ("127.0.0.1", "::1"):
            OUTSIDE.append(address)
            raise ConnectionRefusedError(f"{address} is outside of this benchmark")


sys.addaudithook(watch)


@dataclass
class Case:
    """How the host behaves, and what is right."""

    script: Callable[[Handler, int], None] = lambda h, _n: h.answer(body=b"")
    truth: bytes | None = None  # what must be kept; None: nothing
    says: str = ""  # part of the reason where nothing is kept
    url: str = "http://host.test:{host}/episode.mp3"
    integrity: str = ""
    most_asked: int = 60  # more were impolite
    outside: tuple[str, ...] = ()  # public addresses that may be connected to
    check: Callable[["Server"], bool] = field(default=lambda _host: True)


class Clock:
    """Goes as the real one does, and can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return timezone.now() + self.ahead


def fetcher_of(clock: Clock, names: Names) -> HttpFetcher:
    ours = (f"host.test:{HOST.server_port}",)
    guard = Guard(allow_private=ours, ports=None, resolve=names.resolve)  # the address rule alone
    fetcher = HttpFetcher(
        user_agent="Emocast/benchmark",
        guard=guard,
        max_bytes=MOST_BYTES,
        timeout=2.0,
        max_seconds=3.0,
    )
    return hosts.polite(fetcher, now=clock)


def carried_out(case: Case) -> tuple[Any, Any]:
    """The episode and its run, tried as often and as late as the ledger says."""
    clock = Clock()
    HOST.now = clock
    url = case.url.format(host=HOST.server_port, trap=TRAP.server_port)
    episode = make.episode(audio_url=url, integrity=case.integrity)
    run = make.run(episode, stage="fetch", done_at=None, outcome="")
    fetcher = fetcher_of(clock, Names())
    work = lambda row: episodes.fetch(run=row, fetcher=fetcher, at=clock())  # noqa: E731
    for _ in range(STEPS):
        run = runs.carry_out(run_id=run.pk, work=work, now=clock)
        if run.done_at is not None:
            break
        clock.ahead += max(timedelta(0), run.retry_at - clock())
    episode.refresh_from_db()
    return episode, run


def told(name: str, case: Case) -> dict[str, Any]:
    """One case, from an empty host to its line."""
    HOST.clear()
    TRAP.clear()
    OUTSIDE.clear()
    Host.objects.all().delete()
    HOST.script = case.script
    episode, run = carried_out(case)
    outcome, kept = run.reason or run.outcome or f"still open: {run.error}", 0
    is_right = run.done_at is not None and case.says in outcome and bool(case.says or case.truth)
    if run.outcome == "done":
        with files.store().local(episode.source_file) as path:
            body = path.read_bytes()
        kept, outcome = len(body), "kept, as it is" if body == case.truth else sound_of(path)
        is_right = body == case.truth or bool(case.says and case.says in outcome)
    is_right &= case.truth is None or kept == len(case.truth)
    is_right &= not TRAP.asked_at and set(OUTSIDE) <= set(case.outside)
    is_right &= (
        len(HOST.asked_at) <= case.most_asked and HOST.most_at_once <= 1 and case.check(HOST)
    )
    return {
        "case": name,
        "outcome": outcome,
        "bytes_kept": kept,
        "attempts": len(HOST.asked_at),
        "trap_hits": len(TRAP.asked_at),
        "ok": is_right,
    }


def sound_of(path: Path) -> str:
    """What the decoder says to a file."""
    try:
        with containers.opened(path) as container:
            containers.audio_stream(container)
    except NotAudio as error:
        return f"refused by the decoder: {error}"
    return "sound, but not what it should be"


def to(target: str, handler: Handler, _n: int) -> None:
    handler.answer(302, Location=target.format(host=HOST.server_port, trap=TRAP.server_port))


def rests(status: int, retry_after: Callable[[], object]) -> Callable[[Handler, int], None]:
    """Asks for a wait three times, then gives the file."""
    return partial(manners.first, 3, lambda h: h.answer(status, Retry_After=retry_after()))


def cases(seed: int) -> dict[str, Case]:
    """All of them."""
    return broken(seed) | waits() | astray() | floods() | resumed()


def broken(seed: int) -> dict[str, Case]:
    """Connections that end early, lengths that are wrong, files that change."""
    return {
        "drops at random": Case(partial(manners.drops, random.Random(seed)), OLD),
        "length too long, then right": Case(
            partial(manners.first, 3, lambda h: h.answer(body=OLD, Content_Length=len(OLD) + 999)),
            OLD,
        ),
        "length too short": Case(
            lambda h, _n: h.answer(body=OLD, Content_Length=len(OLD) - 999),
            says="sha256 differs",
            integrity=f"sha256-{sha(OLD)}",
        ),
        "file changes, honest host": Case(partial(manners.changes, "honest"), NEW),
        "file changes, careless host": Case(partial(manners.changes, "careless"), NEW),
        "file changes, host without a word": Case(partial(manners.changes, "mute"), NEW),
        "file changes, lying host": Case(
            partial(manners.changes, "liar"), NEW, integrity=f"sha256-{sha(NEW)}"
        ),
    }


def waits() -> dict[str, Case]:
    """Hosts that want a rest, or fail."""
    return {
        "429, Retry-After in seconds": Case(rests(429, lambda: 120), OLD, check=waited(120)),
        "503, Retry-After as a date": Case(
            rests(503, lambda: formatdate(time.time() + 300, usegmt=True)), OLD, check=waited(290)
        ),
        "429 for ever": Case(
            lambda h, _n: h.answer(429, Retry_After=3600),
            says="asked us to wait for 3 days",
            most_asked=80,
            check=waited(3600),
        ),
        "503 for ever, without a time": Case(lambda h, _n: h.answer(503), says="3 days"),
        "500 for ever": Case(lambda h, _n: h.answer(500), says="500", most_asked=5),
    }


def astray() -> dict[str, Case]:
    """Ways to what must not be asked."""
    return {
        "redirects in a circle": Case(
            partial(to, "http://host.test:{host}/again"),
            says="redirects more than 10",
            most_asked=11,
        ),
        "redirect to 127.0.0.1": Case(partial(to, "http://127.0.0.1:{trap}/"), says=NOT_PUBLIC),
        "redirect to localhost": Case(partial(to, "http://localhost:{trap}/"), says=NOT_PUBLIC),
        "redirect to another port": Case(partial(to, "http://host.test:{trap}/"), says=NOT_PUBLIC),
        "redirect to [::1]": Case(partial(to, "http://[::1]:{trap}/"), says=NOT_PUBLIC),
        "redirect to a mapped address": Case(
            partial(to, "http://[::ffff:127.0.0.1]:{trap}/"), says=NOT_PUBLIC
        ),
        "redirect to a number": Case(partial(to, "http://2130706433:{trap}/"), says="unusual way"),
        "redirect to metadata": Case(
            partial(to, "http://169.254.169.254/latest/meta-data/"), says=NOT_PUBLIC
        ),
        "redirect to a file": Case(partial(to, "file:///etc/passwd"), says="must start with http"),
        "redirect with a password": Case(
            partial(to, "http://me:secret@127.0.0.1:{trap}/"), says="password"
        ),
        "name that resolves twice differently": Case(
            url="http://rebind.test:{trap}/", says=NOT_PUBLIC, outside=(PUBLIC,), most_asked=0
        ),
        "redirect to such a name": Case(
            partial(to, "http://rebind.test:{trap}/"), says=NOT_PUBLIC, outside=(PUBLIC,)
        ),
        "name with a public and a private address": Case(
            url="http://mixed.test:{trap}/", says=NOT_PUBLIC, most_asked=0
        ),
    }


def floods() -> dict[str, Case]:
    """Answers without end, or without a start."""
    return {
        "gzip bomb": Case(
            lambda h, _n: h.answer(body=BOMB, Content_Encoding="gzip"), says="bytes allowed"
        ),
        "body without end": Case(partial(manners.without_end, bytes(2**16)), says="bytes allowed"),
        "chunks without end": Case(
            partial(manners.without_end, CHUNK, Transfer_Encoding="chunked"), says="bytes allowed"
        ),
        "announced too large": Case(
            lambda h, _n: h.answer(body=b"", Content_Length=10**12), says="bytes allowed"
        ),
        "body byte by byte": Case(
            partial(manners.without_end, b"x", pause=0.05, Content_Length=10**6),
            says="too slowly",
            most_asked=5,
        ),
        "headers byte by byte": Case(
            partial(manners.raw, b"HTTP/1.1 200 OK\r\nX: ", b"x"), says="too slowly"
        ),
        "headers without end": Case(
            partial(manners.raw, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2**18, b""), says="broke off"
        ),
    }


def resumed() -> dict[str, Case]:
    """Ranges that are not what was asked for; things that are no audio."""
    return {
        "200 instead of 206": Case(
            partial(manners.resumes, lambda h: h.answer(body=OLD, ETag=OLD_TAG)), OLD
        ),
        "206 with a wrong total": Case(
            partial(
                manners.resumes,
                lambda h: h.serve(OLD, OLD_TAG, Content_Range=f"bytes {h.have()}-9/99999999"),
            ),
            OLD,
        ),
        "206 from another place": Case(
            partial(
                manners.resumes,
                lambda h: h.answer(206, OLD, ETag=OLD_TAG, Content_Range=f"bytes 0-9/{len(OLD)}"),
            ),
            OLD,
        ),
        "416 for a good range": Case(
            partial(manners.resumes, lambda h: h.answer(416, Content_Range=f"bytes */{len(OLD)}")),
            OLD,
        ),
        "a web page instead of audio": Case(
            lambda h, _n: h.answer(body=b"<!doctype html><p>Pay", Content_Type="audio/mpeg"),
            says="refused by the decoder",
        ),
        "empty": Case(lambda h, _n: h.answer(), says="0 bytes", most_asked=5),
    }


@contextmanager
def database() -> Iterator[None]:
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        embedded.stop(Path(FOLDER.name))


def crowded() -> dict[str, Any]:
    """Eight workers at once, eight episodes of one host: one connection."""
    HOST.clear()
    HOST.script = lambda h, _n: h.serve(OLD, OLD_TAG)
    kept = []

    def worker() -> None:
        with suppress(FetchFailed):
            kept.append(carried_out(Case())[0].source_bytes)
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    is_right = kept == [len(OLD)] * 8 and HOST.most_at_once == 1
    return {
        "case": "eight workers at one host",
        "outcome": f"at most {HOST.most_at_once} connection at once",
        "bytes_kept": sum(filter(None, kept)),
        "attempts": len(HOST.asked_at),
        "trap_hits": len(TRAP.asked_at),
        "ok": is_right,
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", nargs="*", default=[], help="only these")
    wanted = parser.parse_args()
    lines = []
    with database():
        for name, case in cases(wanted.seed).items():
            if not wanted.case or name in wanted.case:
                lines.append(told(name, case))
                print(json.dumps(lines[-1], ensure_ascii=False), flush=True)
        if not wanted.case:
            lines.append(crowded())
            print(json.dumps(lines[-1], ensure_ascii=False), flush=True)
    bad = [line["case"] for line in lines if not line["ok"]]
    totals = {"cases": len(lines), "ok": len(lines) - len(bad), "not_ok": bad}
    print(json.dumps({**totals, "trap_hits": sum(line["trap_hits"] for line in lines)}))
    return 1 if bad else 0


if __name__ == "__main__":
    code = main()
    FOLDER.cleanup()
    sys.exit(code)
