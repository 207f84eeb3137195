import errno
import hashlib
import os
import subprocess

import pytest
import soundfile

from common import files
from corpus.actions import episodes, runs
from corpus.engines import audio
from corpus.engines.failures import FetchFailed
from corpus.models import Episode
from tests import fakes
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
URL = "https://talk.example/ep.WAV?token=1"


def open_run(episode, stage):
    return make.run(episode, stage=stage, done_at=None, outcome="")


def fetch(episode, fetcher=None):
    run = open_run(episode, "fetch")
    episodes.fetch(run=run, fetcher=fetcher or fakes.FakeFetcher(), at=NOW)
    episode.refresh_from_db()
    run.refresh_from_db()
    return run


def standardise(episode):
    run = open_run(episode, "standardise")
    episodes.standardise(run=run, decoder=fakes.FakeDecoder(), at=NOW)
    episode.refresh_from_db()


@pytest.fixture
def wav(tmp_path):
    return fakes.write_wav(tmp_path / "ep 1#.wav", fakes.voice(1))


class TestFetch:
    def test_keeps_a_local_file_as_it_is(self, wav):
        episode = make.episode(audio_url=wav.as_uri())
        run = fetch(episode)
        digest = hashlib.sha256(wav.read_bytes()).hexdigest()
        assert episode.source_file == f"{digest[:2]}/{digest}.wav"
        assert episode.source_urls == [wav.as_uri()]
        assert (run.result["bytes"], run.result["sha256"]) == (wav.stat().st_size, digest)
        with files.store().local(episode.source_file) as kept:
            assert kept.read_bytes() == wav.read_bytes()

    def test_keeps_a_download_and_the_way_it_came(self, wav, settings):
        episode = make.episode(audio_url=URL)
        fetch(episode, fakes.FakeFetcher({URL: wav.read_bytes()}))
        assert episode.source_file.endswith(".wav")
        assert episode.source_urls == [URL, f"{URL}#mirror"]
        assert episode.source_bytes == wav.stat().st_size
        assert not list((settings.SCRATCH_ROOT / "downloads").iterdir())

    def test_says_by_which_hash_it_is_what_the_feed_promised(self, wav):
        body = wav.read_bytes()
        promise = f"sha256-{hashlib.sha256(body).hexdigest()} crc32-AAAA"
        run = fetch(make.episode(audio_url=URL, integrity=promise), fakes.FakeFetcher({URL: body}))
        assert run.result["verified"] == "sha256"
        assert "crc32" in run.result["notes"][0]

    def test_keeps_nothing_that_the_feed_did_not_promise(self, wav):
        promise = f"sha256-{hashlib.sha256(b'another').hexdigest()}"
        episode = make.episode(audio_url=URL, integrity=promise)
        with pytest.raises(FetchFailed, match="sha256 differs") as caught:
            fetch(episode, fakes.FakeFetcher({URL: wav.read_bytes()}))
        episode.refresh_from_db()
        assert not caught.value.retry
        assert episode.source_file == ""

    def test_says_where_a_file_is_missed(self, tmp_path):
        episode = make.episode(audio_url=(tmp_path / "gone.wav").as_uri())
        with pytest.raises(FetchFailed, match=r"gone\.wav is no longer there.*--retry-failed"):
            fetch(episode)

    def test_gives_each_episode_a_place_of_its_own_to_download_to(self):
        first, second = (make.episode(audio_url=URL) for _ in range(2))
        assert episodes._partial(first) != episodes._partial(second)
        assert episodes._partial(first) == episodes._partial(first)

    @pytest.mark.parametrize(
        ("url", "suffix"),
        [(URL, ".wav"), ("https://x.example/a", ""), ("https://x.example/a.b?c=.mp3", ".b"),
         ("https://x.example/a.toolongtobe", "")],
    )  # fmt: skip
    def test_names_the_file_by_a_plain_suffix(self, url, suffix):
        assert episodes._suffix(url) == suffix

    def test_takes_nothing_that_another_worker_wrote(self, wav, settings):
        class Overtaken(fakes.FakeFetcher):
            def download(self, url, to, **wishes):
                got = super().download(url, to, **wishes)
                to.write_bytes(b"half of another file")
                return got

        episode = make.episode(audio_url=URL)
        with pytest.raises(FetchFailed, match="wrote over the download") as caught:
            fetch(episode, Overtaken({URL: wav.read_bytes()}))
        episode.refresh_from_db()
        assert caught.value.retry
        assert episode.source_file == ""
        assert not list((settings.SCRATCH_ROOT / "downloads").iterdir())

    def test_comes_back_when_another_worker_took_the_file(self, wav):
        class Robbed(fakes.FakeFetcher):
            def download(self, url, to, **wishes):
                got = super().download(url, to, **wishes)
                to.unlink()
                return got

        with pytest.raises(FetchFailed, match="Another worker took") as caught:
            fetch(make.episode(audio_url=URL), Robbed({URL: wav.read_bytes()}))
        assert caught.value.retry

    def test_undoes_everything_when_the_lease_is_lost(self, wav):
        episode = make.episode(audio_url=wav.as_uri())
        run = open_run(episode, "fetch")
        type(run).objects.filter(pk=run.pk).update(done_at=NOW, outcome="done")
        with pytest.raises(runs.LeaseLost):
            episodes.fetch(run=run, fetcher=None, at=NOW)
        episode.refresh_from_db()
        assert episode.source_file == ""


