"""Ratings made elsewhere enter: each row is taken, known already, or refused with its reason."""

import csv
import hashlib
import io
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice

from django.db import transaction
from django.db.models import Count, F

from annotation.actions import campaigns, raters, ratings
from annotation.core import scores, taxonomy
from annotation.core.scores import Answer
from annotation.core.taxonomy import Primary, Secondary
from annotation.models import Campaign, Rating
from corpus.models import Clip

NEEDED = ("clip", "rater")
BATCH = 500
_SEPARATORS = re.compile(r"\s*[;,|]\s*")


class NotRatings(Exception):
    """The file as a whole cannot be read as ratings; the message says what is missing."""


@dataclass(slots=True)
class Report:
    """What an import did, line by line where it refused."""

    added: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file's ratings go, and where they came from."""

    campaign: Campaign
    source: str
    is_simulated: bool
    at: datetime


class Refused(Exception):
    """One row cannot be taken."""


def read(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a CSV file with a header; NotRatings where that is not one."""
    if "\0" in text:
        raise NotRatings("This is no text file: it holds zero bytes.")
    try:
        yield from _rows(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise NotRatings(f"This is no CSV file: {error}.") from error


def _rows(reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str]]]:
    names = [(name or "").strip().lower() for name in reader.fieldnames or []]
    if missing := [name for name in NEEDED if name not in names]:
        raise NotRatings(
            f"The first line must name the columns; missing: {', '.join(missing)}. Known are: "
            "clip, rater, primary, secondary, valence, arousal, dominance, distribution, rated_at, "
            "campaign."
        )
    reader.fieldnames = names
    empty = True
    for row in reader:
        empty = False
        yield reader.line_num, {k: (v or "").strip() for k, v in row.items() if k in names}
    if empty:
        raise NotRatings("The file names its columns and holds no ratings.")


def take(*, origin: Origin, rows: Iterable[tuple[int, dict[str, str]]]) -> Report:
    """Take every row that is right; the same file again adds nothing."""
    report = Report()
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        _take(origin, batch, report)
    return report


def need_of(campaign: Campaign) -> int:
    """The fewest ratings that a clip of an imported campaign has: an imported set is complete."""
    counts = campaign.ratings.current().values("clip").annotate(n=Count("pk"))
    return min((row["n"] for row in counts), default=1)


def follows_its_ratings(campaign: Campaign) -> bool:
    """Whether its need is what files brought so far, and so may follow what they bring next."""
    by_hand = campaign.ratings.filter(source="").exists() or campaign.assignments.exists()
    imported = campaign.state == Campaign.State.DRAFT and campaign.ratings.exists()
    return imported and not by_hand and campaign.need == need_of(campaign)


@transaction.atomic
def settle(*, campaign: Campaign, need: int) -> None:
    """Set how many ratings the clips of an imported campaign need."""
    Campaign.objects.filter(pk=campaign.pk).update(need=need)
    campaign.clips.update(need=need)


@transaction.atomic
def _take(origin: Origin, batch: list[tuple[int, dict[str, str]]], report: Report) -> None:
    clips = _clips(row["clip"] for _, row in batch)
    done: Counter[int] = Counter()
    for line, row in batch:
        try:
            clip = clips.get(_name(row["clip"]))
            if clip is None:
                raise Refused(f"there is no clip {row['clip'] or '(empty)'}")
            is_new = _one(origin, clip, row, line)
        except Refused as reason:
            report.refused.append((line, str(reason)))
            continue
        done[clip] += is_new
        report.added += is_new
        report.known += not is_new
    campaigns.add_clips(campaign=origin.campaign, clip_ids=sorted(done))
    for clip, n in sorted(done.items()):
        origin.campaign.clips.filter(clip=clip).update(n_done=F("n_done") + n)


def _clips(names: Iterable[str]) -> dict[str, int]:
    wanted = {_name(name) for name in names}
    return dict(Clip.objects.filter(name__in=wanted).values_list("name", "pk"))


def _name(text: str) -> str:
    """The clip's name without the file suffix that release files carry."""
    return re.sub(r"\.(flac|wav)$", "", text.strip(), flags=re.IGNORECASE)


def _one(origin: Origin, clip: int, row: dict[str, str], line: int) -> bool:
    """True if the rating is new; False if it is here; Refused if it cannot be."""
    campaign, at = origin.campaign, origin.at
    code = row["rater"]
    if not code or len(code) > 80:
        raise Refused("the rater is missing" if not code else "the rater's code is over 80 letters")
    answer = answer_of(row)
    if problems := scores.check(answer, ratings.protocol_of(campaign)):
        raise Refused("; ".join(f"{one.field}: {one.message}" for one in problems))
    rated_at = _time(row.get("rated_at", ""), at)
    rater = raters.imported(code=code, is_simulated=origin.is_simulated, at=at)
    if rater.is_simulated != origin.is_simulated:
        kind = "simulated" if rater.is_simulated else "a person"
        raise Refused(f"rater {code} is {kind}, and stays so: use another code")
    before = Rating.objects.current().filter(campaign=campaign, clip=clip, rater=rater).first()
    if before is not None:
        own = replace(ratings.answer_of(before), comment="")  # which files do not carry
        if own != scores.clean(answer):
            raise Refused(f"{code} has rated {row['clip']} before, with another answer")
        return False
    if rater.user_id is not None:
        raise Refused(f"rater {code} has an account here, and rates on the screen alone")
    ratings.record(
        campaign=campaign,
        clip_id=clip,
        rater=rater,
        answer=answer,
        rated_at=rated_at,
        at=at,
        client_uuid=uuid.uuid5(uuid.NAMESPACE_OID, _key(campaign, clip, code)),
        source=f"{origin.source}:{line}"[-300:],
    )
    return True


def _key(campaign: Campaign, clip: int, code: str) -> str:
    return hashlib.sha256(f"{campaign.pk}/{clip}/{code}".encode()).hexdigest()


def answer_of(row: dict[str, str]) -> Answer:
    """The answer in a row, or Refused; labels in any case, letters for the primary as well."""
    primary, primary_other = _primary(row.get("primary", ""))
    secondaries, secondary_other = _secondaries(row.get("secondary", ""))
    return Answer(
        valence=_point(row, "valence"),
        arousal=_point(row, "arousal"),
        dominance=_point(row, "dominance"),
        primary=primary,
        primary_other=primary_other,
        secondaries=secondaries,
        secondary_other=secondary_other,
        distribution=tuple(dict.fromkeys(_split(row.get("distribution", "").lower()))),
    )


def _point(row: dict[str, str], scale: str) -> int | None:
    text = row.get(scale, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise Refused(f"{scale}: {text} is no number") from None
    if not value.is_integer() or not taxonomy.LOWEST <= value <= taxonomy.HIGHEST:
        raise Refused(f"{scale}: {text} is no whole number from 1 to 7")
    return int(value)


def _primary(text: str) -> tuple[str | None, str]:
    if not text:
        return None, ""
    label, other = scores.split_other(text)
    if len(label) == 1:
        named = next((p.value for p in Primary if p.code == label.upper()), label)
    else:
        named = next((p.value for p in Primary if p.value.lower() == label.lower()), label)
    return named, other


def _secondaries(text: str) -> tuple[tuple[str, ...], str]:
    labels, other = [], ""
    for part in _split(text):
        label, words = scores.split_other(part)
        labels.append(next((s.value for s in Secondary if s.value.lower() == label.lower()), label))
        other = words or other
    return tuple(dict.fromkeys(labels)), other


def _split(text: str) -> list[str]:
    return [part for part in _SEPARATORS.split(text) if part]


def _time(text: str, at: datetime) -> datetime:
    if not text:
        return at
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"rated_at: {text} is no time such as 2026-05-01T10:30:00+00:00") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def protocol_for(rows: Iterable[dict[str, str]]) -> str:
    """The preset that asks what the file answers."""
    has_ticks = has_classes = False
    for row in rows:
        has_ticks = has_ticks or bool(row.get("distribution"))
        has_classes = has_classes or bool(row.get("primary"))
    if has_ticks and has_classes:
        return "msp-podcast-with-distribution"
    return "em2ldl" if has_ticks else "msp-podcast"
