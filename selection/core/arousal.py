"""A first guess at arousal from prosody alone: loud, high, lively and bright against the rest.

Each cue is standardised within its speaker, with means and deviations shrunk towards the pool's where a
speaker has few clips; the score is the mean of the cues that could be measured (signs after Juslin &
Laukka 2003: pitch, pitch range, intensity and high-frequency energy rise with arousal).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

CUES = ("f0_hz", "f0_range_st", "level_db", "tilt_db")
PRIOR = 5  # clips' worth of trust in the pool


def scores(
    features: Mapping[int, Mapping[str, float | None]], speaker_of: Mapping[int, int]
) -> dict[int, float]:
    """Clip → standard score, 0 for the middle of its speaker; clips without any cue get none."""
    total: defaultdict[int, list[float]] = defaultdict(list)
    for cue in CUES:
        known = {clip: v[cue] for clip, v in features.items() if v.get(cue) is not None}
        for clip, z in _standardised(known, speaker_of).items():  # type: ignore[arg-type]
            total[clip].append(z)
    return {clip: sum(z) / len(z) for clip, z in total.items()}


def _standardised(values: Mapping[int, float], speaker_of: Mapping[int, int]) -> dict[int, float]:
    if not values:
        return {}
    pool = list(values.values())
    pool_mean, pool_var = float(np.mean(pool)), float(np.var(pool))
    by_speaker: defaultdict[int, list[int]] = defaultdict(list)
    for clip in values:
        by_speaker[speaker_of[clip]].append(clip)
    result = {}
    for clips in by_speaker.values():
        mean, deviation = _shrunk([values[clip] for clip in clips], pool_mean, pool_var)
        result.update({clip: (values[clip] - mean) / deviation for clip in clips})
    return result


def _shrunk(own: Sequence[float], pool_mean: float, pool_var: float) -> tuple[float, float]:
    weight = len(own) / (len(own) + PRIOR)
    mean = weight * float(np.mean(own)) + (1 - weight) * pool_mean
    variance = weight * float(np.var(own)) + (1 - weight) * pool_var
    return mean, max(variance**0.5, 1e-9)
