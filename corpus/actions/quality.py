"""What a clip measures, and whether the gate lets it through."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from common import files
from corpus.actions import runs
from corpus.core import quality as core
from corpus.core import segments
from corpus.core import turns as speaker_turns
from corpus.core.quality import Gate, Measurements
from corpus.core.segments import Segment
from corpus.core.turns import Turn
from corpus.engines import audio
from corpus.models import Clip, Measurement, QualityVerdict, SpeakerTurn, StageRun


def measure(*, run: StageRun, gate: Gate, at: datetime) -> None:
    """Measure the clips of an episode and judge them; both are kept, rejected clips too."""
    cut = runs.input_runs(run)["cut"]
    clips = list(Clip.objects.current().filter(run=cut).order_by("number"))
    speech = [Segment(start, end) for start, end in runs.as_of(run).speech]
    overlaps = _overlaps(cut)
    found = [(clip, _measure(clip, speech, overlaps)) for clip in clips]
    with transaction.atomic():
        verdicts = [_judge(clip, values, gate, run=run, at=at) for clip, values in found]
        accepted = sum(verdict.is_accepted for verdict in verdicts)
        runs.finish(run, at=at, result={"accepted": accepted, "filtered": len(verdicts) - accepted})


def _overlaps(cut: StageRun) -> tuple[Segment, ...]:
    diarised = runs.input_runs(cut)["diarise"]
    rows = SpeakerTurn.objects.filter(run=diarised).values_list("start", "end", "voice__label")
    turns = [Turn(Segment(start, end), label) for start, end, label in rows]
    return speaker_turns.overlaps(turns)


def _measure(clip: Clip, speech: list[Segment], overlaps: tuple[Segment, ...]) -> Measurements:
    with files.store().local(clip.file) as path:
        samples = audio.read(path)
    span = Segment(clip.start, clip.end)
    return core.measure(
        samples,
        speech=segments.relative(speech, span),
        overlaps=segments.relative(overlaps, span),
        n_words=clip.n_words,
    )


def _judge(
    clip: Clip, values: Measurements, gate: Gate, *, run: StageRun, at: datetime
) -> QualityVerdict:
    fields = asdict(values)
    del fields["n_words"]
    Measurement.objects.update_or_create(
        clip=clip, defaults={**fields, "run": run, "measured_at": at}
    )
    verdict = core.judge(values, gate)
    row, _ = QualityVerdict.objects.update_or_create(
        clip=clip,
        gate=gate.name,
        gate_version=gate.version,
        defaults={
            "gate_parameters": asdict(gate),
            "is_accepted": verdict.accepted,
            "reasons": [str(reason) for reason in verdict.reasons],
            "judged_at": at,
        },
    )
    return row
