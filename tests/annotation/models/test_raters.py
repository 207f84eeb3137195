"""What the database itself refuses of raters and their consents."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from annotation.models import Consent, Rater
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db


class TestRater:
    @pytest.mark.parametrize("field", ["number", "code", "user_id"])
    def test_is_the_only_one_with_its(self, field):
        first = make.rater()
        given = {"number": 99, "code": "another", "user_id": corpus.user().pk}
        given[field] = getattr(first, field)
        with pytest.raises(IntegrityError, match=field), transaction.atomic():
            Rater.objects.create(joined_at=corpus.NOW, **given)

    def test_is_called_as_the_files_of_msp_podcast_do(self):
        assert make.rater(number=42, code="x").pseudonym == "WORKER00000042"
        assert str(Rater(number=42)) == "WORKER00000042"

    def test_keeps_its_account(self):
        rater = make.rater()
        with pytest.raises(ProtectedError):
            rater.user.delete()

    def test_sorts_every_field_into_personal_or_public(self):
        fields = {field.name for field in Rater._meta.concrete_fields}
        assert Rater.Privacy.personal | Rater.Privacy.public == fields
        assert not Rater.Privacy.personal & Rater.Privacy.public


class TestConsent:
    def test_is_given_once_per_version(self):
        rater = make.rater()
        make.consent(rater, version="7")
        make.consent(rater, version="8")
        with pytest.raises(IntegrityError, match="once_per_version"), transaction.atomic():
            make.consent(rater, version="7")

    def test_is_never_changed(self):
        row = make.consent(make.rater())
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Consent.objects.filter(pk=row.pk).update(version="99")

    def test_is_never_deleted(self):
        row = make.consent(make.rater())
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            row.delete()

    def test_sorts_every_field_into_personal_or_public(self):
        fields = {field.name for field in Consent._meta.concrete_fields}
        assert Consent.Privacy.personal | Consent.Privacy.public == fields
