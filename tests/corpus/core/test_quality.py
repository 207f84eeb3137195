import numpy as np
import pytest
from scipy import signal

from corpus.core import quality
from corpus.core.quality import Gate, Measurements, Reason
from corpus.core.segments import Segment

GOOD = Measurements(
    snr_db=25.0,
    bandwidth_hz=7_500.0,
    level_db=-25.0,
    clipping=0.0,
    speech_share=0.9,
    overlap_share=0.0,
    n_words=7,
)


def speech_like(*, decibels=25, seconds=4, peak=16_000):
    """Gamma-distributed amplitudes in Gaussian noise, as WADA-SNR assumes."""
    random = np.random.default_rng(3)
    n = seconds * 16_000
    clean = random.gamma(0.4, size=n) * random.choice([-1, 1], size=n)
    noise = random.standard_normal(n) * np.sqrt(0.56) * 10 ** (-decibels / 20)
    mixed = clean + noise
    return (mixed / np.abs(mixed).max() * peak).astype(np.int16)


ALL = (Segment(0, 10**6),)


def measure(samples, *, speech=ALL, overlaps=(), n_words=None):
    return quality.measure(samples, speech=speech, overlaps=overlaps, n_words=n_words)


class TestMeasure:
    def test_finds_snr_and_bandwidth(self):
        found = measure(speech_like())
        assert found.snr_db == pytest.approx(25, abs=1)
        assert found.bandwidth_hz == 8_000

    def test_takes_the_level_against_full_scale(self):
        square = np.full(16_000, 16_384, np.int16)
        square[::2] *= -1
        assert measure(square).level_db == pytest.approx(-6.02, abs=0.01)

    def test_counts_shares_inside_the_clip_once(self):
        speech = [Segment(0, 32_000), Segment(16_000, 48_000), Segment(60_000, 90_000)]
        found = measure(speech_like(), speech=speech, overlaps=[Segment(63_360, 70_000)], n_words=5)
        assert found.speech_share == 52_000 / 64_000
        assert found.overlap_share == 0.01
        assert found.n_words == 5

    def test_counts_plateaus_at_full_scale_and_no_single_peaks(self):
        samples = np.zeros(1_000, np.int16)
        samples[10:14] = 32_767
        samples[14:17] = -32_768
        samples[50:52] = 32_767
        samples[-3:] = 32_500
        assert measure(samples).clipping == 10 / 1_000

    def test_leaves_open_what_silence_does_not_tell(self):
        found = measure(np.zeros(50_000, np.int16))
        assert (found.snr_db, found.bandwidth_hz, found.level_db) == (None, None, None)

    def test_refuses_an_empty_clip(self):
        with pytest.raises(ValueError, match="empty"):
            measure(np.zeros(0, np.int16))


class TestJudge:
    def test_accepts_a_good_clip_without_reasons(self):
        assert quality.judge(GOOD, Gate()) == quality.Verdict(accepted=True)

    def test_lets_a_clip_at_the_limits_pass(self):
        gate = Gate()
        edge = Measurements(
            gate.min_snr_db,
            gate.min_bandwidth_hz,
            gate.min_level_db,
            gate.max_clipping,
            gate.min_speech_share,
            gate.max_overlap_share,
        )
        assert quality.judge(edge, gate).accepted

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"snr_db": 9.13}, "SNR 9.1 dB is below 15 dB"),
            ({"snr_db": 14.97}, "SNR 14.97 dB is below 15 dB"),
            ({"snr_db": None}, "SNR could not be measured"),
            ({"bandwidth_hz": 3_843.75}, "Bandwidth 3844 Hz is below 5000 Hz"),
            ({"bandwidth_hz": None}, "Bandwidth could not be measured"),
            ({"level_db": -61.0}, "Level -61.0 dB is below -50 dB"),
            ({"level_db": None}, "Level could not be measured"),
            ({"clipping": 0.0234}, "Clipping 2.3 % is above 0.1 %"),
            ({"speech_share": 0.42}, "Speech share 42.0 % is below 50 %"),
            ({"overlap_share": 0.00004}, "Overlap 0.004 % is above 0 %"),
        ],
    )
    def test_says_what_is_wrong(self, change, sentence):
        values = {name: getattr(GOOD, name) for name in Measurements.__slots__} | change
        verdict = quality.judge(Measurements(**values), Gate())
        assert not verdict.accepted
        assert [str(reason) for reason in verdict.reasons] == [sentence]

    def test_names_every_limit_that_is_missed(self):
        verdict = quality.judge(measure(np.zeros(50_000, np.int16), speech=()), Gate())
        assert [reason.code for reason in verdict.reasons] == [
            "snr",
            "bandwidth",
            "level",
            "speech",
        ]
        assert verdict.reasons[0] == Reason("snr", None, 15, "dB")

    def test_follows_the_gate(self):
        noisy = measure(speech_like(decibels=8))
        assert not quality.judge(noisy, Gate()).accepted
        assert quality.judge(noisy, Gate(name="wild", min_snr_db=5)).accepted

    def test_turns_a_telephone_away(self):
        wide = speech_like().astype(float)
        narrow = signal.resample(signal.resample(wide, len(wide) // 2), len(wide))
        verdict = quality.judge(measure(narrow.astype(np.int16)), Gate(min_snr_db=-20))
        assert [reason.code for reason in verdict.reasons] == ["bandwidth"]
