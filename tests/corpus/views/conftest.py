"""People and sound for the curator's pages."""

from datetime import timedelta

import numpy as np
import pytest
from django.test import Client

from common.files import store
from corpus.actions import withdrawals
from corpus.engines import audio
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


@pytest.fixture
def withdraw(db):
    """Take something back."""

    def withdraw(target, **fields):
        said = {"reason": "An inner note.", "reason_class": "rights", "by": None, "at": corpus.NOW}
        return withdrawals.withdraw(
            target=target, **{**said, "grace": timedelta(days=30), **fields}
        )

    return withdraw


@pytest.fixture
def flac(tmp_path):
    """Put a minute of 440 Hz into the media store; its key."""
    tone = 8000 * np.sin(2 * np.pi * 440 * np.arange(60 * 16_000) / 16_000)
    audio.write_flac(tmp_path / "tone.flac", tone.astype(np.int16))
    return store().put(tmp_path / "tone.flac", suffix=".flac")
