"""Label distributions per clip: pooled ticks as EM2LDL publishes them, and every rater weighed alike.

Layout after EM2LDL (arXiv 2511.20106), one table per way of counting.
"""

from collections.abc import Iterator, Mapping, Sequence

from corpus.core.formats import base
from corpus.core.formats.base import File
from corpus.core.releases import Labels, ReleaseClip, ReleaseFacts

Shares = Mapping[str, float] | None


def files(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> Iterator[File]:
    """Up to two tables of shares that sum to 1 in each row; none where no clip has a distribution."""
    labelled = [(facts.file(c), c.labels) for c in base.by_name(clips) if c.labels]
    pooled = [_row(facts, file, who, who.distribution_pooled) for file, who in labelled]
    equal = [_row(facts, file, who, who.distribution_rater_equal) for file, who in labelled]
    yield from _table("Labels/labels_distribution.csv", facts, pooled)
    yield from _table("Labels/labels_distribution_rater_equal.csv", facts, equal)


def left_out(facts: ReleaseFacts, clips: Sequence[ReleaseClip]) -> tuple[str, ...]:
    """Clips without ticks, where others have them."""
    without = [
        c.name for c in base.by_name(clips) if not (c.labels and c.labels.distribution_pooled)
    ]
    if not without or len(without) == len(clips):
        return ()
    return (
        f"Label distributions leave out {len(without)} of {len(clips)} clips, which nobody"
        f" described by categories: {base.names(without)}.",
    )


def _table(path: str, facts: ReleaseFacts, rows: Sequence[tuple[str, ...]]) -> Iterator[File]:
    if filled := [row for row in rows if row]:
        yield path, base.table(("FileName", *facts.distribution_names, "n_raters"), filled)


def _row(facts: ReleaseFacts, file: str, labels: Labels, shares: Shares) -> tuple[str, ...]:
    if not shares:
        return ()
    if strangers := sorted(set(shares) - set(facts.distribution_names)):
        raise base.Inconsistent(f"{file} has shares without a column: {', '.join(strangers)}.")
    # repr is the shortest text that reads back as the same float, so sums survive the file
    cells = (repr(float(shares.get(name, 0.0))) for name in facts.distribution_names)
    raters = {rating.rater for rating in labels.ratings if rating.distribution}
    return (file, *cells, str(len(raters)))
