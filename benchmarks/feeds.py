"""How well and how fast feeds are read: one JSON line per figure.

    python benchmarks/feeds.py [--fuzz 10000] [--seed 1] [--items 5000] [--data FOLDER]

Known feeds are compared with what they should come to, field by field. Mutated feeds (bits flipped, pieces cut
out, repeated and spliced, lies about encodings, deep nesting, endless attributes, entities, swapped namespaces)
may be refused with a sentence, and never raise anything else. The speed is that of the reading alone, in CPU
seconds, beside feedparser on the same bytes.
"""

import argparse
import io
import json
import os
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import feedparser  # noqa: E402

from corpus.core import feeds  # noqa: E402
from corpus.core.feeds import EmptyFeed, NotAFeed  # noqa: E402
from corpus.engines import sources  # noqa: E402
from corpus.engines.sources import BadSource  # noqa: E402
from tests import known_feeds, mutations  # noqa: E402
from tests.feed_samples import EXAMPLE_FACTS, SAMPLES, many_items  # noqa: E402

EXPECTED = (NotAFeed, EmptyFeed, BadSource)
URL = "https://example.org/feed.xml"
ROUNDS = 3
WEIGHT = 10  # our own samples say more than the small feeds of one defect each


def main() -> int:
    """Print the figures; 1 where one is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fuzz", type=int, default=10_000, help="mutated feeds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--items", type=int, default=5000, help="of the long feed")
    data = Path(os.environ.get("EMOCAST_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="folder of real feeds")
    options = parser.parse_args()
    folder = options.data / "feeds"
    is_right = True
    for figure in figures(folder, options):
        is_right &= figure.pop("is_right")
        print(json.dumps(figure, ensure_ascii=False), flush=True)
    return 0 if is_right else 1


def figures(folder: Path, options: Any) -> Iterator[dict[str, Any]]:
    """One after the other; those of known feeds only where they are here."""
    if folder.is_dir():
        yield licence_feeds(folder / "licences")
        yield podcastparser(folder / "podcastparser")
        yield namespace_example(folder / "podcast_namespace" / "example.xml")
    else:
        print(
            json.dumps(
                {"figure": "known feeds", "skipped": f"no data at {folder}: set EMOCAST_DATA"}
            )
        )
    paths = [*sorted(folder.rglob("*.rss")), *sorted(folder.rglob("*.xml"))]
    bodies = [*SAMPLES * WEIGHT, *(path.read_bytes() for path in paths)]
    yield fuzz(bodies, options.fuzz, seed=options.seed)  # first: its memory must not hide behind
    yield speed(options.items)


def licence_feeds(folder: Path) -> dict[str, Any]:
    found = {path.stem: known_feeds.verdicts(path) for path in sorted(folder.glob("*.xml"))}
    right = [name for name, verdicts in found.items() if known_feeds.VERDICTS[name] == verdicts]
    return {
        "figure": "licence feeds",
        "feeds": len(found),
        "as_named": len(right),
        "verdicts": found,
        "is_right": len(right) == len(known_feeds.VERDICTS),
    }


def podcastparser(folder: Path) -> dict[str, Any]:
    paths = sorted(folder.glob("*.rss"))
    fields = [field for path in paths for field in known_feeds.podcastparser_fields(path)]
    unequal = [field for field in fields if not field.is_equal]
    why = known_feeds.DELIBERATE
    return {
        "figure": "podcastparser feeds",
        "feeds": len(paths),
        "fields": len(fields),
        "equal": len(fields) - len(unequal),
        "unequal": [
            {"feed": f.feed, "field": f.name, "why": why.get(f.key, "a mistake of ours")}
            for f in unequal
        ],
        "is_right": {field.key for field in unequal} <= set(why),
    }


def namespace_example(path: Path) -> dict[str, Any]:
    feed = known_feeds.read(path)
    wrong = [name for name, right in EXAMPLE_FACTS.items() if not right(feed)]
    return {
        "figure": "podcast namespace example",
        "facts": len(EXAMPLE_FACTS),
        "read": len(EXAMPLE_FACTS) - len(wrong),
        "wrong": wrong,
        "is_right": not wrong,
    }


def speed(n_items: int) -> dict[str, Any]:
    body = many_items(n_items)
    theirs = min(_cpu(lambda: feedparser.parse(io.BytesIO(body))) for _ in range(ROUNDS))
    ours = min(_cpu(lambda: feeds.parse(body, url=URL)) for _ in range(ROUNDS))
    return {
        "figure": "reading a long feed",
        "items": n_items,
        "bytes": len(body),
        "feedparser_s": round(theirs, 2),
        "ours_s": round(ours, 2),
        "ratio": round(ours / theirs, 2),
        "is_right": True,
    }


def fuzz(bodies: Sequence[bytes], n: int, *, seed: int) -> dict[str, Any]:
    """Each mutated feed on its way in; a crash is printed with the seed that makes it again."""
    outcomes: Counter[str] = Counter()
    slowest, slowest_case, unhandled = 0.0, 0, []
    read_one(bodies[0])
    before = _peak_mib()
    for case in range(n):
        body = mutations.mutated(bodies, random.Random(f"{seed} {case}"))
        started = time.perf_counter()
        try:
            outcomes[read_one(body)] += 1
        except Exception as error:
            outcomes["unhandled"] += 1
            unhandled.append({"case": case, "error": f"{type(error).__name__}: {error}"[:200]})
        took = time.perf_counter() - started
        if took > slowest:
            slowest, slowest_case = took, case
    return {
        "figure": "mutated feeds",
        "feeds": n,
        "from": len(bodies),
        "seed": seed,
        "unhandled": len(unhandled),
        "first_unhandled": unhandled[:5],
        "outcomes": dict(outcomes.most_common()),
        "peak_growth_mib": round(_peak_mib() - before, 1),
        "slowest_ms": round(slowest * 1000),
        "slowest_case": slowest_case,
        "is_right": not unhandled,
    }


def read_one(body: bytes) -> str:
    """What became of a body on its way in."""
    try:
        if b"<opml" in body:
            sources.opml(body)
        sources.of_document(body, location=URL, base=URL)
    except EXPECTED as told:
        return type(told).__name__
    return "read"


def _cpu(work: Any) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
