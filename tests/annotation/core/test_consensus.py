import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.core import consensus, scores
from annotation.core.scores import Answer
from annotation.core.taxonomy import CATEGORY_NAMES, CODES, Primary, Secondary


def answers(*primaries):
    pairs = [scores.split_other(primary) for primary in primaries]
    return [Answer(primary=label, primary_other=text) for label, text in pairs]


# Line 1 of the block in the release notes of the format must come out of lines 2 to 6.
GOLDEN_BLOCK = [
    Answer(3, 3, 4, "Other", "confused", ("Concerned", "Confused")),
    Answer(4, 1, 2, "Neutral", "", ("Neutral",)),
    Answer(4, 3, 3, "Neutral", "", ("Neutral", "Annoyed")),
    Answer(5, 2, 3, "Happy", "", ("Happy", "Amused")),
    Answer(4, 4, 4, "Neutral", "", ("Neutral",)),
]


class TestPlurality:
    @pytest.mark.parametrize(
        ("votes", "code"),
        [
            (["Neutral", "Neutral", "Neutral", "Happy", "Other-confused"], "N"),
            (["Angry", "Angry", "Sad", "Happy", "Neutral"], "A"),
            (["Happy", "Happy", "Neutral", "Neutral", "Sad"], "X"),
            (["Angry", "Sad", "Happy", "Fear", "Neutral"], "X"),
            (["Other-tired", "Other-proud", "Neutral"], "O"),
            (["Other-a", "Other-b", "Sad", "Sad", "Fear"], "X"),
            (["Fear"], "F"),
        ],
    )
    def test_decides_as_the_reference_corpus_does(self, votes, code):
        assert consensus.of(answers(*votes)).label == code

    def test_shares_add_up_over_all_nine(self):
        verdict = consensus.plurality([Primary.SAD, Primary.SAD, Primary.OTHER, Primary.FEAR])
        assert list(verdict.shares) == list(Primary)
        assert (verdict.shares[Primary.SAD], verdict.shares[Primary.ANGRY]) == (0.5, 0.0)

    def test_needs_a_vote(self):
        with pytest.raises(ValueError, match="no votes"):
            consensus.plurality([])

    @settings(deadline=None, max_examples=100)
    @given(st.lists(st.sampled_from(list(Primary)), min_size=1, max_size=12))
    def test_winner_has_more_votes_than_anybody_else(self, votes):
        verdict = consensus.plurality(votes)
        counts = sorted((votes.count(label) for label in Primary), reverse=True)
        assert (verdict.label is None) == (counts[0] == counts[1])
        if verdict.label:
            assert votes.count(verdict.label) == counts[0]


class TestOf:
    def test_gives_back_the_golden_line(self):
        row = consensus.of(GOLDEN_BLOCK)
        assert (row.label, row.n_ratings) == ("N", 5)
        assert (row.arousal, row.valence, row.dominance) == (2.6, 4.0, 3.2)

    def test_counts_secondaries_per_rater(self):
        shares = consensus.of(GOLDEN_BLOCK).secondary_shares
        assert list(shares) == [label.value for label in Secondary]
        assert (shares["Neutral"], shares["Amused"], shares["Fear"]) == (0.6, 0.2, 0.0)

    def test_keeps_both_distributions_of_the_golden_ticks(self):
        ticks = (("joy",), ("joy", "serenity"), ("serenity", "interest", "joy"), ("anger",))
        row = consensus.of([Answer(distribution=tick) for tick in ticks])
        assert tuple(row.pooled) == CATEGORY_NAMES
        four = ("joy", "serenity", "interest", "anger")
        assert [row.pooled[name] for name in four] == pytest.approx([3 / 7, 2 / 7, 1 / 7, 1 / 7])
        assert [row.rater_equal[name] for name in four] == pytest.approx(
            [0.458333, 0.208333, 0.083333, 0.25], abs=5e-7
        )

    def test_leaves_open_what_nobody_answered(self):
        row = consensus.of([Answer(valence=2), Answer(valence=5)])
        assert (row.valence, row.arousal, row.dominance) == (3.5, None, None)
        assert (row.label, row.entropy) == (None, None)
        assert (row.shares, row.secondary_shares, row.pooled, row.rater_equal) == ({}, {}, {}, {})

    def test_says_nothing_about_a_clip_without_ratings(self):
        assert consensus.of([]).n_ratings == 0
        assert consensus.of([]).label is None

    @pytest.mark.parametrize(
        ("votes", "nats"), [(["Sad"] * 4, 0.0), (["Sad", "Fear"] * 2, 0.6931471805599453)]
    )
    def test_measures_how_divided_the_raters_are(self, votes, nats):
        assert consensus.of(answers(*votes)).entropy == pytest.approx(nats)

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(
            st.builds(
                Answer,
                valence=st.none() | st.integers(1, 7),
                primary=st.none() | st.sampled_from([label.value for label in Primary]),
                secondaries=st.lists(
                    st.sampled_from([label.value for label in Secondary]), unique=True
                ).map(tuple),
                distribution=st.lists(st.sampled_from(CATEGORY_NAMES), unique=True).map(tuple),
            ),
            max_size=8,
        ),
        st.randoms(use_true_random=False),
    )
    def test_does_not_depend_on_the_order_of_the_raters(self, given_answers, shuffler):
        shuffled = list(given_answers)
        shuffler.shuffle(shuffled)
        row = consensus.of(given_answers)
        assert consensus.of(shuffled) == row
        for shares in (row.shares, row.pooled, row.rater_equal):
            assert sum(shares.values()) == pytest.approx(1 if shares else 0)

    def test_recovers_a_known_distribution_from_many_raters(self):
        generator = random.Random(3)
        truth = {"joy": 0.6, "serenity": 0.3, "anger": 0.1}
        drawn = generator.choices(list(truth), list(truth.values()), k=4000)
        row = consensus.of([Answer(distribution=(tick,)) for tick in drawn])
        assert {name: row.pooled[name] for name in truth} == pytest.approx(truth, abs=0.03)
        assert {name: row.rater_equal[name] for name in truth} == pytest.approx(truth, abs=0.03)


class TestCodes:
    def test_of_shares_are_the_letters_of_release_files(self):
        assert tuple(consensus.of(answers("Sad")).shares) == CODES
