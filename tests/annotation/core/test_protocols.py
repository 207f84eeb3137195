import json

import pytest

from annotation.core import protocols
from annotation.core.protocols import (
    EM2LDL,
    MSP_PODCAST,
    MSP_PODCAST_WITH_DISTRIBUTION,
    PRESETS,
    Question,
    RatingProtocol,
)


class TestPresets:
    def test_msp_podcast_asks_scales_then_primary_then_secondary(self):
        assert [question.value for question in MSP_PODCAST.questions] == [
            "valence",
            "arousal",
            "dominance",
            "primary",
            "secondary",
        ]
        assert not MSP_PODCAST.requires(Question.SECONDARY)

    def test_em2ldl_asks_for_ticks_on_the_wheel_only(self):
        assert EM2LDL.questions == (Question.DISTRIBUTION,)
        assert EM2LDL.requires(Question.DISTRIBUTION)
        assert not EM2LDL.asks(Question.PRIMARY)

    def test_the_wheel_comes_after_everything_that_is_compared_with_msp_podcast(self):
        questions = MSP_PODCAST_WITH_DISTRIBUTION.questions
        assert questions == (*MSP_PODCAST.questions, Question.DISTRIBUTION)

    def test_have_names_of_their_own(self):
        assert len({protocol.name for protocol in PRESETS}) == len(PRESETS)


class TestJson:
    @pytest.mark.parametrize("protocol", PRESETS, ids=lambda protocol: protocol.name)
    def test_survives_being_stored(self, protocol):
        stored = json.loads(json.dumps(protocol.to_json()))
        assert protocols.from_json(stored) == protocol

    @pytest.mark.parametrize(
        "stored",
        [
            {},
            {"name": "x", "version": "1", "questions": ["mood"], "required": []},
            {"name": "x", "version": "1", "questions": None, "required": []},
        ],
    )
    def test_refuses_what_it_did_not_store(self, stored):
        with pytest.raises(ValueError, match=r"protocol|Question"):
            protocols.from_json(stored)


class TestRatingProtocol:
    @pytest.mark.parametrize(
        ("questions", "required"),
        [
            ((), frozenset()),
            ((Question.VALENCE, Question.VALENCE), frozenset()),
            ((Question.VALENCE,), frozenset({Question.PRIMARY})),
        ],
        ids=["asks nothing", "asks twice", "requires what it never asks"],
    )
    def test_refuses_to_make_no_sense(self, questions, required):
        with pytest.raises(ValueError, match="a protocol"):
            RatingProtocol("odd", "1", questions, required)
