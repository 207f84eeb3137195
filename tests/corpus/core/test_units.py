"""Numbers as people read them."""

import pytest

from corpus.core import units


class TestCounted:
    @pytest.mark.parametrize(
        ("n", "written"), [(0, "0 clips"), (1, "1 clip"), (2, "2 clips"), (1204, "1,204 clips")]
    )
    def test_takes_the_noun_that_fits(self, n, written):
        assert units.counted(n, "clip") == written

    def test_takes_a_plural_that_no_s_makes(self):
        assert units.counted(2, "look or act", "looks and acts") == "2 looks and acts"


class TestLength:
    @pytest.mark.parametrize(
        ("seconds", "written"),
        [
            (0, "0 s"),
            (41.4, "41 s"),
            (59.6, "1.0 min"),
            (750, "12.5 min"),
            (11_160, "3.1 h"),
            (4_334_400, "1,204 h"),
        ],
    )
    def test_takes_the_unit_that_fits(self, seconds, written):
        assert units.length(seconds) == written


class TestClock:
    @pytest.mark.parametrize(
        ("seconds", "written"), [(5.9, "0:05"), (750, "12:30"), (3723, "1:02:03")]
    )
    def test_is_a_place_in_a_recording(self, seconds, written):
        assert units.clock(seconds) == written


class TestTook:
    @pytest.mark.parametrize(
        ("seconds", "written"),
        [
            (0.01, "< 0.1 s"),
            (0.26, "0.3 s"),
            (9.96, "10 s"),
            (41.2, "41 s"),
            (725, "12 min 5 s"),
            (3900, "1 h 5 min"),
        ],
    )
    def test_rounds_to_what_matters(self, seconds, written):
        assert units.took(seconds) == written


class TestSize:
    @pytest.mark.parametrize(
        ("n", "written"),
        [
            (512, "512 B"),
            (12_300, "12.3 kB"),
            (999_600, "1.0 MB"),
            (1.2e9, "1.2 GB"),
            (2e12, "2.0 TB"),
        ],
    )
    def test_is_decimal(self, n, written):
        assert units.size(n) == written


class TestPercent:
    @pytest.mark.parametrize(
        ("share", "written"),
        [(0, "0 %"), (0.001, "< 1 %"), (0.5, "50 %"), (0.999, "> 99 %"), (1, "100 %")],
    )
    def test_never_rounds_something_to_nothing(self, share, written):
        assert units.percent(share) == written


class TestCount:
    def test_groups_thousands(self):
        assert units.count(1204) == "1,204"
