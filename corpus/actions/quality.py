"""What a clip measures, and whether the gate lets it through."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from common import files
from corpus.actions import repeats, runs
from corpus.actions.repeats import Heard
from corpus.core import quality as core
from corpus.core import segments
from corpus.core import turns as speaker_turns
from corpus.core.quality import Gate, Measurements
from corpus.core.segments import Segment
from corpus.core.turns import Turn
from corpus.engines import audio
from corpus.models import Clip, Episode, Measurement, QualityVerdict, SpeakerTurn, StageRun


def measure(*, run: StageRun, gate: Gate, at: datetime) -> None:
    """Measure the clips of an episode and judge them; both are kept, rejected clips too.

    A clip that was heard before is filtered, one of an earlier cut as well: it may have been rated.
    """
    cut = runs.input_runs(run)["cut"]
    clips = list(Clip.objects.current().filter(run=cut).order_by("number"))
    episode = runs.as_of(run)
    speech = [Segment(start, end) for start, end in episode.speech]
    heard = repeats.heard_before(episode)
    overlaps = _overlaps(cut)
    found = [(clip, _measure(clip, speech, overlaps)) for clip in clips]
    with transaction.atomic():
        verdicts = [
            _judge(clip, values, gate, repeats.reason(clip, heard), run=run, at=at)
            for clip, values in found
        ]
        _filter_earlier(episode, heard, gate, at=at)
        accepted = sum(verdict.is_accepted for verdict in verdicts)
        runs.finish(run, at=at, result={"accepted": accepted, "filtered": len(verdicts) - accepted})


@transaction.atomic
def reconsider(*, near: Iterable[int], gate: Gate, at: datetime) -> int:
    """Judge anew what shares a sound with these episodes, as what may be heard there has changed.

    By the measurements that are kept: after a withdrawal, or its end. How many verdicts changed.
    """
    changed = 0
    for episode in repeats.sharing(near):
        heard = repeats.heard_before(episode)
        clips = Clip.objects.filter(episode=episode, measurement__isnull=False)
        for verdict in QualityVerdict.objects.newest().filter(clip__in=clips):
            clip = verdict.clip
            reasons = _reasons(_kept(clip), gate, repeats.reason(clip, heard))
            is_of_gate = (verdict.gate, verdict.gate_version) == (gate.name, gate.version)
            if is_of_gate and verdict.reasons != reasons:
                _decide(clip, gate, reasons, at=at)
                changed += 1
    return changed


def _kept(clip: Clip) -> Measurements:
    row = clip.measurement
    return Measurements(
        snr_db=row.snr_db,
        bandwidth_hz=row.bandwidth_hz,
        level_db=row.level_db,
        clipping=row.clipping,
        speech_share=row.speech_share,
        overlap_share=row.overlap_share,
        n_words=clip.n_words,
    )


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
    clip: Clip, values: Measurements, gate: Gate, repeated: str, *, run: StageRun, at: datetime
) -> QualityVerdict:
    numbers = asdict(values)
    del numbers["n_words"]
    Measurement.objects.update_or_create(
        clip=clip, defaults={**numbers, "run": run, "measured_at": at}
    )
    return _decide(clip, gate, _reasons(values, gate, repeated), at=at)


def _reasons(values: Measurements, gate: Gate, repeated: str) -> list[str]:
    reasons = [str(reason) for reason in core.judge(values, gate).reasons]
    return [*reasons, repeated] if repeated else reasons


def _filter_earlier(episode: Episode, heard: Sequence[Heard], gate: Gate, *, at: datetime) -> None:
    """Let no clip of an earlier cut through that holds what was heard before."""
    for clip in Clip.objects.filter(episode=episode).exclude(superseded_at=None).accepted():
        if repeated := repeats.reason(clip, heard):
            _decide(clip, gate, [repeated], at=at)


def _decide(clip: Clip, gate: Gate, reasons: list[str], *, at: datetime) -> QualityVerdict:
    row, _ = QualityVerdict.objects.update_or_create(
        clip=clip,
        gate=gate.name,
        gate_version=gate.version,
        defaults={
            "gate_parameters": asdict(gate),
            "is_accepted": not reasons,
            "reasons": reasons,
            "judged_at": at,
        },
    )
    return row
