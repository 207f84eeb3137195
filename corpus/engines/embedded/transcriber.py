"""Draft transcripts on a CPU: PocketSphinx, whose English models ship inside its wheel."""

import re
from collections.abc import Iterator, Sequence

from pocketsphinx import Decoder

from corpus.core.segments import RATE, Segment
from corpus.core.transcripts import Word
from corpus.engines import chunks, parameters, versions
from corpus.engines.base import Progress, Samples, Transcript

_FRAME = RATE // 100  # samples of one of its frames
_FILLER = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")  # <s>, <sil>, [NOISE], ++UM++
_VARIANT = re.compile(r"\(\d+\)$")  # the second pronunciation of "a" is "a(2)"


class PocketSphinxTranscriber:
    """English only, and wrong more often than right: good for seeing the pipeline work."""

    version = versions.of("corpus.engines.embedded.transcriber.PocketSphinxTranscriber")

    def __init__(self) -> None:
        beams = {name: parameters.DRAFT[name] for name in ("maxhmmpf", "maxwpf")}
        self._decoder = Decoder(samprate=float(RATE), loglevel="FATAL", **beams)

    def transcribe(
        self,
        samples: Samples,
        *,
        speech: Sequence[Segment],
        language: str,
        on_progress: Progress | None = None,
    ) -> Transcript:
        """Draft words inside the file; none, with a note, for any language but English."""
        if language != "eng":
            note = f"no draft: PocketSphinx knows English only, and this is {language}"
            return Transcript((), language, draft=True, notes=(note,))
        longest, shortest = (parameters.DRAFT[k] * RATE for k in ("longest_s", "shortest_s"))
        parts = list(chunks.split(samples, speech, shortest=shortest, longest=longest))
        words: list[Word] = []
        for done, chunk in enumerate(parts, 1):
            words += self._words(samples, chunk)
            if on_progress:
                on_progress(done / len(parts))
        return Transcript(tuple(sorted(words)), language, draft=True)

    def _words(self, samples: Samples, chunk: Segment) -> Iterator[Word]:
        """The words of one chunk, heard with a little of what surrounds it, kept if they lie in it."""
        pad = round(parameters.DRAFT["pad_s"] * RATE)
        start, end = max(0, chunk.start - pad), min(len(samples), chunk.end + pad)
        self._decoder.start_utt()
        self._decoder.process_raw(samples[start:end].tobytes(), no_search=False, full_utt=True)
        self._decoder.end_utt()
        for found in self._decoder.seg() or ():
            first = start + found.start_frame * _FRAME
            last = min(end, start + (found.end_frame + 1) * _FRAME)
            inside = chunk.start <= (first + last) // 2 < chunk.end  # else its neighbour has it
            if inside and first < last and not _FILLER.fullmatch(found.word):
                text = _VARIANT.sub("", found.word)
                yield Word(Segment(first, last), text, min(1.0, max(0.0, float(found.prob))))
