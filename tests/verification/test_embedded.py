"""The embedded engines on real speech: what their Protocols promise, and how well they do it."""

import importlib.util
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy import signal

from corpus.core.segments import RATE, Segment

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]

SILENCE = np.zeros(8 * RATE, np.int16)


@pytest.fixture(scope="module")
def telephone() -> Path:
    """Half a minute of two people on the telephone, which ships inside pyannote's wheel."""
    package = importlib.util.find_spec("pyannote.audio")
    return Path(package.origin).parent / "sample" / "sample.wav"


@pytest.fixture(scope="module")
def samples(telephone) -> np.ndarray:
    wave, rate = soundfile.read(telephone, dtype="int16")
    assert rate == RATE
    return wave


def error_rate(turns, reference: Path, length: int) -> float:
    """Diarisation error over the whole file: no collar, overlap scored."""
    from pyannote.core import Annotation, Timeline
    from pyannote.core import Segment as Span
    from pyannote.database.util import load_rttm
    from pyannote.metrics.diarization import DiarizationErrorRate

    found = Annotation()
    for track, turn in enumerate(turns):
        found[Span(turn.segment.start / RATE, turn.segment.end / RATE), track] = turn.label
    truth = next(iter(load_rttm(str(reference)).values()))
    return DiarizationErrorRate()(truth, found, uem=Timeline([Span(0, length / RATE)]))


class TestDiariser:
    @pytest.fixture(scope="class")
    def diariser(self):
        from corpus.engines.embedded.diariser import PyannoteDiariser

        return PyannoteDiariser()

    @pytest.fixture(scope="class")
    def found(self, diariser, samples):
        return diariser.diarise(samples)

    def test_tells_two_people_apart(self, found, telephone, samples):
        assert len(found.voices) == 2
        assert error_rate(found.turns, telephone.with_suffix(".rttm"), len(samples)) < 0.15

    def test_keeps_turns_in_order_and_inside_the_file(self, found, samples):
        assert list(found.turns) == sorted(found.turns)
        assert all(turn.segment.end <= len(samples) for turn in found.turns)

    def test_gives_one_unit_voice_per_label(self, found):
        assert set(found.voices) == {turn.label for turn in found.turns}
        for voice in found.voices.values():
            assert (voice.shape, voice.dtype) == ((256,), np.float32)
            assert np.linalg.norm(voice) == pytest.approx(1, abs=1e-5)

    def test_says_the_same_twice_and_reports_progress(self, diariser, samples, found):
        seen: list[float] = []
        again = diariser.diarise(samples, on_progress=seen.append)
        assert again.turns == found.turns
        assert all(np.array_equal(again.voices[k], found.voices[k]) for k in found.voices)
        assert seen == sorted(seen)
        assert 0.9 < seen[-1] <= 1

    @pytest.mark.parametrize("length", [0, 10, 1600, len(SILENCE)])
    def test_hears_nobody_in_silence_of_any_length(self, diariser, length):
        found = diariser.diarise(SILENCE[:length])
        assert (found.turns, found.voices) == ((), {})

    def test_takes_the_shortest_of_files(self, diariser, samples):
        start = round(6.7 * RATE)  # somebody speaks here
        found = diariser.diarise(samples[start : start + RATE])
        assert set(found.voices) == {turn.label for turn in found.turns}
        assert all(np.isfinite(voice).all() for voice in found.voices.values())

    @pytest.mark.slow
    def test_counts_the_two_readers_of_a_dialogue(self, diariser, shared_data):
        from corpus.engines.audio import PyAvDecoder

        folder = shared_data / "podcasts" / "dialogues"
        decoded = PyAvDecoder().decode(folder / "audio" / "dialogue_02.mp3")
        found = diariser.diarise(decoded.samples)
        assert len(found.voices) == 2
        rttm = folder / "truth" / "dialogue_02.rttm"
        assert error_rate(found.turns, rttm, len(decoded.samples)) < 0.3


class TestVoices:
    def test_equal_those_of_resemblyzer(self, samples):
        from corpus.engines.embedded.voices import VoiceEncoder

        waves = [samples[a:b] / 32_768 for a, b in [(0, 7000), (100_000, 180_000), (5, 30_000)]]
        mine = VoiceEncoder().embed([wave.astype(np.float32) for wave in waves])

        from resemblyzer import VoiceEncoder as Reference

        reference = Reference("cpu", verbose=False)
        for row, wave in zip(mine, waves, strict=True):
            levelled = wave * (10 ** (-30 / 20) / np.sqrt(np.mean(wave**2)))
            assert row == pytest.approx(reference.embed_utterance(levelled), abs=2e-4)

    def test_do_not_depend_on_the_company(self, samples):
        from corpus.engines.embedded.voices import VoiceEncoder

        encoder = VoiceEncoder()
        wave = samples[100_000:150_000].astype(np.float32)
        alone = encoder.embed([wave])[0]
        assert encoder.embed([wave[:9000], wave, wave[:20_000]])[1] == pytest.approx(
            alone, abs=1e-5
        )
        assert encoder.embed([]).shape == (0, 256)


