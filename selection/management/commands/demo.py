"""`demo`: the whole road on a sample, with scripted raters."""

import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.utils import timezone

from annotation.actions import agreement, campaigns, consensus
from annotation.models import Campaign
from common.commands import Command as Base
from common.commands import refuse
from corpus.actions import releases
from corpus.actions.release_content import MixedRatings
from corpus.core import units
from corpus.models import Clip, Episode, Podcast, Release
from selection.actions import jobs, simulation
from selection.core.picks import Caps

RATERS = 5
MAIN_FIGURES = ("alpha_interval", "alpha_nominal", "alpha_masi")
MOST_CLIPS = 40
SAMPLE = Path("samples/podcast")


class Command(Base):
    takes_json = False
    help = (
        "Run the whole road on a sample: ingest, pipeline, selection, SIMULATED ratings, consensus, "
        "release. Run it again and it redoes nothing. SOURCE is anything that `ingest` takes."
    )

    def declare(self, parser: CommandParser) -> None:
        own = str(settings.BASE_DIR / SAMPLE)
        parser.add_argument("source", nargs="?", default=own, help="default: our own sample")
        parser.add_argument("--licence", default="", help="as for ingest")
        parser.add_argument("--attribution", default="", help="as for ingest")

    def handle(self, *args: Any, **options: Any) -> None:
        source = options["source"] or str(settings.BASE_DIR / SAMPLE)
        self._say("1 · Ingest", source)
        self._admit_this_machine(source)
        call_command(
            "ingest",
            source,
            licence=options["licence"],
            attribution=options["attribution"],
            stdout=self.stdout,
        )
        self._say("2–6 · Decode, detect, diarise, transcribe, cut, measure")
        self._pipeline()
        podcast = _podcast(source)
        name = _name(podcast)
        self._say("7 · Select", name)
        campaign = self._select(name, podcast)
        self._say("8 · Rate", "scripted raters, marked SIMULATED everywhere")
        self._rate(campaign, source)
        self._say("9 · Agree")
        self._agree(campaign)
        self._say("10 · Release")
        folder = self._release(name)
        self._end(folder, self._people())

    def _admit_this_machine(self, source: str) -> None:
        """A demo of a server on this very machine is what its user asked for, this run only."""
        address = urlsplit(source)
        if address.hostname in ("127.0.0.1", "localhost", "::1"):
            place = address.netloc.rpartition("@")[2]
            options = settings.ENGINE_OPTIONS.setdefault("fetcher", {})
            options["allow_private"] = [*settings.ALLOW_PRIVATE_HOSTS, place]
            self.stdout.write(f"{place} on this machine is admitted for this run.")

    def _say(self, step: str, what: str = "") -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(step) + (f"  {what}" if what else ""))

    def _pipeline(self) -> None:
        try:
            call_command("pipeline", until_idle=True, stdout=self.stdout)
        except SystemExit:
            self.stdout.write(
                "Some runs are still open or failed (above); the road goes on without."
            )

    def _select(self, name: str, podcast: Podcast) -> Campaign:
        """The campaign of the scripted raters, and a small one to try the screen with."""
        campaign = self._filled(
            _make(name, podcast.title, "msp-podcast-with-distribution"),
            podcast,
            n=MOST_CLIPS,
            strategy="balanced",
        )
        trial = _make(f"{name}-try", f"Try it: {podcast.title}", "msp-podcast")
        self._filled(trial, podcast, n=10, strategy="random")
        return campaign

    def _filled(self, campaign: Campaign, podcast: Podcast, *, n: int, strategy: str) -> Campaign:
        """Filled and opened, as far as that was not done before."""
        if campaign.clips.exists():
            self.stdout.write(
                f"{campaign.name} has its {units.counted(campaign.clips.count(), 'clip')} already."
            )
        elif not Clip.objects.eligible().filter(episode__podcast=podcast).exists():
            raise refuse(
                f"No clip of {podcast} passed: `manage.py clips --verdict filtered` and "
                "`manage.py status` say why."
            )
        else:
            self._fill(campaign, podcast, n, strategy)
        if campaign.state == Campaign.State.DRAFT:
            campaign = campaigns.change(campaign=campaign, action="open")
        return campaign

    def _fill(self, campaign: Campaign, podcast: Podcast, n: int, strategy: str) -> None:
        job = jobs.run(
            campaign=campaign,
            strategy=strategy,
            n=n,
            seed=1,
            caps=Caps(),
            by=None,
            at=timezone.now(),
            podcast=podcast,
        )
        self.stdout.write(
            f"{campaign.name}: {job.picks.count()} of {job.n_candidates} clips, {strategy}."
        )

    def _rate(self, campaign: Campaign, source: str) -> None:
        truth = simulation.read_truth(Path(source)) if Path(source).is_dir() else {}
        campaign.refresh_from_db()
        with self.progress(total=campaign.clips.count() * RATERS, what="ratings") as bar:
            made = simulation.rate(
                campaign=campaign, n_raters=RATERS, truth=truth, on_rating=bar.update
            )
        self.stdout.write(f"{made} new ratings by {RATERS} scripted raters.")

    def _agree(self, campaign: Campaign) -> None:
        changed = consensus.recompute_stale(at=timezone.now(), campaign=campaign)
        found = agreement.measure(campaign=campaign, at=timezone.now())
        self.stdout.write(f"{units.counted(changed, 'clip')} with new labels.")
        for figure in found.figures:
            if figure["value"] is not None and figure["statistic"] in MAIN_FIGURES:
                low, high = figure["low"], figure["high"]
                bounds = f" [{low:.2f}, {high:.2f}]" if low is not None else ""
                self.stdout.write(
                    f"  {figure['question']:12} {figure['name']}: {figure['value']:.2f}{bounds}"
                )

    def _release(self, name: str) -> Path:
        for version in _versions(name):
            try:
                call_command(
                    "release", "build", name, version, "--campaign", name, stdout=self.stdout
                )
            except Exception as error:
                if isinstance(error.__cause__, releases.VersionTaken):
                    continue
                known = Release.objects.filter(name=name).order_by("built_at", "pk").last()
                if known and isinstance(error.__cause__, MixedRatings):
                    self.stdout.write(f"No new release: {error}")
                    return Path(known.folder)
                raise
            return Path(settings.RELEASES_DIR) / f"{name}-{version}"
        raise refuse(f"No free version of {name} is left.")

    def _people(self) -> list[str]:
        """A curator and a rater to sign in as; their passwords are made once, for this checkout.

        Somebody who has one of these names already keeps their own password.
        """
        file = Path(settings.VAR_DIR) / "demo-accounts.txt"
        users = get_user_model()
        if file.exists() and users.objects.filter(username="curator").exists():
            return file.read_text().splitlines()
        lines = []
        for name in ("curator", "rater"):
            user, is_new = users.objects.get_or_create(username=name)
            password = secrets.token_urlsafe(6) if is_new else "(with the password they have)"
            if is_new:
                user.set_password(password)
                user.save()
            user.groups.add(Group.objects.get_or_create(name=name)[0])
            lines.append(f"{name}: {password}")
        _write_for_owner(file, "\n".join(lines) + "\n")
        return lines

    def _end(self, folder: Path, people: list[str]) -> None:
        names = sorted(path.name for path in folder.iterdir())
        n_audio = len(list((folder / "Audios").iterdir()))
        self.stdout.write("")
        self.stdout.write(self.style.SUCCESS(f"The release is in {folder}"))
        self.stdout.write(
            f"  {units.counted(n_audio, 'clip')} in Audios/, and "
            + ", ".join(n for n in names if n != "Audios")
        )
        self.stdout.write("Its ratings are simulated: look at it, do not train on it.")
        self.stdout.write("Next: `make up`, then http://127.0.0.1:8000/ and sign in as")
        for line in people:
            self.stdout.write(f"  {line}")


