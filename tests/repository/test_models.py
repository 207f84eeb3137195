"""What touches people says what is theirs; what is written once is kept by the database itself."""

from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from corpus.actions import copies
from tests.factories import corpus

APPEND_ONLY = {
    "annotation_consent",
    "annotation_rating",
    "corpus_licencedecision",
    "corpus_erasure",
    "corpus_feeddocument",
    "corpus_licenceevidence",
    "corpus_reinstatement",
    "corpus_withdrawal",
    "corpus_withdrawnvoice",
}
OURS = [
    model
    for app in ("corpus", "annotation", "selection")
    for model in apps.get_app_config(app).get_models()
]
PEOPLE = {"annotation.rater", "corpus.speaker", "corpus.voice", settings.AUTH_USER_MODEL.lower()}


def fields(model: type[models.Model]) -> set[str]:
    return {field.name for field in (*model._meta.fields, *model._meta.many_to_many)}


def touches_people(model: type[models.Model]) -> bool:
    """It is a person's row, or points to one."""
    if model._meta.label_lower in PEOPLE:
        return True
    related = (field.related_model for field in model._meta.fields if field.is_relation)
    return any(other._meta.label_lower in PEOPLE for other in related if other is not None)


PERSONAL = [model for model in OURS if touches_people(model)]


def label(model: type[models.Model]) -> str:
    return model._meta.label


class TestPrivacy:
    def test_is_asked_of_everything_that_points_to_a_person(self) -> None:
        names = {model.__name__ for model in PERSONAL}
        assert {"Rater", "Consent", "Rating", "Assignment", "Speaker", "Voice", "Clip"} <= names

    @pytest.mark.parametrize("model", PERSONAL, ids=label)
    def test_is_declared(self, model: type[models.Model]) -> None:
        assert hasattr(model, "Privacy"), f"{model.__name__} points to people"

    @pytest.mark.parametrize("model", PERSONAL, ids=label)
    def test_covers_every_field_once(self, model: type[models.Model]) -> None:
        privacy = model.Privacy
        assert privacy.personal | privacy.public == fields(model)
        assert privacy.personal & privacy.public == set()

    @pytest.mark.parametrize("model", PERSONAL, ids=label)
    def test_never_publishes_accounts(self, model: type[models.Model]) -> None:
        accounts = {
            field.name
            for field in model._meta.fields
            if field.is_relation and field.related_model._meta.label == settings.AUTH_USER_MODEL
        }
        assert accounts & model.Privacy.public == set()


class TestAppendOnlyTables:
    @pytest.mark.django_db
    def test_are_frozen_by_a_trigger(self) -> None:
        query = """
            SELECT c.relname, t.tgtype, t.tgenabled FROM pg_trigger t
            JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE p.proname = 'refuse_change' AND NOT t.tgisinternal
        """
        with connection.cursor() as cursor:
            cursor.execute(query)
            triggers = {table: (kind, enabled) for table, kind, enabled in cursor.fetchall()}
        row, before, delete, update = 1, 2, 8, 16
        assert triggers == dict.fromkeys(APPEND_ONLY, (row | before | delete | update, "O"))

    def test_are_all_that_say_so(self) -> None:
        """A model whose docstring promises it is held to it."""
        said = {m._meta.db_table for m in OURS if "append-only" in (m.__doc__ or "").lower()}
        assert said | {"annotation_rating"} == APPEND_ONLY


class TestModels:
    @pytest.mark.parametrize("model", OURS, ids=label)
    def test_protect_what_they_point_to(self, model: type[models.Model]) -> None:
        """Nothing of a corpus vanishes because something else was deleted."""
        cascades = [
            field.name
            for field in model._meta.fields
            if field.is_relation and field.remote_field.on_delete is models.CASCADE
        ]
        assert cascades == []

    @pytest.mark.parametrize("model", OURS, ids=label)
    def test_have_no_order_that_nobody_asked_for(self, model: type[models.Model]) -> None:
        assert not model._meta.ordering

    @pytest.mark.parametrize("model", OURS, ids=label)
    def test_do_nothing_behind_the_back_of_save(self, model: type[models.Model]) -> None:
        assert model.save is models.Model.save
        assert model.delete is models.Model.delete

    @pytest.mark.parametrize("model", OURS, ids=label)
    def test_call_their_constraints_by_sentences(self, model: type[models.Model]) -> None:
        names = [constraint.name for constraint in model._meta.constraints]
        assert [name for name in names if "_" not in name or name != name.lower()] == []


class TestMigrations:
    @pytest.mark.parametrize("app", ["corpus", "annotation", "selection"])
    def test_are_linear(self, app: str) -> None:
        graph = MigrationLoader(None).graph
        assert len(graph.leaf_nodes(app)) == 1

    @pytest.mark.django_db
    def test_watch_the_feeds_of_before(self) -> None:
        """A podcast of before is read again, and its episodes are recognised by their addresses."""
        web = corpus.podcast(source="https://a.example/feed.xml")
        corpus.podcast(source="/home/anna/recordings")
        episode = corpus.episode(
            podcast=web, audio_url="https://op3.dev/e/a.example/1.mp3?utm_source=x", address_key=""
        )
        move = import_module("corpus.migrations.0005_podcasts_of_before")
        for _ in range(2):
            move.catch_up(apps, None)
        episode.refresh_from_db()
        assert episode.address_key == copies.address_key(episode.audio_url) != ""
        (watch,) = apps.get_model("corpus", "FeedWatch").objects.all()
        assert (watch.podcast_id, watch.url) == (web.pk, web.source)
