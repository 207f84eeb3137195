"""Pages about licences: the review queue, changed statements, the log, the policy."""

import pytest
from django.urls import reverse

from common.files import store
from corpus.actions import documents, licences
from corpus.core import policy
from corpus.models import FeedDocument, LicenceDecision
from tests.factories import corpus
from tests.factories.corpus import NOW

REASON = "Neither the feed nor the episode states a licence."
FOUND = {"verb": "settle", "spdx": "CC-BY-4.0", "source": "their page", "attribution": "Anna"}
REFUSED = {"verb": "refuse", "reason": "No answer."}


def waiting(podcast, reason=REASON, rule="silent", **fields):
    episode = corpus.episode(podcast=podcast, verdict=None, **fields)
    words = {"verdict": "review", "spdx": "", "url": "", "rule": rule, "reason": reason}
    episode.licence = corpus.licence(episode, **words)
    episode.save()
    return episode


@pytest.fixture
def podcast(db):
    return corpus.podcast(title="Small talk")


@pytest.fixture
def three(podcast):
    return [waiting(podcast, title=f"Silence {n}") for n in range(3)]


def question(client):
    """The address of the one question in the queue."""
    (group,) = client.get(reverse("licences")).context["groups"]
    given = {"podcast": group.podcast.pk, "rule": group.code, "statement": group.statement}
    return f"{reverse('licence_group')}?" + "&".join(
        f"{k}={v}" for k, v in given.items()
    ), group.upto


def answer(client, said, *, scope="all", episodes=(), sure=True):
    url, upto = question(client)
    given = {**said, "scope": scope, "upto": upto, "episode": [one.pk for one in episodes]}
    return client.post(url, given | ({"sure": "1"} if sure else {}))


def verdicts(podcast):
    rows = podcast.episodes.order_by("pk").values_list("licence__verdict", flat=True)
    return list(rows)


class TestIndex:
    def test_shows_many_episodes_as_one_question(self, curator, three):
        page = curator.get(reverse("licences"))
        assert [group.n for group in page.context["groups"]] == [3]
        text = page.content.decode()
        for words in (
            "Small talk",
            REASON,
            "<strong>3</strong> episodes",
            "3.0 min",
            "rule-silent",
        ):
            assert words in text

    def test_shows_what_was_said_where(self, curator, podcast):
        episode = waiting(podcast, rule="free-text")
        document = documents.keep(b"<rss/>", source=podcast.source, at=NOW)
        words = {
            "element": "copyright",
            "text": "<b>share</b> freely",
            "source_sha256": document.sha256,
        }
        corpus.evidence(episode, level="channel", **words)
        text = curator.get(reverse("licences")).content.decode()
        assert "&lt;b&gt;share&lt;/b&gt; freely" in text
        assert reverse("feed_document", args=[document.sha256]) in text

    def test_never_links_to_what_is_no_web_address(self, curator, podcast):
        corpus.evidence(waiting(podcast), url="javascript:alert(1)")
        text = curator.get(reverse("licences")).content.decode()
        assert "javascript:alert(1)" in text
        assert 'href="javascript' not in text

    @pytest.mark.parametrize(
        ("wish", "n"),
        [
            ({}, 2),
            ({"rule": "silent"}, 1),
            ({"rule": "conflict"}, 0),
            ({"verdict": "blocked"}, 1),
            ({"podcast": "here"}, 1),
            ({"podcast": "99999", "rule": "nonsense"}, 2),
        ],
    )
    def test_filters_by_its_address(self, curator, podcast, wish, n):
        waiting(podcast)
        waiting(corpus.podcast(), rule="unknown")
        corpus.episode(verdict="blocked")
        wish = {name: podcast.pk if value == "here" else value for name, value in wish.items()}
        assert len(curator.get(reverse("licences"), wish).context["groups"]) == n

    def test_says_what_comes_here(self, curator):
        assert "No licence waits for a person" in curator.get(reverse("licences")).content.decode()
        text = curator.get(reverse("licences"), {"rule": "medium"}).content.decode()
        assert "Take a filter away" in text

    def test_sends_the_list_alone_to_htmx(self, curator, three):
        headers = {"hx-request": "true", "hx-target": "questions"}
        text = curator.get(reverse("licences"), headers=headers).content.decode()
        assert "Small talk" in text
        assert "<html" not in text

    def test_pages_through_many_questions(self, curator, monkeypatch):
        monkeypatch.setattr("corpus.views.licences.QUESTIONS_PER_PAGE", 2)
        titles = [waiting(corpus.podcast(title=f"Talk {n}")).podcast.title for n in range(3)]
        first = curator.get(reverse("licences"))
        second = curator.get(first.context["page"].next_url)
        shown = [g.podcast.title for page in (first, second) for g in page.context["groups"]]
        assert shown == titles


