"""What is said, for the corpora we publish: whisperX with its words aligned."""

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from nltk.tokenize.punkt import PunktSentenceTokenizer

from corpus.core.segments import RATE, Segment
from corpus.core.transcripts import Word
from corpus.engines import chunks, parameters, torch_setup, versions
from corpus.engines.base import EngineMissing, Progress, Samples, Transcript
from corpus.engines.studio import gate, languages, timing

torch_setup.prepare()

import whisperx  # noqa: E402  (after the stub)
import whisperx.alignment  # noqa: E402
from whisperx.vads import Vad  # noqa: E402

# NLTK's punkt_tab is a download; the untrained splitter knows full stops, which is enough here.
whisperx.alignment.nltk_load = lambda _: PunktSentenceTokenizer()

Wave = npt.NDArray[np.float32]
_PROBES = 5  # stretches of speech that vote on an unknown language


class WhisperXTranscriber:
    """A faster-whisper model by name or folder, and one wav2vec 2.0 aligner per language.

    `align_models` maps ISO 639-3 to a name or folder; whisperX's own choice where it says nothing.
    Weights are looked up locally only: `download_root` is where they were downloaded to.
    """

    def __init__(
        self,
        *,
        model: str | Path = "large-v3",
        align_models: Mapping[str, str | Path] | None = None,
        device: str | None = None,
        compute_type: str | None = None,
        batch_size: int = 16,
        download_root: str | Path | None = None,
    ) -> None:
        self._model, self._align_models = str(model), dict(align_models or {})
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        compute_type = compute_type or ("float16" if self._device == "cuda" else "int8")
        settings = {"model": model, "align_models": self._align_models, "compute": compute_type}
        self.version = versions.of(
            "corpus.engines.studio.transcriber.WhisperXTranscriber", settings
        )
        self._root = None if download_root is None else str(download_root)
        self._batch = batch_size
        self._aligners: dict[str, tuple[Any, dict[str, Any]]] = {}
        self._given = GivenSpeech()
        self._asr = self._load(compute_type)
        self._allowed = languages.written_by(model)

    def transcribe(
        self,
        samples: Samples,
        *,
        speech: Sequence[Segment],
        language: str,
        on_progress: Progress | None = None,
    ) -> Transcript:
        """Aligned words inside the file; `notes` lists what was refused and why."""
        limits = parameters.TRANSCRIPTION
        longest = round(limits["chunk_s"] * RATE)
        cut = chunks.split(samples, speech, shortest=longest // 2, longest=longest)
        parts = list(chunks.joined(cut, gap=round(limits["join_gap_s"] * RATE), longest=longest))
        wave = samples.astype(np.float32) / np.float32(32_768)
        if language == "und" and parts:
            language = self._spoken(wave, parts)
        if language not in self._allowed:
            note = f"not transcribed: {Path(self._model).name} is not trusted with {language}"
            return Transcript((), language, draft=False, notes=(note,))
        heard = self._heard(wave, parts, language, on_progress)
        kept, notes = _believed(heard, language)
        words, loose = self._aligned(kept, wave, language)
        return Transcript(tuple(sorted(words)), language, draft=False, notes=(*notes, *loose))

    def _load(self, compute_type: str) -> Any:
        try:
            return whisperx.load_model(
                self._model,
                self._device,
                compute_type=compute_type,
                vad_model=self._given,
                download_root=self._root,
                local_files_only=True,
                threads=int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1),
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise EngineMissing(
                f"the Whisper model {self._model} cannot be loaded ({error}): download it with "
                f"`hf download Systran/faster-whisper-large-v3 --local-dir FOLDER`, and name that "
                f"folder as `model`"
            ) from error

    def _heard(
        self, wave: Wave, parts: Sequence[Segment], language: str, on_progress: Progress | None
    ) -> list[dict[str, Any]]:
        if not parts:
            return []
        self._given.chunks = parts
        answer = self._asr.transcribe(
            wave,
            batch_size=self._batch,
            language=languages.WHISPER[language],
            progress_callback=(lambda p: on_progress(0.8 * p / 100)) if on_progress else None,
        )
        return [s for s in answer["segments"] if s["text"].strip()]

    def _spoken(self, wave: Wave, parts: Sequence[Segment]) -> str:
        """What most of the longest stretches sound like; whisperX would ask the opening jingle."""
        longest = sorted(parts, key=lambda part: part.duration, reverse=True)[:_PROBES]
        codes = (self._asr.detect_language(wave[part.start : part.end]) for part in longest)
        code = Counter(codes).most_common(1)[0][0]
        return languages.ISO.get(code, "und")

    def _aligned(
        self, heard: list[dict[str, Any]], wave: Wave, language: str
    ) -> tuple[list[Word], list[str]]:
        if not heard:
            return [], []
        model, meta = self._aligner(language)
        answer = whisperx.align(heard, model, meta, wave, self._device)
        return timing.words(answer["segments"], length=len(wave))

    def _aligner(self, language: str) -> tuple[Any, dict[str, Any]]:
        if language not in self._aligners:
            name = self._align_models.get(language)
            code = languages.ALIGNER[language]
            try:
                self._aligners[language] = whisperx.load_align_model(
                    code,
                    self._device,
                    model_name=None if name is None else str(name),
                    model_dir=self._root,
                    model_cache_only=True,
                )
            except (OSError, ValueError) as error:
                raise EngineMissing(
                    f"no aligner for {language} ({error}): download a wav2vec 2.0 CTC model and "
                    f"name its folder in `align_models`"
                ) from error
        return self._aligners[language]


class GivenSpeech(Vad):  # type: ignore[misc]
    """Stands in for whisperX's own speech detection: the chunks are decided before it runs."""

    def __init__(self) -> None:
        super().__init__(vad_onset=0.5)
        self.chunks: Sequence[Segment] = ()

    def __call__(self, audio: Any) -> Sequence[Segment]:
        return self.chunks

    @staticmethod
    def preprocess_audio(audio: Wave) -> Wave:
        """Nothing to prepare."""
        return audio

    @staticmethod
    def merge_chunks(
        chunks: Sequence[Segment], chunk_size: float, onset: float, offset: float | None
    ) -> list[dict[str, float]]:
        """Our chunks in whisperX's words."""
        return [{"start": chunk.start / RATE, "end": chunk.end / RATE} for chunk in chunks]


def _believed(heard: list[dict[str, Any]], language: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The segments that pass the gate, and a note for each that does not."""
    doubts = [
        gate.doubt(
            segment["text"],
            seconds=segment["end"] - segment["start"],
            avg_logprob=_number(segment.get("avg_logprob")),
            language=language,
        )
        for segment in heard
    ]
    kept = [segment for segment, doubt in zip(heard, doubts, strict=True) if doubt is None]
    return kept, list(_notes(heard, doubts))


def _notes(heard: list[dict[str, Any]], doubts: list[str | None]) -> Iterator[str]:
    for segment, doubt in zip(heard, doubts, strict=True):
        if doubt:
            yield f"dropped {segment['start']:.1f}–{segment['end']:.1f} s: {doubt}"


def _number(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