class TestDetector:
    @pytest.fixture(scope="class")
    def detector(self):
        from corpus.engines.embedded.detector import SileroDetector

        return SileroDetector()

    def test_finds_speech_and_nothing_in_silence(self, detector, samples):
        found = detector.detect(np.concatenate([SILENCE, samples, SILENCE]))
        assert found[0].start > len(SILENCE) - RATE
        assert found[-1].end <= len(SILENCE) + len(samples) + RATE
        assert sum(span.duration for span in found) > 0.5 * len(samples)
        assert detector.detect(SILENCE) == ()
        assert detector.detect(SILENCE[:0]) == ()

    def test_forgets_the_file_before(self, detector, samples):
        first = detector.detect(samples)
        assert all(a.end < b.start for a, b in pairwise(first))
        assert detector.detect(samples) == first

    def test_leaves_torch_the_threads_it_was_given(self, detector, monkeypatch):
        import torch

        from corpus.engines import torch_setup

        torch_setup.limit_threads()  # an engine of another test may have asked for more since
        before = torch.get_num_threads()
        assert before == int(os.environ.get("OMP_NUM_THREADS") or 1)
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        torch_setup.limit_threads()
        assert torch.get_num_threads() == 2
        torch.set_num_threads(before)

    @pytest.mark.slow
    def test_tells_speech_from_music(self, detector, shared_data):
        share = {}
        for kind in ("speech", "music", "silence"):
            files = sorted((shared_data / "audio_gates" / "speech_music_silence" / kind).iterdir())
            heard = [_share(detector, path) for path in files[:20] if path.suffix == ".wav"]
            share[kind] = np.mean(heard)
        assert share["speech"] > share["music"] + 0.3
        assert share["silence"] < 0.2


def _share(detector, path: Path) -> float:
    wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = signal.resample_poly(wave.mean(axis=1), RATE, rate)
    samples = (mono.clip(-1, 1) * 32_767).astype(np.int16)
    return sum(span.duration for span in detector.detect(samples)) / len(samples)


class TestTranscriber:
    @pytest.fixture(scope="class")
    def transcriber(self):
        from corpus.engines.embedded.transcriber import PocketSphinxTranscriber

        return PocketSphinxTranscriber()

    @pytest.fixture(scope="class")
    def sentences(self, shared_data) -> np.ndarray:
        folder = shared_data / "audio_gates" / "telephone"
        wave, rate = soundfile.read(next(folder.glob("*.wav")), dtype="int16")
        return signal.resample_poly(wave.astype(float), RATE, rate).astype(np.int16)[: 12 * RATE]

    def test_drafts_english_words_inside_the_speech(self, transcriber, sentences):
        speech = [Segment(RATE // 2, 8 * RATE), Segment(9 * RATE, 11 * RATE)]
        seen: list[float] = []
        found = transcriber.transcribe(
            sentences, speech=speech, language="eng", on_progress=seen.append
        )
        assert found.draft
        assert len(found.words) > 8
        assert list(found.words) == sorted(found.words)
        assert all(w.text and not set(w.text) & set("<>[]()+") for w in found.words)
        assert all(0 <= w.confidence <= 1 for w in found.words)
        middles = [(w.segment.start + w.segment.end) // 2 for w in found.words]
        assert all(any(s.start <= m < s.end for s in speech) for m in middles)
        assert seen[-1] == 1.0

    def test_hears_some_of_what_is_said(self, transcriber, sentences):
        # "a gold ring will please most any girl": the first of the Harvard sentences read here
        found = transcriber.transcribe(sentences, speech=[Segment(0, 5 * RATE)], language="eng")
        said = {"gold", "ring", "will", "please", "most", "any", "girl"}
        assert len(said & {word.text for word in found.words}) >= 4

    @pytest.mark.parametrize("language", ["zho", "yue", "und"])
    def test_has_no_words_but_a_note_for_other_languages(self, transcriber, language):
        found = transcriber.transcribe(SILENCE, speech=[Segment(0, RATE)], language=language)
        assert (found.words, found.language, found.draft) == ((), language, True)
        assert language in found.notes[0]

    def test_needs_no_speech(self, transcriber):
        assert transcriber.transcribe(SILENCE, speech=(), language="eng").words == ()


class TestTorchSetup:
    def test_stands_in_for_the_compiled_operators_only(self):
        import torch

        from corpus.engines import torch_setup

        torch_setup.prepare()
        import torchaudio.functional

        assert torchaudio.functional.resample(torch.zeros(320), 16_000, 8_000).shape == (160,)
        if torch.version.cuda is None:
            with pytest.raises(RuntimeError, match="CUDA build"):
                torchaudio.functional.forced_align(
                    torch.zeros(1, 4, 3), torch.ones(1, 2, dtype=torch.int32)
                )
