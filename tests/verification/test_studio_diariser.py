"""CommunityDiariser on a folder laid out as community-1, with weights that nobody has to download.

The segmentation is the real one from whisperx's wheel, the embedding and the PLDA are random: who is
who means nothing here, but every step of loading, VBx clustering and output is the real one.
"""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from corpus.core import segments
from corpus.core.segments import RATE
from corpus.engines import versions
from corpus.engines.base import EngineMissing

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]

CONFIG = {
    "version": "4.0.0",
    "pipeline": {
        "name": "pyannote.audio.pipelines.SpeakerDiarization",
        "params": {
            "segmentation": "$model/segmentation",
            "segmentation_step": 0.5,
            "segmentation_batch_size": 8,
            "embedding": "$model/embedding",
            "embedding_batch_size": 8,
            "embedding_exclude_overlap": True,
            "plda": "$model/plda",
            "clustering": "VBxClustering",
        },
    },
    "params": {
        "segmentation": {"threshold": 0.4, "min_duration_off": 0.0},
        "clustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8},
    },
}


def save_embedding(path: Path) -> None:
    """A random WeSpeaker network as the checkpoint that pyannote would save."""
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import WeSpeakerResNet34

    torch.manual_seed(0)
    model = WeSpeakerResNet34()
    model.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=5.0
    )
    checkpoint = {
        "state_dict": model.state_dict(),
        "hyper_parameters": dict(model.hparams),
        "pytorch-lightning_version": "2.0.0",
    }
    model.on_save_checkpoint(checkpoint)
    torch.save(checkpoint, path)


def save_plda(folder: Path) -> None:
    rng = np.random.default_rng(0)
    lda = np.linalg.qr(rng.normal(size=(256, 128)))[0]
    np.savez(folder / "xvec_transform.npz", mean1=np.zeros(256), mean2=np.zeros(128), lda=lda)
    np.savez(folder / "plda.npz", mu=np.zeros(128), tr=np.eye(128), psi=np.linspace(2, 1, 128))


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A local folder: config.yaml, segmentation, embedding, plda."""
    from corpus.engines import torch_setup

    torch_setup.prepare()
    folder = tmp_path_factory.mktemp("community")
    for part in ("segmentation", "embedding", "plda"):
        (folder / part).mkdir()
    shutil.copy(versions.SEGMENTATION.path(), folder / "segmentation" / "pytorch_model.bin")
    save_embedding(folder / "embedding" / "pytorch_model.bin")
    save_plda(folder / "plda")
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG), "utf-8")
    return folder


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    package = importlib.util.find_spec("pyannote.audio")
    wave, _ = soundfile.read(Path(package.origin).parent / "sample" / "sample.wav", dtype="int16")
    return wave[: 20 * RATE]


@pytest.fixture(scope="module")
def diariser(model):
    from corpus.engines.studio.diariser import CommunityDiariser

    return CommunityDiariser(model=model, device="cpu")


class TestDiarise:
    def test_gives_turns_in_the_file_and_a_unit_voice_per_label(self, diariser, samples):
        seen: list[float] = []
        found = diariser.diarise(samples, on_progress=seen.append)
        assert found.turns
        assert all(turn.segment.end <= len(samples) for turn in found.turns)
        assert set(found.voices) == {turn.label for turn in found.turns}
        for voice in found.voices.values():
            assert (voice.shape, voice.dtype) == ((256,), np.float32)
            assert np.linalg.norm(voice) == pytest.approx(1, abs=1e-5)
        assert seen == sorted(seen)

    def test_hears_nobody_in_silence(self, diariser):
        for length in (0, 100, 6 * RATE):
            found = diariser.diarise(np.zeros(length, np.int16))
            assert (found.turns, found.voices) == ((), {})

    def test_leaves_no_overlap_when_exclusive(self, model, samples):
        from corpus.engines.studio.diariser import CommunityDiariser

        found = CommunityDiariser(model=model, device="cpu", exclusive=True).diarise(samples)
        spans = [turn.segment for turn in found.turns]
        assert sum(s.duration for s in spans) == sum(s.duration for s in segments.merge(spans))

    def test_keeps_to_the_number_of_speakers(self, model, samples):
        from corpus.engines.studio.diariser import CommunityDiariser

        bound = CommunityDiariser(model=model, device="cpu", max_speakers=1)
        assert len(bound.diarise(samples).voices) == 1


class TestLoading:
    @pytest.mark.parametrize("missing", ["/nowhere/community-1", "./community-1", "community-1"])
    def test_a_wrong_folder_is_not_looked_up_on_the_hub(self, missing):
        from corpus.engines.studio.diariser import CommunityDiariser

        with pytest.raises(EngineMissing, match="there is no folder"):
            CommunityDiariser(model=missing)

    def test_a_hub_id_that_was_never_downloaded_says_how(self):
        from corpus.engines.studio.diariser import CommunityDiariser

        with pytest.raises(EngineMissing, match="hf download"):
            CommunityDiariser(model="pyannote/speaker-diarization-community-1")

    def test_an_unfinished_folder_says_how(self, tmp_path):
        from corpus.engines.studio.diariser import CommunityDiariser

        with pytest.raises(EngineMissing, match="hf download"):
            CommunityDiariser(model=tmp_path)

    def test_the_version_names_the_weights(self, diariser, model):
        dotted = "corpus.engines.studio.diariser.CommunityDiariser"
        assert diariser.version.startswith("pyannote-community/")
        assert diariser.version != versions.of(dotted, {"model": "pyannote/other"})
