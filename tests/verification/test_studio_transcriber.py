"""WhisperXTranscriber end to end on a Whisper that was built to say one sentence, and no other.

The network is tiny but complete: Whisper's own vocabulary layout, CTranslate2 weights, a random
wav2vec 2.0 aligner. Its position embeddings spell the sentence, so that what must come out is known.
"""

import itertools
import json
import string
from pathlib import Path

import numpy as np
import pytest

from corpus.core.segments import RATE, Segment
from corpus.engines.base import EngineMissing

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]

SENTENCE = ["the", "old", "man", "ran"]
TEXT_TOKENS = 50_257
WIDTH = 64
NOISE = (np.random.default_rng(0).normal(scale=0.1, size=9 * RATE) * 32_767).astype(np.int16)
SPEECH = [Segment(RATE, 3 * RATE), Segment(5 * RATE, len(NOISE))]


def vocabulary() -> list[str]:
    """Whisper large-v3's 51,866 tokens: made-up text tokens, then the special ones in its order."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    words = ("".join(letters) for letters in itertools.product(string.ascii_lowercase, repeat=4))
    text = [f"Ġ{word}" for word in SENTENCE]
    text += list(itertools.islice(words, TEXT_TOKENS - len(text) - 1))
    text.append("")  # CTranslate2 takes a model for multilingual by this token
    codes = [f"<|{code}|>" for code in _LANGUAGE_CODES]
    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    special = ["<|endoftext|>", "<|startoftranscript|>", *codes, *(f"<|{task}|>" for task in tasks)]
    times = [f"<|{0.02 * i:.2f}|>" for i in range(1501)]
    return text + special + times


def write_tokenizer(folder: Path, tokens: list[str]) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    vocab = {token: i for i, token in enumerate(tokens[:TEXT_TOKENS])}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in tokens[TEXT_TOKENS:]])
    tokenizer.save(str(folder / "tokenizer.json"))


def network(tokens: list[str], *, certainty: float):
    """A Whisper whose next token depends on the position alone."""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=len(tokens),
        d_model=WIDTH,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=WIDTH,
        decoder_ffn_dim=WIDTH,
        num_mel_bins=128,
        **dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id"), TEXT_TOKENS),
        decoder_start_token_id=TEXT_TOKENS + 1,
    )
    model = WhisperForConditionalGeneration(config).eval()
    at = {token: i for i, token in enumerate(tokens)}
    # Position 0 names the language, 3 is <|notimestamps|>, after which the text begins.
    spoken = ["<|zh|>", *["<|transcribe|>"] * 2, *(f"Ġ{word}" for word in SENTENCE)]
    with torch.no_grad():
        decoder = model.model.decoder
        for layer in (decoder.layers[0], model.model.encoder.layers[0]):
            layer.fc2.weight.zero_()
            layer.fc2.bias.zero_()
        for attention in (decoder.layers[0].self_attn, decoder.layers[0].encoder_attn):
            attention.out_proj.weight.zero_()
            attention.out_proj.bias.zero_()
        embeddings = torch.randn(len(tokens), WIDTH)
        decoder.embed_tokens.weight.copy_(embeddings)
        model.proj_out.weight = decoder.embed_tokens.weight
        decoder.layer_norm.weight.fill_(certainty)
        places = decoder.embed_positions.weight
        places.copy_(50 * embeddings[at["<|endoftext|>"]].expand_as(places))
        for place, token in enumerate(spoken):
            places[place] = 50 * embeddings[at[token]]
    return model


def build_whisper(folder: Path, *, certainty: float = 3.0) -> Path:
    """A converted model folder, as `ct2-transformers-converter` writes it."""
    from ctranslate2.converters import TransformersConverter
    from transformers import PreTrainedTokenizerFast, WhisperFeatureExtractor

    source = folder / "source"
    tokens = vocabulary()
    network(tokens, certainty=certainty).save_pretrained(source)
    WhisperFeatureExtractor(feature_size=128).save_pretrained(source)
    write_tokenizer(source, tokens)
    PreTrainedTokenizerFast(tokenizer_file=str(source / "tokenizer.json")).save_pretrained(source)
    write_tokenizer(source, tokens)
    target = folder / "large-v3"
    files = ["tokenizer.json", "preprocessor_config.json"]
    TransformersConverter(str(source), copy_files=files).convert(str(target))
    config = json.loads((target / "config.json").read_text("utf-8"))
    config["lang_ids"] = [i for i, token in enumerate(tokens) if token in ("<|en|>", "<|zh|>")]
    (target / "config.json").write_text(json.dumps(config), "utf-8")
    return target


def build_aligner(folder: Path) -> Path:
    """A random wav2vec 2.0 with letters for its vocabulary."""
    from transformers import (
        Wav2Vec2Config,
        Wav2Vec2CTCTokenizer,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2ForCTC,
        Wav2Vec2Processor,
    )

    folder.mkdir()
    symbols = ["<pad>", "<s>", "</s>", "<unk>", "|", *string.ascii_lowercase]
    (folder / "vocab.json").write_text(json.dumps({s: i for i, s in enumerate(symbols)}), "utf-8")
    tokenizer = Wav2Vec2CTCTokenizer(str(folder / "vocab.json"))
    Wav2Vec2Processor(Wav2Vec2FeatureExtractor(), tokenizer).save_pretrained(folder)
    config = Wav2Vec2Config(
        vocab_size=len(symbols),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=[16] * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
    )
    Wav2Vec2ForCTC(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _prepared() -> None:
    """transformers imports torchaudio, which needs its stub."""
    from corpus.engines import torch_setup

    torch_setup.prepare()


@pytest.fixture(scope="module")
def whisper(tmp_path_factory) -> Path:
    return build_whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def aligner(tmp_path_factory) -> Path:
    return build_aligner(tmp_path_factory.mktemp("aligner") / "letters")


@pytest.fixture(scope="module")
def transcriber(whisper, aligner):
    from corpus.engines.studio.transcriber import WhisperXTranscriber

    return WhisperXTranscriber(
        model=whisper,
        align_models={"eng": aligner, "zho": aligner, "yue": aligner},
        device="cpu",
        compute_type="float32",
        batch_size=2,
    )


class TestTranscribe:
    def test_gives_aligned_words_of_each_stretch_of_speech(self, transcriber):
        seen: list[float] = []
        found = transcriber.transcribe(
            NOISE, speech=SPEECH, language="eng", on_progress=seen.append
        )
        assert [word.text for word in found.words] == SENTENCE * 2
        assert not found.draft
        first, second = found.words[:4], found.words[4:]
        for words, span in ((first, SPEECH[0]), (second, SPEECH[1])):
            assert all(word.segment.start >= span.start - 400 for word in words)
            assert all(word.segment.end <= min(span.end + 400, len(NOISE)) for word in words)
        assert all(type(word.confidence) is float for word in found.words)
        assert list(found.words) == sorted(found.words)
        assert seen == sorted(seen)

    def test_writes_cantonese_with_the_mandarin_aligner(self, transcriber):
        found = transcriber.transcribe(NOISE, speech=SPEECH, language="yue")
        assert "".join(word.text for word in found.words) == "".join(SENTENCE * 2)
        assert all(len(word.text) == 1 for word in found.words)

    def test_asks_the_speech_where_nobody_knows_the_language(self, transcriber):
        assert transcriber.transcribe(NOISE, speech=SPEECH, language="und").language == "zho"

    def test_has_nothing_to_say_without_speech(self, transcriber):
        for language in ("eng", "und"):
            assert transcriber.transcribe(NOISE, speech=(), language=language).words == ()

    def test_refuses_a_language_outside_the_table(self, transcriber):
        found = transcriber.transcribe(NOISE, speech=SPEECH, language="deu")
        assert found.words == ()
        assert "not trusted with deu" in found.notes[0]

    def test_drops_what_the_model_is_unsure_of_and_says_so(self, tmp_path, aligner):
        from corpus.engines.studio.transcriber import WhisperXTranscriber

        doubtful = WhisperXTranscriber(
            model=build_whisper(tmp_path, certainty=0.05),
            align_models={"eng": aligner},
            device="cpu",
            compute_type="float32",
        )
        found = doubtful.transcribe(NOISE, speech=SPEECH[:1], language="eng")
        assert found.words == ()
        assert found.notes[0].startswith("dropped 1.0–3.0 s: ")


class TestMissing:
    def test_weights_are_named_with_the_way_to_get_them(self, tmp_path):
        from corpus.engines.studio.transcriber import WhisperXTranscriber

        with pytest.raises(EngineMissing, match="hf download"):
            WhisperXTranscriber(model="large-v3", download_root=tmp_path, device="cpu")
        (tmp_path / "empty").mkdir()
        with pytest.raises(EngineMissing, match="hf download"):
            WhisperXTranscriber(model=tmp_path / "empty", device="cpu")

    def test_an_aligner_is_asked_for_by_language(self, whisper, tmp_path):
        from corpus.engines.studio.transcriber import WhisperXTranscriber

        bare = WhisperXTranscriber(
            model=whisper,
            align_models={"eng": tmp_path},
            device="cpu",
            compute_type="float32",
        )
        with pytest.raises(EngineMissing, match="no aligner for eng"):
            bare.transcribe(NOISE, speech=SPEECH, language="eng")
