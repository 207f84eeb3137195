"""A mistake in the settings is told before anything starts."""

import sys
from pathlib import Path

import pytest

from corpus import checks


def ids(messages: list) -> list[str]:
    return [message.id for message in messages]


class TestEngines:
    def test_of_both_profiles_are_there(self, settings) -> None:
        for profile in settings.ENGINE_PROFILES.values():
            settings.ENGINES = {**settings.ENGINES, **profile}
            assert checks.engines() == []

    @pytest.mark.parametrize(
        "path",
        [
            "corpus.engines.embedded.diariser.Nobody",
            "corpus.engines.nowhere.Diariser",
            "nowhere.at.all.Diariser",
            "Diariser",
        ],
    )
    def test_that_are_not_there_are_told_with_their_role(self, settings, path: str) -> None:
        settings.ENGINES = {"diariser": path}
        found = checks.engines()
        assert ids(found) == ["corpus.E001"]
        assert "diariser" in found[0].msg
        assert path in found[0].msg

    def test_are_not_imported(self, settings) -> None:
        path = "corpus.engines.studio.transcriber.WhisperXTranscriber"
        settings.ENGINES = {"transcriber": path}
        before = set(sys.modules)
        checks.engines()
        assert "corpus.engines.studio.transcriber" not in set(sys.modules) - before


class TestReleaseTables:
    def test_of_the_settings_import(self) -> None:
        assert checks.release_tables() == []

    @pytest.mark.parametrize(
        ("path", "said"),
        [
            ("annotation.actions.exports.NoSuchTable", "does not import"),
            ("nowhere.Table", "does not import"),
            ("pathlib.Path", "has no facts, labels"),
        ],
    )
    def test_that_are_none_are_told_with_the_reason(self, settings, path: str, said: str) -> None:
        settings.RELEASE_TABLES = [path]
        found = checks.release_tables()
        assert ids(found) == ["corpus.E002"]
        assert said in found[0].msg


class TestFolders:
    def test_may_be_made_later(self, settings, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = str(tmp_path / "a" / "b" / "c")
        assert checks.folders() == []

    def test_below_a_file_are_told_with_their_variable(self, settings, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        settings.MEDIA_ROOT = str(tmp_path / "file" / "media")
        found = checks.folders()
        assert ids(found) == ["corpus.W004"]
        assert "MEDIA_URL" in found[0].hint

    def test_of_media_are_not_asked_for_where_a_bucket_is(self, settings, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        settings.MEDIA_ROOT = str(tmp_path / "file")
        settings.MEDIA_BUCKET = "bucket"
        assert checks.folders() == []


class TestSecretKey:
    @pytest.mark.parametrize(
        ("debug", "key", "found"),
        [
            (True, checks.LAPTOP_KEY, []),
            (False, checks.LAPTOP_KEY, ["corpus.E003"]),
            (False, "fifty characters that nobody else knows", []),
        ],
    )
    def test_of_a_laptop_stays_there(self, settings, debug: bool, key: str, found: list) -> None:
        settings.DEBUG, settings.SECRET_KEY = debug, key
        assert ids(checks.secret_key()) == found


class TestFetching:
    def test_is_all_right_where_hosts_are_named_and_we_are_too(self, settings) -> None:
        settings.ALLOW_PRIVATE_HOSTS = ["feeds.test", "127.0.0.1:8765"]
        settings.CONTACT_URL = "https://example.org/about"
        settings.DEBUG = settings.TESTING = False
        assert checks.fetching() == []

    @pytest.mark.parametrize("word", ["http://feeds.test", "10.0.0.0/8", "*"])
    def test_names_what_is_no_host(self, settings, word: str) -> None:
        settings.ALLOW_PRIVATE_HOSTS = ["feeds.test", word]
        found = checks.fetching()
        assert ids(found)[0] == "corpus.E005"
        assert word in found[0].msg

    @pytest.mark.parametrize(("debug", "warned"), [(True, []), (False, ["corpus.W006"])])
    def test_warns_of_a_server_that_does_not_say_who_it_is(self, settings, debug, warned) -> None:
        settings.CONTACT_URL, settings.TESTING, settings.DEBUG = "", False, debug
        assert ids(checks.fetching()) == warned

    def test_says_who_asks_and_in_which_version(self, settings) -> None:
        agent = settings.ENGINE_OPTIONS["fetcher"]["user_agent"]
        assert agent.startswith(f"Emocast/{settings.VERSION}")
        assert settings.VERSION.count(".") == 2
