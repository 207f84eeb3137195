"""Label files in the layout of MSP-Podcast 1.10 to 1.12 ("classic"), which most readers know.

The corpus is that of Lotfian & Busso (2019), 10.1109/TAFFC.2017.2736999.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.core import releases
from corpus.core.formats import base, msp_rows
from corpus.core.formats.base import File
from corpus.core.formats.msp_rows import Block, Line
from corpus.core.releases import Labels, RatingRow, ReleaseClip, ReleaseFacts

UNKNOWN = "Unknown"
RULE = "*" * 54
CONSENSUS = ("FileName", "EmoClass", "EmoAct", "EmoVal", "EmoDom", "SpkrID", "Gender", "Split_Set")


def files(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> Iterator[File]:
    """Partitions, speakers and labels; clips without a writable consensus are in no label file."""
    rows = base.by_name(clips)
    written = [entry for clip in rows if (entry := _entry(facts, clip))]
    yield "Partitions.txt", _partitions(facts, rows)
    yield "Speaker_ids.txt", _speaker_ids(facts, rows)
    blocks = [entry.block for entry in written]
    yield "Labels/labels.txt", "".join(map(msp_rows.block_text, blocks)).encode()
    yield "Labels/labels_consensus.csv", base.table(CONSENSUS, map(_consensus_row, written))
    yield "Labels/labels_consensus.json", _json({e.block.file: _consensus(e) for e in written})
    yield "Labels/labels_detailed.csv", _detailed_csv(blocks)
    yield "Labels/labels_detailed.json", _json({b.file: _detailed(b) for b in blocks})


def left_out(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> tuple[str, ...]:
    """Clips and ratings that the layout cannot hold, and consensus its lines do not explain."""
    rows = base.by_name(clips)
    entries = {clip.name: _entry(facts, clip) for clip in rows}
    missing = [name for name, entry in entries.items() if entry is None]
    partial = [clip.name for clip in rows for rating in _ratings(clip) if not _complete(rating)]
    twice = [
        f"{rating.rater} on {clip.name}" for clip in rows for rating in _superseded(_ratings(clip))
    ]
    odd = [name for name, e in entries.items() if e and not msp_rows.explains(e.block)]
    return tuple(_sentences(len(rows), missing, partial, twice, odd))


def _sentences(
    n: int, missing: Sequence[str], partial: Sequence[str], twice: Sequence[str], odd: Sequence[str]
) -> Iterator[str]:
    if missing:
        yield (
            f"MSP label files leave out {len(missing)} of {n} clips, which lack a class, a mean"
            f" attribute, or any rating with both: {base.names(missing)}."
        )
    if partial:
        yield (
            f"MSP label files leave out {base.count(len(partial), 'rating')} without a primary emotion or without"
            f" all three attributes, of: {base.names(sorted(set(partial)))}."
        )
    if twice:
        yield (
            f"Of {len(twice) + len(set(twice))} ratings by raters who rated the same clip more than"
            f" once, MSP label files keep the latest: {base.names(sorted(set(twice)))}."
        )
    if odd:
        yield (
            f"The consensus of {base.count(len(odd), 'clip')} does not follow from the rating lines in"
            f" Labels/labels.txt, which are fewer or are weighed: {base.names(odd)}."
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A clip that the label files can hold."""

    block: Block
    clip: ReleaseClip


def _entry(facts: ReleaseFacts, clip: ReleaseClip) -> _Entry | None:
    kept = _kept([rating for rating in _ratings(clip) if _complete(rating)])
    lines = tuple(line for rating in kept if (line := _line(rating)))
    means = _means(clip.labels)
    if clip.labels is None or not clip.labels.code or means is None or not lines:
        return None
    return _Entry(Block(facts.file(clip), clip.labels.code, *means, lines), clip)


def _ratings(clip: ReleaseClip) -> tuple[RatingRow, ...]:
    return clip.labels.ratings if clip.labels else ()


