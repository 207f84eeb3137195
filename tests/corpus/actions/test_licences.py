from datetime import timedelta

import pytest

from corpus.actions import licences
from corpus.models import Clip, LicenceDecision
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
BY = "https://creativecommons.org/licenses/by/4.0/"
ND = "https://creativecommons.org/licenses/by-nd/4.0/"


def settle(episode, spdx="CC-BY-4.0", **fields):
    return licences.settle(
        episode=episode, spdx=spdx, source="a letter", by=make.user(), at=NOW, **fields
    )


def withdraw(episode, reason="The makers asked us to."):
    return licences.withdraw(episode=episode, reason=reason, by=make.user(), at=NOW)


def feed(episode, url, *, days, **fields):
    """What one document of the feed says."""
    return make.evidence(
        episode,
        level="channel",
        text="",
        url=url,
        source_sha256=make.sha256(days),
        seen_at=NOW + timedelta(days=days),
        **fields,
    )


class TestSettle:
    def test_enters_what_was_found_and_where(self):
        episode = make.episode(verdict="review")
        decision = settle(episode, attribution=" Anna ")
        episode.refresh_from_db()
        assert (episode.licence, decision.verdict) == (decision, "accepted")
        assert (episode.attribution, episode.licence_evidence.get().source) == ("Anna", "a letter")

    def test_keeps_the_credit_that_is_there(self):
        episode = make.episode(verdict="review", attribution="Anna")
        settle(episode)
        episode.refresh_from_db()
        assert episode.attribution == "Anna"

    def test_hears_the_newest_document_alone(self):
        episode = make.episode(verdict="review")
        feed(episode, BY, days=1)
        feed(episode, ND, days=2)
        assert settle(episode).verdict == "review"

    def test_hears_all_of_the_newest_document(self):
        episode = make.episode(verdict="review")
        feed(episode, ND, days=1)
        for element in ("podcast:license", "creativeCommons:license"):
            feed(episode, BY, days=2, element=element)
        decision = settle(episode)
        assert (decision.verdict, decision.spdx) == ("accepted", "CC-BY-4.0")

    def test_hears_the_last_statement_alone(self):
        episode = make.episode(verdict="review")
        make.evidence(episode, level="given", element=licences.STATEMENT, text="CC0-1.0")
        assert settle(episode).spdx == "CC-BY-4.0"

    @pytest.mark.parametrize(("in_writing", "verdict"), [(False, "blocked"), (True, "accepted")])
    def test_lifts_a_block_only_in_writing(self, in_writing, verdict):
        episode = make.episode(verdict="review")
        make.evidence(episode, element="podcast:block id=emocast", text="yes")
        decision = settle(episode, in_writing=in_writing)
        assert decision.verdict == verdict
        assert in_writing or "'emocast'" in decision.reason

    @pytest.mark.parametrize("verdict", ["accepted", "blocked", "refused"])
    def test_answers_open_questions_only(self, verdict):
        with pytest.raises(licences.NotInReview):
            settle(make.episode(verdict=verdict))


class TestWithdraw:
    @pytest.mark.parametrize("verdict", [*LicenceDecision.Verdict.values, None])
    def test_refuses_whatever_was_decided(self, verdict):
        episode = make.episode(verdict=verdict)
        decision = withdraw(episode)
        episode.refresh_from_db()
        assert episode.licence == decision
        assert (decision.verdict, decision.reason) == ("refused", "The makers asked us to.")
        assert licences.is_by_person(decision)

    def test_leaves_the_decisions_before_it(self):
        episode = make.episode()
        withdraw(episode)
        found = episode.licence_decisions.order_by("pk").values_list("verdict", flat=True)
        assert list(found) == ["accepted", "refused"]

    def test_takes_its_clips_out(self):
        clip = make.eligible_clip()
        assert Clip.objects.eligible().get() == clip
        withdraw(clip.episode)
        assert not Clip.objects.eligible().exists()

    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_asks_why(self, reason):
        episode = make.episode()
        with pytest.raises(licences.NoReason):
            withdraw(episode, reason)
        assert episode.licence_decisions.count() == 1


class TestRefuse:
    def test_stands_as_a_person_s_word(self):
        episode = make.episode(verdict="review")
        decision = licences.refuse(episode=episode, reason="No answer.", by=None, at=NOW)
        assert (decision.verdict, licences.is_by_person(decision)) == ("refused", True)


class TestKnownId:
    def test_is_of_an_id_or_an_address(self):
        assert {licences.known_id(text) for text in ("CC-BY-4.0", BY)} == {"CC-BY-4.0"}

    def test_is_refused_where_there_is_none(self):
        with pytest.raises(ValueError, match="free is no licence that we know"):
            licences.known_id("free")
