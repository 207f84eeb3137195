"""The container files, as far as they can be checked where no container engine runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
COMPOSE = sorted(DOCKER.glob("compose*.yml"))


def instructions() -> list[tuple[str, list[str]]]:
    """Each instruction of the Dockerfile with its words, comments and line breaks taken out."""
    text = re.sub(r"^#.*\n", "", (DOCKER / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    split = (line.split(None, 1) for line in lines if line.strip())
    return [(word, rest.split()) for word, rest in split]


def copied() -> list[str]:
    """Paths that COPY takes from the repository."""
    copies = [words for name, words in instructions() if name == "COPY"]
    ours = [words for words in copies if not words[0].startswith("--from")]
    return [path for words in ours for path in words[:-1]]


def stages() -> set[str]:
    return {words[2] for name, words in instructions() if name == "FROM"}


def compose() -> dict[str, dict]:
    return yaml.safe_load((DOCKER / "compose.yml").read_text())


def roles() -> set[str]:
    """The words that the entrypoint knows."""
    return set(re.findall(r"^  (\w+)\)$", (DOCKER / "entrypoint.sh").read_text(), re.MULTILINE))


class TestCompose:
    @pytest.mark.slow
    @pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
    def test_fits_the_schema_of_compose(self, path: Path) -> None:
        check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
        done = subprocess.run(
            [*check, "vendor.compose-spec", str(path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def test_builds_stages_that_exist(self) -> None:
        built = {s["build"]["target"] for s in compose()["services"].values() if "build" in s}
        assert built == {"web", "speech"}
        assert built <= stages()

    def test_starts_what_the_entrypoint_knows(self) -> None:
        ours = [s["command"][0] for s in compose()["services"].values() if "build" in s]
        assert set(ours) == {"web", "beat", "worker", "speech", "migrate"}
        assert set(ours) <= roles()

    def test_serves_every_lane_once(self) -> None:
        services = compose()["services"].values()
        queues = [s.get("environment", {}).get("QUEUES", "") for s in services]
        lanes = [lane for text in queues if text for lane in text.split(",")]
        assert sorted(lanes) == ["cpu", "gpu", "short"]

    def test_runs_no_worker_without_the_engines(self) -> None:
        workers = {"worker", "speech"}
        images = {name: s["image"] for name, s in compose()["services"].items() if name in workers}
        assert images == dict.fromkeys(workers, "emocast-speech")

    def test_declares_every_volume_it_mounts(self) -> None:
        mounts = [m for s in compose()["services"].values() for m in s.get("volumes", [])]
        assert {mount.split(":")[0] for mount in mounts} == set(compose()["volumes"])

    def test_keeps_secrets_out_of_the_repository(self) -> None:
        lines = (DOCKER / "emocast.env.example").read_text().splitlines()
        given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        assert given["SECRET_KEY"] == given["POSTGRES_PASSWORD"] == ""


class TestDockerfile:
    @pytest.mark.parametrize("path", copied())
    def test_copies_what_exists(self, path: str) -> None:
        assert (ROOT / path).exists()

    @pytest.mark.parametrize("path", copied())
    def test_copies_what_the_ignore_file_lets_through(self, path: str) -> None:
        kept = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
        assert {f"!{path}", f"!{path.split('/', maxsplit=1)[0]}"} & set(kept)

    def test_takes_later_stages_from_earlier_ones(self) -> None:
        seen: set[str] = set()
        for name, words in instructions():
            if name == "FROM":
                assert words[0] in seen | {"${PYTHON_IMAGE}"}
                seen.add(words[2])
            elif name == "COPY" and words[0].startswith("--from="):
                assert words[0].removeprefix("--from=") in seen

    def test_runs_as_nobody_special(self) -> None:
        users = [words[0] for name, words in instructions() if name == "USER"]
        assert users == ["emocast", "emocast"]


class TestEntrypoint:
    def test_parses(self) -> None:
        script = str(DOCKER / "entrypoint.sh")
        done = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def test_runs_any_other_program_as_it_stands(self) -> None:
        words = ["bash", str(DOCKER / "entrypoint.sh"), *shlex.split("printf '%s' heard")]
        assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "heard"

    def test_calls_a_celery_app_and_a_wsgi_module_that_exist(self) -> None:
        text = (DOCKER / "entrypoint.sh").read_text()
        named = set(re.findall(r"\b(config\.\w+)", text))
        assert named == {"config.wsgi", "config.celery"}
        assert all((ROOT / f"{name.replace('.', '/')}.py").is_file() for name in named)


class TestEnvironment:
    """What the containers set is what the settings read."""

    ENTRYPOINT = frozenset({"QUEUES", "POSTGRES_PASSWORD", "PORT", "BIND"})

    def test_settings_read_what_the_example_and_compose_set(self) -> None:
        example = (DOCKER / "emocast.env.example").read_text()
        names = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
        names |= set(compose()["x-app"]["environment"])
        read = set(
            re.findall(r'env\.\w+\(\s*"([A-Z_0-9]+)"', (ROOT / "config/settings.py").read_text())
        )
        assert names - self.ENTRYPOINT <= read
