import json
from datetime import timedelta

import pytest
from django.core.management import CommandError

from corpus.core.segments import RATE
from corpus.models import Clip, Erasure, Reinstatement, Withdrawal
from tests import road
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db
WHY = ("--reason", "Her wish.", "--class", "speaker")


def withdraw(*words, **options):
    return road.command("withdraw", *(str(word) for word in words), **options)


def refused(*words):
    """The sentence of a refusal that withdraws nothing."""
    before = Withdrawal.objects.count()
    with pytest.raises(CommandError) as caught:
        withdraw(*words)
    assert Withdrawal.objects.count() == before
    return str(caught.value)


@pytest.fixture
def clip():
    return make.eligible_clip()


@pytest.fixture
def nobody(monkeypatch):
    """No terminal: nothing can be read."""

    def nothing(_):
        raise EOFError

    monkeypatch.setattr("builtins.input", nothing)


@pytest.fixture
def says(monkeypatch):
    """What the person at the terminal answers; gives the questions."""
    asked = []

    def person(answer):
        monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
        return asked

    return person


class TestWithdraw:
    def test_takes_a_podcast_back_by_number_guid_or_title(self):
        for name in ("pk", "guid", "title"):
            podcast = make.podcast()
            withdraw("podcast", getattr(podcast, name), *WHY, "--yes")
            assert podcast.withdrawals.get().kind == "podcast"

    def test_takes_an_episode_back_by_number_or_guid(self, clip):
        withdraw("episode", clip.episode.number, *WHY, "--yes")
        other = make.episode()
        withdraw("episode", other.guid, *WHY, "--yes")
        assert list(Withdrawal.objects.order_by("pk").values_list("episode", flat=True)) == [
            clip.episode_id,
            other.pk,
        ]

    def test_takes_a_speaker_back_by_number_or_the_name_of_a_clip(self, clip):
        withdraw("speaker", clip.name.lower(), *WHY, "--yes")
        other = make.voice()
        withdraw("speaker", other.speaker_id, *WHY, "--yes")
        assert list(Withdrawal.objects.order_by("pk").values_list("speaker", flat=True)) == [
            clip.voice.speaker_id,
            other.speaker_id,
        ]

    def test_takes_a_span_back(self, clip):
        withdraw("span", clip.episode.number, "--from", "0:12", "--to", "1:03.5", *WHY, "--yes")
        row = Withdrawal.objects.get()
        assert (row.episode, row.start, row.end) == (clip.episode, 12 * RATE, 63.5 * RATE)

    def test_says_first_what_it_reaches(self, clip, says, capsys):
        release = make.release(version="1.0.0")
        release.items.create(clip=clip, partition="Train")
        asked = says("yes")
        withdraw("episode", clip.episode.number, *WHY)
        told = capsys.readouterr().err
        assert "1 clip (4 s) of 1 episode leaves queues" in told
        assert "emocast 1.0.0" in told
        assert asked == ["Take it back? Type yes: "]
        assert Withdrawal.objects.exists()

    @pytest.mark.parametrize("answer", ["", "y", "no"])
    def test_takes_only_yes_for_yes(self, clip, says, answer):
        says(answer)
        assert refused("episode", clip.episode.number, *WHY) == "Nothing was changed."

    def test_needs_yes_where_nobody_can_be_asked(self, clip, nobody):
        assert "--yes" in refused("episode", clip.episode.number, *WHY)

    def test_answers_with_what_it_did_as_json(self, clip):
        said = json.loads(withdraw("episode", clip.episode.number, *WHY, "--yes", "--json"))
        assert (said["kind"], said["state"]) == ("episode", "stands")
        assert said["reach"] == {"clips": 1, "seconds": 4.0, "episodes": 1, "releases": []}

    def test_takes_the_grace_of_the_settings_or_its_own(self, clip, settings):
        settings.WITHDRAWAL_GRACE_DAYS = 3
        withdraw("episode", clip.episode.number, *WHY, "--yes")
        withdraw("podcast", clip.episode.podcast_id, *WHY, "--yes", "--grace-days", "0")
        graces = [row.erase_after - row.withdrawn_at for row in Withdrawal.objects.order_by("pk")]
        assert graces == [timedelta(days=3), timedelta(0)]

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("podcast", "nobody knows it"), "There is no podcast nobody knows it"),
            (("episode", "0"), "There is no episode 0"),
            (("episode", "9" * 30), "There is no episode"),
            (("speaker", "9" * 30), "There is no speaker"),
            (("speaker", "EMOCAST_9999_0001"), "manage.py clips"),
        ],
    )
    def test_says_what_is_not_there(self, words, sentence):
        assert sentence in refused(*words, *WHY, "--yes")

    @pytest.mark.parametrize(
        ("begin", "end", "sentence"),
        [
            ("soon", "0:10", "'soon' is no place in a recording"),
            ("0:10", "0:05", "begins before it ends"),
            ("9:00", "9:10", "60.0 s long"),
        ],
    )
    def test_says_what_is_no_span(self, clip, begin, end, sentence):
        words = ("span", clip.episode.number, "--from", begin, "--to", end, *WHY, "--yes")
        assert sentence in refused(*words)

    def test_says_which_of_several_is_meant(self):
        podcasts = [make.podcast(title="Talk") for _ in range(2)]
        said = refused("podcast", "talk", *WHY, "--yes")
        assert all(str(podcast.pk) in said for podcast in podcasts)

    def test_knows_a_voice_that_nobody_compared(self, clip):
        clip.voice.speaker = None
        clip.voice.save()
        assert "withdraw the span" in refused("speaker", clip.name, *WHY, "--yes")

    def test_refuses_an_empty_reason_and_a_grace_below_nothing(self, clip):
        number = clip.episode.number
        empty = ("--reason", " ", "--class", "speaker", "--yes")
        assert "--reason was empty" in refused("episode", number, *empty)
        assert "0 or more" in refused("episode", number, *WHY, "--yes", "--grace-days", "-1")

    def test_refuses_the_same_twice(self, clip):
        words = ("episode", clip.episode.number, *WHY, "--yes")
        withdraw(*words)
        said = refused(*words)
        assert said.startswith("That was withdrawn on 20")
        assert said.endswith("nothing was changed.")
        withdraw(*words, "--requester", "Anna")
        assert refused(*words, "--requester", "Anna").startswith(
            "That was withdrawn for Anna on 20"
        )