class TestGroup:
    def test_shows_rule_words_and_episodes(self, curator, three):
        text = curator.get(question(curator)[0]).content.decode()
        for words in (
            "All 3 episodes",
            "Silence 1",
            REASON,
            "A licence was found",
            "None was found",
        ):
            assert words in text

    def test_needs_an_address_that_names_it(self, curator):
        assert curator.get(reverse("licence_group")).status_code == 404

    def test_says_so_where_it_is_answered(self, curator, podcast):
        url = f"{reverse('licence_group')}?podcast={podcast.pk}&statement=x"
        assert "This question is answered" in curator.get(url).content.decode()

    def test_asks_for_a_permission_where_it_is_decided(self, curator, podcast):
        corpus.episode(podcast=podcast, verdict="index_only")
        (group,) = curator.get(reverse("licences"), {"verdict": "index_only"}).context["groups"]
        url = (
            f"{reverse('licence_group')}?podcast={podcast.pk}&verdict=index_only"
            f"&statement={group.statement}"
        )
        assert "The makers permit it" in curator.get(url).content.decode()
        said = {**FOUND, "scope": "all", "upto": group.upto, "sure": "1"}
        assert curator.post(url, said).status_code == 422
        curator.post(url, said | {"in_writing": "on"})
        assert verdicts(podcast) == ["accepted"]


