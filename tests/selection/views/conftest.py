"""People for the curator's pages."""

import pytest
from django.test import Client

from tests.factories import corpus


@pytest.fixture
def curator(db):
    person = corpus.user("curator")
    client = Client()
    client.force_login(person)
    client.person = person
    return client


@pytest.fixture
def a_rater(db):
    client = Client()
    client.force_login(corpus.user("rater"))
    return client
