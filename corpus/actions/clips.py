"""From turns and words to clips: spans, files, rows."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from common import files
from corpus.actions import runs
from corpus.core import clips as core
from corpus.core import peaks
from corpus.core.clips import CutRules, Span
from corpus.core.segments import Segment
from corpus.core.transcripts import Word
from corpus.core.turns import Turn
from corpus.engines import audio
from corpus.models import Clip, Episode, SpeakerTurn, StageRun, Voice
from corpus.models import Word as WordRow


def cut(*, run: StageRun, rules: CutRules, at: datetime) -> None:
    """Cut an episode into clips; a clip of an earlier cut with the same span stays what it was."""
    episode = runs.episode_of(run)
    inputs = runs.input_runs(run)
    turns = _turns(inputs["diarise"])
    speech = [Segment(start, end) for start, end in episode.speech]
    spans = core.cut(
        turns=turns,
        words=_words(inputs["transcribe"]),
        speech=speech,
        length=episode.n_samples or 0,
        rules=rules,
    )
    usage = core.usage(spans, turns=turns, speech=speech)
    made = _files(episode, spans)
    with transaction.atomic():
        _write(run, inputs["diarise"], spans, made, at=at)
        runs.finish(
            run,
            at=at,
            result={"clips": len(spans), "kept": usage.kept, "usable": usage.usable},
        )


def _turns(run: StageRun) -> list[Turn]:
    rows = SpeakerTurn.objects.filter(run=run).order_by("start", "pk")
    values = rows.values_list("start", "end", "voice__label")
    return [Turn(Segment(start, end), label) for start, end, label in values]


def _words(run: StageRun) -> list[Word]:
    rows = WordRow.objects.filter(run=run).order_by("start", "pk")
    values = rows.values_list("start", "end", "text", "confidence")
    return [Word(Segment(start, end), text, sure) for start, end, text, sure in values]


def _files(episode: Episode, spans: Sequence[Span]) -> list[tuple[str, list[list[int]]]]:
    """Key and peaks per span, written before the transaction opens."""
    made = []
    with files.store().local(episode.master_file) as master, files.scratch() as folder:
        cuts = audio.read_many(master, (span.segment for span in spans))
        for samples in cuts:
            audio.write_flac(folder / "clip.flac", samples)
            key = files.store().put(folder / "clip.flac", suffix=".flac")
            made.append((key, [[int(low), int(high)] for low, high in peaks.peaks(samples)]))
    return made


def _write(
    run: StageRun,
    diarised: StageRun,
    spans: Sequence[Span],
    made: Sequence[tuple[str, list[list[int]]]],
    *,
    at: datetime,
) -> None:
    episode = runs.episode_of(run)
    Episode.objects.select_for_update().get(pk=episode.pk)
    old = {(clip.start, clip.end): clip for clip in episode.clips.current()}
    voices = {voice.label: voice for voice in Voice.objects.filter(run=diarised)}
    number = episode.clips.aggregate(last=Max("number"))["last"] or 0
    for span, (file, drawn) in zip(spans, made, strict=True):
        if clip := old.pop((span.segment.start, span.segment.end), None):
            Clip.objects.filter(pk=clip.pk).update(
                run=run, voice=voices[span.label], text=span.text, n_words=span.n_words
            )
            continue
        number += 1
        Clip.objects.create(
            episode=episode,
            run=run,
            voice=voices[span.label],
            name=f"EMOCAST_{episode.number:04d}_{number:04d}",
            number=number,
            start=span.segment.start,
            end=span.segment.end,
            text=span.text,
            n_words=span.n_words,
            file=file,
            peaks=drawn,
            created_at=at,
        )
    gone = [clip.pk for clip in old.values()]
    Clip.objects.filter(pk__in=gone).update(superseded_at=at)
