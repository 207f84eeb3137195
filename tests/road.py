"""The road in small: a folder of made-up episodes, the ledger planned and carried out inline."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.core.management import call_command
from django.utils import timezone

from common.engines import identity
from corpus.actions import podcasts, recipes, runs
from corpus.core.stages import Recipe
from corpus.engines.sources import read
from corpus.models import Episode, StageRun
from corpus.tasks import pipeline
from selection.actions import features
from selection.tasks.features import extract
from tests import fakes
from tests.factories.corpus import NOW

BY = "https://creativecommons.org/licenses/by/4.0/"
TASKS = {**pipeline.TASKS, features.STAGE: extract}


def feed(*items: str, licence: str = BY, title: str = "Small talk") -> str:
    """An RSS feed; `items` are names of audio files beside it."""
    said = f"<creativeCommons:license>{licence}</creativeCommons:license>" if licence else ""
    listed = "".join(
        f"<item><title>About {escape(name)}</title><guid>{escape(name)}</guid>"
        f'<enclosure url="{escape(name)}" type="audio/x-wav" length="1"/></item>'
        for name in items
    )
    return (
        '<?xml version="1.0"?><rss version="2.0" '
        'xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule">'
        f"<channel><title>{title}</title><link>https://talk.example/</link>"
        f"<language>en-GB</language>{said}{listed}</channel></rss>"
    )


def folder(path: Path, *, episodes: int = 2, licence: str = BY) -> Path:
    """A feed with episodes of fifteen seconds: three clips each, two of them good."""
    names = [f"ep{n}.wav" for n in range(1, episodes + 1)]
    for n, name in enumerate(names, start=1):
        fakes.write_wav(path / name, fakes.conversation(n))
    (path / "feed.xml").write_text(feed(*names, licence=licence))
    return path


def ingest(source: Path, *, at: datetime = NOW) -> podcasts.Report:
    """What the command does, without its words."""
    found = read(str(source), fetcher=fakes.FakeFetcher())
    judged = podcasts.judge(found)
    return podcasts.add(source=found, judged=judged, attribution="", by=None, at=at)


def plan(*, at: datetime | None = None) -> None:
    at = at or timezone.now()
    today = recipes.today(identity)
    for episode in Episode.objects.may_be_cut().original():
        runs.plan(episode=episode, recipes=today, at=at)
    runs.plan_identify(recipe=today["identify"], at=at)
    features.plan(recipe=Recipe(*identity("acoustics"), {}), at=at)


def walk(*, until: str = "") -> list[str]:
    """Plan and run whatever is ready until nothing is, or until all that is left is `until`."""
    done: list[str] = []
    while True:
        plan()
        ready = [
            run
            for stage in TASKS
            if stage != until
            for run in runs.ready(stage, now=timezone.now())
        ]
        if not ready:
            return done
        for run in ready:
            TASKS[run.stage](run_id=run.pk)
            done.append(run.stage)


def forget_claims() -> None:
    """What the next command does after a kill -9: the dead hold nothing."""
    StageRun.objects.filter(done_at=None).update(claim=None, claimed_at=None, retry_at=None)


def command(*words: Any, **options: Any) -> str:
    """What a command prints."""
    out = io.StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()
