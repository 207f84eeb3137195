"""From turns and words to clips: spans, files, rows."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max

from common import files
from corpus.actions import repeats, runs
from corpus.core import clips as core
from corpus.core import peaks, segments
from corpus.core.clips import CutRules, Span
from corpus.core.segments import RATE, Segment
from corpus.core.transcripts import Word
from corpus.core.turns import Turn
from corpus.engines import audio
from corpus.models import Clip, Episode, SpeakerTurn, StageRun, Voice
from corpus.models import Word as WordRow


def cut(*, run: StageRun, rules: CutRules, at: datetime) -> None:
    """Cut an episode into clips; what an earlier cut made of the same samples stays, or comes back.

    What was heard before stays out. Afterwards the episode shows what this cut was made of, whoever
    wrote on it since.
    """
    episode = runs.as_of(run)
    inputs = runs.input_runs(run)
    turns = _turns(inputs["diarise"])
    speech = [Segment(start, end) for start, end in episode.speech]
    heard = [one.span for one in repeats.heard_before(episode)]
    spans = core.cut(
        turns=turns,
        words=_words(inputs["transcribe"]),
        speech=speech,
        length=episode.n_samples or 0,
        rules=rules,
        excluded=heard,
    )
    usage = core.usage(spans, turns=turns, speech=speech, excluded=heard)
    repeated = segments.total(segments.intersect(heard, speech)) / RATE
    made = _files(episode, spans)
    with transaction.atomic():
        _write(run, inputs["diarise"], spans, made, at=at)
        runs.finish(
            run,
            at=at,
            result={
                "clips": len(spans),
                "kept": usage.kept,
                "usable": usage.usable,
                "repeated": round(repeated, 1),  # seconds of speech that stay out
            },
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
    Episode.objects.select_for_update(no_key=True).get(pk=episode.pk)
    Episode.objects.filter(pk=episode.pk).update(**runs.noted(run))
    voices = {voice.label: voice for voice in Voice.objects.filter(run=diarised)}
    number = episode.clips.aggregate(last=Max("number"))["last"] or 0
    kept = _kept(episode, spans, made)
    others = episode.clips.current().exclude(pk__in=[clip.pk for clip in kept.values()])
    others.update(superseded_at=at)  # first: a span is current once
    for span, (file, drawn) in zip(spans, made, strict=True):
        said = {"voice": voices[span.label], "text": span.text, "n_words": span.n_words}
        if clip := kept.get((span.segment.start, span.segment.end)):
            Clip.objects.filter(pk=clip.pk).update(run=run, superseded_at=None, **said)
            continue
        number += 1
        Clip.objects.create(
            episode=episode,
            run=run,
            name=f"EMOCAST_{episode.number:04d}_{number:04d}",
            number=number,
            start=span.segment.start,
            end=span.segment.end,
            file=file,
            peaks=drawn,
            created_at=at,
            **said,
        )


def _kept(
    episode: Episode, spans: Sequence[Span], made: Sequence[tuple[str, list[list[int]]]]
) -> dict[tuple[int, int], Clip]:
    """Span → the clip that is this very sound already: the current one, else the first ever made."""
    wanted = {
        (span.segment.start, span.segment.end): file
        for span, (file, _) in zip(spans, made, strict=True)
    }
    kept: dict[tuple[int, int], Clip] = {}
    for clip in episode.clips.order_by(F("superseded_at").desc(nulls_last=True), "-number"):
        if wanted.get((clip.start, clip.end)) == clip.file:
            kept[clip.start, clip.end] = clip  # the last of them has its way
    return kept
