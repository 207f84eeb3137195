"""Voice embeddings across episodes: who is the same person.

Agglomerative clustering with average linkage on cosine distance (Sokal & Michener 1958). Two labels of one episode
are different people by definition of diarisation, so they never share a group, however alike they sound.
"""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.cluster import hierarchy
from scipy.spatial import distance

Episode = TypeVar("Episode", int, str)

# For Resemblyzer (GE2E), which hears the room as well as the voice. Between episodes of meetings and of read dialogues,
# the same people score 0.94 to 1.00, others up to 0.91; from 8 s of speech the same people score from 0.88 on.
THRESHOLD = 0.88


def link(
    voices: Mapping[tuple[Episode, str], npt.NDArray[np.floating]],
    *,
    threshold: float = THRESHOLD,
) -> dict[tuple[Episode, str], int]:
    """The group of each (episode, label), groups numbered from 0 by their smallest key.

    Voices of one group have a mean cosine similarity of at least `threshold`; the order of `voices` does not matter.
    Raises ValueError for an embedding that is zero or not finite.
    """
    keys = sorted(voices)
    if len(keys) < 2:
        return dict.fromkeys(keys, 0)
    apart = 1 - _cosines(np.stack([voices[key] for key in keys]))
    episodes = np.unique([str(episode) for episode, _ in keys], return_inverse=True)[1]
    # So far that a single forbidden pair lifts the mean between two groups above any threshold.
    apart[episodes[:, None] == episodes] = 4 * len(keys) ** 2
    np.fill_diagonal(apart, 0)
    tree = hierarchy.linkage(distance.squareform(apart, checks=False), method="average")
    clusters = hierarchy.fcluster(tree, t=1 - threshold, criterion="distance")
    numbers: dict[int, int] = {}
    return {
        key: numbers.setdefault(int(c), len(numbers)) for key, c in zip(keys, clusters, strict=True)
    }


def _cosines(embeddings: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    norms = np.linalg.norm(embeddings.astype(np.float64), axis=1, keepdims=True)
    if not np.all(np.isfinite(norms) & (norms > 0)):
        raise ValueError("a voice embedding must be finite and not zero")
    unit = embeddings / norms
    cosines: npt.NDArray[np.float64] = np.clip(unit @ unit.T, -1, 1)
    return cosines
