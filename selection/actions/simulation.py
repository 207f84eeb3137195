"""Scripted raters go through the same queue as people, and are marked simulated for ever."""

import csv
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from annotation.actions import assignments, raters, ratings
from annotation.actions.ratings import Hearing
from annotation.models import Assignment, Campaign
from corpus.models import Clip
from selection.core import simulation as core
from selection.models import SelectedClip

CLOCK = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # scripted, so that two runs give the same ratings
PACE = timedelta(seconds=20)
Truth = dict[str, list[tuple[float, float, str]]]  # file stem → (start, end, mood)


def rate(
    *, campaign: Campaign, n_raters: int, truth: Truth, on_rating: Callable[[], object]
) -> int:
    """Let `n_raters` scripted raters rate all that they are given; the number of new ratings."""
    names = campaign.clips.order_by("clip__name").values_list("clip_id", flat=True)
    place = {clip: rank for rank, clip in enumerate(names)}
    made = 0
    for number in range(1, n_raters + 1):
        rater = raters.imported(code=f"simulated-{number}", is_simulated=True, at=CLOCK)
        while row := assignments.take_next(rater=rater, campaign=campaign, at=CLOCK):
            at = CLOCK + timedelta(hours=number) + PACE * place[row.clip_id]
            _submit(row, number, truth, at)
            on_rating()
            made += 1
    return made


def read_truth(folder: Path) -> Truth:
    """Moods beside a sample (truth/moods.csv), where it brings any."""
    file = folder / "truth" / "moods.csv"
    truth: Truth = {}
    if file.is_file():
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                span = (float(row["start"]), float(row["end"]), row["mood"])
                truth.setdefault(row["episode"], []).append(span)
    return truth


def _submit(row: Assignment, number: int, truth: Truth, at: datetime) -> None:
    clip = row.clip
    mood = _mood(clip, truth)
    length = round((clip.end - clip.start) / 16)
    ratings.submit(
        rater=row.rater,
        token=row.token,
        client_uuid=uuid.uuid5(row.token, "rating"),
        answer=core.answer(mood, ratings.protocol_of(row.campaign), _generator(clip.name, number)),
        hearing=Hearing(plays=1, heard_ms=length),
        at=at,
    )


def _mood(clip: Clip, truth: Truth) -> str:
    """The mood of the line that fills most of the clip, or one made up from its prosody."""
    stem = Path(urlsplit(clip.episode.audio_url).path).stem
    start, end = clip.start / 16_000, clip.end / 16_000
    lines = [(min(end, b) - max(start, a), mood) for a, b, mood in truth.get(stem, [])]
    if lines and max(lines)[0] > 0:
        return max(lines)[1]
    pick = SelectedClip.objects.filter(clip=clip).order_by("job").first()
    return core.mood_of(pick.score if pick else None, _generator(clip.name, 0))


def _generator(name: str, number: int) -> np.random.Generator:
    return np.random.default_rng([number, *name.encode()])
