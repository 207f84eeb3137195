"""When a feed is looked at next, whether it has moved for good, and what to ask its host with.

A feed that was quiet for a while may stay quiet as long again: the wait is a tenth of the time since
its last news, between an hour and a week, and never shorter than its makers or its host ask for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=7)
FIRST_RETRY = timedelta(minutes=5)
SIGHTINGS = 3  # days on which a permanent redirect is seen before it is believed
SHARE = 10  # of the quiet time
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a feed and its host want to be treated; the days are numbered from Monday, 0."""

    ttl: timedelta = timedelta(0)
    max_age: timedelta = timedelta(0)
    skip_hours: frozenset[int] = frozenset()  # UTC
    skip_days: frozenset[int] = frozenset()

    def is_skipped(self, moment: datetime) -> bool:
        """Whether nobody is to ask then; who wants never to be asked is not believed."""
        hours = self.skip_hours if len(self.skip_hours) < 24 else frozenset()
        days = self.skip_days if len(self.skip_days) < 7 else frozenset()
        return moment.hour in hours or moment.weekday() in days


@dataclass(frozen=True, slots=True)
class Move:
    """A permanent redirect, and the days on which it was seen."""

    to: str = ""
    on: tuple[date, ...] = ()

    @property
    def is_believed(self) -> bool:
        return len(self.on) >= SIGHTINGS


def next_look(at: datetime, *, quiet: timedelta, wishes: Wishes, chance: float) -> datetime:
    """When to look again after a good look, with `chance` (0 … 1) spreading feeds over time."""
    own = min(max(quiet / SHARE, SHORTEST), LONGEST)
    asked = min(max(wishes.ttl, wishes.max_age), LONGEST)
    return _allowed(at + max(own, asked) + own * chance / 10, wishes, chance)


def back_off(at: datetime, *, failures: int, retry_after: float | None, chance: float) -> datetime:
    """When to look again after the so-manieth failure in a row; twice as late as after the one before."""
    own = min(FIRST_RETRY * (1 << min(failures, 16)), LONGEST)
    asked = min(timedelta(seconds=min(retry_after or 0, 1e7)), LONGEST)
    return at + max(own, asked) + own * chance / 4


def max_age(cache_control: str, age: str = "") -> timedelta:
    """How long an answer stays fresh, less the time that it lay in a cache; RFC 9111 §5.2.2.1."""
    if re.search(r"\bno-(?:cache|store)\b", cache_control, re.I):
        return timedelta(0)
    said = re.search(r'(?<![\w-])max-age\s*=\s*"?(\d{1,9})', cache_control, re.I)
    lain = int(age) if re.fullmatch(r"\d{1,9}", age.strip(), re.A) else 0
    return timedelta(seconds=max(0, int(said[1]) - lain)) if said else timedelta(0)


def permanent(urls: Sequence[str], statuses: Sequence[int]) -> str:
    """Where the chain of redirects leads for good: as far as every hop is a 301 or 308; else empty."""
    target = ""
    for url, status in zip(urls[1:], statuses, strict=False):
        if status not in (301, 308):
            break
        target = url
    return target


def sighted(move: Move, target: str, *, on: date) -> Move:
    """What is known of a move after today's look; another target, or none, and the count starts again."""
    if not target:
        return Move()
    days = move.on if target == move.to else ()
    return Move(target, tuple(sorted({*days, on})))


def next_validators(now: str, *, etag: str, last_modified: str) -> str:
    """What to ask with next time, after the host sent the same bytes again although we could show both.

    Some hosts answer 304 to one validator and 200 to two (rss2email/rss2email#268).
    """
    if not (etag and last_modified):
        return now
    return {"both": "etag", "etag": "date"}.get(now, "both")


def _allowed(moment: datetime, wishes: Wishes, chance: float) -> datetime:
    if not wishes.is_skipped(moment):
        return moment
    hour = moment.replace(minute=0, second=0, microsecond=0)
    later = (hour + n * HOUR for n in range(1, 8 * 24))
    free = next((one for one in later if not wishes.is_skipped(one)), moment)
    return free + chance * HOUR / 2
