import pytest
from django.db import DatabaseError, IntegrityError, transaction

from corpus.models import LicenceDecision, LicenceEvidence
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


class TestPodcast:
    def test_has_a_guid_of_its_own(self):
        make.podcast(guid="same")
        with pytest.raises(IntegrityError):
            make.podcast(guid="same")

    def test_is_called_by_its_title(self):
        assert str(make.podcast(title="Small talk")) == "Small talk"


@pytest.mark.parametrize("make_row", [make.licence, make.evidence])
class TestAppendOnly:
    def test_refuses_a_change(self, make_row):
        row = make_row(make.episode(verdict=None))
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(url="https://elsewhere.example")
        row.refresh_from_db()
        assert row.url != "https://elsewhere.example"

    def test_refuses_to_be_deleted(self, make_row):
        row = make_row(make.episode(verdict=None))
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            row.delete()
        assert type(row).objects.filter(pk=row.pk).exists()


class TestLicenceDecision:
    @pytest.mark.parametrize("verdict", LicenceDecision.MAY_BE_CUT)
    def test_names_the_licence_of_what_may_be_cut(self, verdict):
        with pytest.raises(IntegrityError, match="what_may_be_cut_names_its_licence"):
            make.licence(make.episode(verdict=None), verdict=verdict, spdx="")

    def test_may_leave_the_licence_of_anything_else_open(self):
        row = make.licence(make.episode(verdict=None), verdict="review", spdx="")
        assert str(row) == "review (no licence)"

    def test_is_called_by_verdict_and_licence(self):
        assert str(make.licence(make.episode(verdict=None))) == "accepted (CC-BY-4.0)"


class TestLicenceEvidence:
    def test_is_called_by_what_was_seen(self):
        seen = make.evidence(make.episode(), level="item", element="dc:rights", text="CC0")
        assert str(seen) == "item dc:rights: CC0"
        assert LicenceEvidence.objects.get() == seen
