"""Curators' pages: requests to decide, withdrawals to make, to look at and to lift."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from corpus.actions import requests, targets, withdrawals
from corpus.actions.reaches import Span
from corpus.models import Erasure, Reinstatement, ReleaseItem, Withdrawal
from tests.factories import corpus
from tests.factories.corpus import NOW, SECOND

pytestmark = pytest.mark.django_db
SURE = {"reason": "They asked us to.", "reason_class": "rights", "is_sure": "on"}
EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _grace(settings):
    settings.WITHDRAWAL_GRACE_DAYS = 30


def withdraw(target, **fields):
    said = {"reason": "They asked.", "reason_class": "rights", "by": None, "at": timezone.now()}
    return withdrawals.withdraw(target=target, **{**said, "grace": timedelta(days=30), **fields})


def letter_url(letter):
    return reverse("withdrawal_request", args=[letter.pk])


def text(answer):
    return answer.content.decode()


class TestIndex:
    def test_has_open_requests_first_then_what_is_out(self, curator):
        corpus.withdrawal_request(text="Please", name="Anna")
        withdraw(corpus.episode(title="Kettle"), requester="Ben")
        lifted = withdraw(corpus.episode(title="Spoon"))
        withdrawals.reinstate(withdrawal=lifted, reason="A mistake.", by=None, at=NOW)
        response = curator.get(reverse("withdrawals"))
        assert [one["name"] for one in response.context["sections"]] == [
            "open", "standing", "lifted", "decided",
        ]  # fmt: skip
        page = text(response)
        assert page.index("Please") < page.index("Kettle") < page.index("Spoon")
        assert "Ben" in page

    def test_stays_short_in_a_flood_and_shows_the_newest_first(self, curator):
        for n in range(60):
            corpus.withdrawal_request(text=f"Letter {n}.")
        page = text(curator.get(reverse("withdrawals")))
        assert "Letter 59." in page
        assert "Letter 49." not in page
        assert "Show all 60" in page
        alone = curator.get(reverse("withdrawals"), {"show": "open"})
        assert len(alone.context["sections"][0]["page"].rows) == 50
        rest = curator.get(alone.context["sections"][0]["page"].next_url)
        assert "Letter 9." in text(rest)

    def test_says_what_comes_here(self, curator):
        page = text(curator.get(reverse("withdrawals"), {"show": "nonsense"}))
        assert "Nobody waits for an answer" in page
        assert "Nothing is withdrawn" in page


class TestNew:
    def ask(self, curator, query, **fields):
        return curator.post(f"{reverse('withdrawal_new')}?{query}", fields)

    def test_shows_what_it_reaches_before_it_is_done(self, curator):
        clip, release = corpus.clip(), corpus.release(name="night", version="1.0.0")
        ReleaseItem.objects.create(release=release, clip=clip, partition="Train")
        page = curator.get(reverse("withdrawal_new"), {"speaker": clip.voice.speaker_id})
        ((candidate, reach),) = page.context["chosen"]
        assert candidate.target == clip.voice.speaker
        assert (reach.clips, reach.seconds, reach.episodes) == (1, 4.0, 1)
        assert "night 1.0.0" in text(page)
        assert Withdrawal.objects.count() == 0

    def test_takes_what_the_address_names(self, curator):
        clip = corpus.clip(start=5 * SECOND)
        span = Span(clip.episode, clip.start, clip.end)
        for query, target in [
            (f"podcast={clip.episode.podcast_id}", clip.episode.podcast),
            (f"episode={clip.episode_id}", clip.episode),
            (f"clip={clip.name}", span),
            (f"episode={clip.episode_id}&from=5&to=9.0", span),
            (f"speaker={clip.voice.speaker_id}", clip.voice.speaker),
            (f"target={targets.key(span)}", span),
        ]:
            page = curator.get(f"{reverse('withdrawal_new')}?{query}")
            assert [one.target for one, _reach in page.context["chosen"]] == [target]

    def test_withdraws_under_the_name_of_the_curator(self, curator):
        episode = corpus.episode()
        answer = self.ask(curator, f"episode={episode.pk}", requester="Anna", **SURE)
        row = Withdrawal.objects.get()
        assert answer["Location"] == reverse("withdrawal", args=[row.pk])
        assert (row.episode, row.requester, row.withdrawn_by) == (episode, "Anna", curator.person)
        assert row.erase_after - row.withdrawn_at == timedelta(days=30)

    @pytest.mark.parametrize("missing", ["reason", "reason_class", "is_sure"])
    def test_asks_why_and_to_confirm(self, curator, missing):
        said = {name: value for name, value in SURE.items() if name != missing}
        answer = self.ask(curator, f"episode={corpus.episode().pk}", **said)
        assert answer.status_code == 422
        assert Withdrawal.objects.count() == 0

    @pytest.mark.parametrize(
        "query",
        ["podcast=0", "episode=x", "clip=nothing", "clip=%00", "speaker=99999999999999999999",
         "target=episode:0", "target=%00"],
    )  # fmt: skip
    def test_says_when_there_is_nothing_like_that(self, curator, query):
        assert "nothing like that" in text(curator.get(f"{reverse('withdrawal_new')}?{query}"))
        assert self.ask(curator, query, **SURE).status_code == 422
        assert Withdrawal.objects.count() == 0

    @pytest.mark.parametrize(
        "span", ["from=70&to=80", "from=5&to=5", "from=-1&to=5", "from=nan&to=5"]
    )
    def test_refuses_a_span_outside_the_episode(self, curator, span):
        answer = self.ask(curator, f"episode={corpus.episode().pk}&{span}", **SURE)
        assert answer.status_code == 422
        assert Withdrawal.objects.count() == 0

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("from=10", "Say where the part ends"),
            ("from=10&to=", "Say where the part ends"),
            ("to=10", "Say where the part begins"),
            ("from=0:20&to=0:10", "ends before it begins"),
            ("from=0:10&to=1:02", "only 1:00 long"),
            ("from=soon&to=1:00", "as 0:15 or 1:02:03.5"),
            ("from=0&to=" + "9" * 20, "only 1:00 long"),
        ],
    )
    def test_never_takes_half_a_span_for_the_whole_episode(self, curator, query, sentence):
        query = f"episode={corpus.episode().pk}&{query}"
        page = curator.get(f"{reverse('withdrawal_new')}?{query}")
        assert page.status_code == 422
        assert sentence in text(page)
        assert page.context["chosen"] == []
        assert self.ask(curator, query, **SURE).status_code == 422
        assert Withdrawal.objects.count() == 0

    def test_takes_places_as_people_write_them(self, curator):
        episode = corpus.episode(n_samples=4000 * SECOND)
        query = f"episode={episode.pk}&from=0:15.5&to=1:02:03"
        page = curator.get(f"{reverse('withdrawal_new')}?{query}")
        ((candidate, _reach),) = page.context["chosen"]
        assert candidate.target == Span(episode, int(15.5 * SECOND), 3723 * SECOND)

    def test_offers_a_part_and_the_speakers_of_an_episode(self, curator):
        clip = corpus.clip()
        page = text(curator.get(reverse("withdrawal_new"), {"episode": clip.episode_id}))
        assert f"?target=speaker:{clip.voice.speaker_id}" in page
        assert 'name="from"' in page

    def test_says_when_it_was_done_before(self, curator):
        episode = corpus.episode()
        self.ask(curator, f"episode={episode.pk}", **SURE)
        answer = self.ask(curator, f"episode={episode.pk}", **SURE)
        assert answer.status_code == 409
        assert "nothing was changed" in text(answer)
        assert Withdrawal.objects.count() == 1

    def test_searches_by_name(self, curator):
        episode = corpus.episode(title="The kettle")
        page = text(curator.get(reverse("withdrawal_new"), {"q": "kettle"}))
        assert f"?target=episode:{episode.pk}" in page
        page = text(curator.get(reverse("withdrawal_new"), {"q": "no such"}))
        assert "Nothing has these words" in page


class TestDetail:
    def test_names_who_did_it_on_the_command_line(self, curator):
        row = withdraw(corpus.episode(), said_by="cora")
        words = {"reason": "A mistake.", "by": None, "at": NOW}
        withdrawals.reinstate(withdrawal=row, said_by="dora", **words)
        page = text(curator.get(reverse("withdrawal", args=[row.pk])))
        assert "by cora, on the command line" in page
        assert "by dora, on the command line" in page

    def test_tells_all_of_it(self, curator):
        clip = corpus.clip()
        row = withdraw(clip.voice.speaker, requester="Anna", by=curator.person)
        page = text(curator.get(reverse("withdrawal", args=[row.pk])))
        for shown in (
            "They asked.",
            "Anna",
            curator.person.username,
            clip.name,
            "leaves the store",
        ):
            assert shown in page

    def test_is_404_for_none(self, curator):
        assert curator.get(reverse("withdrawal", args=[99])).status_code == 404


class TestLift:
    def ask(self, curator, row, **fields):
        return curator.post(reverse("withdrawal_lift", args=[row.pk]), fields)

    def test_lets_it_stand_again(self, curator):
        row = withdraw(corpus.episode())
        self.ask(curator, row, reason="It was another one.")
        done = Reinstatement.objects.get()
        assert (done.withdrawal, done.reason, done.by) == (
            row,
            "It was another one.",
            curator.person,
        )
        page = text(curator.get(reverse("withdrawal", args=[row.pk])))
        assert "It was another one." in page
        assert "It is lifted already." in page

    def test_needs_a_reason(self, curator):
        assert self.ask(curator, withdraw(corpus.episode()), reason=" ").status_code == 422
        assert Reinstatement.objects.count() == 0

    def test_happens_once(self, curator):
        row = withdraw(corpus.episode())
        self.ask(curator, row, reason="A mistake.")
        assert self.ask(curator, row, reason="A mistake.").status_code == 409
        assert Reinstatement.objects.count() == 1

    def test_is_too_late_once_the_sound_is_gone(self, curator):
        row = withdraw(corpus.episode())
        Erasure.objects.create(withdrawal=row, at=NOW)
        page = text(curator.get(reverse("withdrawal", args=[row.pk])))
        assert reverse("withdrawal_lift", args=[row.pk]) not in page
        assert "nothing brings it back" in page
        assert self.ask(curator, row, reason="A mistake.").status_code == 409


class TestErase:
    def ask(self, curator, row, **fields):
        return curator.post(reverse("withdrawal_erase", args=[row.pk]), fields)

    def test_asks_first(self, curator):
        row = withdraw(corpus.episode(), at=NOW - timedelta(days=400))
        assert self.ask(curator, row).status_code == 422
        assert Erasure.objects.count() == 0

    def test_removes_the_sound_and_keeps_who_said_so(self, curator):
        row = withdraw(corpus.episode())
        assert self.ask(curator, row, is_sure="on").status_code == 302
        done = Erasure.objects.get()
        assert (done.withdrawal, done.by) == (row, curator.person)
        page = text(curator.get(reverse("withdrawal", args=[row.pk])))
        assert "Its sound has left the store." in page
        assert reverse("withdrawal_erase", args=[row.pk]) not in page

    def test_waits_for_a_worker_that_has_it_in_hand(self, curator):
        episode = corpus.episode()
        held = {"done_at": None, "outcome": "", "claimed_at": timezone.now(), "claim": uuid.uuid4()}
        corpus.run(episode, stage="transcribe", **held)
        answer = self.ask(curator, withdraw(episode), is_sure="on")
        assert answer.status_code == 409
        assert "transcribe" in text(answer)
        assert Erasure.objects.count() == 0

    def test_leaves_alone_what_was_lifted(self, curator):
        row = withdraw(corpus.episode())
        withdrawals.reinstate(withdrawal=row, reason="A mistake.", by=None, at=NOW)
        assert self.ask(curator, row, is_sure="on").status_code == 409
        assert Erasure.objects.count() == 0


class TestLetter:
    def grant(self, curator, letter, *found, **fields):
        said = {**SURE, "answer": "It is out.", "target": [targets.key(one) for one in found]}
        return curator.post(letter_url(letter), {**said, **fields})

    def test_shows_the_words_and_what_they_may_mean(self, curator):
        episode = corpus.episode(title="The kettle")
        letter = corpus.withdrawal_request(named="The Kettle", text=EVIL, name=EVIL, contact=EVIL)
        page = text(curator.get(letter_url(letter)))
        assert f'value="{targets.key(episode)}"' in page
        assert EVIL not in page
        assert "&lt;script&gt;" in page

    def test_shows_what_a_linked_clip_reaches_at_once(self, curator):
        clip = corpus.clip()
        letter = corpus.withdrawal_request(episode=clip.episode, clip_name=clip.name)
        page = curator.get(letter_url(letter))
        ((candidate, reach),) = page.context["chosen"]
        assert (candidate.target.start, reach.clips) == (clip.start, 1)

    def test_shows_the_reach_of_what_was_chosen(self, curator):
        clip, letter = corpus.clip(), corpus.withdrawal_request()
        both = [targets.key(clip.episode), targets.key(clip.voice.speaker)]
        page = curator.get(letter_url(letter), {"target": both, "q": ""})
        assert [one.key for one, _reach in page.context["chosen"]] == both

    def test_offers_everything_that_can_be_granted(self, curator):
        clip = corpus.clip()
        letter = corpus.withdrawal_request(episode=clip.episode, clip_name=clip.name)
        page = text(curator.get(letter_url(letter)))
        span = Span(clip.episode, clip.start, clip.end)
        for target in (clip.episode.podcast, clip.episode, span, clip.voice.speaker):
            assert f'value="{targets.key(target)}"' in page
        assert f"{reverse('clips')}?speaker={clip.voice.speaker_id}" in page
        assert "hear 1 clip<" in page

    def test_shows_the_reach_of_a_part_instead_of_its_episode(self, curator):
        clip = corpus.clip(start=10 * SECOND)
        corpus.clip(clip.voice, start=40 * SECOND)
        episode, letter = clip.episode, corpus.withdrawal_request(episode=clip.episode)
        asked = {"target": targets.key(episode), "episode": episode.pk, "from": "0:05", "to": "15"}
        page = curator.get(letter_url(letter), asked)
        ((candidate, reach),) = page.context["chosen"]
        assert candidate.target == Span(episode, 5 * SECOND, 15 * SECOND)
        assert reach.clips == 1
        self.grant(curator, letter, candidate.target)
        row = Withdrawal.objects.get()
        assert (row.kind, row.start, row.end) == ("span", 5 * SECOND, 15 * SECOND)

    def test_of_half_a_part_shows_what_is_missing_and_no_way_to_grant(self, curator):
        episode = corpus.episode()
        letter = corpus.withdrawal_request(episode=episode)
        asked = {"target": targets.key(episode), "episode": episode.pk, "from": "0:05"}
        page = curator.get(letter_url(letter), asked)
        assert page.status_code == 422
        assert "Say where the part ends" in text(page)
        assert 'value="0:05"' in text(page)
        assert "Withdraw it and answer" not in text(page)

    def test_granted_takes_it_back_and_answers(self, curator):
        clip, letter = corpus.clip(), corpus.withdrawal_request(name="Anna")
        answer = self.grant(curator, letter, clip.voice.speaker)
        assert answer["Location"] == letter_url(letter)
        letter.refresh_from_db()
        row = Withdrawal.objects.get()
        assert (letter.state, letter.answer, letter.decided_by) == (
            "granted",
            "It is out.",
            curator.person,
        )
        assert (row.speaker, row.request) == (clip.voice.speaker, letter)
        page = text(curator.get(letter_url(letter)))
        assert reverse("withdrawal", args=[row.pk]) in page
        assert "Withdraw it and answer" not in page

    @pytest.mark.parametrize("missing", ["reason", "reason_class", "is_sure", "target"])
    def test_is_not_granted_without(self, curator, missing):
        letter = corpus.withdrawal_request()
        answer = self.grant(curator, letter, corpus.episode(), **{missing: []})
        assert answer.status_code == 422
        letter.refresh_from_db()
        assert letter.state == "open"
        assert Withdrawal.objects.count() == 0

    def test_is_decided_once(self, curator):
        letter, episode = corpus.withdrawal_request(), corpus.episode()
        requests.decline(request=letter, answer="No.", by=None, at=NOW)
        answer = self.grant(curator, letter, episode)
        assert answer.status_code == 409
        assert "before you" in text(answer)
        assert Withdrawal.objects.count() == 0

    def test_searches_for_what_the_words_do_not_name(self, curator):
        episode, letter = corpus.episode(title="The kettle"), corpus.withdrawal_request()
        page = text(curator.get(letter_url(letter), {"q": "kettle"}))
        assert f'value="{targets.key(episode)}"' in page

    @pytest.mark.parametrize("q", ["\0", "x" * 600])
    def test_bears_a_search_for_nonsense(self, curator, q):
        letter = corpus.withdrawal_request()
        assert curator.get(letter_url(letter), {"q": q, "target": "\0"}).status_code == 200


class TestDecline:
    def ask(self, curator, letter, **fields):
        return curator.post(reverse("request_decline", args=[letter.pk]), fields)

    def test_answers(self, curator):
        letter = corpus.withdrawal_request()
        assert self.ask(curator, letter, answer="It is another Anna.").status_code == 302
        letter.refresh_from_db()
        assert (letter.state, letter.decided_by) == ("declined", curator.person)

    def test_needs_an_answer(self, curator):
        letter = corpus.withdrawal_request()
        assert self.ask(curator, letter, answer=" ").status_code == 422
        letter.refresh_from_db()
        assert letter.state == "open"

    def test_is_too_late_once_decided(self, curator):
        letter = corpus.withdrawal_request()
        self.ask(curator, letter, answer="No.")
        assert self.ask(curator, letter, answer="Never.").status_code == 409
        letter.refresh_from_db()
        assert letter.answer == "No."


class TestRoles:
    @pytest.mark.parametrize(
        "name",
        ["withdrawals", "withdrawal_new", "withdrawal", "withdrawal_lift", "withdrawal_erase",
         "withdrawal_request", "request_decline"],
    )  # fmt: skip
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, name):
        has_pk = name not in ("withdrawals", "withdrawal_new")
        url = reverse(name, args=[1] if has_pk else [])
        ask = (
            "post" if name in ("withdrawal_lift", "withdrawal_erase", "request_decline") else "get"
        )
        assert getattr(client, ask)(url)["Location"] == f"{reverse('login')}?next={url}"
        assert getattr(a_rater, ask)(url).status_code == 403
