"""Every address is open to the roles that the table names, and to nobody else."""

import uuid
from collections.abc import Iterator

import pytest
from django.contrib.admin import site
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from common.roles import Role
from tests.factories import corpus

ANYBODY, SIGNED_IN, RATERS, CURATORS = (
    frozenset({"anonymous", "stranger", "rater", "curator", "administrator"}),
    frozenset({"stranger", "rater", "curator", "administrator"}),
    frozenset({"rater"}),
    frozenset({"curator", "administrator"}),
)
WITH_A_ROLE = RATERS | CURATORS
TABLE = {
    "health": ANYBODY,
    "nowhere": ANYBODY,
    "login": ANYBODY,
    "set_language": ANYBODY,
    "api:token": ANYBODY,
    "request_new": ANYBODY,
    "request_about": ANYBODY,
    "request_status": ANYBODY,
    "home": SIGNED_IN,
    "api:schema": SIGNED_IN,
    "api:docs": SIGNED_IN,
    "api:campaign-list": WITH_A_ROLE,
    "api:campaign-detail": WITH_A_ROLE,
    "api:rating-list": WITH_A_ROLE,
    "api:rating-detail": WITH_A_ROLE,
    "rate": RATERS,
    "rate_campaign": RATERS,
    "rate_heartbeat": RATERS,
    "rate_next": RATERS,
    "rate_skip": RATERS,
    "rate_submit": RATERS,
    "consent": RATERS,
    "sound": RATERS,
}
OUR_APPS = ("corpus", "annotation", "selection")
LEAVING = ("logout", "admin:logout")  # end at the page to sign in, whoever asks
VALUES = {
    "app_label": "corpus",
    "pk": 1,
    "path": "nothing",
    "name": "nothing",
    "token": uuid.UUID(int=1),
}


def walk(patterns: list, namespace: str = "") -> Iterator[str]:
    """Names of all addresses that have one."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}" if pattern.name else f"?{pattern.pattern}"


NAMES = sorted(set(walk(get_resolver().url_patterns)))
ADMIN = [name for name in NAMES if name.startswith("admin:") and name not in LEAVING]
PAGES = [n for n in NAMES if n not in LEAVING and not n.startswith(("admin:", "?"))]


def address(name: str) -> str:
    """The address with something in each gap that no row answers to."""
    for pattern, _ in _ways(name):
        kwargs = {gap: VALUES.get(gap, 1) for gap in pattern}
        try:
            return reverse(name, kwargs=kwargs)
        except NoReverseMatch:  # this kind of value does not fit
            kwargs = dict.fromkeys(pattern, "nothing")
            return reverse(name, kwargs=kwargs)
    raise LookupError(name)


def _ways(name: str) -> list[tuple[list[str], str]]:
    """The gaps of each way to write an address."""
    *spaces, last = name.split(":")
    resolver = get_resolver()
    for space in spaces:
        resolver = resolver.namespace_dict[space][1]
    ways = [way for entry in resolver.reverse_dict.getlist(last) for way in entry[0]]
    return [(list(gaps), text) for text, gaps in ways]


def client_of(role: str) -> Client:
    client = Client()
    if role == "stranger":
        client.force_login(corpus.user())
    elif role != "anonymous":
        is_administrator = role == Role.ADMINISTRATOR
        client.force_login(
            corpus.user(role, is_staff=is_administrator, is_superuser=is_administrator)
        )
    return client


def is_refused(client: Client, url: str) -> bool:
    """Neither reading nor writing gets further than a 401, a 403, or the page to sign in."""
    return all(_is_closed(ask(url)) for ask in (client.get, client.post))


def _is_closed(answer: HttpResponse) -> bool:
    to_sign_in = answer.status_code == 302 and "/login/" in answer["Location"]
    return to_sign_in or answer.status_code in (401, 403, 405)


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("name", PAGES)
    def test_are_open_to_their_roles_alone(self, name: str) -> None:
        url = address(name)
        open_to = {role for role in ANYBODY if not is_refused(client_of(role), url)}
        assert open_to == TABLE.get(name, CURATORS)

    def test_have_a_name(self) -> None:
        """What has none is Django's: two addresses that lead elsewhere or nowhere."""
        assert {n for n in NAMES if n.startswith("?")} <= {"?<path:object_id>/", "?(?P<url>.*)$"}

    def test_are_all_that_the_table_names(self) -> None:
        assert set(TABLE) <= set(PAGES)

    @pytest.mark.parametrize("name", LEAVING)
    def test_let_everybody_leave(self, name: str) -> None:
        client = client_of("administrator")
        client.post(reverse(name))
        assert "_auth_user_id" not in client.session


@pytest.mark.django_db
class TestAdmin:
    @pytest.mark.parametrize("role", ["anonymous", "stranger", "rater"])
    def test_is_closed_to(self, role: str) -> None:
        client = client_of(role)
        own = {"admin:login"}
        assert len(ADMIN) > 50
        assert [n for n in ADMIN if n not in own and not is_refused(client, address(n))] == []

    @pytest.mark.parametrize("role", sorted(CURATORS))
    def test_shows_our_rows_and_changes_none(self, role: str) -> None:
        client = client_of(role)
        for model in ours():
            place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            assert client.get(reverse(f"{place}_changelist")).status_code == 200
            assert client.post(reverse(f"{place}_add")).status_code == 403

    def test_changes_no_row_that_is_there(self) -> None:
        podcast = corpus.podcast(title="As it was")
        client = client_of("administrator")
        place = [podcast.pk]
        page = reverse("admin:corpus_podcast_change", args=place)
        assert "As it was" in client.get(page).content.decode()
        assert client.post(page, {"title": "Changed"}).status_code == 403
        delete = reverse("admin:corpus_podcast_delete", args=place)
        assert client.post(delete, {"post": "yes"}).status_code == 403
        podcast.refresh_from_db()
        assert podcast.title == "As it was"

    def test_leaves_accounts_to_administrators(self) -> None:
        url = reverse("admin:auth_user_changelist")
        assert client_of("curator").get(url).status_code == 403
        assert client_of("administrator").get(url).status_code == 200


def ours() -> list[type]:
    """Our models that the admin shows."""
    return [model for model in site._registry if model._meta.app_label in OUR_APPS]
