from datetime import timedelta

import pytest
from django.db import IntegrityError

from corpus.models import QualityVerdict
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


class TestMeasurement:
    def test_is_one_per_clip(self):
        clip = make.clip()
        make.measurement(clip)
        with pytest.raises(IntegrityError):
            make.measurement(clip)


class TestQualityVerdict:
    def test_is_given_once_per_gate_and_version(self):
        clip = make.clip()
        make.verdict(clip, gate="standard", gate_version="1")
        make.verdict(clip, gate="standard", gate_version="2")
        with pytest.raises(IntegrityError, match="a_gate_judges_a_clip_once"):
            make.verdict(clip, gate="standard", gate_version="1")

    @pytest.mark.parametrize(("is_accepted", "reasons"), [(True, ["too quiet"]), (False, [])])
    def test_has_reasons_exactly_where_it_filters(self, is_accepted, reasons):
        with pytest.raises(IntegrityError, match="filtered_has_reasons_accepted_has_none"):
            make.verdict(make.clip(), is_accepted=is_accepted, reasons=reasons)

    def test_says_what_it_is(self):
        assert str(make.verdict(make.clip())) == "accepted"
        filtered = make.verdict(make.clip(), is_accepted=False, reasons=["too quiet", "clipped"])
        assert str(filtered) == "filtered: too quiet, clipped"

    def test_newest_is_the_last_word_on_each_clip(self):
        first, second = make.clip(), make.clip()
        make.verdict(first, judged_at=NOW)
        last = make.verdict(first, judged_at=NOW + timedelta(hours=1))
        make.verdict(first, judged_at=NOW - timedelta(hours=1))
        same_time = [make.verdict(second, judged_at=NOW) for _ in range(2)]
        assert set(QualityVerdict.objects.newest()) == {last, same_time[1]}
