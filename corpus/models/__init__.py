"""Everything that corpus keeps in the database."""

from corpus.models.clips import Clip
from corpus.models.episodes import Episode
from corpus.models.feeds import FeedCheck, FeedDocument, FeedWatch, Host
from corpus.models.fingerprints import Landmark, Repeat
from corpus.models.intakes import Intake
from corpus.models.podcasts import LicenceDecision, LicenceEvidence, Podcast
from corpus.models.quality import Measurement, QualityVerdict
from corpus.models.releases import Release, ReleaseItem
from corpus.models.runs import StageRun
from corpus.models.speakers import Speaker, Voice
from corpus.models.transcripts import Word
from corpus.models.turns import SpeakerTurn
from corpus.models.withdrawals import (
    Erasure,
    ReasonClass,
    Reinstatement,
    Withdrawal,
    WithdrawalRequest,
    WithdrawnVoice,
)

__all__ = (
    "Clip",
    "Episode",
    "Erasure",
    "FeedCheck",
    "FeedDocument",
    "FeedWatch",
    "Host",
    "Intake",
    "Landmark",
    "LicenceDecision",
    "LicenceEvidence",
    "Measurement",
    "Podcast",
    "QualityVerdict",
    "ReasonClass",
    "Reinstatement",
    "Release",
    "ReleaseItem",
    "Repeat",
    "Speaker",
    "SpeakerTurn",
    "StageRun",
    "Voice",
    "Withdrawal",
    "WithdrawalRequest",
    "WithdrawnVoice",
    "Word",
)
