"""What is said in an episode."""

from datetime import datetime

from django.db import transaction

from common import files
from corpus.actions import runs
from corpus.core.languages import iso639_3
from corpus.core.segments import Segment
from corpus.engines import audio
from corpus.engines.base import Progress, Transcriber
from corpus.models import Episode, StageRun, Word


def transcribe(
    *, run: StageRun, transcriber: Transcriber, at: datetime, on_progress: Progress | None = None
) -> None:
    """Write the words of an episode with their times, and note its language."""
    episode = runs.as_of(run)
    with files.store().local(episode.master_file) as master:
        transcript = transcriber.transcribe(
            audio.read(master),
            speech=[Segment(start, end) for start, end in episode.speech],
            language=iso639_3(episode.language or episode.podcast.language),
            on_progress=on_progress,
        )
    fields = {
        "spoken_language": transcript.language,
        "transcript_is_draft": transcript.draft,
        "transcript_notes": list(transcript.notes),
    }
    result = {"words": len(transcript.words), "fields": fields}
    with transaction.atomic():
        Word.objects.bulk_create(
            (
                Word(
                    episode=episode,
                    run=run,
                    start=word.segment.start,
                    end=word.segment.end,
                    text=word.text[:200],
                    confidence=word.confidence,
                )
                for word in transcript.words
            ),
            batch_size=2000,
        )
        Episode.objects.filter(pk=episode.pk).update(**fields)
        runs.finish(run, at=at, result=result)