def _complete(rating: RatingRow) -> bool:
    return _line(rating) is not None


def _kept(ratings: Sequence[RatingRow]) -> tuple[RatingRow, ...]:
    """The latest rating of every rater, by rater: files keyed by worker hold no second one."""
    latest = {rating.rater: rating for rating in sorted(ratings, key=_recency)}
    return tuple(latest[rater] for rater in sorted(latest))


def _superseded(ratings: Sequence[RatingRow]) -> Iterator[RatingRow]:
    complete = sorted((r for r in ratings if _complete(r)), key=_recency)
    kept = {id(rating) for rating in _kept(complete)}
    return (rating for rating in complete if id(rating) not in kept)


def _recency(rating: RatingRow) -> tuple[float, str, str]:
    # the repr settles ratings of one moment, so that the order of rows never decides
    return rating.rated_at.timestamp(), rating.campaign, repr(rating)


def _line(rating: RatingRow) -> Line | None:
    a, v, d = rating.arousal, rating.valence, rating.dominance
    if not msp_rows.clean(rating.primary) or a is None or v is None or d is None:
        return None
    words = (msp_rows.emotion(word) for word in rating.secondaries)
    secondaries = tuple(dict.fromkeys(word for word in words if word))
    return Line(rating.rater, msp_rows.primary(rating.primary), secondaries, a, v, d)


def _means(labels: Labels | None) -> tuple[float, float, float] | None:
    if labels is None:
        return None
    a, v, d = labels.arousal, labels.valence, labels.dominance
    if a is None or v is None or d is None:
        return None
    return round(a, 6), round(v, 6), round(d, 6)


def _partitions(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> bytes:
    used = {clip.partition for clip in clips}
    known = [name for name in releases.PARTITIONS if name in used]
    blocks = (
        "".join(f"{name}; {facts.file(c)}\n" for c in clips if c.partition == name)
        for name in (*known, *sorted(used - set(known)))
    )
    return "\n".join(blocks).encode()


def _speaker_ids(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> bytes:
    genders = {clip.speaker: clip.gender for clip in clips if clip.speaker is not None}
    speakers = (f"Speaker_{speaker}; {genders[speaker]}\n" for speaker in sorted(genders))
    voices = (f"{facts.file(clip)};{_speaker(clip)}\n" for clip in clips)
    return f"{''.join(speakers)}{RULE}\n\n{''.join(voices)}".encode()


def _speaker(clip: ReleaseClip) -> str:
    return UNKNOWN if clip.speaker is None else str(clip.speaker)


def _consensus(entry: _Entry) -> dict[str, object]:
    block, clip = entry.block, entry.clip
    return {
        "EmoClass": block.code,
        "EmoAct": block.arousal,
        "EmoDom": block.dominance,  # readers expect dominance before valence here
        "EmoVal": block.valence,
        "SpkrID": _speaker(clip),
        "Gender": clip.gender,
        "Split_Set": clip.partition,
    }


def _consensus_row(entry: _Entry) -> tuple[str, ...]:
    block, clip = entry.block, entry.clip
    means = (base.number(mean) for mean in (block.arousal, block.valence, block.dominance))
    return (block.file, block.code, *means, _speaker(clip), clip.gender, clip.partition)


def _detailed_csv(blocks: Sequence[Block]) -> bytes:
    rows = ((block.file, msp_rows.line_text(line)) for block in blocks for line in block.lines)
    return base.table(("FileName", "EmoDetail"), rows)


def _detailed(block: Block) -> dict[str, object]:
    return {
        line.worker: {
            "EmoClass_Major": line.primary,
            "EmoClass_Second": ",".join(line.secondaries),
            "EmoAct": float(line.arousal),
            "EmoDom": float(line.dominance),
            "EmoVal": float(line.valence),
        }
        for line in block.lines
    }


def _json(content: Mapping[str, object]) -> bytes:
    return (json.dumps(content, indent=4, ensure_ascii=False, allow_nan=False) + "\n").encode()
