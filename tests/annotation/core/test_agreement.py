import csv

import numpy as np
import pytest

from annotation.core import agreement, coefficients
from annotation.core.agreement import RatingTable
from annotation.core.protocols import Question
from annotation.core.scores import Answer
from annotation.core.taxonomy import Primary

SEED = 2024


def campaign(n_clips, n_raters, *, seed=SEED):
    """Raters who hear the clip's emotion six times in ten, and guess otherwise."""
    generator = np.random.default_rng(seed)
    clips = np.repeat(np.arange(n_clips), n_raters)
    truth = generator.integers(1, 8, size=n_clips)[clips]
    guess = generator.integers(1, 8, size=clips.size)
    heard = np.where(generator.random(clips.size) < 0.6, truth, guess)
    columns = {
        Question.VALENCE: heard,
        Question.PRIMARY: heard - 1,
        Question.SECONDARY: (1 << heard) | (1 << guess),
    }
    return RatingTable(clips, np.tile(np.arange(n_raters), n_clips), columns)


def measure(table, resamples=100):
    figures = agreement.measure(table, generator=np.random.default_rng(SEED), resamples=resamples)
    return {(figure.question.value, figure.statistic): figure for figure in figures}


class TestMeasure:
    def test_names_every_statistic_of_every_question_asked(self):
        figures = measure(campaign(30, 5))
        per_class = {f"alpha_nominal_{label.code}" for label in Primary}
        assert {key for question, key in figures if question == "valence"} == {
            "alpha_interval",
            "alpha_ordinal",
            "icc_1",
            "icc_k",
        }
        assert {key for question, key in figures if question == "primary"} == {
            "alpha_nominal",
            "fleiss_kappa",
            "pair_agreement",
            *per_class,
        }
        assert {key for question, key in figures if question == "secondary"} == {
            "alpha_masi",
            "alpha_jaccard",
        }
        assert not [question for question, _ in figures if question == "arousal"]

    def test_gives_a_value_inside_its_interval(self):
        for (question, key), figure in measure(campaign(60, 5)).items():
            if figure.value is None:
                # classes that nobody chose: 7 points stand for the first 7 of 9
                assert (question, key) in {
                    ("primary", "alpha_nominal_N"),
                    ("primary", "alpha_nominal_O"),
                }
                continue
            assert figure.low <= figure.value <= figure.high, key
            assert (figure.n_items, figure.n_ratings, figure.reason) == (60, 300, "")

    def test_is_the_same_for_the_same_table_and_seed(self):
        assert measure(campaign(20, 3)) == measure(campaign(20, 3))

    def test_counts_only_clips_with_two_ratings(self):
        table = RatingTable(
            items=np.array([1, 1, 2, 3, 3, 3]),
            raters=np.array([1, 2, 1, 1, 2, 3]),
            columns={Question.PRIMARY: np.array([0, 0, 1, 2, 2, agreement.MISSING])},
        )
        figure = measure(table)["primary", "alpha_nominal"]
        assert (figure.n_items, figure.n_ratings) == (2, 4)
        assert figure.value == 1
        assert figure.reason == "fewer than 10 clips have two ratings: no interval"

    @pytest.mark.parametrize("n_clips", [0, 1])
    def test_says_why_there_is_no_figure_for_so_few(self, n_clips):
        for figure in measure(campaign(n_clips, 4)).values():
            assert (figure.value, figure.low, figure.high) == (None, None, None)
            assert figure.reason == "fewer than 2 clips have two ratings"

    def test_says_why_there_is_no_figure_where_all_say_the_same(self):
        ones = np.ones(40, dtype=np.int64)
        questions = (Question.AROUSAL, Question.PRIMARY, Question.SECONDARY)
        clips, raters = np.repeat(np.arange(20), 2), np.tile([0, 1], 20)
        table = RatingTable(clips, raters, dict.fromkeys(questions, ones))
        for (_, key), figure in measure(table).items():
            if key != "pair_agreement":
                assert figure.value is None
                assert figure.reason.startswith("all ratings are the same")

    def test_says_why_there_is_no_interval_where_one_clip_differs(self):
        clips, raters = np.repeat(np.arange(20), 2), np.tile([0, 1], 20)
        odd = np.where(clips == 7, 2, 1)
        columns = {Question.AROUSAL: odd, Question.SECONDARY: odd}
        for figure in measure(RatingTable(clips, raters, columns)).values():
            assert figure.value == pytest.approx(1)
            assert (figure.low, figure.high) == (None, None)
            assert figure.reason == "too few clips differ from all others: no interval"

    def test_never_answers_nan(self):
        for n_clips, n_raters in [(2, 2), (3, 1), (12, 2), (10, 3)]:
            for figure in measure(campaign(n_clips, n_raters, seed=n_clips)).values():
                numbers = [n for n in (figure.value, figure.low, figure.high) if n is not None]
                assert np.all(np.isfinite(numbers))
                assert (figure.low is None) == bool(figure.reason)

    def test_finds_more_agreement_where_raters_guess_less(self):
        careful, careless = campaign(200, 5), campaign(200, 5)
        generator = np.random.default_rng(1)
        careless.columns[Question.PRIMARY][:] = generator.integers(0, 7, size=1000)
        values = [measure(t)["primary", "alpha_nominal"].value for t in (careful, careless)]
        assert values[0] == pytest.approx(0.36, abs=0.05)  # .6 squared: both must have heard it
        assert values[1] == pytest.approx(0, abs=0.05)

    def test_holds_for_published_ratings_of_real_readers(self, shared_data):
        """EmoBank: 5 readers agree little on arousal, more on valence, far from .667 on both."""
        folder = shared_data / "ratings" / "emobank_readers"
        with (folder / "individual_reader_ratings.csv").open(newline="") as file:
            ratings = list(csv.DictReader(file))
        ids = {name: i for i, name in enumerate(sorted({row["id"] for row in ratings}))}
        clips = np.array([ids[row["id"]] for row in ratings])
        columns = {
            question: np.array([round(float(row[letter])) for row in ratings])
            for question, letter in ((Question.VALENCE, "V"), (Question.AROUSAL, "A"))
        }
        figures = measure(RatingTable(clips, np.zeros_like(clips), columns))
        assert figures["valence", "alpha_interval"].n_ratings > 50_000
        assert (
            0.05
            < figures["arousal", "alpha_interval"].low
            < figures["valence", "alpha_interval"].low
            < 0.667
        )


