"""The least valid rows of corpus; keyword arguments override any field."""

import functools
import hashlib
import itertools
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from common.roles import Role
from corpus.models import (
    Clip,
    Episode,
    Intake,
    LicenceDecision,
    LicenceEvidence,
    Measurement,
    Podcast,
    QualityVerdict,
    Release,
    Repeat,
    Speaker,
    SpeakerTurn,
    StageRun,
    Voice,
    WithdrawalRequest,
    Word,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = 16_000  # samples
PASSWORD = "a password for tests"
_numbers = itertools.count(1)


def sha256(text: object) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


@functools.cache
def _hashed() -> str:
    """Once for all: hashing is slow on purpose."""
    return make_password(PASSWORD)


def user(role: Role | str | None = None, **fields: Any) -> Any:
    """A person with a role, or without one; they sign in with PASSWORD."""
    fields.setdefault("username", f"person{next(_numbers)}")
    fields.setdefault("password", _hashed())
    person = get_user_model().objects.create(**fields)
    if role is not None:
        person.groups.add(Group.objects.get_or_create(name=str(role))[0])
    return person


def podcast(**fields: Any) -> Podcast:
    n = next(_numbers)
    given = {
        "guid": f"podcast-{n}",
        "title": f"Podcast {n}",
        "source": f"https://podcast{n}.example/feed.xml",
        "added_at": NOW,
    }
    return Podcast.objects.create(**{**given, **fields})


def episode(*, verdict: str | None = "accepted", **fields: Any) -> Episode:
    """An episode with a minute of master and a licence; `verdict` None leaves that undecided."""
    n = next(_numbers)
    given = {
        "number": n,
        "guid": f"episode-{n}",
        "title": f"Episode {n}",
        "audio_url": f"https://podcast.example/{n}.mp3",
        "added_at": NOW,
        "n_samples": 60 * SECOND,
    }
    if "podcast" not in fields:
        given["podcast"] = podcast()
    row = Episode.objects.create(**{**given, **fields})
    if verdict is not None and "licence" not in fields:
        row.licence = licence(row, verdict=verdict)
        row.save(update_fields=["licence"])
    return row


def licence(episode: Episode, **fields: Any) -> LicenceDecision:
    """A decision on an episode; it counts only once `episode.licence` points to it."""
    given = {
        "spdx": "CC-BY-4.0",
        "url": "https://creativecommons.org/licenses/by/4.0/",
        "verdict": "accepted",
        "reason": "CC BY lets us cut and share.",
        "policy_version": "1",
        "decided_at": NOW,
    }
    return LicenceDecision.objects.create(episode=episode, **{**given, **fields})


def evidence(episode: Episode, **fields: Any) -> LicenceEvidence:
    given = {
        "level": "item",
        "element": "podcast:license",
        "text": "cc-by-4.0",
        "source": "https://podcast.example/feed.xml",
        "seen_at": NOW,
    }
    return LicenceEvidence.objects.create(episode=episode, **{**given, **fields})


def run(episode: Episode | None = None, *, stage: str = "diarise", **fields: Any) -> StageRun:
    """A finished run; `done_at=None, outcome=""` makes it an open one."""
    given = {
        "subject": "corpus" if episode is None else f"episode:{episode.pk}",
        "engine": "tests.engine",
        "version": "1",
        "key": sha256(next(_numbers)),
        "created_at": NOW,
        "done_at": NOW,
        "outcome": "done",
    }
    return StageRun.objects.create(episode=episode, stage=stage, **{**given, **fields})


def cut_run(episode: Episode, **fields: Any) -> StageRun:
    """The end of a road that began with a fetch."""
    fetched = run(episode, stage="fetch", result={"sha256": sha256(episode.guid)})
    return run(episode, stage="cut", parameters={"inputs": [fetched.key]}, **fields)


def speaker(**fields: Any) -> Speaker:
    return Speaker.objects.create(**fields)


def voice(episode: Episode | None = None, **fields: Any) -> Voice:
    """A voice of a person of its own, from a diarisation of its own."""
    fields.setdefault("episode", episode or globals()["episode"]())
    fields.setdefault("label", "SPEAKER_00")
    if "run" not in fields:
        fields["run"] = run(fields["episode"], stage="diarise")
    if "speaker" not in fields:
        fields["speaker"] = speaker()
    return Voice.objects.create(**fields)


def turn(voice: Voice, *, start: int = 0, end: int = 4 * SECOND, **fields: Any) -> SpeakerTurn:
    given = {"episode": voice.episode, "run": voice.run}
    return SpeakerTurn.objects.create(voice=voice, start=start, end=end, **{**given, **fields})


def word(run: StageRun, *, text: str = "word", start: int = 0, **fields: Any) -> Word:
    given = {"episode": run.episode, "end": start + SECOND // 2}
    return Word.objects.create(run=run, text=text, start=start, **{**given, **fields})


def clip(voice: Voice | None = None, **fields: Any) -> Clip:
    """A clip of four seconds, five seconds after the one before it; give `voice` or `episode`."""
    if voice is None:
        episode = fields.get("episode")
        voice = (episode and episode.voices.first()) or globals()["voice"](episode)
    episode = fields.setdefault("episode", voice.episode)
    number = fields.setdefault("number", episode.clips.count() + 1)
    start = fields.setdefault("start", 5 * SECOND * (number - 1))
    if "run" not in fields:
        fields["run"] = episode.runs.filter(stage="cut").first() or run(episode, stage="cut")
    name = f"EMOCAST_{episode.number:04d}_{number:04d}"
    digest = sha256(name)
    given = {
        "name": name,
        "end": start + 4 * SECOND,
        "text": "something is said",
        "n_words": 3,
        "file": f"{digest[:2]}/{digest}.flac",
        "peaks": [[-10, 10]],
        "created_at": NOW,
    }
    return Clip.objects.create(voice=voice, **{**given, **fields})


def measurement(clip: Clip, **fields: Any) -> Measurement:
    given = {
        "run": clip.run,
        "snr_db": 30.0,
        "bandwidth_hz": 7500.0,
        "clipping": 0.0,
        "speech_share": 0.9,
        "overlap_share": 0.0,
        "level_db": -23.0,
        "measured_at": NOW,
    }
    return Measurement.objects.create(clip=clip, **{**given, **fields})


def verdict(clip: Clip, *, is_accepted: bool = True, **fields: Any) -> QualityVerdict:
    given = {
        "gate": "tests",
        "gate_version": str(next(_numbers)),
        "gate_parameters": {},
        "reasons": [] if is_accepted else ["SNR 3.0 dB is below 15 dB"],
        "judged_at": NOW,
    }
    return QualityVerdict.objects.create(clip=clip, is_accepted=is_accepted, **{**given, **fields})


def eligible_clip(voice: Voice | None = None, **fields: Any) -> Clip:
    """A clip that may be rated: shareable, current, measured, accepted."""
    row = clip(voice, **fields)
    measurement(row)
    verdict(row)
    return row


def release(**fields: Any) -> Release:
    """A built release whose folder is not there, unless `folder` names one."""
    given = {
        "name": "emocast",
        "version": f"0.{next(_numbers)}.0",
        "state": "built",
        "digest": sha256("release"),
        "report": {"clips": 0, "warnings": []},
        "created_at": NOW,
        "built_at": NOW,
    }
    return Release.objects.create(**{**given, **fields})


def withdrawal_request(**fields: Any) -> WithdrawalRequest:
    """Somebody outside asks; open, unless `state` says more."""
    given = {
        "contact": "anna@example.org",
        "relation": "speaker",
        "text": "Please take it back.",
        "received_at": NOW,
    }
    return WithdrawalRequest.objects.create(**{**given, **fields})


def intake(**fields: Any) -> Intake:
    """A source that waits to be read."""
    given = {"source": f"https://podcast{next(_numbers)}.example/feed.xml", "asked_at": NOW}
    return Intake.objects.create(**{**given, **fields})


def repeat(episode: Episode, of: Episode, **fields: Any) -> Repeat:
    """Seconds 10 … 20 of an episode sound like 30 … 40 of another one."""
    given = {"start": 10 * SECOND, "end": 20 * SECOND, "of_start": 30 * SECOND, "score": 50}
    if "run" not in fields:
        fields["run"] = run(episode, stage="fingerprint")
    return Repeat.objects.create(episode=episode, of=of, **{**given, **fields})
