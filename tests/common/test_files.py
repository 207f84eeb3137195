import errno
import hashlib
import io
import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import InMemoryStorage
from django.utils import timezone

from common import files
from common.files import BucketStore, FolderStore, Missing, StorageFull

BODY = b"some sound"
DIGEST = hashlib.sha256(BODY).hexdigest()
KEY = f"{DIGEST[:2]}/{DIGEST}.wav"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.wav"
    path.write_bytes(BODY)
    return path


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path, monkeypatch):
    """Both stores keep the same promises; the bucket is one in memory."""
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    monkeypatch.setattr(files, "storages", {"media": InMemoryStorage()})
    return BucketStore()


class TestStores:
    def test_name_a_file_by_its_content(self, store, source):
        assert store.put(source, suffix=".wav") == KEY
        assert files.digest_of(KEY) == DIGEST

    def test_give_back_what_was_put(self, store, source):
        key = store.put(source, suffix=".wav")
        with store.open(key) as file:
            assert file.read() == BODY
        with store.local(key) as path:
            assert path.read_bytes() == BODY
        assert store.size(key) == len(BODY)
        assert store.exists(key)
        assert source.exists()

    def test_keep_the_same_content_once(self, store, source):
        assert store.put(source, suffix=".wav") == store.put(source, suffix=".wav")

    def test_lose_for_good_what_is_deleted(self, store, source):
        key = store.put(source, suffix=".wav")
        assert store.delete(key)
        assert not store.exists(key)
        assert not store.delete(key)

    def test_take_back_what_was_deleted(self, store, source):
        store.delete(store.put(source, suffix=".wav"))
        assert store.exists(store.put(source, suffix=".wav"))

    def test_miss_what_they_do_not_have(self, store):
        assert not store.exists(KEY)
        for ask in (store.open, store.size):
            with pytest.raises(Missing, match=DIGEST):
                ask(KEY)
        with pytest.raises(Missing, match=DIGEST), store.local(KEY):
            pass


class TestFolderStore:
    def test_shows_a_file_only_when_it_is_whole(self, tmp_path, source, monkeypatch):
        def copy(old, new, length):
            new.write(b"half of")
            raise KeyboardInterrupt

        store = FolderStore(tmp_path / "store")
        monkeypatch.setattr(files.shutil, "copyfileobj", copy)
        with pytest.raises(KeyboardInterrupt):
            store.put(source, suffix=".wav")
        assert [p for p in (tmp_path / "store").rglob("*") if p.is_file()] == []

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
    def test_says_what_to_do_when_the_disk_is_full(self, tmp_path, source, monkeypatch, code):
        def copy(old, new, length):
            new.write(b"half of")
            raise OSError(code, "No space left on device")

        store = FolderStore(tmp_path / "store")
        monkeypatch.setattr(files.shutil, "copyfileobj", copy)
        with pytest.raises(StorageFull, match=r"No room left on .*store\. Nothing was lost"):
            store.put(source, suffix=".wav")
        monkeypatch.undo()
        assert [p for p in (tmp_path / "store").rglob("*") if p.is_file()] == []
        assert store.put(source, suffix=".wav") == KEY

    def test_does_not_call_other_trouble_a_full_disk(self, tmp_path, source):
        (tmp_path / "store").write_text("a file in the way")
        with pytest.raises(NotADirectoryError):
            FolderStore(tmp_path / "store").put(source, suffix=".wav")

    def test_takes_the_same_file_from_many_at_once(self, tmp_path, source):
        store, keys = FolderStore(tmp_path / "store"), []
        threads = [
            threading.Thread(target=lambda: keys.append(store.put(source, suffix=".wav")))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert keys == [KEY] * 8
        assert [p.name for p in (tmp_path / "store").rglob("*") if p.is_file()] == [KEY[3:]]

    def test_brings_the_name_to_the_disk_and_not_the_content_alone(
        self, tmp_path, source, monkeypatch
    ):
        synced, sync = [], os.fsync

        def noting(handle):
            synced.append(Path(f"/proc/self/fd/{handle}").readlink())
            sync(handle)

        monkeypatch.setattr(files.os, "fsync", noting)
        store = FolderStore(tmp_path / "store")
        key = store.put(source, suffix=".wav")
        assert synced[0] == store.root  # where the new folder's name is
        assert synced[1].name.startswith(".new-")
        assert synced[2] == (store.root / key).parent

    def test_lets_the_web_server_read_its_files(self, tmp_path, source):
        key = FolderStore(tmp_path).put(source, suffix=".wav")
        assert (tmp_path / key).stat().st_mode & 0o777 == 0o644


class TestStore:
    def test_is_the_folder_of_the_settings(self, settings):
        assert files.store().root.as_posix() == settings.MEDIA_ROOT

    def test_is_the_bucket_where_one_is_named(self, settings, monkeypatch):
        monkeypatch.setattr(files, "storages", {"media": InMemoryStorage()})
        settings.MEDIA_BUCKET = "sounds"
        files.store.cache_clear()
        assert isinstance(files.store(), BucketStore)


class TestScratch:
    def test_is_gone_after_the_block(self, settings):
        with files.scratch() as folder:
            (folder / "half").write_text("made")
            assert folder.parent == settings.SCRATCH_ROOT
        assert list(settings.SCRATCH_ROOT.iterdir()) == []

    def test_is_gone_after_a_failure_too(self, settings):
        with pytest.raises(ValueError, match="in the middle"), files.scratch() as folder:
            (folder / "half").write_text("made")
            raise ValueError("in the middle")
        assert list(settings.SCRATCH_ROOT.iterdir()) == []

    def test_tells_when_the_disk_is_full(self):
        with pytest.raises(StorageFull, match="No room left"), files.scratch():
            raise OSError(errno.ENOSPC, "No space left on device")

    def test_leaves_other_errors_as_they_are(self):
        with pytest.raises(FileNotFoundError), files.scratch():
            raise FileNotFoundError("a file")


class TestSweep:
    @pytest.fixture
    def left(self, settings):
        """What a killed worker leaves, and what is no waste."""
        media, scratch = Path(settings.MEDIA_ROOT), settings.SCRATCH_ROOT
        half, folder, part = media / ".new-x", scratch / "tmpx", scratch / "downloads" / "part"
        for path in (half, folder / "clip.flac", part, media / KEY):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(BODY)
        return half, folder, part, media / KEY

    def test_removes_what_was_left_half_made(self, left):
        half, folder, part, whole = left
        assert files.sweep(before=timezone.now() + timedelta(hours=1)) == 2
        assert [path.exists() for path in (half, folder, part, whole)] == [False, False, True, True]

    def test_leaves_what_somebody_works_on(self, left):
        os.utime(left[1], (0, 0))  # an old folder with a new file
        assert files.sweep(before=timezone.now() - timedelta(hours=1)) == 0
        assert all(path.exists() for path in left)

    def test_looks_at_no_folder_where_a_bucket_is(self, left, settings):
        settings.MEDIA_BUCKET = "sounds"
        assert files.sweep(before=timezone.now() + timedelta(hours=1)) == 1
        assert left[0].exists()


class TestSha256:
    def test_is_that_of_the_whole_file_however_long(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "CHUNK", 3)
        path = tmp_path / "file"
        path.write_bytes(BODY)
        assert files.sha256(path) == hashlib.file_digest(io.BytesIO(BODY), "sha256").hexdigest()
