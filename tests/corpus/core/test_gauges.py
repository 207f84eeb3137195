"""Measures beside their limits."""

from dataclasses import asdict

import pytest

from corpus.core import gauges, quality
from corpus.core.quality import Gate, Measurements

GOOD = {
    "snr_db": 25.0,
    "bandwidth_hz": 6000.0,
    "level_db": -35.0,
    "clipping": 0.0,
    "speech_share": 0.9,
    "overlap_share": 0.0,
}


class TestGauges:
    def test_stand_in_the_order_of_the_gate(self):
        codes = [gauge.code for gauge in gauges.gauges(GOOD, asdict(Gate()))]
        assert codes == ["snr", "bandwidth", "level", "speech", "clipping", "overlap"]

    def test_place_value_and_limit_on_the_bar(self):
        snr = gauges.gauges(GOOD, asdict(Gate()))[0]
        assert (snr.filled, snr.tick) == (0.5, 0.3)
        assert (snr.value, snr.limit) == ("25.0 dB", "15.0 dB")

    def test_never_leave_the_bar(self):
        snr = gauges.gauges({**GOOD, "snr_db": 99.0}, asdict(Gate()))[0]
        assert snr.filled == 1

    def test_show_what_could_not_be_measured_as_missed(self):
        snr = gauges.gauges({**GOOD, "snr_db": None}, asdict(Gate()))[0]
        assert (snr.filled, snr.value, snr.holds) == (None, "", False)

    def test_know_no_verdict_without_a_limit(self):
        assert gauges.gauges(GOOD, {})[0].holds is None

    @pytest.mark.parametrize(
        "changed",
        [{}, {"snr_db": 15.0}, {"snr_db": 14.9}, {"clipping": 0.002}, {"overlap_share": 0.1}],
    )
    def test_agree_with_the_gate(self, changed):
        measured = {**GOOD, **changed}
        verdict = quality.judge(Measurements(**measured), Gate())
        holds = all(gauge.holds for gauge in gauges.gauges(measured, asdict(Gate())))
        assert holds == verdict.accepted

    def test_say_shares_as_percent(self):
        speech, clipping = gauges.gauges({**GOOD, "clipping": 0.0004}, asdict(Gate()))[3:5]
        assert (speech.value, clipping.value, clipping.limit) == ("90 %", "0.04 %", "0.10 %")
