"""`up` opens no door that should stay shut."""

import pytest
from django.core.management import CommandError, call_command

from config.management.commands import up


@pytest.fixture
def started(monkeypatch):
    """What would be run, in place of running it."""
    children = []
    monkeypatch.setattr(up, "run", lambda them, **_: children.extend(them))
    monkeypatch.setattr(up, "_refuse_if_taken", lambda *_: None)
    monkeypatch.setattr(up, "call_command", lambda *_, **__: None)
    return children


class TestHost:
    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "example.org", ""])
    def test_is_this_machine_while_debug_is_on(self, settings, started, host):
        settings.DEBUG = True
        with pytest.raises(CommandError, match="set DEBUG=0, SECRET_KEY and ALLOWED_HOSTS"):
            call_command("up", host=host)
        assert started == []

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
    def test_may_be_this_machine(self, settings, started, host):
        settings.DEBUG = True
        call_command("up", host=host)
        assert started[0].name == "web"

    def test_may_be_any_on_a_server(self, settings, started):
        settings.DEBUG = False
        call_command("up", host="0.0.0.0")
        assert started[0].name == "web"

    def test_is_nothing_to_ask_about_without_a_web_process(self, settings, started):
        settings.DEBUG = True
        call_command("up", host="0.0.0.0", no_web=True)
        assert "web" not in {child.name for child in started}
