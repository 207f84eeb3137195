"""Numbers as people read them: always with their unit, rounded to what matters."""

import re

_HOUR, _MINUTE = 3600, 60
_CLOCK = re.compile(r"(?:\d+|(?:\d+:)?\d{1,2}:[0-5]?\d)(?:\.\d+)?", re.ASCII)


def count(n: int) -> str:
    """1204 → 1,204."""
    return f"{n:,}"


def counted(n: int, one: str, many: str = "") -> str:
    """1 clip, 1,204 clips; `many` where an s does not make it."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def length(seconds: float) -> str:
    """How much sound there is: 41 s, 12.5 min, 3.1 h, 1,204 h."""
    if round(seconds) < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.1f} min"
    hours = seconds / _HOUR
    return f"{hours:.1f} h" if hours < 100 else f"{hours:,.0f} h"


def clock(seconds: float) -> str:
    """A place in a recording: 0:05, 12:30, 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def seconds(text: str) -> float:
    """A place as people write it: 12.5, 0:12, 1:03.5, 1:02:03. Raises ValueError."""
    if not _CLOCK.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is no place in a recording: write 0:12, 1:03.5 or 1:02:03.")
    total = 0.0
    for part in text.strip().split(":"):
        total = total * 60 + float(part)
    return total


def took(seconds: float) -> str:
    """How long work lasted: < 0.1 s, 0.3 s, 41 s, 12 min 5 s, 1 h 5 min."""
    if 0 < seconds < 0.05:
        return "< 0.1 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // _HOUR:,} h {whole % _HOUR // 60} min"


def size(n_bytes: int) -> str:
    """Decimal, as disks are sold: 512 B, 12.3 kB, 1.2 GB."""
    value = float(n_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


def percent(share: float) -> str:
    """0 … 1 → 0 % … 100 %; what is there is never rounded to nothing, nor a rest to all."""
    value = 100 * share
    if 0 < value < 1:
        return "< 1 %"
    if 99 < value < 100:
        return "> 99 %"
    return f"{value:.0f} %"
