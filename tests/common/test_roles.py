import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from common import roles
from common.roles import Role
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


@roles.curator_required
def page(request, number):
    """A page for curators."""
    return HttpResponse(f"page {number}")


class TestIsCurator:
    @pytest.mark.parametrize(
        ("role", "is_one"),
        [(Role.CURATOR, True), (Role.ADMINISTRATOR, True), (Role.RATER, False), (None, False)],
    )
    def test_follows_the_group(self, role, is_one):
        assert roles.is_curator(make.user(role)) is is_one

    def test_holds_for_a_superuser(self):
        assert roles.is_curator(make.user(is_superuser=True))

    @pytest.mark.parametrize("role", [Role.CURATOR, Role.RATER])
    def test_ends_with_the_account(self, role):
        person = make.user(role, is_active=False)
        assert not roles.is_curator(person)
        assert not roles.is_rater(person)

    def test_holds_for_nobody_unknown(self):
        assert not roles.is_curator(AnonymousUser())


class TestIsRater:
    @pytest.mark.parametrize(
        ("role", "is_one"),
        [(Role.CURATOR, False), (Role.ADMINISTRATOR, False), (Role.RATER, True), (None, False)],
    )
    def test_follows_the_group_and_no_rank(self, role, is_one):
        assert roles.is_rater(make.user(role)) is is_one
        assert not roles.is_rater(make.user(is_superuser=True))

    def test_holds_for_nobody_unknown(self):
        assert not roles.is_rater(AnonymousUser())


class TestCuratorRequired:
    def test_lets_curators_in(self, rf):
        request = rf.get("/")
        request.user = make.user(Role.CURATOR)
        assert page(request, number=3).content == b"page 3"

    def test_refuses_raters(self, rf):
        request = rf.get("/")
        request.user = make.user(Role.RATER)
        with pytest.raises(PermissionDenied):
            page(request, number=3)

    def test_asks_strangers_to_sign_in(self, rf):
        request = rf.get("/corpus/")
        request.user = AnonymousUser()
        response = page(request, number=3)
        assert response.status_code == 302
        assert "next=/corpus/" in response["Location"]

    def test_keeps_the_view_s_name(self):
        assert (page.__name__, page.__doc__) == ("page", "A page for curators.")


class TestNavigation:
    def test_tells_templates_who_is_there(self, rf):
        request = rf.get("/")
        assert roles.navigation(request) == {"is_curator": False, "is_rater": False}
        request.user = make.user(Role.RATER)
        assert roles.navigation(request) == {"is_curator": False, "is_rater": True}


class TestGroups:
    def test_are_there_after_migrating(self):
        from django.contrib.auth.models import Group

        assert set(Role) <= set(Group.objects.values_list("name", flat=True))
