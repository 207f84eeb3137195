"""Versions: cheap, complete, and different whenever something is."""

import subprocess
import sys

import pytest

from corpus.engines import versions
from corpus.engines.base import EngineMissing

DIARISER = "corpus.engines.studio.diariser.CommunityDiariser"


class TestOf:
    @pytest.mark.parametrize("dotted", sorted(versions._RECIPES))
    def test_names_the_packages_of_every_engine(self, dotted):
        version = versions.of(dotted)
        name, packages, digest = version.split()
        assert "/" in name
        assert "=" in packages
        assert len(digest) == 12

    def test_changes_with_the_settings_but_not_with_the_machine(self):
        plain = versions.of(DIARISER, {"model": "a/b"})
        assert plain != versions.of(DIARISER, {"model": "a/c"})
        assert plain == versions.of(DIARISER, {"model": "a/b", "device": "cuda", "token": "x"})

    def test_knows_a_folder_by_its_files(self, tmp_path):
        for name in ("one", "two", "three"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "weights.bin").write_bytes(b"1" if name == "three" else b"22")
        one, two, three = (
            versions.of(DIARISER, {"model": tmp_path / name}) for name in ("one", "two", "three")
        )
        assert one == two
        assert one != three

    def test_refuses_a_path_without_a_recipe(self):
        with pytest.raises(LookupError, match="has no recipe"):
            versions.of("corpus.engines.nothing.Nobody")

    def test_imports_neither_torch_nor_an_engine(self):
        code = (
            "import sys; from corpus.engines import versions\n"
            "for dotted in versions._RECIPES: versions.of(dotted)\n"
            "heavy = {'torch', 'torchaudio', 'pyannote.audio', 'whisperx', 'resemblyzer', 'av'}\n"
            "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


class TestWheelFile:
    @pytest.mark.parametrize("package", ["no_such_package", "numpy"])
    def test_says_what_is_missing(self, package):
        with pytest.raises(EngineMissing, match=package):
            versions.WheelFile(package, "weights.bin").path()
