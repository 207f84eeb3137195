"""A real chromium against a live server; skipped with a reason where there is none."""

import os
import shutil
from contextlib import ExitStack

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
]
PATIENCE = 15_000  # milliseconds; a busy machine may be slow, a broken page is slower


@pytest.fixture(scope="session")
def playwright():
    """The driver; its event loop runs in this thread, which Django has to be told to bear."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if shutil.which("chromium") is None:
        pytest.skip("no chromium on this machine: `make browser` installs Debian's")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_api.sync_playwright() as driver:
        yield driver
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_browser(playwright, live_server):
    """Start one more browser, a process of its own, and give its only page."""
    with ExitStack() as stack:

        def start(**context):
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), headless=True, args=FLAGS
            )
            stack.callback(browser.close)
            page = browser.new_context(base_url=live_server.url, **context).new_page()
            page.set_default_timeout(PATIENCE)
            page.errors = []
            page.on("pageerror", lambda error: page.errors.append(str(error)))
            return page

        yield start
