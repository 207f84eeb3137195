import errno
import json
import os
import shutil
import subprocess
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from common import files
from corpus.actions import releases, withdrawals
from corpus.actions.release_content import Since, Wish, WithdrawnMeanwhile
from corpus.core.formats import checksums
from corpus.core.releases import NotAVersion
from corpus.models import Clip, Release, ReleaseItem, StageRun
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def build(tmp_path, table, releasable):
    """Builds talk 1.0.0 of two clips; arguments replace any part."""
    clips = [releasable(), releasable()]
    labels = {clip.pk: 2 for clip in clips}

    def run(**how):
        given = {
            "name": "talk",
            "version": "1.0.0",
            "wish": Wish(),
            "table": table(labels),
            "root": tmp_path / "out",
            "by": None,
            "at": NOW,
        }
        return releases.build(**{**given, **how})

    run.clips, run.labels, run.table = clips, labels, table(labels)
    return run


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "out" / "talk-1.0.0"


def content(folder):
    return {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class TestBuild:
    def test_writes_a_folder_that_verifies(self, build, folder):
        release, is_new = build()
        assert is_new
        assert releases.verify(folder) == []
        assert release.digest == checksums.digest((folder / "SHA256SUMS").read_bytes())
        assert {p.name for p in (folder / "Audios").iterdir()} == {
            f"{clip.name}.flac" for clip in build.clips
        }
        assert [p.name for p in folder.parent.iterdir()] == ["talk-1.0.0"]

    def test_records_what_is_in_it_and_how_it_came_about(self, build):
        release, _ = build()
        assert set(release.items.values_list("clip", flat=True)) == set(build.labels)
        assert (release.report["clips"], release.report["ratings"]) == (2, 4)
        run = StageRun.objects.get(stage="release")
        assert (run.outcome, run.subject) == ("done", f"release:{release.pk}")
        assert run.parameters["min_ratings"] is None

    def test_finds_the_same_release_again(self, build, folder):
        first, _ = build()
        before = content(folder)
        again, is_new = build()
        assert (again, is_new) == (first, False)
        assert content(folder) == before
        assert (Release.objects.count(), ReleaseItem.objects.count()) == (1, 2)

    def test_gives_the_same_bytes_elsewhere(self, build, folder, tmp_path):
        build()
        build(root=tmp_path / "other")
        there = tmp_path / "other" / "talk-1.0.0"
        assert [p.read_bytes() for p in content(there)] == list(content(folder).values())

    def test_never_changes_a_version(self, build, folder, table, releasable):
        build()
        before = content(folder)
        more = {**build.labels, releasable().pk: 2}
        with pytest.raises(releases.VersionTaken, match="give the next version"):
            build(table=table(more))
        assert content(folder) == before
        assert Release.objects.get().items.count() == 2
        assert build(table=table(more), version="1.1.0")[1]

    @pytest.mark.parametrize("damage", ["changed", "deleted", "added"])
    def test_heals_a_damaged_folder(self, build, folder, damage):
        build()
        victim = folder / "Partitions.txt"
        if damage == "deleted":
            victim.unlink()
        else:
            (victim if damage == "changed" else folder / "extra").write_text("damage")
        assert releases.verify(folder)
        build()
        assert releases.verify(folder) == []

    @pytest.mark.parametrize("name", ["../talk", "", "a/b", ".hidden", "a b", "x" * 61])
    def test_refuses_a_name_that_is_no_folder_s(self, build, name, tmp_path):
        with pytest.raises(releases.NotAName, match="cannot name a release"):
            build(name=name)
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("version", ["1", "v1.0.0", "1.0.0/../..", ""])
    def test_refuses_what_is_no_version(self, build, version):
        with pytest.raises(NotAVersion):
            build(version=version)

    @pytest.mark.parametrize("loss", ["gone", "damaged"])
    def test_is_refused_where_a_clip_s_file_is_gone_or_damaged(self, build, folder, loss):
        file = files.store().root / build.clips[1].file
        file.unlink() if loss == "gone" else file.write_bytes(b"fLaC")
        with pytest.raises(files.Missing, match=build.clips[1].file):
            build()
        assert list(folder.parent.iterdir()) == []
        assert not Release.objects.exists()

    def test_counts_simulated_ratings(self, build, table):
        release, _ = build(table=table(build.labels, simulated=True))
        assert release.report["simulated_ratings"] == 4

    def test_leaves_nothing_of_a_build_that_was_killed(self, build, folder):
        left = folder.with_name(f".talk-1.0.0.{'0' * 32}.new")
        other = folder.with_name(f".talk-1.1.0.{'0' * 32}.new")
        for path in (left, other):
            path.mkdir(parents=True)
        build()
        assert {p.name for p in folder.parent.iterdir()} == {folder.name, other.name}

    def test_settles_no_other_content(self, build, folder):
        release, _ = build()
        chosen = releases.contents.choose(wish=Wish(), table=build.table)
        drawn = releases.contents.draw(chosen, Wish())
        args = (folder, "f" * 64, NOW, Wish(), chosen, drawn, Since(), None)
        with pytest.raises(releases.VersionTaken):
            releases._settle(release.name, release.version, *args)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    """Of one version; the road in between is stretched until both are on it, if both can be."""

    def both(self, build, first, second, monkeypatch):
        """What the two builds gave, and how many were ever at work at the same time."""
        put, lock = releases._put_in_place, threading.Lock()
        inside, most, found = [0], [0], []

        def slow(*args):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.3)
            try:
                return put(*args)
            finally:
                with lock:
                    inside[0] -= 1

        def run(how):
            try:
                found.append(build(**how))
            except releases.VersionTaken as error:
                found.append(error)
            finally:
                connection.close()

        monkeypatch.setattr(releases, "_put_in_place", slow)
        threads = [threading.Thread(target=run, args=(how,)) for how in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found, most[0]

    def test_wait_for_each_other_and_agree(self, build, folder, monkeypatch):
        found, most = self.both(build, {}, {}, monkeypatch)
        assert most == 1
        assert sorted(is_new for _, is_new in found) == [False, True]
        assert releases.verify(folder) == []

    def test_never_leave_one_folder_under_the_other_s_row(self, build, folder, table, monkeypatch):
        less = {"table": table(dict(list(build.labels.items())[:1]))}
        found, _ = self.both(build, {}, less, monkeypatch)
        assert sum(isinstance(one, releases.VersionTaken) for one in found) == 1
        digest = checksums.digest((folder / "SHA256SUMS").read_bytes())
        assert Release.objects.get().digest == digest

    def test_do_not_keep_other_versions_waiting(self, build, monkeypatch):
        found, most = self.both(build, {}, {"version": "1.1.0"}, monkeypatch)
        assert most == 2
        assert [is_new for _, is_new in found] == [True, True]

    def test_read_everything_as_of_one_moment(self, build, table):
        class Meanwhile(table):
            def labels(self, campaigns):
                rated = super().labels(campaigns)
                assert Clip.objects.exists()  # the moment is that of the first question

                def change():
                    Clip.objects.update(text="changed since")
                    connection.close()

                thread = threading.Thread(target=change)
                thread.start()
                thread.join()
                return rated

        first, _ = build()
        again, is_new = build(table=Meanwhile(build.labels))
        assert (again, is_new) == (first, False)


class TestAFullDisk:
    def test_leaves_nothing_behind_and_says_so(self, build, folder, monkeypatch):
        put = releases._put

        def full(path, body):
            if path.name == "ATTRIBUTION.csv":
                raise OSError(errno.ENOSPC, "No space left on device")
            put(path, body)

        monkeypatch.setattr(releases, "_put", full)
        with pytest.raises(files.StorageFull, match="No room left on"):
            build()
        assert list(folder.parent.iterdir()) == []
        monkeypatch.setattr(releases, "_put", put)
        assert build()[1]
        assert releases.verify(folder) == []

    def test_that_is_real_is_told_as_well(self, build, tmp_path):
        disk = tmp_path / "disk"
        disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(disk)]
        if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a small disk needs the right to mount one")
        try:
            with pytest.raises(files.StorageFull, match=str(disk)):
                build(root=disk)
            assert list(disk.iterdir()) == []
        finally:
            subprocess.run(["umount", str(disk)], check=True)


