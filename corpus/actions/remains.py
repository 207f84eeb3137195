"""What is left of a withdrawal in the store and on this machine: each file, and who else needs it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

from django.db.models import Q, QuerySet

from common import files
from corpus.actions import reaches, release_files
from corpus.core.segments import Segment, clamp, merge
from corpus.models import Clip, Episode, Release, SpeakerTurn, StageRun, Withdrawal, Word

WHOLE = (Withdrawal.Kind.PODCAST, Withdrawal.Kind.EPISODE)
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """One file: a key of the store, or a path of this machine."""

    path: str
    what: str
    where: Literal["store", "disk", "release"] = "store"
    bytes: int = 0
    state: Literal["found", "removed", "kept", "gone"] = "found"
    why: str = ""  # it is kept

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Self:
        return cls(**entry)

    def written(self) -> dict[str, Any]:
        return asdict(self)


def spans(withdrawal: Withdrawal, episode: Episode) -> tuple[Segment, ...]:
    """What must not be heard any more in an episode that stays: the span, or every turn of a voice.

    Of a voice also its clips, whose ends may lie a breath outside of the turns.
    """
    length = episode.n_samples or 0
    if withdrawal.kind == Withdrawal.Kind.SPAN:
        found = [(withdrawal.start or 0, withdrawal.end or 0)]
    else:
        voices = reaches.voices(withdrawal).filter(episode=episode)
        found = list(SpeakerTurn.objects.filter(voice__in=voices).values_list("start", "end"))
        clips = reaches.clips(withdrawal).filter(episode=episode)
        found += clips.values_list("start", "end")
    inside = (clamp(Segment(start, end), length=length) for start, end in found)
    return merge(segment for segment in inside if segment is not None)


def words(withdrawal: Withdrawal, episode: Episode) -> QuerySet[Word]:
    """Every word that was written down of it, by whichever transcription."""
    rows = Word.objects.filter(episode=episode)
    if withdrawal.kind in WHOLE:
        return rows
    touched = Q(pk=None)
    for part in spans(withdrawal, episode):
        touched |= Q(start__lt=part.end, end__gt=part.start)
    return rows.filter(touched)


def copies(withdrawal: Withdrawal) -> QuerySet[Episode]:
    """Other episodes that are the same recordings and were never cut: they have files all the same."""
    own = reaches.episodes(withdrawal).values("pk")
    found = Episode.objects.filter(duplicate_of__in=own, withdrawal=None, clips=None)
    return found.exclude(pk__in=own)


def plan(withdrawal: Withdrawal, masters: Mapping[int, str]) -> list[Item]:
    """Every file, as it is found; `masters` are the silenced ones of episodes that stay."""
    new = set(masters.values())
    stored = [item for item in _stored(withdrawal) if item.path not in new]
    episodes = reaches.episodes(withdrawal).values("pk")
    out = Episode.objects.filter(Q(pk__in=episodes) | Q(pk__in=copies(withdrawal).values("pk")))
    found = _looked_up(stored, reaches.clips(withdrawal), out)
    return [*found, *_downloads(withdrawal), *_released(withdrawal)]


def late_copies() -> QuerySet[Episode]:
    """Recordings that were fetched again, from elsewhere, after they or parts of them were erased.

    None that was ever cut: where a copy was in use before, a person decides.
    """
    erased = Episode.objects.exclude(erased_at=None)
    fetched = Episode.objects.filter(erased_at=None, withdrawal=None, clips=None)
    fetched = fetched.exclude(source_file="")
    return fetched.filter(duplicate_of__in=erased.values("pk")).order_by("number")


def of_copy(episode: Episode) -> list[Item]:
    """Its files, as they are found."""
    named = dict.fromkeys(_made_of(episode))
    items = [Item(key, f"{what} of episode {episode.number}") for what, key in named]
    return _looked_up(items, Clip.objects.none(), Episode.objects.filter(pk=episode.pk))


def _looked_up(items: list[Item], clips: QuerySet[Clip], episodes: QuerySet[Episode]) -> list[Item]:
    """The same items: with their sizes, or kept for a row that is none of these."""
    needed = _needed([item.path for item in items], clips, episodes)
    return [
        replace(item, state="kept", why=needed[item.path]) if item.path in needed else _sized(item)
        for item in items
    ]


def _stored(withdrawal: Withdrawal) -> Iterator[Item]:
    """Clips of all cuts; sources and masters, as they are and as every run had made them."""
    seen: set[str] = set()
    for name, key in reaches.clips(withdrawal).order_by("name").values_list("name", "file"):
        if key not in seen:
            seen.add(key)
            yield Item(key, f"clip {name}")
    for episodes, word in ((reaches.episodes(withdrawal), ""), (copies(withdrawal), " (a copy)")):
        for episode in episodes.order_by("number"):
            for what, key in _made_of(episode):
                if key not in seen:
                    seen.add(key)
                    yield Item(key, f"{what} of episode {episode.number}{word}")


def _made_of(episode: Episode) -> Iterator[tuple[str, str]]:
    results = [{"source_file": episode.source_file, "master_file": episode.master_file}]
    runs = StageRun.objects.filter(episode=episode, stage__in=("fetch", "standardise"))
    results += [run.result.get("fields", {}) for run in runs.order_by("pk")]
    for result in results:
        for field, what in (("source_file", "source"), ("master_file", "master")):
            if key := result.get(field):
                yield what, key


def _needed(
    keys: Collection[str], clips: QuerySet[Clip], episodes: QuerySet[Episode]
) -> dict[str, str]:
    """Key → which row besides these has the same file, and still a use for it."""
    others = Episode.objects.exclude(pk__in=episodes.values("pk"))
    found: dict[str, str] = {}
    for some in _by(sorted(keys)):
        cut = Clip.objects.filter(file__in=some, erased_at=None).exclude(pk__in=clips.values("pk"))
        found |= {key: f"clip {name} is the same" for key, name in cut.values_list("file", "name")}
        sources = others.filter(source_file__in=some, erased_at=None)
        masters = others.filter(master_file__in=some)
        masters = masters.filter(Q(erased_at=None) | Q(withdrawal=None))  # or erased in part
        for field, rows in (("source_file", sources), ("master_file", masters)):
            for key, number in rows.values_list(field, "number"):
                found[key] = f"episode {number} has the same file"
    return found


def _by(keys: list[str]) -> Iterator[list[str]]:
    yield from (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


def _sized(item: Item) -> Item:
    try:
        return replace(item, bytes=files.store().size(item.path))
    except files.Missing:
        return replace(item, state="gone")


def _downloads(withdrawal: Withdrawal) -> Iterator[Item]:
    """Half-made downloads of whole episodes, from whichever address they were begun."""
    rows = [*reaches.episodes(withdrawal).order_by("number"), *copies(withdrawal)]
    for episode in rows:
        for path in sorted(files.downloads().glob(f"{episode.pk}.*")):
            what = f"download of episode {episode.number}"
            yield Item(str(path), what, "disk", path.stat().st_size)


def _released(withdrawal: Withdrawal) -> Iterator[Item]:
    """Its clips in the folders of releases on this machine."""
    for release in _releases(withdrawal):
        names = _names(withdrawal, release)
        if not release_files.is_ours(release):
            why = "this is not, or not any more, the folder that was built"
            yield Item(release.folder, f"folder of {release}", "release", state="kept", why=why)
            continue
        for path in release_files.of_clips(release, names):
            whole = Path(release.folder) / path
            state: Literal["found", "gone"] = "found" if whole.is_file() else "gone"
            size = whole.stat().st_size if state == "found" else 0
            yield Item(str(whole), f"{path} of {release}", "release", size, state)


def _releases(withdrawal: Withdrawal) -> Iterable[Release]:
    own = reaches.clips(withdrawal).values("pk")
    found = Release.objects.filter(items__clip__in=own).distinct().order_by("pk")
    return [release for release in found if Path(release.folder or "/nowhere").is_dir()]


def _names(withdrawal: Withdrawal, release: Release) -> list[str]:
    rows = reaches.clips(withdrawal).filter(release_items__release=release)
    return list(rows.order_by("name").values_list("name", flat=True))
