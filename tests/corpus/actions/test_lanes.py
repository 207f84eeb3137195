import pytest

from corpus.actions import lanes
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


class TestRepeats:
    def test_say_where_it_was_heard_before(self):
        first, second = make.episode(title="The first"), make.episode()
        make.repeat(second, first)
        (lane,) = [lane for lane in lanes.of(second) if lane.label == "Repeats"]
        ((start, width, label, _, title, href),) = lane.marks
        assert (start, width) == (round(10 / 60, 6), round(10 / 60, 6))
        assert label == "as in The first at 0:30"
        assert title == "0:10–0:20 as in The first at 0:30"
        assert href == f"/episodes/{first.pk}/"

    def test_are_no_lane_where_nothing_recurs(self):
        first, second = make.episode(), make.episode()
        make.repeat(second, first)
        assert [lane.label for lane in lanes.of(first)] == []
