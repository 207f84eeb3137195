"""What must be true before pyannote, whisperx or torchaudio are imported in a worker."""

import logging
import os
import sys
import types
import warnings

# Threads that wait must sleep, not spin: on cores that are shared, spinning doubles the work.
# OpenMP reads this once, when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

_DEFAULTS = {
    "PYANNOTE_METRICS_ENABLED": "0",  # its telemetry is on by default and sends file durations
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",  # a cached model is still looked up online otherwise
    "TOKENIZERS_PARALLELISM": "false",
}


# torchcodec cannot load beside a CPU build, and audio is always given as samples; voices too short
# to embed are NaN to pyannote, as it wants them.
_EXPECTED = (
    r"\s*torchcodec is not installed",
    "Mean of empty slice",
    "invalid value encountered in",
)


def prepare() -> None:
    """Set the environment, the torchaudio stub and the threads; safe to call twice."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    stub_torchaudio()
    limit_threads()
    for message in _EXPECTED:
        warnings.filterwarnings("ignore", message=message)


def hush() -> None:
    """After an import of pyannote: Lightning set itself to tell of every old checkpoint."""
    for name in ("lightning", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.WARNING)


def limit_threads() -> None:
    """Give torch one thread, or as many as OMP_NUM_THREADS says.

    Our networks are small. On two busy cores a second thread, forever waiting for the first, made
    diarisation five times and speech detection ten times slower; more workers use cores better.
    """
    wanted = int(os.environ.get("OMP_NUM_THREADS") or 1)
    if torch.get_num_threads() != wanted:
        torch.set_num_threads(wanted)


def stub_torchaudio() -> bool:
    """Stand in for torchaudio's CUDA-linked extension on CPU torch; True where that was needed.

    The registry's torchaudio 2.11 opens libc10_cuda.so on import. Resampling, filterbanks and
    bundles are plain Python; only compiled operators, which nobody here uses, are missing.
    """
    if torch.version.cuda is not None or "torchaudio" in sys.modules:
        return False
    extension = types.ModuleType("torchaudio._extension")
    vars(extension).update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        _check_cuda_version=lambda: None,
        fail_if_no_align=lambda function: _missing,
    )
    sys.modules["torchaudio._extension"] = extension
    return True


def _missing(*args: object, **kwargs: object) -> None:
    raise RuntimeError("torchaudio's compiled operators need a CUDA build of torch")
