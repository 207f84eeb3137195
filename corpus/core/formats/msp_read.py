"""MSP-Podcast files read back: our own, and with forgiving of stray spaces those of others."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from corpus.core.formats import msp_rows
from corpus.core.formats.msp_rows import Block, Line, Malformed

# the strictest pattern that public readers use, for any lossless extension
STRICT = re.compile(
    r"\S+\.(?:wav|flac),\w,\d+\.\d+,\d+\.\d+,\d+\.\d+,(?:\d+|Unknown),"
    r"(?:Male|Female|Unknown),(?:Train|Validation|Development|Test1|Test2|Test3)"
)


@dataclass(frozen=True, slots=True)
class Consensus:
    """One row of labels_consensus.csv; `speaker` is None for Unknown."""

    code: str
    arousal: float
    valence: float
    dominance: float
    speaker: int | None
    gender: str
    partition: str


@dataclass(frozen=True, slots=True)
class Speakers:
    """Speaker_ids.txt: genders by speaker, and the speaker of every file, None for Unknown."""

    genders: Mapping[int, str]
    of_file: Mapping[str, int | None]


def read_labels_txt(text: str) -> tuple[Block, ...]:
    """Every clip with its rating lines, in order; raises Malformed."""
    blocks: list[Block] = []
    lines: list[Line] = []
    for row in filter(str.strip, text.split("\n")):
        if row.count(";") == 5:  # a consensus line has one field less than a rating
            _close(blocks, lines)
            blocks.append(msp_rows.read_head(row))
        elif blocks:
            lines.append(msp_rows.read_line(row))
        else:
            raise Malformed(f"a rating before any clip: {row!r}")
    _close(blocks, lines)
    return tuple(blocks)


def _close(blocks: list[Block], lines: list[Line]) -> None:
    if blocks:
        blocks[-1] = replace(blocks[-1], lines=tuple(lines))
    lines.clear()


def read_consensus_csv(text: str) -> dict[str, Consensus]:
    """Consensus by file name; raises Malformed for a row that strict readers would refuse."""
    found: dict[str, Consensus] = {}
    for row in filter(None, text.split("\n")[1:]):
        if not STRICT.fullmatch(row):
            raise Malformed(f"no consensus row: {row!r}")
        file, code, a, v, d, speaker, gender, partition = row.split(",")
        means = (float(a), float(v), float(d))
        found[file] = Consensus(code, *means, _speaker(speaker), gender, partition)
    return found


def read_detailed_csv(text: str) -> dict[str, tuple[Line, ...]]:
    """Rating lines by file name, from the EmoDetail layout; raises Malformed."""
    rows = csv.reader(io.StringIO(text, newline=""))
    if next(rows, None) != ["FileName", "EmoDetail"]:
        raise Malformed("the columns are not FileName,EmoDetail")
    found: dict[str, tuple[Line, ...]] = {}
    for file, detail in rows:
        found[file] = (*found.get(file, ()), msp_rows.read_line(detail))
    return found


def read_partitions(text: str) -> dict[str, str]:
    """The partition of every file; raises Malformed."""
    found: dict[str, str] = {}
    for row in filter(str.strip, text.split("\n")):
        fields = [field.strip() for field in row.split(";")]
        if len(fields) != 2 or not all(fields) or fields[1] in found:
            raise Malformed(f"no partition, or a second one: {row!r}")
        found[fields[1]] = fields[0]
    return found


def read_speaker_ids(text: str) -> Speakers:
    """Both blocks of Speaker_ids.txt; raises Malformed."""
    upper, rule, lower = text.partition("***")
    if not rule:
        raise Malformed("no line of asterisks between the two blocks")
    genders = {
        int(name.removeprefix("Speaker_")): gender for name, gender in map(_pair, _rows(upper))
    }
    of_file = {file: _speaker(speaker) for file, speaker in map(_pair, _rows(lower.lstrip("*")))}
    return Speakers(genders, of_file)


def _rows(text: str) -> Iterator[str]:
    return filter(str.strip, text.split("\n"))


def _pair(row: str) -> tuple[str, str]:
    fields = [field.strip() for field in row.split(";")]
    if len(fields) != 2:
        raise Malformed(f"not two fields: {row!r}")
    return fields[0], fields[1]


def _speaker(text: str) -> int | None:
    return None if text == "Unknown" else int(text)