class TestTwins:
    """The same bytes in two episodes are one recording."""

    def test_the_later_episode_is_the_copy(self, wav):
        first, second = (make.episode(audio_url=wav.as_uri()) for _ in range(2))
        fetch(first)
        fetch(second)
        assert (first.duplicate_of, second.duplicate_of) == (None, first)

    def test_whichever_was_fetched_first(self, wav):
        first, second = (make.episode(audio_url=wav.as_uri()) for _ in range(2))
        fetch(second)
        assert second.duplicate_of is None
        fetch(first)
        second.refresh_from_db()
        assert (first.duplicate_of, second.duplicate_of) == (None, first)

    def test_are_told_by_content_not_by_suffix(self, wav, tmp_path):
        other = tmp_path / "copy.wave"
        other.write_bytes(wav.read_bytes())
        first, second = (make.episode(audio_url=path.as_uri()) for path in (wav, other))
        fetch(first)
        fetch(second)
        assert second.duplicate_of == first

    def test_that_are_cut_already_stay_the_original(self, wav):
        first, second, third = (make.episode(audio_url=wav.as_uri()) for _ in range(3))
        fetch(second)
        make.clip(episode=second)
        for episode in (first, third):
            fetch(episode)
            assert episode.duplicate_of == second
        second.refresh_from_db()
        assert second.duplicate_of is None

    def test_that_are_all_cut_leave_the_first_as_the_original(self, wav):
        first, second = (make.episode(audio_url=wav.as_uri()) for _ in range(2))
        for episode in (second, first):
            make.clip(episode=episode)
            fetch(episode)
        second.refresh_from_db()
        assert (first.duplicate_of, second.duplicate_of) == (None, first)

    def test_with_another_tag_are_told_by_their_samples(self, wav, tmp_path):
        first, second, third = (make.episode(audio_url=wav.as_uri(), n_samples=None) for _ in "abc")
        tagged = tmp_path / "tagged.wav"
        tagged.write_bytes(wav.read_bytes() + b"LIST\x04\x00\x00\x00INFO")
        Episode.objects.filter(pk=first.pk).update(audio_url=tagged.as_uri())
        first.refresh_from_db()
        for episode in (second, third, first):
            fetch(episode)
            assert first.duplicate_of is None
        for episode in (second, first):
            standardise(episode)
        third.refresh_from_db()
        second.refresh_from_db()
        assert first.source_file != second.source_file
        assert (first.duplicate_of, second.duplicate_of, third.duplicate_of) == (None, first, first)

    def test_of_other_sound_are_none(self, wav, tmp_path):
        fetch(make.episode(audio_url=wav.as_uri()))
        other = fakes.write_wav(tmp_path / "other.wav", fakes.voice(1, seed=2))
        fetch(make.episode(audio_url=other.as_uri()))
        assert not Episode.objects.exclude(duplicate_of=None).exists()


