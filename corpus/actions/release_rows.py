"""One row per released clip, with its way back: engines, source, licence, gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from common import files
from corpus.actions import release_content as contents
from corpus.actions.release_content import Chosen
from corpus.core.releases import Gender, Labels, ReleaseClip
from corpus.models import Clip, LicenceDecision, QualityVerdict, Speaker, StageRun

Chain = Mapping[str, StageRun]  # stage → the run that the clip came through


class Untraced(Exception):
    """A clip does not lead back to the file that was fetched."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A clip's side, and the release's own numbers of its speaker and podcast."""

    partition: str
    speaker: int | None
    gender: Gender
    podcast: int


def rows(chosen: Chosen, sides: Mapping[str, str]) -> list[ReleaseClip]:
    """Rows in the order of names, so that numbers do not depend on the database; raises Untraced."""
    numbers = contents.speaker_numbers(chosen)
    genders = _genders(chosen)
    podcasts: dict[int, int] = {}
    found = _chains([clip.run for clip in chosen.clips])
    verdicts = _verdicts(chosen.clips)
    made = []
    for clip in chosen.clips:
        voice = clip.voice_id
        podcast = podcasts.setdefault(clip.episode.podcast_id, len(podcasts) + 1)
        gender = genders.get(voice, "Unknown")
        place = _Place(sides[clip.name], numbers.get(voice), gender, podcast)
        gate = verdicts.get(clip.pk, "")
        made.append(_row(clip, chosen.labels[clip.pk], place, found[clip.run_id], gate))
    return made


def _genders(chosen: Chosen) -> dict[int, Gender]:
    known = Speaker.objects.filter(pk__in=set(chosen.speakers.values()))
    genders = dict(known.values_list("pk", "gender"))
    return {voice: cast("Gender", genders[who]) for voice, who in chosen.speakers.items()}


def _verdicts(clips: Sequence[Clip]) -> dict[int, str]:
    newest = QualityVerdict.objects.newest().filter(clip__in=[clip.pk for clip in clips])
    return {row.clip_id: f"{row.gate} {row.gate_version}" for row in newest}


def _chains(cuts: Sequence[StageRun]) -> dict[int, Chain]:
    """Per run that cut clips: itself and all runs before it, back to the fetch; one query for all."""
    subjects = {run.subject for run in cuts}
    known = StageRun.objects.filter(subject__in=subjects)
    runs = {(run.subject, run.key): run for run in known.order_by("pk")}
    return {run.pk: _chain(run, runs) for run in cuts}


def _chain(cut: StageRun, runs: Mapping[tuple[str, str], StageRun]) -> Chain:
    found: dict[str, StageRun] = {}
    level = [cut]
    while level:
        found.update({run.stage: run for run in level})
        keys = [(run.subject, key) for run in level for key in run.parameters.get("inputs", [])]
        level = [runs[key] for key in dict.fromkeys(keys) if key in runs]
    return dict(sorted(found.items()))


def _row(clip: Clip, labels: Labels, place: _Place, chain: Chain, gate: str) -> ReleaseClip:
    episode, licence = clip.episode, _licence(clip)
    author = episode.author or episode.podcast.author
    # of the transcription behind these words: the episode may have been transcribed anew since
    said = chain["transcribe"].result.get("fields", {}) if "transcribe" in chain else {}
    return ReleaseClip(
        name=clip.name,
        partition=place.partition,
        podcast=place.podcast,
        speaker=place.speaker,
        gender=place.gender,
        text=clip.text,
        transcript_is_draft=said.get("transcript_is_draft", episode.transcript_is_draft),
        language=said.get("spoken_language", episode.spoken_language) or "und",
        n_samples=clip.end - clip.start,
        file_sha256=files.digest_of(clip.file),
        podcast_title=episode.podcast.title,
        episode_title=episode.title,
        episode_url=_public(episode.link or episode.podcast.link),
        source_url=_public(episode.audio_url),
        source_sha256=_source(clip, chain),
        start_s=clip.start / 16_000,
        end_s=clip.end / 16_000,
        author=author or episode.attribution or episode.podcast.title,
        spdx=licence.spdx,
        licence_url=licence.url,
        attribution=episode.attribution or f"{episode.title}, {author or episode.podcast.title}",
        changes=f"cut to {clip.seconds:.3f} s, mixed down to mono, resampled to 16 kHz",
        gate=gate,
        pipeline={stage: run.version for stage, run in chain.items()},
        labels=labels,
    )


def _source(clip: Clip, chain: Chain) -> str:
    """Of the file that this clip was cut from: the episode may have been fetched anew since."""
    fetched = chain["fetch"].result.get("sha256") if "fetch" in chain else None
    if not fetched:
        raise Untraced(f"{clip.name} does not lead back to the file that was fetched.")
    return str(fetched)


def _licence(clip: Clip) -> LicenceDecision:
    licence = clip.episode.licence
    if licence is None:
        raise ValueError(f"{clip.name} has no licence decision")
    return licence


def _public(url: str) -> str:
    """Addresses of this machine's folders say nothing to others: the file's name is enough."""
    return f"file:{url.rsplit('/', 1)[-1]}" if url.startswith("file://") else url
