"""What is left of a speaker who is withdrawn after a release: one JSON line per place, before and after.

    python benchmarks/withdrawal.py [--episodes 2]

A throw-away database beside the project's own and a temporary folder; made-up conversations walk the
whole road, scripted raters hear them, a release is built. Then one of the two voices is withdrawn, the
grace passes, and the next version is built. Exit code 1 where anything of it can still be heard.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from annotation.actions import assignments, campaigns, consensus, raters  # noqa: E402
from annotation.models import Assignment, Campaign, Rating  # noqa: E402
from common import files  # noqa: E402
from corpus.actions import erasures, releases, withdrawals  # noqa: E402
from corpus.engines import audio  # noqa: E402
from corpus.models import Clip, Episode, Release, Voice, Word  # noqa: E402
from selection.actions import jobs, simulation  # noqa: E402
from selection.core.picks import Caps  # noqa: E402
from tests import fakes, road  # noqa: E402
from tests.factories import annotation as make  # noqa: E402
from tests.factories import corpus  # noqa: E402

GRACE = timedelta(days=30)
leaks: list[str] = []


def main() -> None:
    """Print what every place shows; exit 1 for a leak."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=2)
    options = parser.parse_args()
    with house() as root:
        run(root, options.episodes)
    print(json.dumps({"figure": "leaks", "value": len(leaks), "where": leaks}))
    sys.exit(1 if leaks else 0)


@contextmanager
def house() -> Iterator[Path]:
    """A database, a media store and fake engines of our own, gone afterwards."""
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_withdrawal_{os.getpid()}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with tempfile.TemporaryDirectory() as folder, override_settings(**_paths(Path(folder))):
            files.store.cache_clear()
            with fakes.installed(django.conf.settings):
                yield Path(folder)
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _paths(root: Path) -> dict[str, Any]:
    return {
        "MEDIA_ROOT": str(root / "media"),
        "SCRATCH_ROOT": root / "scratch",
        "RELEASES_DIR": root / "releases",
        "ALLOWED_HOSTS": ["testserver"],
    }


def run(root: Path, episodes: int) -> None:
    road.ingest(road.folder(root / "talk", episodes=episodes))
    road.walk()
    campaign = rated()
    road.command("release", "build", "talk", "1.0.0")
    reopen(campaign)
    voice = Voice.objects.filter(label=fakes.SOFT).select_related("speaker").first()
    gone = list(Clip.objects.filter(voice__speaker=voice.speaker).order_by("name"))
    kept = list(Clip.objects.accepted().exclude(pk__in=[clip.pk for clip in gone]))
    held = hold(campaign, gone[0])
    sound = heard(voice)

    before = shown(campaign, held, gone, kept, sound)
    row = withdrawals.withdraw(
        target=voice.speaker,
        reason="The speaker asked for it.",
        reason_class="speaker",
        requester="the speaker",
        by=None,
        at=timezone.now(),
        grace=GRACE,
    )
    at_once = shown(campaign, held, gone, kept, sound)
    erasures.erase_due(at=timezone.now() + GRACE - timedelta(minutes=1))
    said("erased before the grace is over", 0, int(hasattr(row, "erasure")), expected=0)
    erasures.erase_due(at=timezone.now() + GRACE)
    later = shown(campaign, held, gone, kept, sound)
    for place, first in before.items():
        three = {"before": first, "withdrawn": at_once[place], "erased": later[place]}
        check(place, three, len(gone), len(kept))
    next_release(gone)


def rated() -> Campaign:
    """A closed round: every accepted clip has three scripted ratings."""
    campaign = campaigns.create(
        name="talk",
        title="Talk",
        protocol=campaigns.preset("msp-podcast"),
        need=3,
        by=None,
        at=timezone.now(),
    )
    given = {"strategy": "random", "n": 99, "seed": 1, "caps": Caps()}
    jobs.run(campaign=campaign, by=None, at=timezone.now(), **given)
    campaigns.change(campaign=campaign, action="open")
    campaign.refresh_from_db()
    simulation.rate(campaign=campaign, n_raters=3, truth={}, on_rating=lambda: None)
    consensus.recompute_stale(at=timezone.now(), campaign=campaign)
    return campaign


