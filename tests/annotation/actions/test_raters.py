"""Who rates, under which number, and what they agreed to."""

import hashlib
import re

import pytest

from annotation.actions import raters
from annotation.models import Consent, Rater
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


class TestOf:
    def test_makes_a_rater_of_a_person_once(self):
        person = corpus.user("rater")
        rater = raters.of(user=person, at=NOW)
        assert raters.of(user=person, at=NOW) == rater
        assert (rater.user, rater.is_simulated) == (person, False)

    def test_numbers_them_in_order_of_joining(self):
        people = [raters.of(user=corpus.user("rater"), at=NOW) for _ in range(3)]
        assert [rater.number for rater in people] == [1, 2, 3]

    def test_is_nobody_whom_a_file_calls_the_same(self):
        person = corpus.user("rater")
        for code in (f"user {person.pk}", str(person.pk), person.username):
            raters.imported(code=code, is_simulated=False, at=NOW)
        rater = raters.of(user=person, at=NOW)
        assert (rater.user, rater.number) == (person, 4)
        assert raters.of(user=person, at=NOW) == rater

    def test_has_a_code_that_has_nothing_of_the_account(self):
        codes = [raters.of(user=corpus.user("rater"), at=NOW).code for _ in range(2)]
        assert all(re.fullmatch(r"rater-[0-9a-f-]{36}", code) for code in codes)
        assert len(set(codes)) == 2

    def test_tells_no_name_in_the_code(self):
        person = corpus.user("rater", username="marie.curie")
        assert "marie" not in raters.of(user=person, at=NOW).code


class TestImported:
    def test_is_the_same_rater_for_the_same_code(self):
        first = raters.imported(code="w7", is_simulated=False, at=NOW)
        assert raters.imported(code="w7", is_simulated=False, at=NOW) == first
        assert first.user is None

    def test_stays_simulated_for_ever(self):
        raters.imported(code="script", is_simulated=True, at=NOW)
        raters.imported(code="script", is_simulated=False, at=NOW)
        assert Rater.objects.get().is_simulated


class TestConsent:
    def test_is_written_down_once_with_the_text_that_was_read(self):
        rater = make.rater()
        row = raters.consent(rater=rater, at=NOW)
        assert raters.consent(rater=rater, at=NOW) == row
        assert row.text_sha256 == hashlib.sha256(raters.CONSENT_TEXT.encode()).hexdigest()
        assert Consent.objects.count() == 1

    def test_holds_for_this_version_of_the_text_only(self):
        rater = make.rater()
        make.consent(rater, version="0")
        assert not raters.has_consented(rater)
        raters.consent(rater=rater, at=NOW)
        assert raters.has_consented(rater)
