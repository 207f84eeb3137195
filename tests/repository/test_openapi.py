"""docs/openapi.yml is what the code answers, so a breaking change shows in review."""

from pathlib import Path
from typing import ClassVar

from django.core.management import call_command
from rest_framework.serializers import ModelSerializer

from annotation.api import campaigns, consensus, ratings
from annotation.api.ratings import RatingSerializer
from corpus.api import clips, episodes, podcasts, releases

ROOT = Path(__file__).resolve().parents[2]
MODULES = (campaigns, consensus, ratings, clips, episodes, podcasts, releases)


class NoPrivacy:
    """Of models that nobody's person touches."""

    personal: ClassVar[set[str]] = set()


class TestOpenapi:
    def test_is_as_committed_and_without_warnings(self, tmp_path):
        now = tmp_path / "openapi.yml"
        call_command("spectacular", file=str(now), validate=True, fail_on_warn=True)
        assert now.read_text() == (ROOT / "docs" / "openapi.yml").read_text(), (
            "The API has changed. If that was meant: "
            "python manage.py spectacular --file docs/openapi.yml --validate --fail-on-warn"
        )


def serializers():
    """Every serializer of a model."""
    things = (thing for module in MODULES for thing in vars(module).values())
    return [
        thing for thing in things if isinstance(thing, type) and issubclass(thing, ModelSerializer)
    ]


class TestSerializers:
    def test_list_their_fields_one_by_one(self):
        assert len(serializers()) >= len(MODULES)
        assert all(isinstance(serializer.Meta.fields, tuple) for serializer in serializers())

    def test_show_nothing_that_a_model_calls_personal(self):
        shown = {
            (serializer.__name__, field.source)
            for serializer in serializers()
            for field in serializer().fields.values()
            if field.source in getattr(serializer.Meta.model, "Privacy", NoPrivacy).personal
        }
        assert shown == set()
        assert RatingSerializer().fields["rater"].source == "rater.pseudonym"
