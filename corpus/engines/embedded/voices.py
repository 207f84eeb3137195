"""GE2E voice embeddings in batches: Resemblyzer's network and weights, without its slow paths.

Wan, Wang, Papir, Moreno (2018), "Generalized end-to-end loss for speaker verification".
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from corpus.engines import torch_setup, versions

torch_setup.prepare()

from torchaudio.functional import melscale_fbanks  # noqa: E402  (after the stub)

DIMENSION = 256
SHORTEST = 6_400  # samples: below 0.4 s an embedding says more about the phone than the voice
_WINDOW, _HOP, _MELS = 400, 160, 40
_FRAMES = 160  # frames of a partial: 1.6 s
_STEP = 77  # frames between partials: Resemblyzer's default of 1.3 a second
_COVERAGE = 0.75  # a last partial with less speech than this is dropped
_LEVEL = 10 ** (-30 / 20)  # RMS that the network was trained on


class VoiceEncoder(nn.Module):  # type: ignore[misc]
    """Waves of any length → embeddings, shape (n, 256), L2-normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(_MELS, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, DIMENSION)
        filters = melscale_fbanks(
            201, 0.0, 8000.0, _MELS, 16_000, norm="slaney", mel_scale="slaney"
        )
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer("window", torch.hann_window(_WINDOW), persistent=False)
        weights = torch.load(versions.GE2E.path(), map_location="cpu", weights_only=True)
        self.load_state_dict(weights["model_state"], strict=False)
        self.eval()

    def embed(self, waves: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
        """One embedding per wave (float, 16 kHz, any level), in one pass of the network."""
        if not waves:
            return np.zeros((0, DIMENSION), np.float32)
        with torch.inference_mode():
            partials = [self._partials(torch.from_numpy(_levelled(wave))) for wave in waves]
            embedded = self(torch.cat(partials)).split([len(p) for p in partials])
            means = torch.stack([rows.mean(0) for rows in embedded])
            return np.asarray(nn.functional.normalize(means), np.float32)

    def forward(self, mels: torch.Tensor) -> torch.Tensor:
        """Mel spectrograms (n, 160, 40) → embeddings (n, 256)."""
        _, (hidden, _) = self.lstm(mels)
        return nn.functional.normalize(torch.relu(self.linear(hidden[-1])))

    def _partials(self, wave: torch.Tensor) -> torch.Tensor:
        starts = _starts(len(wave))
        short = (starts[-1] + _FRAMES) * _HOP - len(wave)
        wave = nn.functional.pad(wave, (0, max(0, short)))
        spectrum = torch.stft(
            wave, _WINDOW, _HOP, window=self.window, pad_mode="constant", return_complex=True
        )
        mel = spectrum.abs().square().T @ self.filters
        return torch.stack([mel[start : start + _FRAMES] for start in starts])


def _levelled(wave: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    wave = np.asarray(wave, np.float32)
    return wave * np.float32(_LEVEL / (np.sqrt(np.mean(wave**2)) + 1e-9))


def _starts(samples: int) -> list[int]:
    frames = -(-(samples + 1) // _HOP)
    starts = list(range(0, max(1, frames - _FRAMES + _STEP + 1), _STEP))
    covered = (samples - starts[-1] * _HOP) / (_FRAMES * _HOP)
    return starts[:-1] if covered < _COVERAGE and len(starts) > 1 else starts
