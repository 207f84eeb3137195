from datetime import timedelta

import pytest

from corpus.actions import licences
from corpus.core import licences as core
from corpus.models import Clip, Episode, LicenceDecision, LicenceEvidence
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
BY = "https://creativecommons.org/licenses/by/4.0/"
ND = "https://creativecommons.org/licenses/by-nd/4.0/"


def settle(episode, spdx="CC-BY-4.0", **fields):
    said = {"source": "a letter", "attribution": "Anna", "by": make.user(), "at": NOW}
    return licences.settle(episode=episode, spdx=spdx, **{**said, **fields})


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
        settle(episode, attribution="")
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

    @pytest.mark.parametrize("verdict", ["blocked", "refused", "index_only", "non_commercial"])
    def test_answers_what_is_decided_with_a_permission_in_writing(self, verdict):
        decision = settle(make.episode(verdict=verdict), in_writing=True)
        assert (decision.verdict, decision.rule) == ("accepted", "permission")

    def test_leaves_alone_what_may_be_used_already(self):
        with pytest.raises(licences.NotInReview):
            settle(make.episode(), in_writing=True)

    def test_says_that_people_speak_where_that_was_the_question(self):
        episode = make.episode(verdict="review")
        make.evidence(episode)
        make.evidence(episode, element="podcast:txt", text="ai-content: true")
        waiting = licences.decide(episode, licences.judged(episode), version="2", by=None, at=NOW)
        assert waiting.rule == "ai-content"
        assert settle(episode).verdict == "accepted"
        assert episode.licence_evidence.filter(element=core.HEARD).exists()

    def test_names_rule_policy_person_and_time(self):
        anna = make.user()
        decision = settle(make.episode(verdict="review"), by=anna)
        found = (decision.rule, decision.policy_version, decision.decided_by, decision.decided_at)
        assert found == ("statement", core.POLICY_VERSION, anna, NOW)

    @pytest.mark.parametrize("source", ["", "  "])
    def test_asks_where_it_was_found(self, source):
        episode = make.episode(verdict="review")
        with pytest.raises(licences.NoSource):
            settle(episode, source=source)
        assert not episode.licence_evidence.exists()

    def test_asks_whom_to_credit(self):
        episode = make.episode(verdict="review")
        with pytest.raises(licences.NoCredit):
            settle(episode, attribution=" ")
        assert not episode.licence_evidence.exists()
        assert settle(episode, spdx="CC0-1.0", attribution="").verdict == "accepted"

    @pytest.mark.parametrize("known", [{"author": "Anna"}, {"attribution": "Anna"}])
    def test_takes_the_credit_that_is_known(self, known):
        assert settle(make.episode(verdict="review", **known), attribution="").spdx == "CC-BY-4.0"

    def test_refuses_a_licence_that_nobody_knows(self):
        with pytest.raises(ValueError, match="no licence that we know"):
            settle(make.episode(verdict="review"), spdx="MIT")


class TestSettleMany:
    def many(self, episodes, **fields):
        said = {"spdx": "CC-BY-4.0", "source": "their page", "attribution": "Anna"}
        return licences.settle_many(episodes=episodes, by=make.user(), at=NOW, **{**said, **fields})

    def test_decides_each_by_its_own_evidence(self):
        silent, forbidden = (make.episode(verdict="review") for _ in range(2))
        feed(forbidden, ND, days=1)
        answer = self.many(Episode.objects.all())
        assert {row.episode: row.rule for row in answer.decisions} == {
            silent: "statement",
            forbidden: "differs",
        }
        silent.refresh_from_db()
        assert (silent.licence.verdict, silent.attribution) == ("accepted", "Anna")
        assert silent.licence_evidence.get().source == "their page"

    def test_leaves_out_those_that_somebody_decided_meanwhile(self):
        waits, done = make.episode(verdict="review"), make.episode()
        answer = self.many([waits, done])
        assert [row.episode for row in answer.decisions] == [waits]
        assert answer.skipped == (done,)
        assert done.licence_decisions.count() == 1

    def test_writes_nothing_where_one_lacks_its_credit(self):
        episodes = [make.episode(verdict="review", author="Anna"), make.episode(verdict="review")]
        with pytest.raises(licences.NoCredit):
            self.many(episodes, attribution="")
        assert not LicenceEvidence.objects.exists()

    def test_costs_the_same_number_of_queries_for_many(self, django_assert_max_num_queries):
        podcast = make.podcast(author="Anna")
        episodes = [make.episode(podcast=podcast, verdict="review") for _ in range(30)]
        with django_assert_max_num_queries(14):
            assert len(self.many(episodes).decisions) == 30

    def test_of_nothing_decides_nothing(self):
        assert self.many([]) == licences.Answer((), ())


class TestOutlook:
    def test_counts_what_would_follow_and_writes_nothing(self):
        podcast = make.podcast(author="Anna")
        episodes = [make.episode(podcast=podcast, verdict="review") for _ in range(3)]
        feed(episodes[0], ND, days=1)
        words = {"spdx": "CC-BY-4.0", "in_writing": False, "at": NOW}
        assert licences.outlook(episodes=episodes, **words) == [("accepted", 2), ("review", 1)]
        assert LicenceDecision.objects.count() == 3
        assert LicenceEvidence.objects.count() == 1