class TestTabulate:
    ROWS = (
        (10, 1, Answer(valence=2, primary="Sad", secondaries=("Sad", "Depressed"))),
        (10, 2, Answer(valence=None, primary="Sad", secondaries=())),
        (11, 1, Answer(valence=7, primary=None)),
    )

    def test_turns_answers_into_columns(self):
        table = agreement.tabulate(self.ROWS)
        assert table.items.tolist() == [10, 10, 11]
        assert table.raters.tolist() == [1, 2, 1]
        assert table.columns[Question.VALENCE].tolist() == [2, -1, 7]
        assert table.columns[Question.PRIMARY].tolist() == [1, 1, -1]
        assert table.columns[Question.SECONDARY].tolist() == [0b1000010, 0, 0]

    def test_has_no_column_for_what_nobody_answered(self):
        asked = set(agreement.tabulate(self.ROWS).columns)
        assert asked == {Question.VALENCE, Question.PRIMARY, Question.SECONDARY}

    def test_of_nothing_can_be_measured(self):
        assert measure(agreement.tabulate([])) == {}

    def test_feeds_the_same_numbers_as_counts_by_hand(self):
        rows = [
            (clip, rater, Answer(primary=label))
            for clip, labels in enumerate((("Sad", "Sad"), ("Fear", "Fear"), ("Sad", "Fear")))
            for rater, label in enumerate(labels)
        ]
        value = measure(agreement.tabulate(rows))["primary", "alpha_nominal"].value
        by_hand = coefficients.alpha([[2, 0], [0, 2], [1, 1]], metric="nominal")
        assert value == pytest.approx(by_hand)

    def test_reads_ticks_on_the_wheel(self):
        rows = [(clip, rater, Answer(distribution=("joy",))) for clip in (1, 2) for rater in (1, 2)]
        rows[0] = (1, 1, Answer(distribution=("rage", "joy")))
        figures = measure(agreement.tabulate(rows))
        assert set(figures) == {("distribution", "alpha_masi"), ("distribution", "alpha_jaccard")}
        assert figures["distribution", "alpha_masi"].n_items == 2
