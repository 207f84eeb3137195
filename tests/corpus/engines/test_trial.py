"""The sound that engines are tried on, and what is told of them."""

import numpy as np

from corpus.core.segments import RATE
from corpus.engines import trial
from corpus.engines.audio import PyAvDecoder


class TestSound:
    def test_lasts_five_seconds_and_is_not_silent(self) -> None:
        samples = trial.sound()
        assert (samples.dtype, len(samples)) == (np.dtype(np.int16), 5 * RATE)
        assert np.abs(samples.astype(int)).max() > 3_000

    def test_is_the_same_each_time(self) -> None:
        assert np.array_equal(trial.sound(), trial.sound())


class TestTrial:
    def test_tells_what_came_out(self) -> None:
        told = trial.run("decoder", PyAvDecoder)
        assert told["error"] == ""
        assert told["found"] == "80000 samples"
        assert told["load_s"] >= 0
        assert told["work_s"] > 0

    def test_tells_why_an_engine_does_not_work(self) -> None:
        def load() -> None:
            raise OSError("weights are gone")

        assert trial.run("diariser", load)["error"] == "OSError: weights are gone"
