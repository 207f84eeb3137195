"""What a campaign could still get, before anything is picked; nothing here is written."""

from dataclasses import dataclass

import numpy as np

from annotation.models import Campaign
from corpus.core.segments import RATE
from corpus.models import Clip
from selection.core import picks
from selection.core.picks import Candidate, Caps
from selection.models import ClipFeatures


@dataclass(frozen=True, slots=True)
class Pool:
    """Eligible clips that a campaign does not have; `measured` have features to be ranked by."""

    candidates: tuple[Candidate, ...]
    seconds: float
    measured: int

    @property
    def n_speakers(self) -> int:
        return len({candidate.speaker for candidate in self.candidates})

    @property
    def n_episodes(self) -> int:
        return len({candidate.episode for candidate in self.candidates})


def of(campaign: Campaign) -> Pool:
    """The pool of a campaign as it is now."""
    clips = Clip.objects.eligible().exclude(campaign_clips__campaign=campaign)
    rows = list(
        clips.order_by("pk").values_list("pk", "voice", "voice__speaker", "episode", "start", "end")
    )
    measured = ClipFeatures.objects.filter(clip__in=[row[0] for row in rows])
    return Pool(
        candidates=tuple(
            Candidate(pk, speaker or -voice, episode, None)
            for pk, voice, speaker, episode, _start, _end in rows
        ),
        seconds=sum(end - start for *_ids, start, end in rows) / RATE,
        measured=measured.values("clip").distinct().count(),
    )


def room(pool: Pool, *, n: int, caps: Caps) -> int:
    """How many of `n` clips a random pick would find under the caps."""
    rng = np.random.default_rng(0)
    return len(picks.draw(pool.candidates, n, caps, rng))
