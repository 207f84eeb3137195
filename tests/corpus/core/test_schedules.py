"""What a feed asks of those who read it."""

import pytest

from tests.feed_samples import parse


class TestSchedule:
    def test_is_read(self):
        feed = parse(
            "<ttl>60</ttl><skipHours><hour>0</hour><hour>13</hour></skipHours>"
            "<skipDays><day>Saturday</day><day>sunday</day><day>Mon</day></skipDays>"
        )
        assert feed.ttl_minutes == 60
        assert (feed.skip_hours, feed.skip_days) == ({0, 13}, {0, 5, 6})

    def test_of_a_feed_that_asks_nothing_is_empty(self):
        feed = parse()
        assert (feed.ttl_minutes, feed.skip_hours, feed.skip_days) == (None, set(), set())

    def test_takes_24_for_midnight(self):
        assert parse("<skipHours><hour>24</hour></skipHours>").skip_hours == {0}

    @pytest.mark.parametrize("hour", ["25", "-1", "noon", "", "1.5", "٣", "9" * 40])
    def test_ignores_hours_that_are_none(self, hour):
        assert parse(f"<skipHours><hour>{hour}</hour></skipHours>").skip_hours == set()

    @pytest.mark.parametrize("day", ["Sonntag", "", "S", "7", "day"])
    def test_ignores_days_that_are_none(self, day):
        assert parse(f"<skipDays><day>{day}</day></skipDays>").skip_days == set()

    def test_of_a_feed_that_may_never_be_read_is_not_believed(self):
        hours = "".join(f"<hour>{n}</hour>" for n in range(24))
        days = "".join(
            f"<day>{d}day</day>" for d in ("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun")
        )
        feed = parse(f"<skipHours>{hours}</skipHours><skipDays>{days}</skipDays>")
        assert (feed.skip_hours, feed.skip_days) == (set(), set())

    @pytest.mark.parametrize(
        ("ttl", "minutes"),
        [
            ("0", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("9999999", 525_600),
            ("9" * 30, None),
        ],
    )
    def test_ignores_waits_that_make_no_sense(self, ttl, minutes):
        assert parse(f"<ttl>{ttl}</ttl>").ttl_minutes == minutes

    @pytest.mark.parametrize(
        ("said", "is_locked"),
        [
            ("yes", True),
            ("Yes", True),
            ("true", True),
            ("no", False),
            ("", False),
            ("maybe", False),
        ],
    )
    def test_beside_it_a_lock_is_recorded(self, said, is_locked):
        assert (
            parse(f'<podcast:locked owner="a@b.example">{said}</podcast:locked>').locked
            is is_locked
        )

    def test_without_a_lock_is_open(self):
        assert parse().locked is False
