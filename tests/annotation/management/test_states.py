"""`states`: the document is what the code allows."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation.core.states import ASSIGNMENTS, CAMPAIGNS
from annotation.management.commands import states


def said(**options: object) -> str:
    out = io.StringIO()
    call_command("states", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def elsewhere(tmp_path, settings):
    """A checkout with an empty docs folder."""
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    return tmp_path / states.DOCUMENT


class TestStates:
    def test_of_this_checkout_are_up_to_date(self) -> None:
        assert "as it was" in said(check=True)

    def test_draw_every_machine(self, elsewhere) -> None:
        assert "written anew" in said()
        for machine in (CAMPAIGNS, ASSIGNMENTS):
            assert f"```mermaid\n{machine.mermaid()}```" in elsewhere.read_text()

    def test_written_twice_are_written_once(self, elsewhere) -> None:
        said()
        assert "as it was" in said()

    def test_checked_are_not_written(self, elsewhere) -> None:
        with pytest.raises(CommandError, match="out of date"):
            said(check=True)
        assert not elsewhere.exists()