def refuse(episodes, reason="No answer."):
    return licences.refuse_many(episodes=episodes, reason=reason, by=make.user(), at=NOW)


class TestIsByPerson:
    def test_counts_who_decided_on_the_command_line(self):
        words = {"spdx": "CC0-1.0", "source": "x", "by": None, "at": NOW}
        typed = licences.settle(episode=make.episode(verdict="review"), said_by="cora", **words)
        assert licences.is_by_person(typed)
        assert not licences.is_by_person(make.episode().licence)


class TestRefuse:
    def test_stands_as_a_person_s_word(self):
        episode = make.episode(verdict="review")
        decision = licences.refuse(episode=episode, reason=" No answer. ", by=None, at=NOW)
        assert (decision.verdict, decision.rule, decision.reason) == (
            "refused",
            "person",
            "No answer.",
        )
        assert licences.is_by_person(decision)

    def test_answers_open_questions_only(self):
        with pytest.raises(licences.NotInReview):
            licences.refuse(episode=make.episode(), reason="No.", by=None, at=NOW)


class TestRefuseMany:
    def test_leaves_out_what_is_decided(self):
        waits, done = make.episode(verdict="review"), make.episode()
        answer = refuse([waits, done])
        assert [row.episode for row in answer.decisions] == [waits]
        assert answer.skipped == (done,)

    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_asks_why(self, reason):
        episode = make.episode(verdict="review")
        with pytest.raises(licences.NoReason):
            refuse([episode], reason)
        assert episode.licence_decisions.count() == 1

    def test_takes_clips_that_were_cut_before_out(self):
        clip = make.eligible_clip()
        clip.episode.licence = make.licence(clip.episode, verdict="review")
        clip.episode.save()
        refuse([clip.episode])
        assert not Clip.objects.eligible().exists()


class TestReopenMany:
    def test_puts_the_question_again(self):
        episode = make.episode(verdict="review")
        refuse([episode])
        answer = licences.reopen_many(episodes=[episode], reason="Wrong podcast.", by=None, at=NOW)
        episode.refresh_from_db()
        assert answer.decisions == (episode.licence,)
        assert (episode.licence.verdict, episode.licence.rule) == ("review", "silent")
        assert "Wrong podcast." in episode.licence.reason

    def test_touches_refusals_of_people_only(self):
        reserved = make.episode(verdict="refused")
        answer = licences.reopen_many(episodes=[reserved], reason="x", by=None, at=NOW)
        assert answer == licences.Answer((), (reserved,))

    def test_asks_why(self):
        with pytest.raises(licences.NoReason):
            licences.reopen_many(episodes=[], reason=" ", by=None, at=NOW)


class TestHoldMany:
    @pytest.fixture
    def changed(self):
        """Taken under CC BY; its feed says ND since."""
        episode = make.episode(source_file="aa/copy.mp3")
        feed(episode, BY, days=-1)
        feed(episode, ND, days=1)
        found = core.changed(licences.judged(episode))
        licences.decide(episode, found, version="2", by=None, at=NOW)
        return episode

    def hold(self, *episodes, reason="Only new episodes are ND."):
        return licences.hold_many(episodes=episodes, reason=reason, by=make.user(), at=NOW)

    def test_goes_on_under_the_licence_of_that_time(self, changed):
        (decision,) = self.hold(changed).decisions
        assert (decision.verdict, decision.spdx, decision.rule) == (
            "accepted",
            "CC-BY-4.0",
            "grant",
        )
        assert (
            "Only new episodes are ND." in changed.licence_evidence.get(element=core.GRANT).source
        )

    def test_holds_when_it_is_judged_again(self, changed):
        self.hold(changed)
        assert licences.judged(Episode.objects.get(pk=changed.pk)).rule == "grant"

    def test_yields_to_a_block(self, changed):
        make.evidence(
            changed,
            element="itunes:block",
            text="yes",
            source_sha256=make.sha256(1),
            seen_at=NOW + timedelta(days=1),
        )
        assert self.hold(changed).decisions[0].verdict == "blocked"

    def test_needs_a_copy_and_an_earlier_grant(self, changed):
        changed.source_file = ""
        changed.save()
        silent = make.episode(verdict="review", source_file="aa/copy.mp3")
        assert self.hold(changed, silent) == licences.Answer((), (changed, silent))

    def test_asks_why(self, changed):
        with pytest.raises(licences.NoReason):
            self.hold(changed, reason=" ")


class TestKnownId:
    def test_is_of_an_id_or_an_address(self):
        assert {licences.known_id(text) for text in ("CC-BY-4.0", BY)} == {"CC-BY-4.0"}

    def test_is_refused_where_there_is_none(self):
        with pytest.raises(ValueError, match="free is no licence that we know"):
            licences.known_id("free")
