import pytest
from django.db import IntegrityError

from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


class TestSpeakerTurn:
    @pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (-1, 5)])
    def test_has_a_length_inside_the_file(self, start, end):
        with pytest.raises(IntegrityError, match="a_turn_has_length"):
            make.turn(make.voice(), start=start, end=end)

    def test_may_overlap_another(self):
        first, second = make.turn(make.voice()), make.turn(make.voice())
        assert (first.start, first.end) == (second.start, second.end)
