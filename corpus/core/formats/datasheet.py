"""README.md of a release: a datasheet (Gebru et al. 2021) in which every number comes from the rows."""

import re
from collections.abc import Iterable, Iterator, Sequence

from corpus.core.formats import base, tallies
from corpus.core.formats.base import File
from corpus.core.releases import Agreement, ReleaseClip, ReleaseFacts
from corpus.core.tombstones import REASONS

Clips = Sequence[ReleaseClip]
_MARKUP = re.compile(r"([\\`*_\[\]<>|#])")


def files(facts: ReleaseFacts, clips: Clips) -> Iterator[File]:
    """README.md, from these rows and nothing else."""
    rows = base.by_name(clips)
    sections = (
        _simulated(rows),
        _title(facts, rows),
        _composition(facts, rows),
        _collection(facts, rows),
        _transcripts(rows),
        _labels(facts, rows),
        _licences(rows),
        _uses(),
        _left_out(facts),
        _limits(facts, rows),
        _changes(facts),
        _files(facts),
    )
    yield "README.md", "\n".join(section for section in sections if section).encode()


def left_out(facts: ReleaseFacts, clips: Clips) -> tuple[str, ...]:
    """Nothing: it tells what the other formats leave out."""
    return ()


def _simulated(clips: Clips) -> str:
    made_up, ratings = tallies.simulated(clips)
    if not made_up:
        return ""
    return (
        "> [!CAUTION]\n"
        f"> **{made_up} of {ratings} ratings are SIMULATED: a program made them, not people."
        " Do not train on this release, and do not publish it.**\n"
    )


def _title(facts: ReleaseFacts, clips: Clips) -> str:
    return (
        f"# {_text(facts.name)} {facts.version}\n\n"
        "Clips of emotional speech from openly licensed podcasts, with every rating of them:"
        f" {base.count(len(clips), 'clip')}, {tallies.duration(facts, clips)} (h:mm:ss),"
        f" {base.count(len(tallies.speakers(clips)), 'known speaker')},"
        f" {base.count(len({clip.podcast for clip in clips}), 'podcast')},"
        f" {base.count(sum(c.labels.n_ratings for c in clips if c.labels), 'rating')}.\n\n"
        f"Made {facts.created_at:%Y-%m-%d} by {_text(facts.created_from)}, from the campaigns:"
        f" {_text(', '.join(facts.campaigns) or 'none')}.\n"
    )


def _composition(facts: ReleaseFacts, clips: Clips) -> str:
    return _section(
        "Composition",
        _table(tallies.PARTITION_HEADER, tallies.partitions(facts, clips)),
        "Clips by consensus and partition:",
        _table(("class", *tallies.used(clips), "all"), tallies.classes(clips)),
        "Clips by language and by the speaker's gender:",
        _table(("language", "clips"), tallies.counted(clip.language for clip in clips)),
        _table(("gender", "clips"), tallies.counted(clip.gender for clip in clips)),
    )


def _collection(facts: ReleaseFacts, clips: Clips) -> str:
    return _section(
        "Collection and preprocessing",
        "Episodes were fetched from podcast feeds, converted to"
        f" {facts.sampling_rate} Hz mono, cut into clips of one speaker, and passed a quality gate."
        " `manifest.jsonl` leads from every clip back to its episode.",
        _table(("gate", "clips"), tallies.counted(clip.gate for clip in clips)),
        _table(("stage", "engine", "clips"), tallies.engines(clips)),
        _table(("parameter", "value"), sorted(facts.parameters.items())),
    )


def _transcripts(clips: Clips) -> str:
    drafts = sum(clip.transcript_is_draft for clip in clips)
    made = sorted(
        {v for clip in clips for stage, v in clip.pipeline.items() if "transcri" in stage}
    )
    engine = f" ({_text(', '.join(made))})" if made else ""
    return _section(
        "Transcripts",
        f"{drafts} of {len(clips)} transcripts are DRAFTS: written by a machine{engine}, checked by"
        " nobody. Expect wrong words."
        if drafts
        else f"None of {len(clips)} transcripts is an unchecked draft of a machine{engine}.",
    )


