"""An episode's way from its address to a 16 kHz master."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import connection, transaction

from common import files
from corpus.actions import runs
from corpus.engines import audio
from corpus.engines.base import Decoder, Progress
from corpus.engines.http import FetchFailed
from corpus.models import Episode, StageRun


def fetch(
    *, run: StageRun, fetcher: Any, at: datetime, on_progress: Progress | None = None
) -> None:
    """Bring the episode's file into the media store, as it is; a download goes on where it stopped."""
    episode = runs.episode_of(run)
    if episode.audio_url.startswith("file://"):
        path = Path(unquote(urlsplit(episode.audio_url).path))
        if not path.is_file():
            raise FetchFailed(
                f"{path} is no longer there: put it back, then run the pipeline with --retry-failed."
            )
        chain = [episode.audio_url]
        key = files.store().put(path, suffix=path.suffix.lower())
    else:
        path = _partial(episode)
        got = fetcher.download(episode.audio_url, path, on_progress=on_progress)
        chain = list(got.url_chain)
        key = files.store().put(path, suffix=_suffix(episode.audio_url))
    with transaction.atomic():
        _record_source(episode, key=key, chain=chain)
        size = files.store().size(key)
        runs.finish(run, at=at, result={"bytes": size, "sha256": files.digest_of(key)})
    if not episode.audio_url.startswith("file://"):
        path.unlink(missing_ok=True)


def standardise(
    *, run: StageRun, decoder: Decoder, at: datetime, on_progress: Progress | None = None
) -> None:
    """Decode to a 16 kHz mono 16-bit FLAC master, and keep what the original was."""
    episode = runs.episode_of(run)
    with files.store().local(episode.source_file) as source:
        decoded = decoder.decode(source, on_progress=on_progress)
    with files.scratch() as folder:
        audio.write_flac(folder / "master.flac", decoded.samples)
        key = files.store().put(folder / "master.flac", suffix=".flac")
    with transaction.atomic():
        Episode.objects.filter(pk=episode.pk).update(
            master_file=key,
            n_samples=len(decoded.samples),
            codec=decoded.codec,
            native_rate=decoded.native_rate,
            native_channels=decoded.native_channels,
            bandwidth_hz=decoded.bandwidth_hz,
            decoding_notes=list(decoded.warnings),
        )
        runs.finish(run, at=at, result={"samples": len(decoded.samples)})


def _record_source(episode: Episode, *, key: str, chain: list[str]) -> None:
    """Write down the file, and which episode of the same bytes is the original: the first added."""
    digest = files.digest_of(key)
    with connection.cursor() as cursor:  # one at a time per content, so that no twin slips through
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(digest[:15], 16)])
    Episode.objects.filter(pk=episode.pk).update(
        source_file=key, source_bytes=files.store().size(key), source_urls=chain
    )
    twins = Episode.objects.filter(source_file__contains=digest).order_by("pk")
    first, *others = twins.values_list("pk", flat=True)
    Episode.objects.filter(pk=first).update(duplicate_of=None)
    Episode.objects.filter(pk__in=others).update(duplicate_of=first)


def _partial(episode: Episode) -> Path:
    """Where the episode's download goes on after a break, whichever process takes it up.

    Not by address alone: two episodes may name the same one, and be fetched at the same time.
    """
    from django.conf import settings  # noqa: PLC0415 - where files lie is wiring

    folder = Path(settings.SCRATCH_ROOT) / "downloads"
    with files.telling_when_full(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder / hashlib.sha256(f"{episode.pk} {episode.audio_url}".encode()).hexdigest()


def _suffix(url: str) -> str:
    suffix = Path(urlsplit(url).path).suffix.lower()
    return suffix if suffix[1:].isalnum() and len(suffix) <= 6 else ""
