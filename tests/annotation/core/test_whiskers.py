"""Dots and whiskers on one axis."""

from annotation.core import whiskers


def figure(statistic="alpha_interval", value=0.5, low=0.25, high=0.75, **fields):
    given = {"question": "valence", "name": "α", "statistic": statistic, "value": value}
    return {
        **given,
        "low": low,
        "high": high,
        "n_items": 12,
        "n_ratings": 40,
        "reason": "",
        **fields,
    }


class TestPicture:
    def test_reaches_from_chance_to_perfect(self):
        labels = [tick.label for tick in whiskers.picture([figure()]).ticks]
        assert labels == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]

    def test_places_value_and_interval_in_percent(self):
        (row,) = whiskers.picture([figure()]).rows
        assert (row.low_at, row.at, row.high_at) == (25, 50, 75)

    def test_makes_room_below_chance(self):
        picture = whiskers.picture([figure(value=0.0, low=-0.3, high=0.2)])
        assert picture.ticks[0].label == "−0.4"
        assert picture.rows[0].at == 28.57

    def test_shows_one_coefficient_per_question(self):
        rows = whiskers.picture([figure("icc_1"), figure(), figure("fleiss_kappa")]).rows
        assert len(rows) == 1

    def test_leaves_out_what_has_no_value(self):
        assert whiskers.picture([figure(value=None, low=None, high=None)]).rows == ()

    def test_draws_no_whisker_without_an_interval(self):
        (row,) = whiskers.picture([figure(low=None, high=None)]).rows
        assert (row.low_at, row.high_at, row.written) == (None, None, "0.50")


class TestWritten:
    def test_has_the_interval_in_brackets(self):
        assert whiskers.written(figure(value=-0.05, low=-0.1, high=0.02)) == "−0.05 [−0.10, 0.02]"

    def test_is_empty_without_a_value(self):
        assert whiskers.written(figure(value=None, low=None, high=None)) == ""
