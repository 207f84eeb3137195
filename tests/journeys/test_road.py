"""A folder becomes a release: real core, real files, real database; engines and raters are fakes."""

import hashlib
import json

import pytest
from django.utils import timezone

from annotation.actions import campaigns, consensus
from annotation.models import Consensus, Rating
from corpus.actions import provenance, releases
from corpus.actions.release_content import Wish
from corpus.core.stages import EPISODE_STAGES
from corpus.models import Clip, Episode, QualityVerdict, Release, SpeakerTurn, StageRun, Word
from selection.actions import jobs, simulation
from selection.core.picks import Caps
from tests import fakes, road
from tests.factories.corpus import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


class Killed(BaseException):
    """As if the process ended here."""


@pytest.fixture(autouse=True)
def _engines(settings):
    with fakes.installed(settings):
        yield


@pytest.fixture
def source(tmp_path):
    return road.folder(tmp_path / "talk")


def corpus():
    """Everything that the road is to end in, whatever happened on the way."""
    clips = Clip.objects.current().order_by("name")
    return {
        "clips": [
            (c.name, c.start, c.end, c.text, c.file, c.voice.label, bool(c.voice.speaker_id))
            for c in clips
        ],
        "verdicts": [
            (v.clip.name, v.is_accepted, v.reasons)
            for v in QualityVerdict.objects.select_related("clip").order_by("clip__name")
        ],
        "masters": list(Episode.objects.order_by("number").values_list("master_file", "n_samples")),
        "counts": (SpeakerTurn.objects.count(), Word.objects.count()),
    }


def rated(name="talk"):
    """A campaign of all accepted clips, rated by three scripted raters."""
    campaign = campaigns.create(
        name=name, title="", protocol=campaigns.preset("msp-podcast"), need=3, by=None, at=NOW
    )
    jobs.run(campaign=campaign, strategy="random", n=9, seed=1, caps=Caps(), by=None, at=NOW)
    campaigns.change(campaign=campaign, action="open")
    campaign.refresh_from_db()
    simulation.rate(campaign=campaign, n_raters=3, truth={}, on_rating=lambda: None)
    consensus.recompute_stale(at=NOW, campaign=campaign)
    return campaign


