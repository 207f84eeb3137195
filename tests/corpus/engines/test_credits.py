"""Whoever made the weights is named, and what is missing comes with a way to get it."""

from pathlib import Path

import pytest
from django.conf import settings

from corpus.engines import credits
from corpus.engines.credits import Weights
from corpus.engines.versions import WheelFile

LISTENING = sorted({p for profile in settings.ENGINE_PROFILES.values() for p in profile.values()})
DOWNLOADED = Weights(
    "A model", "Somebody", "MIT", "https://model.example", option="model", prefix="org/"
)


class TestCredits:
    @pytest.mark.parametrize("path", LISTENING)
    def test_name_maker_and_licence_of_every_engine_with_weights(self, path: str) -> None:
        weights = credits.of(path)
        assert weights
        assert all(one.by and one.licence and one.url.startswith("https://") for one in weights)

    def test_are_none_for_engines_that_only_compute(self) -> None:
        assert credits.of("corpus.engines.audio.PyAvDecoder") == ()


class TestMissing:
    def test_is_nothing_for_a_file_that_a_wheel_brought(self) -> None:
        weights = credits.of(settings.ENGINE_PROFILES["embedded"]["transcriber"])
        assert [one.missing({}) for one in weights] == [""]

    def test_is_said_of_a_file_that_no_wheel_brought(self) -> None:
        wheel = WheelFile("pocketsphinx", "model/martian")
        said = Weights("Martian", "Nobody", "MIT", "https://mars.example", wheel).missing({})
        assert "make setup" in said

    def test_is_nothing_for_a_folder_that_is_there(self, tmp_path: Path) -> None:
        assert DOWNLOADED.missing({"model": str(tmp_path)}) == ""

    def test_is_nothing_for_a_model_in_the_cache(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        (tmp_path / "hub" / "models--org--large" / "snapshots" / "1").mkdir(parents=True)
        assert DOWNLOADED.missing({"model": "large"}) == ""
        assert DOWNLOADED.missing({"model": "org/large"}) == ""

    def test_comes_with_the_command_that_gets_it(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        assert "hf download org/large" in DOWNLOADED.missing({"model": "large"})