class TestAnswer:
    def test_first_shows_what_it_touches(self, curator, podcast, three):
        page = answer(curator, FOUND, sure=False)
        assert page.status_code == 200
        text = page.content.decode()
        for words in (
            "Settle 3 episodes?",
            "3.0 min",
            "CC-BY-4.0",
            "May be cut and shared",
            "their page",
        ):
            assert words in text
        assert verdicts(podcast) == ["review"] * 3

    def test_then_settles_all_of_them(self, curator, podcast, three):
        page = answer(curator, FOUND)
        assert page["Location"] == reverse("licences")
        assert verdicts(podcast) == ["accepted"] * 3
        decision = podcast.episodes.first().licence
        assert (decision.rule, decision.decided_by) == ("statement", curator.person)

    def test_then_refuses_them_with_the_reason(self, curator, podcast, three):
        answer(curator, REFUSED)
        assert verdicts(podcast) == ["refused"] * 3
        decision = podcast.episodes.first().licence
        assert (decision.rule, decision.reason, decision.decided_by) == (
            "person",
            "No answer.",
            curator.person,
        )

    def test_may_be_for_chosen_episodes(self, curator, podcast, three):
        page = answer(curator, REFUSED, scope="chosen", episodes=three[1:2], sure=False)
        assert "Leave 1 episode out?" in page.content.decode()
        answer(curator, REFUSED, scope="chosen", episodes=three[1:2])
        assert verdicts(podcast) == ["review", "refused", "review"]

    def test_for_chosen_ones_needs_a_tick(self, curator, podcast, three):
        page = answer(curator, REFUSED, scope="chosen")
        assert page.status_code == 422
        assert "Tick at least one episode" in page.content.decode()
        assert verdicts(podcast) == ["review"] * 3

    @pytest.mark.parametrize(
        "said",
        [
            {**FOUND, "spdx": ""},
            {**FOUND, "source": " "},
            {**FOUND, "spdx": "MIT"},
            {"verb": "refuse", "reason": " "},
        ],
    )
    def test_without_its_facts_is_shown_again(self, curator, podcast, three, said):
        page = answer(curator, said)
        assert page.status_code == 422
        assert "errors" in page.content.decode()
        assert verdicts(podcast) == ["review"] * 3

    def test_asks_whom_to_credit(self, curator, podcast, three):
        page = answer(curator, {**FOUND, "attribution": ""})
        assert page.status_code == 422
        assert "say whom to credit" in page.content.decode()
        assert verdicts(podcast) == ["review"] * 3

    def test_does_not_touch_what_came_in_later(self, curator, podcast, three):
        url, upto = question(curator)
        waiting(podcast)
        curator.post(url, {**FOUND, "scope": "all", "upto": upto, "sure": "1"})
        assert verdicts(podcast) == ["accepted"] * 3 + ["review"]

    def test_says_who_was_faster(self, curator, podcast, three):
        url, upto = question(curator)
        licences.refuse_many(episodes=three, reason="No.", by=None, at=NOW)
        page = curator.post(url, {**FOUND, "scope": "all", "upto": upto, "sure": "1"})
        assert page.status_code == 409
        assert "Somebody decided before you" in page.content.decode()
        assert verdicts(podcast) == ["refused"] * 3

    def test_cannot_reach_episodes_of_another_question(self, curator, three):
        other = corpus.episode(verdict="blocked")
        page = answer(curator, REFUSED, scope="chosen", episodes=[other])
        assert page.status_code == 409
        assert LicenceDecision.objects.filter(rule="person").count() == 0

    @pytest.mark.parametrize(
        "fields",
        [{"scope": "all", "upto": "x"}, {"scope": "chosen", "upto": "1", "episode": "x"}, {}],
    )
    def test_that_makes_no_sense_is_shown_again(self, curator, three, fields):
        assert curator.post(question(curator)[0], {**REFUSED, **fields}).status_code == 422

    def test_can_be_taken_back_where_it_was_a_refusal(self, curator, podcast, three):
        answer(curator, REFUSED)
        (group,) = curator.get(reverse("licences"), {"verdict": "refused"}).context["groups"]
        url = f"{reverse('licence_group')}?podcast={podcast.pk}&verdict=refused&rule=person&statement={group.statement}"
        assert "The refusal was a mistake" in curator.get(url).content.decode()
        said = {"verb": "reopen", "reason": "Wrong podcast.", "scope": "all", "upto": group.upto}
        assert "Judge 3 episodes again?" in curator.post(url, said).content.decode()
        curator.post(url, said | {"sure": "1"})
        assert verdicts(podcast) == ["review"] * 3


class TestHolding:
    def test_goes_on_with_the_copies_that_we_hold(self, curator, podcast):
        episode = corpus.episode(podcast=podcast, source_file="aa/copy.mp3")
        words = {"verdict": "review", "spdx": "", "rule": "changed", "reason": "It says ND now."}
        episode.licence = corpus.licence(episode, **words)
        episode.save()
        assert "Go on with the copies we hold" in curator.get(question(curator)[0]).content.decode()
        said = {"verb": "hold", "reason": "Only new ones are ND."}
        assert "Go on with 1 episode?" in answer(curator, said, sure=False).content.decode()
        answer(curator, said)
        assert verdicts(podcast) == ["accepted"]


class TestChanges:
    @pytest.fixture
    def flagged(self):
        return corpus.podcast(title="Changing talk", flagged_at=NOW, flag="It says ND now.")

    def test_show_the_flag_and_its_button(self, curator, flagged):
        text = curator.get(reverse("licence_changes")).content.decode()
        for words in ("Changing talk", "It says ND now.", "I have looked: go on"):
            assert words in text

    def test_go_on_once_somebody_looked(self, curator, flagged):
        page = curator.post(reverse("licence_lift", args=[flagged.pk]), {"reason": "Asked them."})
        assert page["Location"] == reverse("licence_changes")
        flagged.refresh_from_db()
        assert flagged.flagged_at is None

    def test_need_a_reason(self, curator, flagged):
        page = curator.post(reverse("licence_lift", args=[flagged.pk]), {"reason": " "})
        assert page.status_code == 422
        flagged.refresh_from_db()
        assert flagged.flagged_at is not None

    def test_say_who_was_faster(self, curator, podcast):
        url = reverse("licence_lift", args=[podcast.pk])
        page = curator.post(url, {"reason": "Asked them."}, follow=True)
        assert "Somebody looked before you" in page.content.decode()

    def test_say_what_comes_here(self, curator):
        assert (
            "No feed changed its licence"
            in curator.get(reverse("licence_changes")).content.decode()
        )


