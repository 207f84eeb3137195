"""A web process carries no engine: it starts fast and stays small."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def weighed() -> dict:
    """What benchmarks/web_memory.py finds in a fresh process."""
    spec = importlib.util.spec_from_file_location("web_memory", ROOT / "benchmarks/web_memory.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert {"torch", "torchaudio", "transformers", "pyannote", "whisperx"} <= set(module.HEAVY)
    return module.weigh()


@pytest.mark.slow
class TestWebProcess:
    def test_loads_the_pages(self, weighed: dict) -> None:
        assert weighed["urls"] is True

    def test_loads_no_engine(self, weighed: dict) -> None:
        assert weighed["heavy"] == []

    def test_says_what_it_weighs(self, weighed: dict) -> None:
        assert 0 < weighed["shared"] < weighed["rss"]