class TestList:
    def test_shows_all_with_their_state(self, clip):
        for _ in range(3):
            withdraw("episode", make.episode().number, *WHY, "--yes")
        first, second, _ = Withdrawal.objects.order_by("pk")
        withdraw("lift", first.pk, "--reason", "An error.")
        withdraw("erase", second.pk, "--yes")
        rows = json.loads(withdraw("list", "--json"))
        assert [row["state"] for row in rows] == ["stands", "erased", "lifted"]
        said = withdraw("list")
        assert all(word in said for word in ("audio goes", "erased 20", "lifted 20"))
        assert "3 withdrawals." in said


class TestShow:
    def test_tells_all_that_is_kept_inside(self, clip):
        make.release(name="talk", version="1.0.0").items.create(clip=clip, partition="Train")
        withdraw("episode", clip.episode.number, *WHY, "--requester", "Anna", "--yes")
        pk = Withdrawal.objects.get().pk
        said = withdraw("show", pk)
        assert all(
            word in said for word in ("Her wish.", "Anna", "1 of its clips is in talk 1.0.0")
        )
        assert "the audio of 1 clip is still here" in said
        withdraw("erase", pk, "--yes")
        found = json.loads(withdraw("show", pk, "--json"))
        assert found["left"] == ""
        assert found["files"][0]["what"] == f"clip {clip.name}"

    @pytest.mark.parametrize("number", ["7", "9" * 30])
    def test_says_which_is_not_there(self, number):
        assert f"There is no withdrawal {number}" in refused("show", number)


class TestWho:
    """Every act says who did it, whether an account stands for them or not."""

    @pytest.fixture(autouse=True)
    def login(self, monkeypatch):
        monkeypatch.setenv("LOGNAME", "cora")

    def test_is_whoever_is_signed_in_to_the_machine(self, clip):
        withdraw("span", clip.episode.number, "--from", "0", "--to", "60", *WHY, "--yes")
        row = Withdrawal.objects.get()
        assert (row.withdrawn_by, row.said_by) == (None, "cora")
        withdraw("lift", row.pk, "--reason", "An error.")
        assert Reinstatement.objects.get().said_by == "cora"
        said = withdraw("show", row.pk)
        assert "  withdrawn by: cora, on the command line" in said
        assert "  lifted by: cora, on the command line" in said

    @pytest.mark.parametrize("how", ["number", "--due"])
    def test_is_the_account_named(self, clip, how):
        anna = make.user("curator", username="anna")
        words = ("--yes", "--by", "anna")
        withdraw("episode", clip.episode.number, *WHY, *words, "--grace-days", "0")
        row = Withdrawal.objects.get()
        withdraw("erase", row.pk if how == "number" else how, *words)
        assert (row.withdrawn_by, Erasure.objects.get().by) == (anna, anna)
        assert "  erased by: anna" in withdraw("show", row.pk)

    def test_must_be_somebody_who_may_decide(self, clip):
        make.user("rater", username="rita")
        words = ("episode", clip.episode.number, *WHY, "--yes", "--by")
        assert "There is nobody called nobody" in refused(*words, "nobody")
        assert "rita may not decide" in refused(*words, "rita")


class TestLift:
    def test_lets_it_stand_again_with_a_reason(self, clip):
        withdraw("episode", clip.episode.number, *WHY, "--yes")
        pk = Withdrawal.objects.get().pk
        withdraw("lift", pk, "--reason", "An error.")
        assert Reinstatement.objects.get().reason == "An error."
        assert Clip.objects.standing().contains(clip)
        assert "lifted already" in refused("lift", pk, "--reason", "Again.")

    def test_says_that_it_is_too_late(self, clip):
        withdraw("episode", clip.episode.number, *WHY, "--yes")
        pk = Withdrawal.objects.get().pk
        withdraw("erase", pk, "--yes")
        assert "nothing brings it back" in refused("lift", pk, "--reason", "An error.")


class TestErase:
    def test_erases_what_is_due_and_nothing_else(self, clip):
        withdraw("episode", clip.episode.number, *WHY, "--yes", "--grace-days", "0")
        withdraw("episode", make.episode().number, *WHY, "--yes")
        (row,) = json.loads(withdraw("erase", "--due", "--yes", "--json"))
        assert row["state"] == "erased"
        assert Erasure.objects.get().withdrawal.episode == clip.episode
        assert withdraw("erase", "--due", "--yes").strip() == "Nothing was due."

    def test_asks_first(self, clip, nobody):
        withdraw("episode", clip.episode.number, *WHY, "--yes")
        assert "--yes" in refused("erase", Withdrawal.objects.get().pk)
        assert not Erasure.objects.exists()

    def test_refuses_what_was_lifted(self, clip):
        withdraw("episode", clip.episode.number, *WHY, "--yes")
        pk = Withdrawal.objects.get().pk
        withdraw("lift", pk, "--reason", "An error.")
        assert "was lifted" in refused("erase", pk, "--yes")

    def test_wants_to_know_which(self):
        assert "Say which" in refused("erase", "--yes")
        assert "Say which" in refused("erase", "1", "--due", "--yes")
