"""Where somebody speaks, and who."""

from datetime import datetime

from django.db import transaction

from common import files
from corpus.actions import runs
from corpus.engines import audio
from corpus.engines.base import Diariser, Progress, SpeechDetector
from corpus.models import Episode, SpeakerTurn, StageRun, Voice


def detect(*, run: StageRun, detector: SpeechDetector, at: datetime) -> None:
    """Mark the speech of an episode."""
    episode = runs.as_of(run)
    with files.store().local(episode.master_file) as master:
        speech = detector.detect(audio.read(master))
    fields = {"speech": [[segment.start, segment.end] for segment in speech]}
    heard = sum(segment.duration for segment in speech)
    result = {"segments": len(speech), "samples": heard, "fields": fields}
    with transaction.atomic():
        Episode.objects.filter(pk=episode.pk).update(**fields)
        runs.finish(run, at=at, result=result)


def diarise(
    *, run: StageRun, diariser: Diariser, at: datetime, on_progress: Progress | None = None
) -> None:
    """Write the turns of an episode, overlap kept, and one embedding per voice."""
    episode = runs.as_of(run)
    with files.store().local(episode.master_file) as master:
        found = diariser.diarise(audio.read(master), on_progress=on_progress)
    labels = sorted({turn.label for turn in found.turns})
    with transaction.atomic():
        voices = Voice.objects.bulk_create(
            Voice(episode=episode, run=run, label=label, embedding=_vector(found.voices.get(label)))
            for label in labels
        )
        by_label = {voice.label: voice for voice in voices}
        SpeakerTurn.objects.bulk_create(
            SpeakerTurn(
                episode=episode,
                run=run,
                voice=by_label[turn.label],
                start=turn.segment.start,
                end=turn.segment.end,
            )
            for turn in found.turns
        )
        runs.finish(run, at=at, result={"turns": len(found.turns), "voices": len(labels)})


def _vector(embedding: object) -> list[float] | None:
    return None if embedding is None else [float(x) for x in embedding]  # type: ignore[attr-defined]
