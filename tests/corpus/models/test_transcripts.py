import pytest
from django.db import IntegrityError

from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


class TestWord:
    @pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (-1, 5)])
    def test_has_a_length_inside_the_file(self, start, end):
        with pytest.raises(IntegrityError, match="a_word_has_length"):
            make.word(make.run(make.episode()), start=start, end=end)
