"""The road of one episode: which stage follows which, and what makes two runs of a stage the same."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Stage:
    """One step; `role` is the engine that does it, or None where our own core does."""

    name: str
    role: str | None
    after: tuple[str, ...] = ()


FETCH = Stage("fetch", "fetcher")
STANDARDISE = Stage("standardise", "decoder", ("fetch",))
FINGERPRINT = Stage("fingerprint", None, ("standardise",))
DETECT = Stage("detect", "detector", ("standardise",))
DIARISE = Stage("diarise", "diariser", ("standardise",))
TRANSCRIBE = Stage("transcribe", "transcriber", ("standardise", "detect"))
CUT = Stage("cut", None, ("detect", "diarise", "transcribe", "fingerprint"))
MEASURE = Stage("measure", None, ("cut",))
EPISODE_STAGES = (
    FETCH,
    STANDARDISE,
    FINGERPRINT,
    DETECT,
    DIARISE,
    TRANSCRIBE,
    CUT,
    MEASURE,
)
IDENTIFY = Stage("identify", None)  # of the whole corpus: who is the same person


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a stage is done with; a change of any part of it makes a new run."""

    engine: str
    version: str
    parameters: Mapping[str, Any]


def key(stage: str, recipe: Recipe, inputs: Sequence[str]) -> str:
    """One hash over stage, engine, version, parameters and the keys of what goes in."""
    parts = [stage, recipe.engine, recipe.version, dict(recipe.parameters), list(inputs)]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
