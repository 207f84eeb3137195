"""An episode's way from its address to a 16 kHz master."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import transaction

from common import files
from corpus.actions import runs, twins
from corpus.engines import audio
from corpus.engines.base import Decoder, Progress
from corpus.engines.failures import Busy, FetchFailed, Overwritten
from corpus.models import Episode, StageRun


def fetch(
    *, run: StageRun, fetcher: Any, at: datetime, on_progress: Progress | None = None
) -> None:
    """Bring the episode's file into the media store, as it is; a download goes on where it stopped.

    What its feed promises of the file is checked; `result` says by which hash, and what was not understood.
    """
    episode = runs.episode_of(run)
    if episode.audio_url.startswith("file://"):
        path = Path(unquote(urlsplit(episode.audio_url).path))
        if not path.is_file():
            raise FetchFailed(
                f"{path} is no longer there: put it back, then run the pipeline with --retry-failed."
            )
        chain, promise = [episode.audio_url], {}
        key = files.store().put(path, suffix=path.suffix.lower())
    else:
        key, got = _download(run, episode, fetcher, on_progress)
        chain = list(got.url_chain)
        promise = {"verified": got.verified, "notes": list(got.notes)}
    size = files.store().size(key)
    with transaction.atomic():
        _record(episode, at=at, source_file=key, source_bytes=size, source_urls=chain)
        found = {"bytes": size, "sha256": files.digest_of(key), "fields": {"source_file": key}}
        runs.finish(run, at=at, result=found | promise)


def standardise(
    *, run: StageRun, decoder: Decoder, at: datetime, on_progress: Progress | None = None
) -> None:
    """Decode to a 16 kHz mono 16-bit FLAC master, and keep what the original was."""
    episode = runs.as_of(run)
    with files.store().local(episode.source_file) as source:
        decoded = decoder.decode(source, on_progress=on_progress)
    with files.scratch() as folder:
        audio.write_flac(folder / "master.flac", decoded.samples)
        key = files.store().put(folder / "master.flac", suffix=".flac")
    fields = {
        "master_file": key,
        "n_samples": len(decoded.samples),
        "codec": decoded.codec,
        "native_rate": decoded.native_rate,
        "native_channels": decoded.native_channels,
        "bandwidth_hz": decoded.bandwidth_hz,
        "decoding_notes": list(decoded.warnings),
    }
    with transaction.atomic():
        _record(episode, at=at, **fields)
        runs.finish(run, at=at, result={"samples": len(decoded.samples), "fields": fields})


def _record(episode: Episode, *, at: datetime, **fields: Any) -> None:
    """Write down what was made, and which episode of the same recording is the original.

    The same bytes, or bytes that decode to the same samples: an edited tag makes no other recording.
    """
    twins.lock("twins")  # one at a time, so that no twin slips through
    Episode.objects.filter(pk=episode.pk).update(**fields)
    twins.settle(episode, at=at)


def _download(
    run: StageRun, episode: Episode, fetcher: Any, on_progress: Progress | None
) -> tuple[str, Any]:
    """Key and report of the file, which is exactly what was sent, or a FetchFailed to try again."""
    goal = _partial(episode)
    got = fetcher.download(
        episode.audio_url, goal, integrity=episode.integrity, on_progress=on_progress
    )
    own = goal.with_name(f"{goal.name}.{run.claim or run.pk}")  # out of reach of another worker
    try:
        goal.rename(own)
        key = files.store().put(own, suffix=_suffix(episode.audio_url))
    except FileNotFoundError as error:
        raise Busy(f"Another worker took {episode.audio_url}. It is tried again later.") from error
    finally:
        own.unlink(missing_ok=True)
    if files.digest_of(key) != got.sha256:
        raise Overwritten(
            f"Another worker wrote over the download of {episode.audio_url}. It is tried again later."
        )
    return key, got


def _partial(episode: Episode) -> Path:
    """Where the episode's download goes on after a break, whichever process takes it up.

    Not by address alone: two episodes may name the same one, and be fetched at the same time. What
    is erased finds them by the number before the dot, also where the address was another one.
    """
    from django.conf import settings  # noqa: PLC0415 - where files lie is wiring

    folder = Path(settings.SCRATCH_ROOT) / "downloads"
    with files.telling_when_full(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{episode.pk}.{hashlib.sha256(episode.audio_url.encode()).hexdigest()}"


def _suffix(url: str) -> str:
    suffix = Path(urlsplit(url).path).suffix.lower()
    return suffix if suffix[1:].isalnum() and len(suffix) <= 6 else ""
