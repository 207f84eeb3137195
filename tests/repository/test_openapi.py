"""docs/openapi.yml is what the code answers, so a breaking change shows in review."""

from pathlib import Path

from django.core.management import call_command
from rest_framework.serializers import ModelSerializer

from annotation.api import campaigns, consensus, ratings
from corpus.api import clips, episodes, podcasts, releases

ROOT = Path(__file__).resolve().parents[2]
MODULES = (campaigns, consensus, ratings, clips, episodes, podcasts, releases)


class TestOpenapi:
    def test_is_as_committed_and_without_warnings(self, tmp_path):
        now = tmp_path / "openapi.yml"
        call_command("spectacular", file=str(now), validate=True, fail_on_warn=True)
        assert now.read_text() == (ROOT / "docs" / "openapi.yml").read_text(), (
            "The API has changed. If that was meant: "
            "python manage.py spectacular --file docs/openapi.yml --validate --fail-on-warn"
        )


class TestSerializers:
    def test_list_their_fields_one_by_one(self):
        found = [
            thing
            for module in MODULES
            for thing in vars(module).values()
            if isinstance(thing, type)
            and issubclass(thing, ModelSerializer)
            and thing is not ModelSerializer
        ]
        assert len(found) >= len(MODULES)
        assert all(isinstance(serializer.Meta.fields, tuple) for serializer in found)
