"""What the raters of one clip say together: class, shares, means, distributions.

The rule is that of MSP-Podcast, proven on public label files of the same laboratory. Consensus is
derived: it can be thrown away and computed again from the ratings, nobody's rating is dropped.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from annotation.core import distributions, taxonomy
from annotation.core.scores import Answer
from annotation.core.taxonomy import Primary, Secondary

RULE_VERSION: Final = "plurality-1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The class with strictly the most votes, None on a tie, and each class's share of votes."""

    label: Primary | None
    shares: dict[Primary, float]

    @property
    def code(self) -> str:
        """The letter of release files, X where the raters did not agree."""
        return self.label.code if self.label else taxonomy.NO_AGREEMENT


@dataclass(frozen=True, slots=True)
class Consensus:
    """One row of consensus; a question nobody answered is None or an empty mapping.

    Shares and distributions hold every label of their list, in its order, zeros included.
    Means are in [1, 7], shares in [0, 1], the entropy of the main emotion in nats.
    """

    n_ratings: int
    label: str | None  # a letter, X on a tie
    shares: Mapping[str, float]  # letter → share of the votes
    entropy: float | None
    arousal: float | None
    valence: float | None
    dominance: float | None
    secondary_shares: Mapping[str, float]  # word → share of the raters who ticked it
    pooled: Mapping[str, float]  # wheel category → share of all ticks
    rater_equal: Mapping[str, float]  # wheel category → mean of the raters' own distributions


def plurality(votes: Sequence[Primary]) -> Verdict:
    """The label with strictly the most votes; no label on a tie. Every Other votes for Other.

    Raises ValueError without votes.
    """
    if not votes:
        raise ValueError("no votes, no verdict")
    counts = Counter(votes)
    most = max(counts.values())
    leaders = [label for label in Primary if counts[label] == most]
    shares = {label: counts[label] / len(votes) for label in Primary}
    return Verdict(leaders[0] if len(leaders) == 1 else None, shares)


def of(answers: Sequence[Answer]) -> Consensus:
    """The consensus of one current answer per rater; the order of the answers does not matter."""
    votes = [Primary(answer.primary) for answer in answers if answer.primary]
    verdict = plurality(votes) if votes else None
    ticks = [answer.distribution for answer in answers]
    return Consensus(
        n_ratings=len(answers),
        label=verdict.code if verdict else None,
        shares={label.code: share for label, share in verdict.shares.items()} if verdict else {},
        entropy=_entropy(verdict),
        arousal=mean(answer.arousal for answer in answers),
        valence=mean(answer.valence for answer in answers),
        dominance=mean(answer.dominance for answer in answers),
        secondary_shares=secondary_shares([answer.secondaries for answer in answers]),
        pooled=distributions.pooled(ticks, taxonomy.CATEGORY_NAMES),
        rater_equal=distributions.rater_equal(ticks, taxonomy.CATEGORY_NAMES),
    )


def mean(points: Iterable[int | None]) -> float | None:
    """The plain mean of the points that were given; None where there are none."""
    given = [point for point in points if point is not None]
    return sum(given) / len(given) if given else None


def secondary_shares(ticks: Sequence[Sequence[str]]) -> dict[str, float]:
    """Per label the share of all raters who ticked it; empty where nobody ticked anything.

    A rater without ticks counts in the whole: hearing nothing more is an answer too.
    """
    counts = Counter(label for rater in ticks for label in set(rater))
    if not counts:
        return {}
    return {label.value: counts[label.value] / len(ticks) for label in Secondary}


def _entropy(verdict: Verdict | None) -> float | None:
    return float(distributions.entropy(list(verdict.shares.values()))) if verdict else None