class TestDecisions:
    def test_are_all_listed_the_newest_first(self, curator, podcast):
        episode = waiting(podcast)
        licences.refuse(episode=episode, reason="No answer.", by=curator.person, at=NOW)
        page = curator.get(reverse("licence_decisions"))
        assert [row.verdict for row in page.context["page"].rows] == ["refused", "review"]
        text = page.content.decode()
        assert "No answer." in text
        assert str(curator.person) in text
        assert "no longer counts" in text

    def test_name_who_decided_on_the_command_line(self, curator, podcast):
        words = {"reason": "No answer.", "by": None, "at": NOW}
        licences.refuse(episode=waiting(podcast), said_by="cora", **words)
        page = curator.get(reverse("licence_decisions")).content.decode()
        assert "cora, on the command line" in page

    def test_are_filtered_by_their_address(self, curator, podcast):
        licences.refuse(episode=waiting(podcast), reason="No.", by=curator.person, at=NOW)
        for wish, n in (
            ({"who": "people"}, 1),
            ({"who": "policy"}, 1),
            ({"rule": "by"}, 0),
            ({"version": "1"}, 1),
        ):
            page = curator.get(reverse("licence_decisions"), wish)
            assert len(page.context["page"].rows) == n

    def test_say_what_comes_here(self, curator):
        assert (
            "Nothing is decided yet" in curator.get(reverse("licence_decisions")).content.decode()
        )
        text = curator.get(reverse("licence_decisions"), {"rule": "by"}).content.decode()
        assert "Show all decisions" in text


class TestPolicy:
    def test_is_the_whole_table(self, curator):
        text = curator.get(reverse("licence_policy")).content.decode()
        assert f"Policy version {policy.POLICY_VERSION}." in text
        for code in policy.RULES:
            assert f'id="rule-{code}"' in text
        for known in policy.POLICY:
            assert known in text


class TestDocument:
    def test_is_saved_as_it_was_read_and_never_run(self, curator):
        row = documents.keep(b"<script>alert(1)</script>", source="https://x.example", at=NOW)
        page = curator.get(reverse("feed_document", args=[row.sha256]))
        assert b"".join(page.streaming_content) == b"<script>alert(1)</script>"
        assert page["Content-Type"] == "text/plain"
        assert page["X-Content-Type-Options"] == "nosniff"
        assert page["Content-Disposition"].startswith("attachment")
        assert "sandbox" in page["Content-Security-Policy"]

    def test_exists_only_where_it_is_kept(self, curator, tmp_path):
        (tmp_path / "clip").write_bytes(b"sound")
        key = store().put(tmp_path / "clip", suffix=".flac")
        for name in (key.split("/")[1].split(".")[0], "nothing"):
            assert curator.get(reverse("feed_document", args=[name])).status_code == 404

    def test_says_so_where_its_file_is_gone(self, curator):
        row = FeedDocument.objects.create(
            sha256=corpus.sha256("x"), file="aa/x.feed", n_bytes=1, source="x", fetched_at=NOW
        )
        assert curator.get(reverse("feed_document", args=[row.sha256])).status_code == 404


class TestRoles:
    @pytest.mark.parametrize(
        ("name", "args", "ask"),
        [
            ("licences", [], "get"),
            ("licence_group", [], "post"),
            ("licence_changes", [], "get"),
            ("licence_lift", [1], "post"),
            ("licence_decisions", [], "get"),
            ("licence_policy", [], "get"),
            ("feed_document", ["a"], "get"),
        ],
    )
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, name, args, ask):
        url = reverse(name, args=args)
        assert getattr(client, ask)(url)["Location"] == f"{reverse('login')}?next={url}"
        assert getattr(a_rater, ask)(url).status_code == 403
