"""Everything that corpus keeps in the database."""

from corpus.models.clips import Clip
from corpus.models.episodes import Episode
from corpus.models.podcasts import LicenceDecision, LicenceEvidence, Podcast
from corpus.models.quality import Measurement, QualityVerdict
from corpus.models.releases import Release, ReleaseItem
from corpus.models.runs import StageRun
from corpus.models.speakers import Speaker, Voice
from corpus.models.transcripts import Word
from corpus.models.turns import SpeakerTurn

__all__ = (
    "Clip",
    "Episode",
    "LicenceDecision",
    "LicenceEvidence",
    "Measurement",
    "Podcast",
    "QualityVerdict",
    "Release",
    "ReleaseItem",
    "Speaker",
    "SpeakerTurn",
    "StageRun",
    "Voice",
    "Word",
)
