from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.core import watches
from corpus.core.watches import LONGEST, SHORTEST, Move, Wishes

AT = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)  # a Monday
A, B = "https://a.example/feed", "https://b.example/feed"
HOURS = timedelta(hours=1)


def look(*, quiet=timedelta(0), chance=0.0, **wishes):
    return watches.next_look(AT, quiet=quiet, wishes=Wishes(**wishes), chance=chance) - AT


class TestNextLook:
    @pytest.mark.parametrize(
        ("quiet", "wait"),
        [
            (timedelta(0), SHORTEST),
            (timedelta(days=5), timedelta(hours=12)),
            (timedelta(days=700), LONGEST),
        ],
    )
    def test_is_later_the_longer_a_feed_was_quiet(self, quiet, wait):
        assert look(quiet=quiet) == wait

    @pytest.mark.parametrize("wish", ["ttl", "max_age"])
    def test_is_never_before_what_is_asked_for(self, wish):
        assert look(**{wish: timedelta(hours=9)}) == 9 * HOURS
        assert look(**{wish: timedelta(minutes=1)}) == SHORTEST

    def test_does_not_wait_a_year_for_a_wrong_header(self):
        assert look(max_age=timedelta(days=365)) == LONGEST

    def test_is_spread_by_chance_and_only_later(self):
        assert SHORTEST < look(chance=0.5) < look(chance=0.9) < SHORTEST * 1.1

    def test_leaves_out_hours_and_days_that_are_to_be_skipped(self):
        assert AT + look(skip_hours=frozenset({13, 14})) == datetime(2026, 3, 2, 15, tzinfo=UTC)
        assert AT + look(skip_days=frozenset({0, 1})) == datetime(2026, 3, 4, tzinfo=UTC)

    def test_believes_nobody_who_wants_never_to_be_asked(self):
        assert look(skip_hours=frozenset(range(24)), skip_days=frozenset(range(7))) == SHORTEST

    @given(
        st.sets(st.integers(0, 23)),
        st.sets(st.integers(0, 6)),
        st.floats(0, 0.999),
        st.timedeltas(timedelta(0), timedelta(days=30)),
    )
    def test_is_ahead_and_allowed_whatever_is_wished(self, hours, days, chance, quiet):
        wishes = Wishes(skip_hours=frozenset(hours), skip_days=frozenset(days))
        then = watches.next_look(AT, quiet=quiet, wishes=wishes, chance=chance)
        assert SHORTEST <= then - AT <= 2 * LONGEST + timedelta(days=1)
        assert not wishes.is_skipped(then)


class TestBackOff:
    def test_doubles_up_to_a_week(self):
        waits = [
            watches.back_off(AT, failures=n, retry_after=None, chance=0) - AT for n in range(1, 20)
        ]
        assert waits[0] == timedelta(minutes=10)
        assert waits[1] == 2 * waits[0]
        assert waits[-1] == LONGEST

    def test_waits_as_long_as_the_host_says(self):
        wait = watches.back_off(AT, failures=1, retry_after=7200.0, chance=0) - AT
        assert wait == 2 * HOURS

    @pytest.mark.parametrize("seconds", [1e9, 1e300])
    def test_waits_no_longer_than_a_week_for_anybody(self, seconds):
        assert watches.back_off(AT, failures=1, retry_after=seconds, chance=0) - AT == LONGEST

    def test_is_spread_by_chance(self):
        one, other = (
            watches.back_off(AT, failures=3, retry_after=None, chance=c) for c in (0.1, 0.9)
        )
        assert one < other


class TestMaxAge:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("max-age=3600", 3600),
            ("public, Max-Age = 60", 60),
            ('max-age="90"', 90),
            ("s-maxage=3600", 0),
            ("no-cache, max-age=3600", 0),
            ("max-age=-1", 0),
            ("max-age=soon", 0),
            ("", 0),
        ],
    )
    def test_reads_what_hosts_write(self, header, seconds):
        assert watches.max_age(header) == timedelta(seconds=seconds)

    @pytest.mark.parametrize(
        ("age", "left"), [("600", 3000), ("9999", 0), ("x", 3600), ("²", 3600)]
    )
    def test_takes_off_what_a_cache_held_it(self, age, left):
        assert watches.max_age("max-age=3600", age) == timedelta(seconds=left)


class TestPermanent:
    @pytest.mark.parametrize(
        ("statuses", "target"),
        [
            ((301, 200), B),
            ((308, 304), B),
            ((302, 200), ""),
            ((303, 200), ""),
            ((307, 200), ""),
            ((), ""),
        ],
    )
    def test_is_told_by_the_status_of_the_hop(self, statuses, target):
        assert watches.permanent((A, B), statuses) == target

    def test_goes_as_far_as_every_hop_is_for_good(self):
        chain = (A, B, "https://c.example", "https://d.example")
        assert watches.permanent(chain, (301, 308, 302, 200)) == "https://c.example"
        assert watches.permanent(chain, (302, 301, 301, 200)) == ""

    def test_is_nothing_without_a_redirect(self):
        assert watches.permanent((A,), (200,)) == ""


class TestSighted:
    def test_is_believed_after_three_days(self):
        move = Move()
        for day in (1, 1, 2):
            move = watches.sighted(move, B, on=date(2026, 3, day))
        assert not move.is_believed
        assert watches.sighted(move, B, on=date(2026, 3, 9)).is_believed

    def test_starts_again_with_another_target(self):
        move = Move(B, (date(2026, 3, 1), date(2026, 3, 2)))
        assert watches.sighted(move, A, on=date(2026, 3, 3)) == Move(A, (date(2026, 3, 3),))

    def test_forgets_a_redirect_that_is_gone(self):
        assert watches.sighted(Move(B, (date(2026, 3, 1),)), "", on=date(2026, 3, 2)) == Move()


class TestNextValidators:
    def test_go_round(self):
        seen, now = [], "both"
        for _ in range(3):
            now = watches.next_validators(now, etag='"1"', last_modified="then")
            seen.append(now)
        assert seen == ["etag", "date", "both"]

    @pytest.mark.parametrize(("etag", "date"), [('"1"', ""), ("", "then"), ("", "")])
    def test_stay_where_there_is_no_choice(self, etag, date):
        assert watches.next_validators("both", etag=etag, last_modified=date) == "both"
