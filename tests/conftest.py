"""What every test may lean on."""

import os
from pathlib import Path

import pytest

from common import files

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings, feeds and ratings, where this machine has one."""
    folder = Path(os.environ.get("EMOCAST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set EMOCAST_DATA")
    return folder


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, settings):
    """Media, scratch and releases of a test are its own."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.SCRATCH_ROOT = tmp_path / "scratch"
    settings.RELEASES_DIR = tmp_path / "releases"
    files.store.cache_clear()
    yield
    files.store.cache_clear()