def reopen(campaign: Campaign) -> None:
    """More ratings of each clip are wanted: raters are at work while the withdrawal comes."""
    campaign.clips.update(need=9)


def hold(campaign: Campaign, clip: Clip) -> Assignment:
    """A rater with this clip on the screen."""
    rater = make.rater(user=corpus.user("rater"))
    raters.consent(rater=rater, at=timezone.now())
    place = campaign.clips.get(clip=clip)
    now = timezone.now()
    row = make.assignment(
        place, rater, claimed_at=now, shown_at=now, expires_at=now + timedelta(days=99)
    )
    campaign.clips.filter(pk=place.pk).update(n_live=1)
    return row


def heard(voice: Voice) -> list[tuple[int, int, int]]:
    """(episode, start, end) of every turn of this person."""
    voices = Voice.objects.filter(speaker=voice.speaker)
    return [(t.episode_id, t.start, t.end) for v in voices for t in v.turns.all()]


def shown(
    campaign: Campaign, held: Assignment, gone: list[Clip], kept: list[Clip], sound: list[Any]
) -> dict[str, Any]:
    """What raters, pages and store give out of the withdrawn clips, and of the others."""
    curator = Client()
    curator.force_login(corpus.user("curator"))
    return {
        "clips a new rater hears": heard_by_a_rater(campaign, gone),
        "other clips a new rater hears": heard_by_a_rater(campaign, kept),
        "clips a campaign could be given": Clip.objects.eligible()
        .filter(pk__in=_pks(gone))
        .count(),
        "clips on the screen of a rater": on_screen(held, gone),
        "status of the sound a rater holds": sound_of(held),
        "sounds the clip pages play": playing(curator, "clip_audio", gone),
        "other sounds the clip pages play": playing(curator, "clip_audio", kept),
        "clip pages that open": opening(curator, gone),
        "sounds the API gives": playing(curator, "api:clip-audio", gone),
        "files in the store": sum(files.store().exists(clip.file) for clip in gone),
        "other files in the store": sum(files.store().exists(clip.file) for clip in kept),
        "sources in the store": _exist("source_file"),
        "turns that sound in the masters": sounding(sound),
        "words in the turns": words(sound),
        "files in release 1.0.0": released(gone),
        "release 1.0.0 verifies": _verifies("1.0.0"),
        "ratings kept": Rating.objects.filter(clip__in=_pks(gone)).count(),
    }


def _pks(clips: list[Clip]) -> list[int]:
    return [clip.pk for clip in clips]


def heard_by_a_rater(campaign: Campaign, wanted: list[Clip]) -> int:
    """How many of these a rater who never skips is given; nothing is kept of it."""
    rater, keys, found = make.rater(user=corpus.user("rater")), set(_pks(wanted)), 0
    while row := assignments.take_next(rater=rater, campaign=campaign, at=timezone.now()):
        found += row.clip_id in keys
        assignments.skip(rater=rater, token=row.token, reason="upsets_me", at=timezone.now())
    return found


def on_screen(held: Assignment, gone: list[Clip]) -> int:
    """Whether the page of the rater who holds one shows one of these, with its next request."""
    browser = Client()
    browser.force_login(held.rater.user)
    page = browser.get(reverse("rate_next", args=[held.campaign.name]))
    tokens = Assignment.objects.filter(clip__in=_pks(gone)).values_list("token", flat=True)
    return sum(str(token) in page.content.decode() for token in tokens)


def sound_of(held: Assignment) -> int:
    browser = Client()
    browser.force_login(held.rater.user)
    return browser.get(reverse("sound", args=[held.token])).status_code


def playing(curator: Client, name: str, clips: list[Clip]) -> int:
    return sum(curator.get(reverse(name, args=[c.name])).status_code == 200 for c in clips)


def opening(curator: Client, clips: list[Clip]) -> int:
    return sum(curator.get(reverse("clip", args=[c.name])).status_code == 200 for c in clips)


def _exist(field: str) -> int:
    return sum(
        files.store().exists(key) for key in Episode.objects.values_list(field, flat=True) if key
    )


def sounding(turns: list[tuple[int, int, int]]) -> int:
    n = 0
    for episode, start, end in turns:
        with files.store().local(Episode.objects.get(pk=episode).master_file) as master:
            n += bool(audio.read(master, start, end - start).any())
    return n


