from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.core import scores
from annotation.core.protocols import (
    EM2LDL,
    MSP_PODCAST,
    MSP_PODCAST_WITH_DISTRIBUTION,
    Question,
    RatingProtocol,
)
from annotation.core.scores import Answer, Problem

COMPLETE = Answer(
    valence=3,
    arousal=5,
    dominance=4,
    primary="Other",
    primary_other="confused",
    secondaries=("Concerned", "Confused"),
)


def fields(answer, protocol=MSP_PODCAST):
    return [problem.field for problem in scores.check(answer, protocol)]


class TestCheck:
    def test_finds_nothing_wrong_with_a_complete_answer(self):
        assert scores.check(COMPLETE, MSP_PODCAST) == ()
        assert scores.check(Answer(distribution=("joy", "serenity")), EM2LDL) == ()

    def test_misses_every_required_answer_in_screen_order(self):
        assert fields(Answer()) == ["valence", "arousal", "dominance", "primary"]
        assert fields(Answer(), EM2LDL) == ["distribution"]

    @pytest.mark.parametrize("point", [0, 8, -1, 3.5, 4.0, True, "4"])
    def test_takes_whole_points_from_1_to_7_only(self, point):
        assert fields(replace(COMPLETE, arousal=point)) == ["arousal"]

    @pytest.mark.parametrize("point", [1, 7])
    def test_takes_both_ends(self, point):
        assert fields(replace(COMPLETE, valence=point)) == []

    @pytest.mark.parametrize("text", ["", "   ", ";,\"'", "\n\t"])
    def test_wants_a_word_with_other(self, text):
        assert fields(replace(COMPLETE, primary_other=text)) == ["primary_other"]
        ticked = replace(COMPLETE, secondaries=("Other",), secondary_other=text)
        assert fields(ticked) == ["secondary_other"]

    @pytest.mark.parametrize("label", ["happy", "Amused", "H", "X"])
    def test_knows_the_main_emotions_only(self, label):
        assert fields(replace(COMPLETE, primary=label)) == ["primary"]

    def test_names_unknown_ticks(self):
        problems = scores.check(
            replace(COMPLETE, secondaries=("Dissapointed", "Happy")), MSP_PODCAST
        )
        assert problems == (Problem("secondaries", "Not on this list: Dissapointed"),)

    def test_refuses_a_tick_twice(self):
        assert fields(replace(COMPLETE, secondaries=("Happy", "Happy"))) == ["secondaries"]
        assert fields(Answer(distribution=("joy", "joy")), EM2LDL) == ["distribution"]

    def test_refuses_answers_to_questions_that_were_not_asked(self):
        assert fields(replace(COMPLETE, distribution=("joy",))) == ["distribution"]
        answer = replace(COMPLETE, distribution=("joy",), comment="?")
        assert fields(answer, MSP_PODCAST_WITH_DISTRIBUTION) == ["comment"]

    def test_can_require_a_comment_and_limits_it(self):
        chatty = RatingProtocol(
            "chatty", "1", (Question.COMMENT,), required=frozenset({Question.COMMENT})
        )
        assert fields(Answer(comment=" "), chatty) == ["comment"]
        assert fields(Answer(comment="x" * 1001), chatty) == ["comment"]
        assert fields(Answer(comment="x" * 1000), chatty) == []

    def test_can_leave_everything_optional(self):
        lenient = RatingProtocol("lenient", "1", tuple(Question), required=frozenset())
        assert fields(Answer(), lenient) == []


class TestClean:
    def test_puts_ticks_in_protocol_order(self):
        messy = replace(COMPLETE, secondaries=("Confused", "Sad"), distribution=("joy", "ecstacy"))
        assert scores.clean(messy).secondaries == ("Sad", "Confused")
        assert scores.clean(messy).distribution == ("ecstacy", "joy")

    def test_drops_text_whose_other_was_unticked_again(self):
        changed = replace(COMPLETE, primary="Happy", secondary_other="proud")
        assert scores.clean(changed).primary_other == ""
        assert scores.clean(changed).secondary_other == ""

    def test_keeps_the_text_of_other(self):
        ticked = replace(COMPLETE, secondaries=("Other",), secondary_other=" quite; proud\n")
        assert scores.clean(ticked).secondary_other == "quite proud"
        assert scores.clean(ticked).primary_other == "confused"

    def test_keeps_what_check_will_complain_about(self):
        wrong = Answer(secondaries=("Nope", "Happy", "Happy"))
        assert scores.clean(wrong).secondaries == ("Happy", "Happy", "Nope")

    @settings(deadline=None, max_examples=50)
    @given(st.text(), st.sampled_from(["Other", "Happy", None]))
    def test_twice_is_once(self, text, primary):
        answer = Answer(primary=primary, primary_other=text, comment=text)
        assert scores.clean(scores.clean(answer)) == scores.clean(answer)


class TestCleanFreeText:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("confused", "confused"),
            ("  half   asleep ", "half asleep"),
            ("tired; bored, sad", "tired bored sad"),
            ('"ironic"', "ironic"),
            ("don't care", "dont care"),
            ("line\r\nbreak\u2028here\x00", "line break here"),
            ("e\u0301mue", "émue"),
            ("困惑，累", "困惑 累"),
            ("half-asleep (?)", "half-asleep (?)"),
        ],
    )
    def test_keeps_words_and_drops_what_breaks_files(self, typed, kept):
        assert scores.clean_free_text(typed) == kept

    def test_is_limited(self):
        assert scores.clean_free_text("ab " * 50, length=6) == "ab ab"

    @settings(deadline=None, max_examples=100)
    @given(st.text())
    def test_is_always_safe_in_a_field(self, text):
        kept = scores.clean_free_text(text)
        assert not set(kept) & set(";,\"'\r\n\t\u2028")
        assert len(kept) <= scores.FREE_TEXT_LENGTH
        assert kept == kept.strip()


class TestStrings:
    def test_spell_other_with_its_text(self):
        assert scores.primary_string(COMPLETE) == "Other-confused"
        ticked = replace(COMPLETE, secondaries=("Other", "Sad"), secondary_other="half-asleep")
        assert scores.secondary_string(ticked) == "Sad,Other-half-asleep"

    def test_are_empty_where_nothing_was_answered(self):
        assert scores.primary_string(Answer()) == ""
        assert scores.secondary_string(Answer()) == ""

    @pytest.mark.parametrize(
        ("entry", "parts"),
        [
            ("Other-confused", ("Other", "confused")),
            ("Other-half-asleep", ("Other", "half-asleep")),
            (" Other - tired ", ("Other", "tired")),
            ("Other", ("Other", "")),
            (" Happy", ("Happy", "")),
            ("Self-assured", ("Self-assured", "")),
        ],
    )
    def test_are_read_back(self, entry, parts):
        assert scores.split_other(entry) == parts

    @settings(deadline=None, max_examples=50)
    @given(st.text(min_size=1))
    def test_survive_the_way_through_a_file(self, text):
        answer = scores.clean(Answer(primary="Other", primary_other=text))
        assert scores.split_other(scores.primary_string(answer)) == ("Other", answer.primary_other)
