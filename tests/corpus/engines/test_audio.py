"""The decoder and the masters, on files made here."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from corpus.core.segments import RATE, Segment
from corpus.engines import audio
from corpus.engines.audio import PyAvDecoder
from corpus.engines.base import NotAudio


def tone(seconds: float, rate: int, *, hertz: float = 440, level: float = 0.5) -> np.ndarray:
    """A sine as int16, shape (n,)."""
    time = np.arange(round(seconds * rate)) / rate
    return (level * 32_767 * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


def noise(seconds: float, rate: int, *, level: float = 0.1) -> np.ndarray:
    """White noise as int16, shape (n,)."""
    wave = np.random.default_rng(0).normal(scale=level, size=round(seconds * rate))
    return (32_767 * wave.clip(-1, 1)).astype(np.int16)


def encode(
    path: Path, wave: np.ndarray, *, rate: int, codec: str, layout: str = "mono", form: str
) -> Path:
    """Write `wave` on every channel of `layout`, in the container `form`."""
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        channels = 2 if layout == "stereo" else 1
        packed = np.repeat(wave, channels)[None]
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


FORMATS = [
    ("mp3", "libmp3lame", 44_100, "mp3"),
    ("ipod", "aac", 44_100, "aac"),
    ("adts", "aac", 48_000, "aac"),
    ("ogg", "libopus", 48_000, "opus"),
    ("flac", "flac", 44_100, "flac"),
    ("wav", "pcm_s16le", 22_050, "pcm_s16le"),
]


class TestDecode:
    @pytest.mark.parametrize("layout", ["mono", "stereo"])
    @pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_[1])
    def test_reads_every_podcast_format_at_its_own_loudness(self, tmp_path, format_, layout):
        form, codec, rate, name = format_
        wave = tone(1.5, rate)
        path = encode(tmp_path / "x", wave, rate=rate, codec=codec, layout=layout, form=form)
        decoded = PyAvDecoder().decode(path)
        channels = 2 if layout == "stereo" else 1
        facts = (decoded.codec, decoded.native_rate, decoded.native_channels)
        assert facts == (name, rate, channels)
        assert decoded.samples.dtype == np.int16
        assert abs(len(decoded.samples) / RATE - 1.5) < 0.1  # encoders add priming
        assert rms(decoded.samples[4000:20_000]) == pytest.approx(rms(wave), rel=0.06)
        assert decoded.warnings == ()

    def test_keeps_every_sample_of_a_file_that_needs_no_change(self, tmp_path):
        wave = noise(1, RATE)
        path = encode(tmp_path / "x", wave, rate=RATE, codec="pcm_s16le", form="wav")
        assert np.array_equal(PyAvDecoder().decode(path).samples, wave)

    def test_does_not_believe_the_name(self, tmp_path):
        path = tmp_path / "x.mp3"
        encode(path, tone(1, 44_100), rate=44_100, codec="flac", form="flac")
        assert PyAvDecoder().decode(path).codec == "flac"

    def test_measures_bandwidth_before_the_resampling(self, tmp_path):
        wide = noise(1, 44_100)
        path = encode(tmp_path / "x", wide, rate=44_100, codec="flac", form="flac")
        assert PyAvDecoder().decode(path).bandwidth_hz == pytest.approx(22_050, abs=100)

    def test_goes_on_where_rate_changes_and_names_the_rate_of_most(self, tmp_path):
        first = encode(tmp_path / "a", tone(2, 44_100), rate=44_100, codec="libmp3lame", form="mp3")
        second = encode(
            tmp_path / "b",
            tone(1, 22_050),
            rate=22_050,
            codec="libmp3lame",
            layout="stereo",
            form="mp3",
        )
        path = tmp_path / "stitched.mp3"
        path.write_bytes(first.read_bytes() + second.read_bytes())
        decoded = PyAvDecoder().decode(path)
        assert abs(len(decoded.samples) / RATE - 3) < 0.2
        assert (decoded.native_rate, decoded.native_channels) == (44_100, 1)

    def test_says_what_little_is_missing_at_the_end(self, tmp_path):
        path = encode(tmp_path / "x", noise(9, 44_100), rate=44_100, codec="libmp3lame", form="mp3")
        whole = path.read_bytes()
        path.write_bytes(whole[: round(len(whole) * 0.92)])
        decoded = PyAvDecoder().decode(path)
        assert 8 < len(decoded.samples) / RATE < 8.5
        assert decoded.warnings[0].startswith("truncated: ")
        assert decoded.warnings[0].endswith(" s of 9.0 s could be decoded")

    def test_keeps_a_recording_with_a_cover(self, tmp_path):
        path = encode(tmp_path / "x", noise(2, 44_100), rate=44_100, codec="libmp3lame", form="mp3")
        picture = b"\x89PNG\r\n\x1a\n" + bytes(64)
        body = b"\x00image/png\x00\x03\x00" + picture
        frame = b"APIC" + len(body).to_bytes(4) + b"\x00\x00" + body
        size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
        sound = path.read_bytes()
        sound = sound[10 + int.from_bytes(sound[6:10]) :] if sound[:3] == b"ID3" else sound
        path.write_bytes(b"ID3\x03\x00\x00" + size + frame + sound)
        with av.open(str(path)) as container:
            assert len(container.streams.video) == 1  # as FFmpeg sees covers
        assert len(PyAvDecoder().decode(path).samples) == pytest.approx(2 * RATE, abs=RATE / 5)

    def test_reads_vorbis(self, tmp_path):
        wave = tone(1.5, 44_100)
        soundfile.write(tmp_path / "x", wave, 44_100, format="OGG", subtype="VORBIS")
        decoded = PyAvDecoder().decode(tmp_path / "x")
        assert (decoded.codec, decoded.native_rate) == ("vorbis", 44_100)
        assert rms(decoded.samples[4000:20_000]) == pytest.approx(rms(wave), rel=0.06)

    @pytest.mark.parametrize("format_", FORMATS[:-1], ids=lambda format_: format_[1])
    def test_skips_damage_in_the_middle_and_says_so(self, tmp_path, format_):
        form, codec, rate, _ = format_
        path = encode(tmp_path / "x", noise(4, rate), rate=rate, codec=codec, form=form)
        raw = bytearray(path.read_bytes())
        start, size = len(raw) // 2, len(raw) // 20
        raw[start : start + size] = bytes(size)
        path.write_bytes(bytes(raw))
        decoded = PyAvDecoder().decode(path)
        assert 1.9 < len(decoded.samples) / RATE < 4
        assert any(warning.startswith("damaged: ") for warning in decoded.warnings)

    def test_reports_progress_that_ends_at_one(self, tmp_path):
        path = encode(tmp_path / "x", noise(25, RATE), rate=RATE, codec="flac", form="flac")
        seen: list[float] = []
        PyAvDecoder().decode(path, on_progress=seen.append)
        assert seen == sorted(seen)
        assert len(seen) == 3
        assert seen[-1] == 1.0

    def test_gives_the_same_samples_twice(self, tmp_path):
        path = encode(tmp_path / "x", noise(1, 44_100), rate=44_100, codec="libmp3lame", form="mp3")
        first, second = (PyAvDecoder().decode(path).samples for _ in range(2))
        assert np.array_equal(first, second)


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"", "empty"),
            (b"<!DOCTYPE html><html>404</html>", "a web page"),
            (b"\xef\xbb\xbf\n <html><body>Please log in", "a web page"),
            (b'<?xml version="1.0"?><rss/>', "XML"),
            (b"#EXTM3U\nhttp://127.0.0.1/secret.mp3\n", "a playlist"),
            (b"just some words\n" * 1000, "a text file"),
            ("Übermäßig viel Text, 感情\n".encode() * 1000, "a text file"),
            (b'{"error": "expired"}', "a text file"),
            (b"%PDF-1.7 \x00\x01", "a PDF"),
            (b"PK\x03\x04\x00\x00", "a ZIP"),
            (b"\x89PNG\r\n\x1a\n\x00", "a PNG image"),
            (b"\x00" * 5000, "not a complete audio file"),
        ],
    )
    def test_says_what_a_file_is_instead(self, tmp_path, content, kind):
        path = tmp_path / "episode.mp3"
        path.write_bytes(content)
        with pytest.raises(NotAudio, match=kind):
            PyAvDecoder().decode(path)

    def test_refuses_random_bytes(self, tmp_path):
        path = tmp_path / "episode.mp3"
        path.write_bytes(np.random.default_rng(1).bytes(50_000))
        with pytest.raises(NotAudio):
            PyAvDecoder().decode(path)

    def test_refuses_a_video_without_sound(self, tmp_path):
        path = tmp_path / "x.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width = stream.height = 32
            stream.pix_fmt = "yuv420p"
            for _ in range(5):
                frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        with pytest.raises(NotAudio, match="only video"):
            PyAvDecoder().decode(path)

    def test_refuses_a_video_with_sound(self, tmp_path):
        path = tmp_path / "x.mp4"
        with av.open(str(path), "w") as container:
            film = container.add_stream("mpeg4", rate=10)
            film.width = film.height = 32
            film.pix_fmt = "yuv420p"
            sound = container.add_stream("aac", rate=44_100, layout="mono")
            for _ in range(10):
                frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
                container.mux(film.encode(frame))
            frame = av.AudioFrame.from_ndarray(noise(1, 44_100)[None], format="s16", layout="mono")
            frame.sample_rate = 44_100
            container.mux(sound.encode(frame))
            for stream in (film, sound):
                container.mux(stream.encode(None))
        with pytest.raises(NotAudio, match=r"a video \(mpeg4, 32 × 32\)"):
            PyAvDecoder().decode(path)

    @pytest.mark.parametrize("format_", FORMATS[:1] + FORMATS[4:], ids=lambda format_: format_[1])
    def test_refuses_half_a_file(self, tmp_path, format_):
        form, codec, rate, _ = format_
        path = encode(tmp_path / "x", noise(6, rate), rate=rate, codec=codec, form=form)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(NotAudio, match=r"truncated: it ends after [23]\.\d s of 6\.0 s"):
            PyAvDecoder().decode(path)

    def test_refuses_encrypted_audio(self, tmp_path):
        path = encode(tmp_path / "x", tone(1, 44_100), rate=44_100, codec="aac", form="ipod")
        path.write_bytes(path.read_bytes().replace(b"mp4a", b"drms"))
        with pytest.raises(NotAudio, match="DRM"):
            PyAvDecoder().decode(path)

    def test_refuses_what_ends_before_its_index(self, tmp_path):
        path = encode(tmp_path / "x", noise(3, 44_100), rate=44_100, codec="aac", form="ipod")
        path.write_bytes(path.read_bytes()[:20_000])
        with pytest.raises(NotAudio, match="not a complete audio file"):
            PyAvDecoder().decode(path)

    def test_refuses_what_never_ends(self, tmp_path):
        path = encode(tmp_path / "x", noise(4, RATE), rate=RATE, codec="flac", form="flac")
        with pytest.raises(NotAudio, match="split the file"):
            PyAvDecoder(longest_hours=0.001).decode(path)


class TestMasters:
    def test_come_back_as_they_were_written(self, tmp_path):
        wave = noise(2, RATE)
        audio.write_flac(tmp_path / "a.flac", wave)
        assert np.array_equal(audio.read(tmp_path / "a.flac"), wave)
        assert np.array_equal(audio.read(tmp_path / "a.flac", 100, 50), wave[100:150])

    def test_have_the_same_bytes_for_the_same_samples(self):
        files = [io.BytesIO(), io.BytesIO()]
        for file in files:
            audio.write_flac(file, noise(1, RATE))
        assert files[0].getvalue() == files[1].getvalue()

    def test_give_many_spans_in_the_order_asked(self, tmp_path):
        wave = noise(3, RATE)
        audio.write_flac(tmp_path / "a.flac", wave)
        spans = [Segment(30_000, 31_000), Segment(5, 10), Segment(47_000, 60_000)]
        cuts = list(audio.read_many(tmp_path / "a.flac", spans))
        assert [len(cut) for cut in cuts] == [1000, 5, 1000]
        assert all(
            np.array_equal(c, wave[s.start : s.end]) for c, s in zip(cuts, spans, strict=True)
        )

    def test_end_where_the_file_ends(self, tmp_path):
        audio.write_flac(tmp_path / "a.flac", noise(1, RATE))
        assert len(audio.read(tmp_path / "a.flac", 99_999, 10)) == 0

    @pytest.mark.parametrize("wave", [np.zeros(10), np.zeros((10, 2), np.int16)])
    def test_refuse_what_is_not_int16_mono(self, tmp_path, wave):
        with pytest.raises(ValueError, match="int16 mono"):
            audio.write_flac(tmp_path / "a.flac", wave)

    def test_refuse_other_rates_and_other_files(self, tmp_path):
        path = encode(tmp_path / "x", tone(1, 44_100), rate=44_100, codec="flac", form="flac")
        with pytest.raises(NotAudio, match="44100 Hz"):
            audio.read(path)
        path.write_bytes(b"nothing")
        with pytest.raises(NotAudio, match="not one of our masters"):
            audio.read(path)


class TestBrokenHeads:
    def test_give_samples_or_a_reason(self, tmp_path):
        """A few of what benchmarks/audio_heads.py tries by the thousand."""
        dice = np.random.default_rng(3)
        outcomes = set()
        for form, codec, rate, _ in FORMATS:
            whole = encode(tmp_path / "x", tone(1, rate), rate=rate, codec=codec, form=form)
            raw = whole.read_bytes()
            for _ in range(12):
                broken = bytearray(raw)
                for place in dice.integers(0, min(600, len(raw)), size=4):
                    broken[place] = dice.integers(256)
                (tmp_path / "y").write_bytes(broken)
                try:
                    PyAvDecoder(longest_hours=0.1).decode(tmp_path / "y")
                    outcomes.add("samples")
                except NotAudio as reason:
                    outcomes.add("a reason" if str(reason) else "no reason")
        assert outcomes == {"samples", "a reason"}

    def test_are_not_believed_about_the_length_of_a_block(self, tmp_path):
        """A WAV that claims four billion samples a second."""
        path = encode(tmp_path / "x", tone(1, 22_050), rate=22_050, codec="pcm_s16le", form="wav")
        raw = bytearray(path.read_bytes())
        raw[24:28] = (2**31 - 1).to_bytes(4, "little")
        path.write_bytes(raw)
        with pytest.raises(NotAudio):
            PyAvDecoder().decode(path)
