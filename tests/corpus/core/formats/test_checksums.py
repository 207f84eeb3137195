"""SHA256SUMS, proven with coreutils."""

import subprocess
from pathlib import Path

import pytest

from corpus.core.formats import checksums

FILES = {"b/é 2.txt": b"two", "a.txt": b"one", "Z.txt": b""}


def digests() -> dict[str, str]:
    return {path: checksums.digest(content) for path, content in FILES.items()}


def verified(folder: Path) -> bool:
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0


@pytest.fixture
def release(tmp_path: Path) -> Path:
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "SHA256SUMS").write_bytes(checksums.text(digests()))
    return tmp_path


class TestText:
    def test_is_verified_by_sha256sum(self, release: Path) -> None:
        assert verified(release)

    def test_fails_sha256sum_when_one_byte_changes(self, release: Path) -> None:
        (release / "a.txt").write_bytes(b"onE")
        assert not verified(release)

    def test_is_sorted_by_path(self) -> None:
        lines = checksums.text(digests()).decode().splitlines()
        assert [line[66:] for line in lines] == ["Z.txt", "a.txt", "b/é 2.txt"]

    def test_reads_back(self) -> None:
        assert checksums.read(checksums.text(digests())) == digests()

    @pytest.mark.parametrize("path", ["", "/a", "a\\b", "a\nb", "SHA256SUMS"])
    def test_refuses_paths_that_need_escapes(self, path: str) -> None:
        with pytest.raises(checksums.Unlistable, match="cannot stand"):
            checksums.text({path: "0" * 64})

    def test_refuses_what_is_no_digest(self) -> None:
        with pytest.raises(checksums.Unlistable, match="no SHA-256"):
            checksums.text({"a": "0" * 63})

    def test_is_refused_when_damaged(self) -> None:
        with pytest.raises(checksums.Unlistable, match="no checksum line"):
            checksums.read(b"abc  a.txt\n")


class TestContentDigest:
    def test_ignores_order_and_notices_content_and_names(self) -> None:
        one = checksums.content_digest(digests())
        assert checksums.content_digest(dict(reversed(digests().items()))) == one
        assert checksums.content_digest(digests() | {"a.txt": "0" * 64}) != one
        renamed = {path.upper(): value for path, value in digests().items()}
        assert checksums.content_digest(renamed) != one
