"""When a feed asks not to be read: `ttl`, `skipHours` and `skipDays` of RSS."""

import re
from dataclasses import dataclass

from lxml import etree

from corpus.core.markup import plain, words

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST = 60 * 24 * 365  # minutes; a longer wait is a mistake


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a channel asks of those who read it; hours are those of UTC."""

    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()  # Monday is 0
    ttl_minutes: int | None = None


def of_channel(channel: etree._Element) -> Schedule:
    """Its wishes, as far as they make sense: a feed that may never be read is read as if it asked nothing."""
    hours = {int(text) % 24 for text in _inside(channel, "skipHours", "hour") if _is_hour(text)}
    days = {d for t in _inside(channel, "skipDays", "day") if (d := _day(t)) is not None}
    minutes = [int(t) for n in plain(channel, "ttl") if re.fullmatch(r"[0-9]{1,7}", t := words(n))]
    return Schedule(
        skip_hours=frozenset(hours if len(hours) < 24 else ()),
        skip_days=frozenset(days if len(days) < 7 else ()),
        ttl_minutes=min(minutes[0], _LONGEST) or None if minutes else None,
    )


def _inside(channel: etree._Element, holder: str, name: str) -> list[str]:
    return [words(node) for outer in plain(channel, holder) for node in plain(outer, name)]


def _is_hour(text: str) -> bool:
    """0 … 23; old feeds count to 24, which is midnight."""
    return bool(re.fullmatch(r"[0-9]{1,2}", text)) and int(text) <= 24


def _day(text: str) -> int | None:
    start = text.casefold()[:3]
    found = (n for n, day in enumerate(_DAYS) if len(start) == 3 and day.startswith(start))
    return next(found, None)
