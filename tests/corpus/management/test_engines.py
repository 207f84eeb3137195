"""`engines`: both profiles at a glance."""

import io
import json

import pytest
from django.core.management import call_command


def said(**options: object) -> str:
    out = io.StringIO()
    call_command("engines", stdout=out, **options)
    return out.getvalue()


class TestEngines:
    def test_lists_every_role_of_both_profiles(self, settings) -> None:
        document = json.loads(said(json=True))
        assert document["profile"] == "embedded"
        for name, rows in document["profiles"].items():
            paths = {row["role"]: row["path"] for row in rows}
            assert set(paths) == set(settings.ENGINES)
            assert paths.items() >= settings.ENGINE_PROFILES[name].items()

    def test_has_all_of_the_embedded_profile_here(self) -> None:
        rows = json.loads(said(json=True))["profiles"]["embedded"]
        assert [(row["role"], row["missing"]) for row in rows if not row["installed"]] == []
        assert all(row["version"] for row in rows)

    def test_says_how_to_get_what_is_missing(self, settings, monkeypatch, tmp_path) -> None:
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        settings.STUDIO_OPTIONS = {**settings.STUDIO_OPTIONS, "diariser": {"model": "org/model"}}
        text = said()
        assert "MISSING" in text
        assert "hf download org/model" in text

    def test_credits_who_asks_to_be_credited(self) -> None:
        assert "CC-BY-4.0, pyannoteAI" in said()

    @pytest.mark.engine
    @pytest.mark.filterwarnings("default")  # of the libraries, on import
    def test_lets_each_embedded_engine_work(self) -> None:
        tried = json.loads(said(json=True, self_test=True))["self_test"]
        assert {row["role"] for row in tried} >= {"decoder", "detector", "diariser", "transcriber"}
        assert [row["error"] for row in tried if row["error"]] == []
