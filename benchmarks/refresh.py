"""How fast a long feed comes in and is read again, beside feedparser alone: one JSON line per figure.

    python benchmarks/refresh.py [--items 5000] [--rounds 3]

A throw-away database beside the project's own and a host on loopback that is asked over real HTTP. Each figure
is the fastest of the rounds, from the request to the commit: wall time, and CPU time of this process (that of the
database not counted); ratios are to feedparser on the same bytes in memory. SQL statements are counted in a round of their own.
"""

import argparse
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

import feedparser  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from common import files  # noqa: E402
from corpus.actions import feeds, podcasts  # noqa: E402
from corpus.core import feeds as core  # noqa: E402
from corpus.engines import sources  # noqa: E402
from corpus.models import Episode, FeedCheck, FeedWatch  # noqa: E402
from tests import loopback  # noqa: E402
from tests.factories.corpus import NOW  # noqa: E402
from tests.feed_samples import many_items  # noqa: E402

HOUR = timedelta(hours=1)
Took = tuple[float, float]  # seconds: by the clock, of the processor


def main() -> int:
    """Print the figures; 1 where one did not come to what it should."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    body, news = many_items(options.items), many_items(options.items + 3)
    with database(), folder(), loopback.serving() as host:
        alone = fastest(options.rounds, lambda: feedparser.parse(io.BytesIO(body)))
        tell("feedparser alone", alone, alone, items=options.items, bytes=len(body))
        reading = fastest(options.rounds, lambda: core.parse(body, url=f"{host.url}/feed"))
        tell("our reading alone", reading, alone)
        for name, prepare, work, check in scenes(host, body, news, options.items):
            prepare()
            statements = count(work)
            check()
            took = fastest(options.rounds, work, prepare=prepare)
            tell(name, took, alone, sql_statements=statements)
    return 0


def scenes(
    host: loopback.Server, body: bytes, news: bytes, n_items: int
) -> Iterator[tuple[str, Callable[[], Any], Callable[[], Any], Callable[[], None]]]:
    """(name, what has to be there, the work, whether it came to what it should)."""

    def nothing() -> None:
        empty()
        serve(host, body)

    def taken_in() -> None:
        nothing()
        take_in(host)
        FeedWatch.objects.update(etag=f'"{len(body)}"')

    def expect(n: int, outcome: str = "", status: int = 200) -> Callable[[], None]:
        return lambda: check_rows(n, outcome, status)

    yield "first ingest", nothing, lambda: take_in(host), expect(n_items)
    taken_in()
    yield "unchanged, 304", lambda: None, look, expect(n_items, "unchanged", 304)
    serve(host, body, knows_etags=False)
    yield "unchanged, the same bytes again", lambda: None, look, expect(n_items, "unchanged")

    def with_news() -> None:
        taken_in()
        serve(host, news)

    yield "three new items", with_news, look, expect(n_items + 3, "changed")


def serve(host: loopback.Server, body: bytes, *, knows_etags: bool = True) -> None:
    """The feed at its address, under an ETag that goes with its length."""
    etag = f'"{len(body)}"'

    def page(handler: Any) -> None:
        if knows_etags and handler.headers.get("If-None-Match") == etag:
            handler.answer(304, ETag=etag)
        else:
            handler.answer(body=body, ETag=etag)

    host.pages["/feed"] = page


def take_in(host: loopback.Server) -> None:
    """As `ingest` does it, from the address to the commit."""
    source = sources.read(f"{host.url}/feed", fetcher=loopback.fetcher())
    podcasts.add(source=source, judged=podcasts.judge(source), attribution="", by=None, at=NOW)


def look() -> None:
    """As the worker does it."""
    watch = FeedWatch.objects.select_related("podcast", "document").get()
    feeds.refresh(watch=watch, fetcher=loopback.fetcher(), at=NOW + HOUR)


def check_rows(n_episodes: int, outcome: str, status: int) -> None:
    """Fast and wrong is no figure."""
    last = FeedCheck.objects.order_by("-pk").values_list("outcome", "status").first()
    found = (Episode.objects.count(), last if outcome else None)
    if found != (n_episodes, (outcome, status) if outcome else None):
        raise SystemExit(f"{found}: not what it should come to")


def empty() -> None:
    """Everything out; append-only rows can only be truncated."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE corpus_podcast, corpus_feeddocument CASCADE")


def count(work: Callable[[], Any]) -> int:
    """SQL statements, transaction control left out."""
    with CaptureQueriesContext(connection) as asked:
        work()
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(control) for query in asked)


def fastest(
    rounds: int, work: Callable[[], Any], *, prepare: Callable[[], Any] = lambda: None
) -> Took:
    """Wall time and CPU time of this process, each of its fastest round."""
    walls, cpus = [], []
    for _ in range(rounds):
        prepare()
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


def tell(name: str, took: Took, alone: Took, **more: Any) -> None:
    figure: dict[str, Any] = {"figure": name, "seconds": round(took[0], 4)}
    figure["to_feedparser"] = round(took[0] / alone[0], 3)
    figure |= {"cpu_seconds": round(took[1], 4), "cpu_to_feedparser": round(took[1] / alone[1], 3)}
    print(json.dumps({**figure, **more}), flush=True)


@contextmanager
def database() -> Iterator[None]:
    """An empty database of our own, gone afterwards."""
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_refresh_{os.getpid()}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


@contextmanager
def folder() -> Iterator[None]:
    """A media store of our own."""
    with tempfile.TemporaryDirectory() as path:
        settings.MEDIA_BUCKET, settings.MEDIA_ROOT = "", f"{path}/media"
        settings.SCRATCH_ROOT = Path(path) / "scratch"
        files.store.cache_clear()
        yield


if __name__ == "__main__":
    sys.exit(main())
