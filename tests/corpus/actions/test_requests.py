"""Requests of people outside: links, letters, decisions."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core import signing
from django.db import connection

from corpus.actions import requests, withdrawals
from corpus.actions.reaches import Span
from corpus.models import Withdrawal, WithdrawalRequest
from tests.factories import corpus
from tests.factories.corpus import NOW, SECOND

pytestmark = pytest.mark.django_db
GRACE = timedelta(days=30)
LATER = NOW + timedelta(days=1)


def receive(target=None, **fields):
    said = {"named": "", "name": "Anna", "contact": "anna@example.org", "relation": "speaker"}
    said |= {"text": "It is me."}
    return requests.receive(target=target, at=NOW, **{**said, **fields})


def grant(request, *targets, **fields):
    said = {"reason": "She asked.", "reason_class": "speaker", "answer": "Done.", "by": None}
    said |= {"at": LATER, "grace": GRACE}
    return requests.grant(request=request, wanted=targets, **{**said, **fields})


class TestLink:
    @pytest.mark.parametrize("make", [corpus.podcast, corpus.episode, corpus.clip, lambda: None])
    def test_leads_back_to_what_it_was_made_for(self, make):
        target = make()
        assert requests.resolve(requests.link_for(target)) == target

    @pytest.mark.parametrize(
        "change", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", str.upper]
    )
    def test_that_was_tampered_with_is_bad(self, change):
        token = requests.link_for(corpus.episode())
        with pytest.raises(requests.BadLink):
            requests.resolve(change(token))

    def test_cannot_be_moved_to_another_row(self):
        one, other = corpus.episode(), corpus.episode()
        mine, theirs = requests.link_for(one), requests.link_for(other)
        with pytest.raises(requests.BadLink):
            requests.resolve(theirs.split(".")[0] + "." + mine.split(".")[1])

    def test_is_no_signature_of_something_else(self):
        """A key of a form, or a session of this site, opens nothing."""
        for foreign in (requests.fresh_key(), signing.Signer(sep=".").sign("episode-1")):
            with pytest.raises(requests.BadLink):
                requests.resolve(foreign)

    def test_is_bad_when_its_row_is_gone(self):
        episode = corpus.episode(verdict=None)
        token = requests.link_for(episode)
        episode.delete()
        with pytest.raises(requests.BadLink):
            requests.resolve(token)

    def test_has_an_address_below_the_public_one(self):
        address = requests.address_of(None, base="https://emocast.example/")
        assert address == f"https://emocast.example/requests/new/{requests.link_for(None)}/"


class TestReceive:
    def test_keeps_what_was_said_and_about_what(self):
        clip = corpus.clip()
        row = receive(clip)
        assert (row.episode, row.clip_name, row.podcast) == (clip.episode, clip.name, None)
        assert (row.text, row.state, row.received_at) == ("It is me.", "open", NOW)
        assert requests.about(row) == clip

    def test_of_the_same_form_twice_is_one_request(self):
        key = requests.fresh_key()
        assert receive(key=key) == receive(key=key)
        assert WithdrawalRequest.objects.count() == 1

    def test_of_the_same_form_with_other_words_loses_none(self):
        key = requests.fresh_key()
        first, second = receive(key=key), receive(key=key, text="And this.")
        assert first != second
        assert {first.text, second.text} == {"It is me.", "And this."}

    def test_lets_nobody_choose_the_address(self):
        assert receive(key="easy-to-guess").token != "easy-to-guess"

    def test_refuses_more_than_a_page_shows(self):
        with pytest.raises(requests.TooLong):
            receive(text="x" * (requests.MOST_CHARACTERS + 1))


class TestAdd:
    def test_appends_with_the_date(self):
        row = requests.add(request=receive(), text=" Also the second one. ", at=LATER)
        assert row.text == "It is me.\n\n— 2026-03-02 12:00 UTC —\nAlso the second one."

    def test_ends_with_the_decision(self):
        row = receive()
        requests.decline(request=row, answer="No.", by=None, at=NOW)
        with pytest.raises(requests.AlreadyDecided):
            requests.add(request=row, text="But", at=LATER)

    def test_ends_when_the_request_is_full(self):
        row = receive(text="x" * requests.MOST_CHARACTERS)
        for _ in range(2):
            requests.add(request=row, text="y" * requests.MOST_CHARACTERS, at=LATER)
        with pytest.raises(requests.TooLong):
            requests.add(request=row, text="z" * requests.MOST_CHARACTERS, at=LATER)
        row.refresh_from_db()
        assert "z" not in row.text


class TestGrant:
    def test_takes_back_what_was_chosen_for_this_person(self):
        episode, row = corpus.episode(), receive()
        (made,) = grant(row, episode)
        row.refresh_from_db()
        assert (row.state, row.answer, row.decided_at) == ("granted", "Done.", LATER)
        assert (made.episode, made.request, made.requester) == (
            episode,
            row,
            "Anna, anna@example.org",
        )
        assert made.erase_after == LATER + GRACE

    def test_takes_several_things_back_and_each_once(self):
        episode, row = corpus.episode(), receive()
        span = Span(episode, 0, SECOND)
        made = grant(row, episode, span, Span(episode, 0, SECOND), episode)
        assert [one.kind for one in made] == ["episode", "span"]

    def test_is_all_or_nothing(self):
        episode, row = corpus.episode(), receive()
        with pytest.raises(withdrawals.Nothing):
            grant(row, episode, Span(episode, 90 * SECOND, 91 * SECOND))
        row.refresh_from_db()
        assert row.state == "open"
        assert Withdrawal.objects.count() == 0

    def test_holds_beside_the_withdrawal_of_somebody_else(self):
        """If the other is lifted, it stays out for this person."""
        episode = corpus.episode()
        (first,) = grant(receive(), episode)
        grant(receive(name="Ben"), episode)
        withdrawals.reinstate(withdrawal=first, reason="A mistake.", by=None, at=LATER)
        episode.refresh_from_db()
        assert episode.withdrawal is not None

    def test_needs_something_to_take_back(self):
        row = receive()
        with pytest.raises(requests.NoTarget):
            grant(row)

    def test_is_decided_once(self):
        row, episode = receive(), corpus.episode()
        requests.decline(request=row, answer="No.", by=None, at=NOW)
        with pytest.raises(requests.AlreadyDecided):
            grant(row, episode)
        assert Withdrawal.objects.count() == 0


@pytest.mark.django_db(transaction=True)
class TestRace:
    def test_of_two_curators_has_one_winner(self):
        row, episode, start = receive(), corpus.episode(), Barrier(2)
        ends = []

        def decide(verb):
            start.wait()
            try:
                verb()
                ends.append("done")
            except requests.AlreadyDecided:
                ends.append("late")
            finally:
                connection.close()

        no = {"request": row, "answer": "No.", "by": None, "at": LATER}
        verbs = [lambda: grant(row, episode), lambda: requests.decline(**no)]
        threads = [Thread(target=decide, args=[verb]) for verb in verbs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(ends) == ["done", "late"]
        row.refresh_from_db()
        assert Withdrawal.objects.count() == (1 if row.state == "granted" else 0)


class TestDecline:
    def test_tells_the_person_why(self):
        row, person = receive(), corpus.user()
        requests.decline(request=row, answer=" It is not you. ", by=person, at=LATER)
        row.refresh_from_db()
        assert (row.state, row.answer, row.decided_by) == ("declined", "It is not you.", person)

    @pytest.mark.parametrize("answer", ["", "  \n"])
    def test_needs_an_answer(self, answer):
        with pytest.raises(requests.NoAnswer):
            requests.decline(request=receive(), answer=answer, by=None, at=LATER)


class TestOutcomes:
    def test_say_nothing_of_who_speaks(self):
        voice, row = corpus.voice(), receive()
        grant(row, voice.speaker)
        (outcome,) = requests.outcomes(row)
        assert (outcome.kind, outcome.title) == ("speaker", "")
        assert outcome.erase_after == LATER + GRACE

    def test_say_when_it_was_lifted(self):
        row = receive()
        (made,) = grant(row, corpus.episode(title="Kettle"))
        withdrawals.reinstate(withdrawal=made, reason="A mistake.", by=None, at=LATER)
        (outcome,) = requests.outcomes(row)
        assert (outcome.title, outcome.lifted_at) == ("Kettle", LATER)


class TestRows:
    def test_of_each_section_are_those_that_belong_there(self):
        letter = receive()
        (standing,) = grant(receive(), corpus.episode())
        (lifted,) = grant(receive(), corpus.episode())
        withdrawals.reinstate(withdrawal=lifted, reason="A mistake.", by=None, at=LATER)
        found = {one.value: list(requests.rows(one)) for one in requests.Section}
        assert found["open"] == [letter]
        assert found["standing"] == [standing]
        assert found["lifted"] == [lifted]
        assert len(found["decided"]) == 2
