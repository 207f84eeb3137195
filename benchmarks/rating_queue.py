"""How fast the queue of raters is: one JSON line per figure.

    python benchmarks/rating_queue.py [--clips 2000] [--seconds 5] [--raters 1 --raters 8 --raters 32]

A throw-away database beside the project's own, a campaign of made-up clips that need five raters each.
A cycle is what one answer costs the actions layer: submit, the next clip, the clip after that. Raters
are threads in a closed loop without a pause, dealt out to as many processes as there are cores (four at
most), as a web server would have them. Seconds are wall time of whole cycles.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from annotation.actions import assignments, campaigns, ratings  # noqa: E402
from annotation.actions.ratings import Hearing  # noqa: E402
from annotation.core.scores import Answer  # noqa: E402
from annotation.models import Assignment, Campaign, CampaignClip, Rater, Rating  # noqa: E402
from corpus.models import Clip  # noqa: E402
from tests.factories import annotation as make  # noqa: E402
from tests.factories import corpus  # noqa: E402

NEED = 5
PROCESSES = min(4, os.cpu_count() or 1)
ANSWER = Answer(valence=4, arousal=4, dominance=4, primary="Neutral")
HEARD = Hearing(plays=1, heard_ms=4000)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--raters", type=int, action="append")
    options = parser.parse_args()
    with database() as name:
        clips = make_clips(options.clips)
        for figure in statements(campaign(clips)):
            print(json.dumps(figure), flush=True)
        for n in options.raters or (1, 8, 32):
            for figure in speed(name, campaign(clips), n, options.seconds):
                print(json.dumps({**figure, "raters": n, "clips": options.clips}), flush=True)


@contextmanager
def database() -> Iterator[str]:
    """An empty database of our own, gone afterwards."""
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_queue_{os.getpid()}"
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield name
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def make_clips(n: int) -> list[int]:
    """Clips of twenty voices, without a sound: nobody listens here."""
    voices = [corpus.voice() for _ in range(20)]
    runs = [corpus.run(voice.episode, stage="cut") for voice in voices]
    rows = [
        Clip(
            episode=voices[i % 20].episode,
            voice=voices[i % 20],
            run=runs[i % 20],
            name=f"BENCH_{i:06d}",
            number=i,
            start=i * 80_000,
            end=i * 80_000 + 64_000,
            created_at=corpus.NOW,
        )
        for i in range(n)
    ]
    return [clip.pk for clip in Clip.objects.bulk_create(rows)]


def campaign(clips: list[int]) -> Campaign:
    """Open, with all clips in its queue."""
    row = make.campaign(need=NEED, state="open")
    campaigns.add_clips(campaign=row, clip_ids=clips)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what autovacuum does within a minute
    return row


def statements(row: Campaign) -> Iterator[dict[str, Any]]:
    """SQL statements of one cycle once it runs, transaction control left out."""
    plain, ahead = make.rater(code="plain"), make.rater(code="ahead")
    for what, rater, with_prefetch in (
        ("next and submit", plain, False),
        ("submit, next two", ahead, True),
    ):
        cycle = Cycle(rater, row, with_prefetch=with_prefetch)
        cycle(), cycle()
        with CaptureQueriesContext(connection) as asked:
            cycle()
        control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        count = sum(not query["sql"].startswith(control) for query in asked)
        yield {"figure": "sql_statements_per_cycle", "value": count, "cycle": what}


class Cycle:
    """One answer of one rater, and the next clip."""

    def __init__(self, rater: Rater, row: Campaign, *, with_prefetch: bool = True) -> None:
        self.rater, self.row, self.with_prefetch = rater, row, with_prefetch
        self.held: Assignment | None = None

    def __call__(self) -> bool:
        """False when there is no clip left for this rater."""
        at = timezone.now()
        own = {"rater": self.rater, "campaign": self.row}
        self.held = self.held or assignments.take_next(**own, at=at)
        if self.held is None:
            return False
        ratings.submit(
            rater=self.rater,
            token=self.held.token,
            client_uuid=uuid.uuid4(),
            answer=ANSWER,
            hearing=HEARD,
            at=at + timedelta(seconds=10),
        )
        if self.with_prefetch:
            self.held, _ = assignments.take_two(**own, at=at)
        else:
            self.held = assignments.take_next(**own, at=at)
        return True


def speed(name: str, row: Campaign, n: int, seconds: float) -> Iterator[dict[str, Any]]:
    """Cycles per second of `n` raters together, and how long one takes."""
    people = [make.rater(code=f"{row.pk}-{i}").pk for i in range(n)]
    processes = min(PROCESSES, n)
    shares = [people[i::processes] for i in range(processes)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _join, (name,)) as pool:
        list(pool.map(_warm_up, range(processes)))
        begins = time.time() + 0.5
        jobs = [pool.submit(listen, row.pk, share, begins, seconds) for share in shares]
        took = [one for job in jobs for one in job.result()]
    _check(row)
    cuts = statistics.quantiles(took, n=20)
    yield {"figure": "cycles_per_second", "value": round(len(took) / seconds, 1)}
    yield {"figure": "cycle_ms_p50", "value": round(cuts[9] * 1000, 1)}
    yield {"figure": "cycle_ms_p95", "value": round(cuts[18] * 1000, 1)}


def listen(pk: int, people: list[int], begins: float, seconds: float) -> list[float]:
    """Seconds of each cycle that these raters did in this process."""
    row = Campaign.objects.get(pk=pk)
    cycles = [Cycle(rater, row) for rater in Rater.objects.filter(pk__in=people)]
    ready = threading.Barrier(len(cycles))

    def loop(cycle: Cycle) -> list[float]:
        connection.ensure_connection()
        ready.wait()
        time.sleep(max(0, begins - time.time()))
        try:
            return list(_timed(cycle, until=begins + seconds))
        finally:
            connection.close()

    with ThreadPoolExecutor(len(cycles)) as pool:
        return [one for own in pool.map(loop, cycles) for one in own]


def _timed(cycle: Callable[[], bool], *, until: float) -> Iterator[float]:
    while time.time() < until:
        began = time.perf_counter()
        if not cycle():
            return
        yield time.perf_counter() - began


def _join(name: str) -> None:
    """A new process works in the throw-away database."""
    connection.close()
    connection.settings_dict["NAME"] = name
    django.conf.settings.DATABASES["default"]["NAME"] = name


def _warm_up(_: int) -> None:
    connection.ensure_connection()
    time.sleep(0.2)  # so that every process of the pool takes one of these


def _check(row: Campaign) -> None:
    """A fast queue that miscounts is no queue."""
    places = CampaignClip.objects.filter(campaign=row)
    counted = sum(places.values_list("n_done", flat=True))
    if counted != Rating.objects.filter(campaign=row).count() or places.filter(n_done__gt=NEED):
        raise SystemExit("the counters of the queue are wrong")


if __name__ == "__main__":
    main()