def words(turns: list[tuple[int, int, int]]) -> int:
    rows = Word.objects.exclude(text="")
    return sum(
        rows.filter(episode=episode, start__lt=end, end__gt=start).count()
        for episode, start, end in turns
    )


def released(gone: list[Clip]) -> int:
    folder = Path(Release.objects.get(version="1.0.0").folder)
    stems = {clip.name for clip in gone}
    return sum(path.stem in stems for path in folder.rglob("*"))


def _verifies(version: str) -> bool:
    return releases.verify(Path(Release.objects.get(version=version).folder)) == []


def check(place: str, three: dict[str, Any], n: int, others: int) -> None:
    """Print it, and note a leak where it is not what it must be at each moment."""
    at_once_gone = {
        "clips a new rater hears",
        "clips a campaign could be given",
        "clips on the screen of a rater",
        "sounds the clip pages play",
        "sounds the API gives",
    }
    later_gone = {
        "files in the store",
        "sources in the store",
        "turns that sound in the masters",
        "words in the turns",
        "files in release 1.0.0",
    }
    last = three["erased"]
    wrong = place in (at_once_gone | later_gone) and (three["before"] == 0 or last != 0)
    wrong |= place in at_once_gone and three["withdrawn"] != 0
    wrong |= place.startswith("other") and set(three.values()) != {others}
    wrong |= place == "status of the sound a rater holds" and list(three.values()) != [
        200,
        410,
        410,
    ]
    wrong |= place == "clip pages that open" and set(three.values()) != {n}
    wrong |= place == "release 1.0.0 verifies" and not all(three.values())
    wrong |= place == "ratings kept" and len(set(three.values())) != 1
    _print(place, three, wrong=wrong)


def said(figure: str, before: Any, value: Any, *, expected: Any) -> None:
    _print(figure, {"before": before, "value": value}, wrong=value != expected)


def _print(figure: str, values: dict[str, Any], *, wrong: bool) -> None:
    if wrong:
        leaks.append(figure)
    print(json.dumps({"figure": figure, **values, "ok": not wrong}), flush=True)


def next_release(gone: list[Clip]) -> None:
    """The version after the withdrawal: tombstones instead of clips."""
    road.command("release", "build", "talk", "1.1.0", "--min-ratings", "1")
    release = Release.objects.get(version="1.1.0")
    folder = Path(release.folder)
    stones = json.loads((folder / "tombstones.json").read_text())
    in_first = release_names("1.0.0") & {clip.name for clip in gone}
    names = {clip.name for clip in gone}
    said("tombstones in 1.1.0", 0, len(stones), expected=len(in_first))
    said("tombstones with the right hash", 0, _hashed(stones), expected=len(in_first))
    said("clips of 1.0.0, of 1.1.0 still there", len(in_first), len(release_names("1.1.0") & names),
         expected=0)  # fmt: skip
    audio_left = sum(path.stem in names for path in folder.rglob("*"))
    said("files of them in 1.1.0", len(in_first), audio_left, expected=0)
    said("release 1.1.0 verifies", None, _verifies("1.1.0"), expected=True)
    counted = f"{len(in_first)} clips were withdrawn since 1.0.0"
    changelog = (folder / "CHANGELOG.md").read_text()
    said("changelog of 1.1.0 says how many", "", counted in changelog, expected=True)
    command = road.command("release", "verify", Release.objects.get(version="1.0.0").folder)
    said("release verify says of 1.0.0", "", command.strip().rpartition(": ")[2], expected=(
        f"every file is as it was released. {2 * len(in_first)} files were withdrawn since, and "
        "left it; WITHDRAWN.csv lists them."))  # fmt: skip


def release_names(version: str) -> set[str]:
    items = Release.objects.get(version=version).items
    return set(items.values_list("clip__name", flat=True))


def _hashed(stones: list[dict[str, Any]]) -> int:
    digests = {clip.name: files.digest_of(clip.file) for clip in Clip.objects.all()}
    return sum(digests[stone["clip"]] == stone["sha256"] for stone in stones)


if __name__ == "__main__":
    main()