class TestVerify:
    def test_finds_nothing_in_a_folder_without_its_list(self, tmp_path):
        assert releases.verify(tmp_path / "nowhere") == [
            f"{tmp_path / 'nowhere' / 'SHA256SUMS'} is missing."
        ]

    def test_names_what_is_missing_changed_or_not_listed(self, build, folder):
        build()
        (folder / "Partitions.txt").write_text("changed")
        (folder / "ATTRIBUTION.csv").unlink()
        (folder / "extra").write_text("")
        assert sorted(releases.verify(folder)) == [
            "ATTRIBUTION.csv is missing.",
            "Partitions.txt has changed.",
            "extra is not listed.",
        ]

    @pytest.mark.parametrize("body", [b"nonsense\n", b"\xff\xfe\x00"])
    def test_says_where_the_list_itself_is_damaged(self, tmp_path, body):
        (tmp_path / "SHA256SUMS").write_bytes(body)
        (problem,) = releases.verify(tmp_path)
        assert "SHA256SUMS is damaged" in problem


def withdraw(target, *, reason_class="speaker", **how):
    given = {"reason": "Her wish.", "by": None, "at": NOW, "grace": timedelta(0)}
    return withdrawals.withdraw(target=target, reason_class=reason_class, **{**given, **how})


class TestWithdrawal:
    """What a version says of clips that the ones before it held."""

    @pytest.fixture
    def third(self, build, releasable):
        """A clip more, so that something is left to be released."""
        clip = releasable()
        build.labels[clip.pk] = 2
        build.table.counts[clip.pk] = 2
        return clip

    def test_leaves_the_clip_out_and_says_how_many(self, build, third):
        clip, _ = build.clips
        withdraw(clip.episode)
        release, _ = build()
        assert release.report["left_out"] == ["1 rated clips were withdrawn."]
        assert release.items.count() == 2

    def test_says_so_even_where_the_gate_or_the_licence_would_keep_it_out(self, build, third):
        clip, _ = build.clips
        clip.verdicts.all().delete()
        withdraw(clip.voice.speaker)
        release, _ = build()
        assert release.report["left_out"] == ["1 rated clips were withdrawn."]

    def test_leaves_a_tombstone_in_the_next_version(self, build, third, folder):
        clip, _ = build.clips
        build()
        withdraw(clip.episode)
        release, _ = build(version="1.1.0")
        new = folder.with_name("talk-1.1.0")
        header, row = (new / "tombstones.csv").read_text().splitlines()
        assert header == "clip,sha256,releases,withdrawn_on,reason_class"
        digest = files.digest_of(clip.file)
        assert row == f"{clip.name},{digest},talk 1.0.0,2026-03-01,speaker"
        (plain,) = json.loads((new / "tombstones.json").read_text())
        assert (plain["clip"], plain["releases"]) == (clip.name, ["talk 1.0.0"])
        last = json.loads((new / "manifest.jsonl").read_text().splitlines()[-1])
        assert last == {"name": clip.name, "file": None, "tombstone": plain}
        assert not (new / f"Audios/{clip.name}.flac").exists()
        assert release.report["tombstones"] == 1
        assert releases.verify(new) == []

    def test_says_it_in_changelog_and_readme(self, build, third, folder):
        clip, _ = build.clips
        build()
        withdraw(clip.episode)
        release, _ = build(version="1.1.0")
        new = folder.with_name("talk-1.1.0")
        sentence = "1 clip was withdrawn since 1.0.0: 1 because a person who is heard asked for it."
        assert sentence in release.report["changes"]
        for name in ("CHANGELOG.md", "README.md"):
            assert sentence in (new / name).read_text()
        assert "1 clip was left out since 1.0.0." in (new / "CHANGELOG.md").read_text()
        assert "reason_class" in (new / "README.md").read_text()

    def test_is_carried_by_every_later_version(self, build, third, folder):
        clip, other = build.clips
        build()
        withdraw(clip.episode)
        build(version="1.1.0")
        withdraw(other.episode, reason_class="rights")
        build(version="1.2.0")
        new = folder.with_name("talk-1.2.0")
        stones = json.loads((new / "tombstones.json").read_text())
        assert {stone["clip"]: stone["releases"] for stone in stones} == {
            clip.name: ["talk 1.0.0"],
            other.name: ["talk 1.0.0", "talk 1.1.0"],
        }
        changes = (new / "CHANGELOG.md").read_text()
        assert "1 clip was withdrawn since 1.1.0: 1 because the makers" in changes
        assert "1 clip was withdrawn before that, and stay out." not in changes
        assert "1 clip was withdrawn before that, and stays out." in changes

    def test_shows_no_names_and_no_reasons_of_people(self, build, third, folder):
        clip, _ = build.clips
        build()
        withdraw(clip.episode, reason="Anna wants it so.", requester="Anna Secret")
        build(version="1.1.0")
        for path in folder.with_name("talk-1.1.0").rglob("*"):
            if path.is_file():
                assert b"Secret" not in path.read_bytes()
                assert b"wants it so" not in path.read_bytes()

    def test_is_told_as_none_where_there_was_none(self, build, third, folder):
        build()
        build(version="1.1.0")
        new = folder.with_name("talk-1.1.0")
        assert (new / "tombstones.csv").read_text().count("\n") == 1
        assert "No clip was withdrawn since 1.0.0." in (new / "CHANGELOG.md").read_text()

    def test_gives_the_same_bytes_for_the_same_state(self, build, third, folder, tmp_path):
        clip, _ = build.clips
        build()
        withdraw(clip.episode)
        first, _ = build(version="1.1.0")
        again, is_new = build(version="1.1.0", root=tmp_path / "elsewhere")
        assert (again, is_new) == (first, False)
        assert [p.read_bytes() for p in content(folder.with_name("talk-1.1.0"))] == [
            p.read_bytes() for p in content(tmp_path / "elsewhere" / "talk-1.1.0")
        ]

    def test_gives_the_same_bytes_after_a_later_correction_of_an_older_line(self, build, third):
        clip, _ = build.clips
        build()
        withdraw(clip.episode)
        build(version="1.2.0")
        build(version="1.1.0")
        _, is_new = build(version="1.2.0")
        assert not is_new

    def test_of_a_lifted_clip_leaves_no_tombstone(self, build, third, folder):
        clip, _ = build.clips
        build()
        row = withdraw(clip.episode)
        withdrawals.reinstate(withdrawal=row, reason="An error.", by=None, at=NOW)
        release, _ = build(version="1.1.0")
        assert (release.report["tombstones"], release.items.count()) == (0, 3)

    def test_while_it_is_built_releases_nothing(self, build, folder, monkeypatch):
        clip, _ = build.clips
        write = releases._write

        def slowly(*args):
            withdraw(clip.voice.speaker)
            return write(*args)

        monkeypatch.setattr(releases, "_write", slowly)
        with pytest.raises(WithdrawnMeanwhile, match=r"1 of its clips .* build it again"):
            build()
        assert not folder.exists()
        assert not Release.objects.exists()

    def test_and_erasure_while_it_is_built_is_not_called_a_lost_file(
        self, build, folder, monkeypatch
    ):
        clip, _ = build.clips
        write = releases._write

        def slowly(*args):
            withdrawals.erase(withdrawal=withdraw(clip.episode), at=NOW)
            return write(*args)

        monkeypatch.setattr(releases, "_write", slowly)
        with pytest.raises(WithdrawnMeanwhile):
            build()
        assert not folder.exists()

    def test_while_an_old_version_is_built_again_leaves_no_sound_behind(
        self, build, folder, monkeypatch
    ):
        clip, other = build.clips
        build()
        shutil.rmtree(folder)
        settle = releases._settle

        def late(*args):
            withdrawals.erase(withdrawal=withdraw(clip.episode), at=NOW)
            return settle(*args)

        with monkeypatch.context() as slow, pytest.raises(WithdrawnMeanwhile):
            slow.setattr(releases, "_settle", late)
            build()
        assert [p.name for p in (folder / "Audios").iterdir()] == [f"{other.name}.flac"]
        assert releases.verify(folder) == []
        assert Release.objects.count() == 1
