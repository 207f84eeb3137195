"""`clips`: what was cut, and what became of it."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser

from common.commands import Command as Base
from common.commands import refuse
from corpus.core import units
from corpus.models import Clip


class Command(Base):
    help = "List clips: episode, start and end in seconds, speaker, verdict, reasons, measures."

    def declare(self, parser: CommandParser) -> None:
        parser.add_argument("--episode", help="only of the episode with this guid or number")
        parser.add_argument(
            "--verdict", choices=("accepted", "filtered", "unjudged"), help="only those"
        )
        parser.add_argument("--limit", type=_count, default=None, help="at most so many")

    def handle(self, *args: Any, **options: Any) -> None:
        clips: Any = (
            Clip.objects.current()
            .with_withdrawal()
            .select_related("episode__podcast", "voice", "measurement")
            .prefetch_related("verdicts")
            .order_by("name")
        )
        if options["episode"]:
            clips = clips.of_episode(options["episode"])
            if not clips.exists():
                raise refuse(
                    f"No episode {options['episode']} has clips: give its guid or its number, "
                    "as `clips --json` shows them."
                )
        rows = [_row(clip) for clip in clips]
        if options["verdict"]:
            rows = [row for row in rows if row["verdict"] == options["verdict"]]
        rows = rows[: options["limit"]]
        self.answer(options=options, document=rows, lines=_lines(rows))


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text} is no number of clips: give 1 or more.")
    return int(text)


def _row(clip: Any) -> dict[str, Any]:
    verdict = max(clip.verdicts.all(), key=lambda v: (v.judged_at, v.pk), default=None)
    measured = getattr(clip, "measurement", None)
    names = ("snr_db", "bandwidth_hz", "clipping", "speech_share", "overlap_share", "level_db")
    return {
        "clip": clip.name,
        "podcast": clip.episode.podcast.title,
        "episode": clip.episode.title,
        "episode_guid": clip.episode.guid,
        "start": clip.start / 16_000,
        "end": clip.end / 16_000,
        "speaker": clip.voice.speaker_id,
        "voice": clip.voice.label,
        "text": "" if clip.taken else clip.text,
        "withdrawn": clip.taken is not None,
        "verdict": "unjudged"
        if verdict is None
        else ("accepted" if verdict.is_accepted else "filtered"),
        "reasons": verdict.reasons if verdict else [],
        "gate": f"{verdict.gate} {verdict.gate_version}" if verdict else None,
        "measures": {name: getattr(measured, name) for name in names} if measured else {},
    }


def _lines(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return ["No clips. `ingest` a podcast and run `pipeline --until-idle` first."]
    lines = [
        f"{row['clip']}  {row['start']:8.2f}–{row['end']:8.2f} s  speaker {row['speaker'] or '?':>3}  "
        f"{row['verdict']:8}  {row['episode'][:40]}"
        + (f"\n    {'; '.join(row['reasons'])}" if row["reasons"] else "")
        for row in rows
    ]
    return [*lines, units.counted(len(rows), "clip") + "."]
