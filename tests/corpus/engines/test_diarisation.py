"""A pipeline's answer as turns and voices."""

from types import SimpleNamespace

import numpy as np
import pytest
from pyannote.core import Annotation
from pyannote.core import Segment as Span

from corpus.core.segments import Segment
from corpus.core.turns import Turn
from corpus.engines import diarisation


def annotation(*spans: tuple[float, float, str]) -> Annotation:
    made = Annotation()
    for track, (start, end, label) in enumerate(spans):
        made[Span(start, end), track] = label
    return made


def never(spans):
    raise AssertionError("nothing had to be embedded again")


class TestTurns:
    def test_keeps_overlap_and_crops_to_the_file(self):
        heard = annotation((0.5, 2.0, "A"), (1.0, 9.0, "B"), (7.0, 8.0, "A"))
        assert diarisation.turns(heard, length=3 * 16_000) == (
            Turn(Segment(8_000, 32_000), "A"),
            Turn(Segment(16_000, 48_000), "B"),
        )

    def test_joins_what_one_voice_says_twice_at_once(self):
        heard = annotation((0.0, 2.0, "A"), (1.0, 3.0, "A"))
        assert diarisation.turns(heard, length=99_999) == (Turn(Segment(0, 48_000), "A"),)


class TestResult:
    def output(self, voices) -> SimpleNamespace:
        return SimpleNamespace(
            speaker_diarization=annotation((0.0, 2.0, "A"), (1.0, 3.0, "B")),
            exclusive_speaker_diarization=annotation((0.0, 1.5, "A"), (1.5, 3.0, "B")),
            speaker_embeddings=voices,
        )

    def test_gives_unit_voices(self):
        voices = np.array([[3.0, 4.0], [0.0, 2.0]])
        found = diarisation.result(self.output(voices), length=99_999, embed=never)
        assert found.voices["A"] == pytest.approx([0.6, 0.8])
        assert found.voices["B"] == pytest.approx([0.0, 1.0])
        assert found.voices["A"].dtype == np.float32

    @pytest.mark.parametrize("bad", [[np.nan, 1.0], [0.0, 0.0]])
    def test_embeds_again_where_a_voice_speaks_alone(self, bad):
        asked = []
        voices = np.array([bad, [0.0, 2.0]])

        def embed(spans):
            asked.append(spans)
            return np.array([0.0, 5.0])

        found = diarisation.result(self.output(voices), length=99_999, embed=embed)
        assert asked == [(Segment(0, 16_000),)]
        assert found.voices["A"] == pytest.approx([0.0, 1.0])

    def test_embeds_all_where_the_pipeline_gives_no_voices(self):
        found = diarisation.result(self.output(None), length=99_999, embed=lambda _: np.ones(4))
        assert found.voices["B"] == pytest.approx([0.5] * 4)

    def test_leaves_overlap_out_when_asked(self):
        voices = np.eye(2)
        found = diarisation.result(self.output(voices), length=99_999, embed=never, exclusive=True)
        assert [turn.segment.end for turn in found.turns] == [24_000, 48_000]


class TestHook:
    def test_never_goes_back_and_stays_below_one(self):
        seen: list[float] = []
        report = diarisation.hook(seen.append)
        report("segmentation", None, total=10, completed=5)
        report("segmentation", None, total=10, completed=32)
        report("speaker_counting", object())
        report("embeddings", None, total=4, completed=0)
        report("embeddings", None, total=4, completed=4)
        assert seen == sorted(seen)
        assert seen[0] == pytest.approx(0.2)
        assert seen[-1] == pytest.approx(0.95)
