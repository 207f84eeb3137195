"""The credit of an episode or a clip, from what is kept about it: the facts of ATTRIBUTION.csv."""

from corpus.core import spdx
from corpus.core.attribution import Credit, changes
from corpus.models import Clip, Episode


def of_episode(episode: Episode) -> Credit | None:
    """What to say of an episode that may be cut; None for any other."""
    return _credit(episode, None)


def of_clip(clip: Clip) -> Credit | None:
    """What to say of a clip; None where its episode may not be cut any more."""
    return _credit(clip.episode, clip.seconds)


def _credit(episode: Episode, seconds: float | None) -> Credit | None:
    licence = episode.licence
    if licence is None or not licence.may_be_cut:
        return None
    podcast, wished = episode.podcast, " ".join(episode.attribution.split())
    address = episode.link or podcast.link or episode.audio_url
    return Credit(
        title=episode.title,
        author=episode.author or podcast.author or wished or podcast.title,
        source="" if address.startswith("file://") else address,
        licence=spdx.licence_name(licence.spdx) if licence.spdx in spdx.KNOWN else licence.spdx,
        licence_url=licence.url,
        changes=changes(seconds),
        wished=wished,
    )