def _make(name: str, title: str, protocol: str) -> Campaign:
    """The campaign of this name, made now if there is none."""
    known = Campaign.objects.filter(name=name).first()
    return known or campaigns.create(
        name=name,
        title=title[:200],
        protocol=campaigns.preset(protocol),
        need=RATERS,
        by=None,
        at=timezone.now(),
    )


def _write_for_owner(file: Path, text: str) -> None:
    """Nobody else can read it, not even while it is written."""
    file.unlink(missing_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(text)


def _podcast(source: str) -> Podcast:
    """The podcast that this source is: the one read from it last."""
    place = source if urlsplit(source).scheme in ("http", "https") else str(Path(source).resolve())
    known = Podcast.objects.filter(source__startswith=place).order_by("-pk").first()
    if known is None:
        known = Podcast.objects.filter(
            pk__in=Episode.objects.filter(audio_url=Path(place).as_uri()).values("podcast")
        ).first()
    if known is None:
        raise refuse(f"{source} was not ingested: see the lines above.")
    return known


def _name(podcast: Podcast) -> str:
    if podcast.source.startswith(str(settings.BASE_DIR / SAMPLE)):
        return "demo"
    slug = re.sub(r"[^a-z0-9]+", "-", podcast.title.lower()).strip("-")[:40] or "podcast"
    return f"demo-{slug}"


def _versions(name: str) -> list[str]:
    """1.0.0, and as many patches as there are releases, for a corpus that has grown since."""
    n = Release.objects.filter(name=name).count()
    return [f"1.0.{patch}" for patch in range(n + 1)]
