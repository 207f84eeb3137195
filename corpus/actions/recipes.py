"""What each stage is done with today."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Protocol

from corpus.core.clips import CutRules
from corpus.core.fingerprints import MatchRules
from corpus.core.quality import Gate
from corpus.core.speakers import THRESHOLD
from corpus.core.stages import EPISODE_STAGES, IDENTIFY, Recipe


class Identity(Protocol):
    """What an engine goes by: see common.engines.identity."""

    @property
    def path(self) -> str: ...
    @property
    def version(self) -> str: ...


SAME_VOICE = THRESHOLD


def today(identity: Callable[[str], Identity]) -> Mapping[str, Recipe]:
    """Stage → recipe; `identity` names path and version of a role's engine."""
    repeats, rules, gate = MatchRules(), CutRules(), Gate()
    own = {
        "fingerprint": Recipe("corpus.core.fingerprints", repeats.version, asdict(repeats)),
        "cut": Recipe("corpus.core.clips", rules.version, asdict(rules)),
        "measure": Recipe("corpus.core.quality", gate.version, asdict(gate)),
        IDENTIFY.name: Recipe("corpus.core.speakers", "1", {"threshold": SAME_VOICE}),
    }
    engines = {
        stage.name: Recipe(*_named(identity(stage.role)), {})
        for stage in EPISODE_STAGES
        if stage.role is not None
    }
    return {**engines, **own}


def _named(identity: Identity) -> tuple[str, str]:
    return identity.path, identity.version
