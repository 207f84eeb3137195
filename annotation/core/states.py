"""Allowed transitions of campaigns and assignments, and why a thing cannot be done now.

Buttons and actions ask the same function: a page shows the sentence beside the disabled button, an
action raises it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

State = TypeVar("State", bound=StrEnum)
Facts = TypeVar("Facts")


class CampaignState(StrEnum):
    """A campaign takes ratings only while it is open."""

    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class AssignmentState(StrEnum):
    """A lease of one clip to one rater; open and prefetched are the two slots a rater has."""

    PREFETCHED = "prefetched"
    OPEN = "open"
    RATED = "rated"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What a campaign's actions depend on besides its state."""

    n_clips: int = 0
    by_curator: bool = False


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    """What an assignment's actions depend on besides its state."""

    heard: bool = False  # to the end, as the server recomputed it
    lease_over: bool = False
    reason: str = ""  # of a skip
    campaign: CampaignState = CampaignState.OPEN


@dataclass(frozen=True, slots=True)
class Transition(Generic[State, Facts]):
    """One action: where it may start, where it leads (None: stays), what else must hold."""

    action: str
    sources: frozenset[State]
    target: State | None
    guard: Callable[[Facts], str | None]


@dataclass(frozen=True, slots=True)
class Machine(Generic[State, Facts]):
    """A noun with its transitions; `noun` and `spoken` are the words of refusals."""

    noun: str
    initial: frozenset[State]
    transitions: tuple[Transition[State, Facts], ...]
    spoken: dict[str, str]

    def why_not(self, state: State, action: str, facts: Facts) -> str | None:
        """The reason why `action` cannot be done now; None where it can. KeyError if unknown."""
        transition = self._transition(action)
        if state not in transition.sources:
            allowed = " or ".join(sorted(source.value for source in transition.sources))
            verb = self.spoken[action]
            return f"This {self.noun} is {state.value}; only one that is {allowed} can {verb}."
        return transition.guard(facts)

    def after(self, state: State, action: str) -> State:
        """The state that `action` leads to; it asks no question, see why_not."""
        return self._transition(action).target or state

    def actions(self, state: State, facts: Facts) -> tuple[str, ...]:
        """What can be done now, in the order of the transitions."""
        every = (transition.action for transition in self.transitions)
        return tuple(action for action in every if self.why_not(state, action, facts) is None)

    def mermaid(self) -> str:
        """The machine as a Mermaid state diagram; actions that change nothing are left out."""
        arrows = [f"    [*] --> {state.value}" for state in sorted(self.initial)]
        for transition in self.transitions:
            for source in sorted(transition.sources):
                if transition.target not in (None, source):
                    arrows.append(
                        f"    {source.value} --> {transition.target}: {transition.action}"
                    )
        return "\n".join(["stateDiagram-v2", *arrows]) + "\n"

    def _transition(self, action: str) -> Transition[State, Facts]:
        return {transition.action: transition for transition in self.transitions}[action]


def _always(_facts: object) -> None:
    return None


def _has_clips(facts: CampaignFacts) -> str | None:
    return None if facts.n_clips else "This campaign has no clips yet: add some first."


def _by_curator(facts: CampaignFacts) -> str | None:
    return None if facts.by_curator else "Only a curator can open a closed campaign again."


def _heard(facts: AssignmentFacts) -> str | None:
    return None if facts.heard else "Listen to the clip to its end first."


def _running(facts: AssignmentFacts) -> str | None:
    if facts.campaign is CampaignState.OPEN:
        return None
    return f"This campaign is {facts.campaign.value}: it gives out no clips."


def _lease_over(facts: AssignmentFacts) -> str | None:
    return None if facts.lease_over else "The rater still has time for this clip."


def _with_reason(facts: AssignmentFacts) -> str | None:
    return None if facts.reason.strip() else "Say why you skip this clip."


def _campaign(
    action: str,
    sources: Iterable[CampaignState],
    target: CampaignState | None,
    guard: Callable[[CampaignFacts], str | None] = _always,
) -> Transition[CampaignState, CampaignFacts]:
    return Transition(action, frozenset(sources), target, guard)


def _assignment(
    action: str,
    sources: Iterable[AssignmentState],
    target: AssignmentState | None,
    guard: Callable[[AssignmentFacts], str | None] = _always,
) -> Transition[AssignmentState, AssignmentFacts]:
    return Transition(action, frozenset(sources), target, guard)


_C, _A = CampaignState, AssignmentState
_UNRATED: Final = (_A.OPEN, _A.PREFETCHED)
_RETURNED: Final = (_A.EXPIRED, _A.RELEASED)

CAMPAIGNS: Final = Machine(
    noun="campaign",
    initial=frozenset({_C.DRAFT}),
    transitions=(
        _campaign("open", {_C.DRAFT}, _C.OPEN, _has_clips),
        _campaign("pause", {_C.OPEN}, _C.PAUSED),
        _campaign("resume", {_C.PAUSED}, _C.OPEN),
        _campaign("close", {_C.OPEN, _C.PAUSED}, _C.CLOSED),
        _campaign("reopen", {_C.CLOSED}, _C.OPEN, _by_curator),
        _campaign("edit", {_C.DRAFT}, None),  # the form is frozen once somebody may have seen it
        _campaign("add_clips", {_C.DRAFT, _C.OPEN, _C.PAUSED}, None),
        _campaign("give_out", {_C.OPEN}, None, _has_clips),
    ),
    spoken={
        "open": "be opened",
        "pause": "be paused",
        "resume": "be resumed",
        "close": "be closed",
        "reopen": "be opened again",
        "edit": "be changed",
        "add_clips": "take more clips",
        "give_out": "give out clips",
    },
)

# An answer that comes late, or after the campaign paused, is stored: the work was done.
ASSIGNMENTS: Final = Machine(
    noun="clip",
    initial=frozenset(_UNRATED),
    transitions=(
        _assignment("promote", {_A.PREFETCHED}, _A.OPEN, _running),
        _assignment("renew", _UNRATED, None, _running),
        _assignment("rate", {_A.OPEN, *_RETURNED}, _A.RATED, _heard),
        _assignment("skip", {_A.OPEN}, _A.SKIPPED, _with_reason),  # never returns to this rater
        _assignment("expire", _UNRATED, _A.EXPIRED, _lease_over),
        _assignment("release", _UNRATED, _A.RELEASED),
        # a clip has one row per rater for ever, so a returned one is opened again
        _assignment("take_again", _RETURNED, _A.OPEN, _running),
        _assignment("prefetch_again", _RETURNED, _A.PREFETCHED, _running),
    ),
    spoken={
        "promote": "be opened",
        "renew": "be kept longer",
        "rate": "be rated",
        "skip": "be skipped",
        "expire": "expire",
        "release": "be released",
        "take_again": "be taken again",
        "prefetch_again": "be prefetched again",
    },
)


def why_not(
    state: CampaignState | AssignmentState, action: str, facts: CampaignFacts | AssignmentFacts
) -> str | None:
    """The reason why `action` cannot be done now; None where it can.

    Raises KeyError for an unknown action and TypeError where the facts are of the other noun.
    """
    if isinstance(state, CampaignState) and isinstance(facts, CampaignFacts):
        return CAMPAIGNS.why_not(state, action, facts)
    if isinstance(state, AssignmentState) and isinstance(facts, AssignmentFacts):
        return ASSIGNMENTS.why_not(state, action, facts)
    raise TypeError(f"{type(facts).__name__} are not the facts of {type(state).__name__}")
