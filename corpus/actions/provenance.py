"""A clip's way back: release, cut, engines, master, source, feed, licence and its evidence."""

from typing import Any

from common import files
from corpus.actions import runs, withdrawals
from corpus.models import Clip, Episode, StageRun


def of(clip: Clip) -> dict[str, Any]:
    """Plain values, from the newest end to the oldest; first of all whether it was taken back."""
    episode = clip.episode
    return {
        "withdrawn": _withdrawn(clip),
        "clip": clip.name,
        "file_sha256": files.digest_of(clip.file),
        "start_s": clip.start / 16_000,
        "end_s": clip.end / 16_000,
        "samples": [clip.start, clip.end],
        "speaker": clip.voice.speaker_id,
        "releases": [
            {"release": str(item.release), "partition": item.partition}
            for item in clip.release_items.select_related("release").order_by("release")
        ],
        "stages": [_stage(run) for run in _chain(clip.run)],
        "master_sha256": files.digest_of(episode.master_file) if episode.master_file else None,
        "source": _source(episode),
        "podcast": {
            "title": episode.podcast.title,
            "guid": episode.podcast.guid,
            "read_from": episode.podcast.source,
        },
        "licence": _licence(episode),
    }


def _withdrawn(clip: Clip) -> dict[str, Any] | None:
    """When and of what class, without names; of several withdrawals the earliest."""
    row = withdrawals.of_clip(clip)
    if row is None:
        return None
    return {
        "withdrawal": row.pk,
        "withdrawn_at": row.withdrawn_at.isoformat(),
        "reason_class": row.reason_class,
        "erase_after": row.erase_after.isoformat(),
        "erased_at": clip.erased_at.isoformat() if clip.erased_at else None,
    }


def _chain(run: StageRun) -> list[StageRun]:
    """The run and all that it builds on, the earliest first."""
    found = {run.pk: run}
    level = [run]
    while level:
        level = [up for row in level for up in runs.input_runs(row).values()]
        found.update({row.pk: row for row in level})
    return sorted(found.values(), key=lambda row: (row.created_at, row.pk))


def _stage(run: StageRun) -> dict[str, Any]:
    return {
        "stage": run.stage,
        "engine": run.engine,
        "version": run.version,
        "parameters": {k: v for k, v in run.parameters.items() if k != "inputs"},
        "key": run.key,
        "done_at": run.done_at.isoformat() if run.done_at else None,
    }


def _source(episode: Episode) -> dict[str, Any]:
    return {
        "episode": episode.title,
        "guid": episode.guid,
        "url": episode.audio_url,
        "redirects": episode.source_urls,
        "sha256": files.digest_of(episode.source_file) if episode.source_file else None,
        "codec": episode.codec,
        "native_rate_hz": episode.native_rate,
    }


def _licence(episode: Episode) -> dict[str, Any]:
    decision = episode.licence
    evidence = episode.licence_evidence.order_by("pk")
    return {
        "spdx": decision.spdx if decision else None,
        "url": decision.url if decision else None,
        "verdict": decision.verdict if decision else None,
        "reason": decision.reason if decision else None,
        "policy_version": decision.policy_version if decision else None,
        "decided_at": decision.decided_at.isoformat() if decision else None,
        "attribution": episode.attribution or episode.author or episode.podcast.author,
        "evidence": [
            {
                "level": seen.level,
                "element": seen.element,
                "text": seen.text,
                "url": seen.url,
                "source": seen.source,
                "source_sha256": seen.source_sha256,
                "seen_at": seen.seen_at.isoformat(),
            }
            for seen in evidence
        ],
    }