class TestStandardise:
    @pytest.fixture
    def fetched(self, wav):
        episode = make.episode(audio_url=wav.as_uri(), n_samples=None)
        fetch(episode)
        return episode

    def test_makes_a_master_of_the_same_samples(self, fetched):
        run = open_run(fetched, "standardise")
        episodes.standardise(run=run, decoder=fakes.FakeDecoder(), at=NOW)
        fetched.refresh_from_db()
        with files.store().local(fetched.master_file) as master:
            facts = soundfile.info(master)
            assert (audio.read(master) == fakes.voice(1)).all()
        assert (facts.format, facts.subtype, facts.samplerate, facts.channels) == (
            "FLAC",
            "PCM_16",
            16_000,
            1,
        )
        assert (fetched.n_samples, fetched.codec, fetched.native_rate) == (
            16_000,
            "pcm_s16le",
            16_000,
        )

    def test_gives_the_same_file_again(self, fetched):
        keys = set()
        for _ in range(2):
            run = open_run(fetched, "standardise")
            episodes.standardise(run=run, decoder=fakes.FakeDecoder(), at=NOW)
            fetched.refresh_from_db()
            keys.add(fetched.master_file)
        assert len(keys) == 1


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of 1 MB; only root may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


class TestAFullDisk:
    """Nothing is lost, the sentence says what to do, and the work goes on when there is room."""

    def carry_out(self, run, **how):
        return runs.carry_out(
            run_id=run.pk,
            work=lambda row: episodes.standardise(run=row, decoder=fakes.FakeDecoder(), at=NOW),
            now=lambda: how.get("now", NOW),
        )

    @pytest.mark.parametrize("full", ["MEDIA_ROOT", "SCRATCH_ROOT"])
    def test_of_media_or_scratch_is_told_and_waited_for(self, tmp_path, tiny_disk, settings, full):
        from datetime import timedelta

        wav = fakes.write_wav(tmp_path / "long.wav", fakes.noise(20))
        episode = make.episode(audio_url=wav.as_uri(), n_samples=None)
        fetch(episode)
        source = files.store()
        before = {path: path.read_bytes() for path in source.root.rglob("*.wav")}
        settings.MEDIA_ROOT = settings.MEDIA_ROOT if full == "SCRATCH_ROOT" else str(tiny_disk)
        settings.SCRATCH_ROOT = tiny_disk if full == "SCRATCH_ROOT" else settings.SCRATCH_ROOT
        if full == "MEDIA_ROOT":
            target = tiny_disk / episode.source_file
            target.parent.mkdir(parents=True)
            target.symlink_to(source.root / episode.source_file)
        files.store.cache_clear()
        (tiny_disk / "ballast").write_bytes(bytes(800_000))
        run = open_run(episode, "standardise")
        row = self.carry_out(run)
        assert row.error.startswith(f"No room left on {tiny_disk}. Nothing was lost")
        assert (row.done_at, row.attempts) == (None, 0)
        assert runs.is_storage_full()
        assert {path: path.read_bytes() for path in before} == before
        assert [p.name for p in tiny_disk.rglob("*") if p.is_file() and not p.is_symlink()] == [
            "ballast"
        ]
        (tiny_disk / "ballast").unlink()
        row = self.carry_out(run, now=NOW + timedelta(minutes=1))
        assert row.outcome == "done"
        assert not runs.is_storage_full()

    def test_at_the_folder_of_downloads_counts_as_full(self, settings, monkeypatch):
        from pathlib import Path

        def mkdir(self, *_, **__):
            raise OSError(errno.ENOSPC, "No space left on device")

        episode = make.episode(audio_url=URL)
        monkeypatch.setattr(Path, "mkdir", mkdir)
        with pytest.raises(files.StorageFull):
            episodes._partial(episode)
