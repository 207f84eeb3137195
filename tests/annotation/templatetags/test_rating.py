"""The rater's form as HTML: every label of the taxonomy, real inputs, nothing chosen beforehand."""

import re
from types import SimpleNamespace

import pytest
from django.template import Context, Template

from annotation.actions import assignments
from annotation.core import protocols, taxonomy
from annotation.templatetags import rating


def rendered(source: str, **context) -> str:
    return Template("{% load rating %}" + source).render(Context(context))


def card(**values):
    return {"values": {}, "errors": {}, "protocol": protocols.MSP_PODCAST} | values


def values_of(html: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', html)


class TestScale:
    def test_offers_seven_named_points_and_chooses_none(self):
        html = rendered('{% scale card "valence" %}', card=card())
        assert values_of(html, "valence") == list("1234567")
        assert 'aria-label="Valence 3 of 7, slightly negative"' in html
        assert " checked" not in html

    def test_keeps_what_was_answered_and_says_what_is_wrong(self):
        html = rendered(
            '{% scale card "arousal" %}',
            card=card(values={"arousal": 6}, errors={"arousal": ["Choose a point."]}),
        )
        assert re.findall(r'value="(\d)" checked', html) == ["6"]
        assert 'aria-describedby="arousal-error"' in html
        assert "Choose a point." in html


class TestMainEmotion:
    def test_offers_every_primary_with_its_key(self):
        html = rendered("{% main_emotion card %}", card=card())
        assert values_of(html, "primary") == [label.value for label in taxonomy.Primary]
        assert re.findall(r'aria-keyshortcuts="(\w)"', html) == list(taxonomy.CODES)

    def test_escapes_what_a_rater_typed(self):
        html = rendered(
            "{% main_emotion card %}", card=card(values={"primary_other": '"><script>'})
        )
        assert "<script>" not in html


class TestAllEmotions:
    def test_offers_every_secondary_once(self):
        html = rendered("{% all_emotions card %}", card=card())
        assert sorted(values_of(html, "secondary")) == sorted(taxonomy.Secondary)

    def test_order_of_groups_belongs_to_the_rater(self):
        orders = {
            tuple(
                values_of(rendered("{% all_emotions card %}", card=card(order_seed=n)), "secondary")
            )
            for n in range(20)
        }
        again = rendered("{% all_emotions card %}", card=card(order_seed=3))
        assert len(orders) > 1
        assert tuple(values_of(again, "secondary")) in orders

    def test_shows_errors_under_the_name_that_core_uses(self):
        html = rendered(
            "{% all_emotions card %}", card=card(errors={"secondaries": ["Ticked twice."]})
        )
        assert "Ticked twice." in html


class TestWheel:
    def test_posts_the_spelling_of_the_files_and_shows_the_corrected_one(self):
        html = rendered("{% wheel card %}", card=card(values={"distribution": ["ecstacy", "joy"]}))
        assert values_of(html, "distribution") == list(taxonomy.CATEGORY_NAMES)
        assert re.findall(r'value="(\w+)" checked', html) == ["ecstacy", "joy"]
        assert "Ecstasy" in html
        assert "joy + trust" in html


class TestManikinSprite:
    def test_holds_each_picture_once(self):
        ids = re.findall(r'id="(\w+-\d)"', rendered("{% manikin_sprite %}"))
        assert ids == [f"{scale.name}-{n}" for scale in taxonomy.SCALES for n in range(1, 8)]


class TestSkipReasons:
    def test_are_those_that_the_action_knows(self):
        assert [value for value, _words in rating.skip_reasons()] == list(assignments.SKIP_REASONS)


class TestRequiredQuestions:
    def test_follow_the_protocol_in_screen_order(self):
        assert rating.required_questions(card()) == "valence arousal dominance primary"
        wheel = SimpleNamespace(protocol=protocols.EM2LDL)
        assert rating.required_questions(wheel) == "distribution"


class TestThinned:
    def test_merges_neighbours_to_their_extremes(self):
        peaks = [[-1, 1], [-5, 2], [-2, 9], [0, 0]]
        assert rating.thinned(peaks, 2) == [(-5, 2), (-2, 9)]

    @pytest.mark.parametrize("peaks", [None, [], [[-3, 3]]])
    def test_takes_fewer_pairs_than_bars(self, peaks):
        assert rating.thinned(peaks, 140) == [tuple(pair) for pair in peaks or ()]


class TestBarsPath:
    def test_draws_up_as_up_and_keeps_silence_visible(self):
        assert rating.bars_path([(-10, 20), (0, 0)]) == "M0.5 -20V10M1.5 -3V3"