def content(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


class TestRoad:
    def test_cuts_and_judges_what_a_folder_holds(self, source):
        road.ingest(source)
        road.walk()
        verdicts = [accepted for _, accepted, _ in corpus()["verdicts"]]
        assert verdicts == [True, True, False] * 2
        assert not StageRun.objects.exclude(outcome="done").exists()

    def test_knows_a_voice_again_in_the_next_episode(self, source):
        road.ingest(source)
        road.walk()
        speakers = {}
        for clip in Clip.objects.select_related("voice"):
            speakers.setdefault(clip.voice.label, set()).add(clip.voice.speaker_id)
        assert all(len(known) == 1 for known in speakers.values())
        assert speakers[fakes.LOUD] != speakers[fakes.SOFT]

    def test_has_nothing_to_do_the_second_time(self, source):
        road.ingest(source)
        assert road.walk()
        before = corpus()
        road.ingest(source)
        assert road.walk() == []
        assert corpus() == before

    def test_gives_the_same_release_twice(self, source, tmp_path):
        road.ingest(source)
        road.walk()
        rated()
        road.command("release", "build", "talk", "1.0.0", out=tmp_path / "one")
        road.command("release", "build", "talk", "1.0.0", out=tmp_path / "two")
        first, second = (content(tmp_path / place / "talk-1.0.0") for place in ("one", "two"))
        assert first == second
        assert {"Labels/labels_consensus.csv", "Partitions.txt", "ATTRIBUTION.csv"} <= set(first)
        assert Release.objects.count() == 1

    def test_releases_what_verifies_and_leads_back_to_the_feed(self, source, tmp_path):
        road.ingest(source)
        road.walk()
        rated()
        road.command("release", "build", "talk", "1.0.0", out=tmp_path)
        folder = tmp_path / "talk-1.0.0"
        assert releases.verify(folder) == []
        name = sorted((folder / "Audios").iterdir())[0]
        found = json.loads(road.command("provenance", str(name), json=True))
        assert found["podcast"]["read_from"] == str(source / "feed.xml")
        assert found["source"]["url"] == (source / "ep1.wav").as_uri()
        assert found["licence"]["evidence"][0]["source_sha256"] == (
            hashlib.sha256((source / "feed.xml").read_bytes()).hexdigest()
        )
        assert [stage["stage"] for stage in found["stages"]][:2] == ["fetch", "standardise"]
        assert found["releases"] == [{"release": "talk 1.0.0", "partition": "Train"}]
        assert found["file_sha256"] == hashlib.sha256(name.read_bytes()).hexdigest()

    def test_marks_scripted_ratings_as_simulated(self, source, tmp_path):
        road.ingest(source)
        road.walk()
        rated()
        said = road.command("release", "build", "talk", "1.0.0", out=tmp_path)
        assert f"SIMULATED, and marked as such: {Rating.objects.count()} ratings." in said
        assert "simulated" in (tmp_path / "talk-1.0.0" / "README.md").read_text().lower()


class TestAKill:
    """The process ends in the middle of a stage, and the next one takes up what it left."""

    @pytest.fixture
    def untouched(self, tmp_path):
        """A folder that was taken in, and nothing more."""
        source = road.folder(tmp_path / "talk", episodes=1)
        road.ingest(source)
        return source

    @pytest.mark.parametrize("stage", [stage.name for stage in EPISODE_STAGES] + ["identify"])
    def test_in_any_stage_ends_in_the_same_corpus(self, untouched, stage, monkeypatch):
        from corpus.actions import runs

        road.walk(until=stage)
        finish, killed = runs.finish, []

        def die(run, **how):
            if run.stage == stage and not killed:
                killed.append(run.pk)
                raise Killed
            finish(run, **how)

        monkeypatch.setattr(runs, "finish", die)
        with pytest.raises(Killed):
            road.walk()
        row = StageRun.objects.get(pk=killed[0])
        assert row.claim is not None
        assert row.done_at is None
        road.forget_claims()
        road.walk()
        assert corpus() == expected(untouched)
        assert StageRun.objects.get(pk=killed[0]).attempts == 2

    def test_before_the_files_of_a_cut_are_all_written(self, untouched, monkeypatch):
        from corpus.actions import clips

        road.walk(until="cut")
        write, written = clips.audio.write_flac, []

        def die(path, samples):
            write(path, samples)
            written.append(path)
            if len(written) == 2:
                raise Killed

        monkeypatch.setattr(clips.audio, "write_flac", die)
        with pytest.raises(Killed):
            road.walk()
        assert not Clip.objects.exists()
        road.forget_claims()
        road.walk()
        assert corpus() == expected(untouched)

    def test_while_a_release_is_written_leaves_none_and_the_next_is_whole(
        self, untouched, tmp_path, monkeypatch
    ):
        road.walk()
        rated()
        put, written = releases._put, []

        def die(path, body):
            written.append(path)
            if len(written) == 5:
                raise Killed
            put(path, body)

        monkeypatch.setattr(releases, "_put", die)
        with pytest.raises(Killed):
            road.command("release", "build", "talk", "1.0.0", out=tmp_path / "out")
        monkeypatch.setattr(releases, "_put", put)
        assert not Release.objects.exists()
        assert not (tmp_path / "out" / "talk-1.0.0").exists()
        road.command("release", "build", "talk", "1.0.0", out=tmp_path / "out")
        assert releases.verify(tmp_path / "out" / "talk-1.0.0") == []

    def test_between_the_folder_and_its_row_is_healed_by_the_next_build(
        self, untouched, tmp_path, monkeypatch
    ):
        road.walk()
        rated()
        settle = releases._settle

        def die(*_):
            raise Killed

        monkeypatch.setattr(releases, "_settle", die)
        with pytest.raises(Killed):
            road.command("release", "build", "talk", "1.0.0", out=tmp_path)
        monkeypatch.setattr(releases, "_settle", settle)
        road.command("release", "build", "talk", "1.0.0", out=tmp_path)
        assert Release.objects.get().digest
        assert releases.verify(tmp_path / "talk-1.0.0") == []

    def test_while_people_rate_loses_no_rating(self, untouched):
        road.walk()
        campaign = campaigns.create(
            name="talk", title="", protocol=campaigns.preset("msp-podcast"), need=3, by=None, at=NOW
        )
        jobs.run(campaign=campaign, strategy="random", n=9, seed=1, caps=Caps(), by=None, at=NOW)
        campaigns.change(campaign=campaign, action="open")
        campaign.refresh_from_db()

        def die():
            if Rating.objects.count() == 4:
                raise Killed

        with pytest.raises(Killed):
            simulation.rate(campaign=campaign, n_raters=3, truth={}, on_rating=die)
        assert Rating.objects.count() == 4
        simulation.rate(campaign=campaign, n_raters=3, truth={}, on_rating=lambda: None)
        assert Rating.objects.count() == 3 * Clip.objects.eligible().count()
        assert consensus.recompute_stale(at=timezone.now()) == Consensus.objects.count() == 2


class TestWish:
    def test_with_nobody_s_ratings_is_refused(self, source, tmp_path):
        from annotation.actions.exports import ConsensusTable
        from corpus.actions.release_content import NothingToRelease

        road.ingest(source)
        road.walk()
        with pytest.raises(NothingToRelease, match="rating"):
            releases.build(
                name="talk",
                version="1.0.0",
                wish=Wish(),
                table=ConsensusTable(),
                root=tmp_path,
                by=None,
                at=NOW,
            )
        assert provenance.of(Clip.objects.order_by("name")[0])["releases"] == []


def expected(source):
    """What an undisturbed road makes of the folder, computed by core alone."""
    from corpus.core import clips, quality, segments
    from corpus.core.clips import CutRules
    from corpus.core.segments import Segment

    made = {"clips": [], "verdicts": [], "masters": [], "counts": (0, 0)}
    turns = words = 0
    for number, wav in enumerate(sorted(source.glob("*.wav")), start=1):
        samples = fakes.FakeDecoder().decode(wav).samples
        speech = fakes.FakeDetector().detect(samples)
        found = fakes.FakeDiariser().diarise(samples)
        said = fakes.FakeTranscriber().transcribe(samples, speech=speech, language="eng")
        turns, words = turns + len(found.turns), words + len(said.words)
        made["masters"].append((key(samples), len(samples)))
        spans = clips.cut(
            turns=found.turns,
            words=said.words,
            speech=speech,
            length=len(samples),
            rules=CutRules(),
        )
        for n, span in enumerate(spans, start=1):
            name = f"EMOCAST_{number:04d}_{n:04d}"
            start, end = span.segment.start, span.segment.end
            own = samples[start:end]
            row = (name, start, end, span.text, key(own), span.label, True)
            made["clips"].append(row)
            measured = quality.measure(
                own, speech=segments.relative(speech, Segment(start, end)), overlaps=[]
            )
            verdict = quality.judge(measured, quality.Gate())
            reasons = [str(reason) for reason in verdict.reasons]
            made["verdicts"].append((name, verdict.accepted, reasons))
    return {**made, "counts": (turns, words)}


def key(samples):
    """The name that these samples get in the media store."""
    import io

    from common.files import key_of
    from corpus.engines import audio

    packed = io.BytesIO()
    audio.write_flac(packed, samples)
    return key_of(hashlib.sha256(packed.getvalue()).hexdigest(), ".flac")