def _labels(facts: ReleaseFacts, clips: Clips) -> str:
    return _section(
        "Ratings and labels",
        f"Taxonomy: {_text(facts.taxonomy)}.",
        f"Protocol: {_text(facts.rating_protocol)}",
        f"Consensus: {_text(facts.consensus_rule)}",
        _table(("ratings per clip", "clips"), tallies.ratings_per_clip(clips)),
        _table(("agreement", "value", "interval", "n"), map(_agreement, facts.agreement))
        or "No agreement was measured.",
        "Codes: " + ", ".join(f"{code} {name}" for code, name in tallies.CODES.items()) + ".",
    )


def _agreement(row: Agreement) -> tuple[str, ...]:
    known = row.low is not None and row.high is not None
    interval = f"{row.low:.3f} to {row.high:.3f}" if known else "not measured"
    return (row.measure, f"{row.value:.3f}", interval, str(row.n))


def _licences(clips: Clips) -> str:
    return _section(
        "Licences",
        "Each clip keeps the licence of its episode. `ATTRIBUTION.csv` and `ATTRIBUTION.html` name"
        " author, source, licence and changes of every clip; pass them on with the clips.",
        _table(
            ("licence", "address", "clips", "podcasts"),
            tallies.licences(clips),
        ),
    )


def _uses() -> str:
    return _section(
        "Uses",
        "Made to train and to test models of how emotional speech is perceived. Not made to judge"
        " what one person feels, nor to recognise who speaks.",
    )


def _left_out(facts: ReleaseFacts) -> str:
    return _section("Left out", _list(facts.left_out) or "Every file holds every clip and rating.")


def _limits(facts: ReleaseFacts, clips: Clips) -> str:
    return _section("Known limits", _list((*tallies.limits(clips), *facts.limits)))


def _changes(facts: ReleaseFacts) -> str:
    changes = _list(facts.changes)
    return _section("Changes since the previous release", changes) if changes else ""


def _files(facts: ReleaseFacts) -> str:
    extension = facts.audio_extension
    return _section(
        "Files, and how to verify them",
        _list(
            (
                f"Audios/*.{extension}: the clips; Transcripts/*.txt: their words",
                "Labels/: consensus and every rating; Partitions.txt and Speaker_ids.txt",
                "manifest.jsonl: per clip its source, times, licence, gate and engines",
                *_tombstones(facts),
            )
        ),
        "```\nsha256sum -c SHA256SUMS\n```",
        "A release never changes. A correction or a withdrawn clip makes a new version. Where this"
        " folder is kept by those who made it, the files of withdrawn clips leave it, and"
        " `WITHDRAWN.csv` says which: what is missing besides is damage.",
    )


def _tombstones(facts: ReleaseFacts) -> Iterator[str]:
    """How the clips are told that earlier versions held and that were withdrawn."""
    if facts.previous:
        yield (
            f"tombstones.csv and tombstones.json: the {base.count(len(facts.tombstones), 'clip')} of"
            " earlier versions that were withdrawn: clip, sha256 of its audio, releases that held it"
            " (with `; ` between them), withdrawn_on (the day), reason_class"
            f" ({', '.join(f'{name}: {words}' for name, words in REASONS.items())});"
            " in manifest.jsonl a line with `tombstone` instead of `file` stands for each"
        )
        yield f"CHANGELOG.md: what changed since {facts.previous}"


def _section(title: str, *paragraphs: str) -> str:
    return f"## {title}\n\n" + "\n\n".join(filter(None, paragraphs)) + "\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; nothing where there are no rows."""
    body = [" | ".join(map(_text, row)) for row in rows]
    if not body:
        return ""
    rule = "|".join("---" for _ in header)
    return "\n".join((f"| {' | '.join(header)} |", f"|{rule}|", *(f"| {row} |" for row in body)))


def _list(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {_text(sentence)}" for sentence in sentences)


def _text(text: str) -> str:
    """Words of strangers, harmless in Markdown; underscores inside words mean nothing there."""
    return re.sub(r"(?<=\w)\\_(?=\w)", "_", _MARKUP.sub(r"\\\1", base.one_line(text)))
