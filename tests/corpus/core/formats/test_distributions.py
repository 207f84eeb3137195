"""Tables of label distributions."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from corpus.core.formats import base, distributions
from corpus.core.releases import ReleaseFacts

Make = Callable[..., Any]

NAMES = ("joy", "serenity", "interest", "anger", "grief")
POOLED = {"joy": 3 / 7, "serenity": 2 / 7, "interest": 1 / 7, "anger": 1 / 7}
EQUAL = {"joy": 11 / 24, "serenity": 5 / 24, "interest": 1 / 12, "anger": 0.25}


@pytest.fixture
def clips(make_clip: Make, make_rating: Make, make_labels: Make) -> list[Any]:
    ticks = (("joy",), ("joy", "serenity"), ("serenity", "interest", "joy"), ("anger",), ())
    ratings = [make_rating(n, distribution=ticked) for n, ticked in enumerate(ticks, start=1)]
    labels = make_labels(
        *ratings, code="N", avd=(1.0, 1.0, 1.0),
        distribution_pooled=POOLED, distribution_rater_equal=EQUAL,
    )  # fmt: skip
    return [make_clip(2), make_clip(1, labels=labels)]


class TestFiles:
    def test_hold_both_ways_of_counting(self, facts: ReleaseFacts, clips: list[Any]) -> None:
        named = replace(facts, distribution_names=NAMES)
        files = dict(distributions.files(named, clips))
        for name, shares in (("", POOLED), ("_rater_equal", EQUAL)):
            table = files[f"Labels/labels_distribution{name}.csv"]
            frame = pd.read_csv(io.BytesIO(table))
            assert list(frame) == ["FileName", *NAMES, "n_raters"]
            assert frame.loc[0, list(NAMES)].to_dict() == pytest.approx(
                {**shares, "grief": 0.0}, rel=1e-14
            )
            assert frame["n_raters"].tolist() == [4]

    def test_are_none_without_distributions(self, facts: ReleaseFacts, make_clip: Make) -> None:
        assert list(distributions.files(facts, [make_clip()])) == []
        assert distributions.left_out(facts, [make_clip()]) == ()

    def test_refuse_a_share_without_a_column(self, facts: ReleaseFacts, clips: list[Any]) -> None:
        with pytest.raises(base.Inconsistent, match="anger"):
            list(distributions.files(replace(facts, distribution_names=NAMES[:3]), clips))


class TestLeftOut:
    def test_names_clips_without_ticks(self, facts: ReleaseFacts, clips: list[Any]) -> None:
        (sentence,) = distributions.left_out(facts, clips)
        assert "leave out 1 of 2 clips" in sentence
        assert "EMOCAST_0001_0002" in sentence
