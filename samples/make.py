"""Reads script.toml aloud: the sample podcast with its feed, transcripts and truth.

    python samples/make.py            # writes samples/podcast/

Needs espeak-ng on the PATH; the same versions of espeak-ng and LAME give the same bytes.
"""

import csv
import subprocess
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import av
import numpy as np
import numpy.typing as npt
import scipy.signal

HERE = Path(__file__).resolve().parent
PODCAST = HERE / "podcast"
RATE = 22_050  # Hz: what espeak-ng gives
BIT_RATE = 56_000
LEVEL = 0.09  # root mean square of a neutral line before gains
NOISE_FLOOR = 10 ** (-56 / 20)  # a quiet room: digital silence exists in no recording
WIND_SNR_DB = 5.0  # against a neutral line
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST_NS = "https://podcastindex.org/namespace/1.0"
GUID_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # of podcast:guid

Wave = npt.NDArray[np.float64]
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """One line as it came out: samples start … end - 1 at 22.05 kHz."""

    start: int
    end: int
    voice: str
    mood: str
    text: str


def main() -> None:
    script = tomllib.loads((HERE / "script.toml").read_text(encoding="utf-8"))
    for folder in ("audio", "transcripts", "truth"):
        (PODCAST / folder).mkdir(parents=True, exist_ok=True)
    told = {}
    for number, episode in enumerate(script["episodes"], start=1):
        wave, said = perform(episode, script, np.random.default_rng(number))
        encode(wave, PODCAST / "audio" / f"{episode['file']}.mp3")
        told[episode["file"]] = said
        write_transcript(episode, said)
        write_turns(episode, said)
        print(f"{episode['file']}  {len(wave) / RATE:5.1f} s  {len(said)} lines")
    write_moods(told)
    write_feed(script, told)


def perform(episode: Facts, script: Facts, rng: np.random.Generator) -> tuple[Wave, list[Said]]:
    """All lines one after another, over the noise of a quiet room."""
    tape: Wave = np.zeros(RATE * 150)
    said: list[Said] = []
    end = RATE // 2
    for line in episode["lines"]:
        voice = script["voices"][line["voice"]]
        sound = speak(line["text"], voice, script["moods"][line["mood"]])
        sound = in_a_room(sound, tilt_db=voice["tilt"])
        pause = rng.uniform(0.35, 0.8)
        start = end + int(RATE * line.get("pause", pause))
        end = start + len(sound)
        tape[start:end] += sound
        said.append(Said(start, end, line["voice"], line["mood"], line["text"]))
    tape = tape[: end + RATE // 2]
    outside = [one for one, line in zip(said, episode["lines"], strict=True) if line.get("windy")]
    if outside:
        add_wind(tape, outside[0].start - RATE // 2, outside[-1].end + RATE // 2, rng)
    tape += NOISE_FLOOR * pinkish(len(tape), rng)
    return 0.95 * np.tanh(tape / 0.95), said


def speak(text: str, voice: Facts, mood: Facts) -> Wave:
    """The line as espeak-ng says it, trimmed and at the level of its voice and mood."""
    ssml = f'<speak><prosody range="{mood["range"]}">{text}</prosody></speak>'
    options = ["-v", voice["espeak"], "-s", str(mood["rate"]), "-p", str(mood["pitch"])]
    command = ["espeak-ng", "-m", *options, "--stdout", ssml]
    wav = subprocess.run(command, check=True, capture_output=True).stdout
    wave = np.frombuffer(wav[44:], dtype="<i2").astype(np.float64) / 32768
    loud = np.nonzero(np.abs(wave) > 0.01)[0]
    wave = wave[max(0, loud[0] - 200) : loud[-1] + 800]
    wave *= LEVEL / np.sqrt(np.mean(wave**2))
    return wave * 10 ** (mood["gain"] / 20)


def in_a_room(wave: Wave, *, tilt_db: float) -> Wave:
    """The same sound through a microphone of its own, in a small room."""
    shelf = 10 ** (tilt_db / 20) - 1
    high = scipy.signal.sosfilt(scipy.signal.butter(1, 4000, "high", fs=RATE, output="sos"), wave)
    dry = wave + shelf * high
    room = np.random.default_rng(7)  # one room for everybody
    decay = room.standard_normal(RATE // 6) * np.exp(-np.arange(RATE // 6) / (RATE * 0.028))
    wet = scipy.signal.fftconvolve(dry, decay)[: len(dry)]
    return dry + 0.05 * wet * np.sqrt(np.mean(dry**2) / np.mean(wet**2))


def add_wind(tape: Wave, start: int, end: int, rng: np.random.Generator) -> None:
    """Wind in the microphone from `start` to `end`, in place, fading in and out."""
    fade = np.clip(np.minimum(np.arange(end - start), np.arange(end - start)[::-1]) / 4000, 0, 1)
    tape[start:end] += LEVEL * 10 ** (-WIND_SNR_DB / 20) * fade * pinkish(end - start, rng)


def pinkish(n: int, rng: np.random.Generator) -> Wave:
    """Noise of unit power whose spectrum falls by about 3 dB an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    frequencies = np.maximum(np.fft.rfftfreq(n, 1 / RATE), 40)
    noise = np.fft.irfft(spectrum / np.sqrt(frequencies), n)
    return noise / np.sqrt(np.mean(noise**2))


def encode(wave: Wave, path: Path) -> None:
    """Mono MP3, without a date in it."""
    samples = np.round(wave * 32767).astype(np.int16)[None, :]
    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono", bit_rate=BIT_RATE)
        frame = av.AudioFrame.from_ndarray(samples, format="s16p", layout="mono")
        frame.rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_transcript(episode: Facts, said: list[Said]) -> None:
    lines = [f"{one.voice}: {one.text}\n" for one in said]
    path = PODCAST / "transcripts" / f"{episode['file']}.txt"
    path.write_text("".join(lines), encoding="utf-8")


def write_turns(episode: Facts, said: list[Said]) -> None:
    """Who speaks when, as RTTM."""
    name = episode["file"]
    rows = [
        f"SPEAKER {name} 1 {one.start / RATE:.3f} {(one.end - one.start) / RATE:.3f}"
        f" <NA> <NA> {one.voice} <NA> <NA>\n"
        for one in said
    ]
    (PODCAST / "truth" / f"{name}.rttm").write_text("".join(rows), encoding="utf-8")


def write_moods(told: Mapping[str, list[Said]]) -> None:
    """Which mood each line was meant in: what the author had in mind, not what a rater hears."""
    with (PODCAST / "truth" / "moods.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["episode", "start", "end", "voice", "mood", "text"])
        for name, said in told.items():
            for one in said:
                times = (f"{one.start / RATE:.3f}", f"{one.end / RATE:.3f}")
                table.writerow([name, *times, one.voice, one.mood, one.text])


def write_feed(script: Facts, told: Mapping[str, list[Said]]) -> None:
    """RSS 2.0 with the itunes and podcast namespaces; the addresses are relative to the file."""
    ET.register_namespace("itunes", ITUNES)
    ET.register_namespace("podcast", PODCAST_NS)
    show = script["podcast"]
    rss = ET.Element("rss", version="2.0")
    channel = ET.SubElement(rss, "channel")
    add(channel, "title", show["title"])
    add(channel, "link", show["link"])
    add(channel, "description", show["description"])
    add(channel, "language", "en")
    add(channel, f"{{{ITUNES}}}author", show["author"])
    add(channel, f"{{{ITUNES}}}explicit", "false")
    add(channel, f"{{{ITUNES}}}type", "episodic")
    ET.SubElement(channel, f"{{{ITUNES}}}category", text="Fiction")
    guid = uuid.uuid5(GUID_NAMESPACE, show["feed"].removeprefix("https://").rstrip("/"))
    add(channel, f"{{{PODCAST_NS}}}guid", str(guid))
    add(channel, f"{{{PODCAST_NS}}}medium", "podcast")
    licence = "https://creativecommons.org/publicdomain/zero/1.0/"
    add(channel, f"{{{PODCAST_NS}}}license", "cc0-1.0", url=licence)
    for number, episode in enumerate(script["episodes"], start=1):
        add_item(channel, episode, number, show["link"], told[episode["file"]])
    ET.indent(rss)
    feed = ET.tostring(rss, encoding="unicode", xml_declaration=False)
    (PODCAST / "feed.xml").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n{feed}\n', encoding="utf-8"
    )


def add_item(channel: ET.Element, episode: Facts, number: int, link: str, said: list[Said]) -> None:
    item = ET.SubElement(channel, "item")
    name = episode["file"]
    audio = f"audio/{name}.mp3"
    size = (PODCAST / audio).stat().st_size
    add(item, "title", episode["title"])
    add(item, "link", f"{link}/{name}")
    add(item, "description", episode["summary"])
    add(item, "guid", f"small-weather-{name}", isPermaLink="false")
    add(item, "pubDate", episode["date"])
    ET.SubElement(item, "enclosure", url=audio, length=str(size), type="audio/mpeg")
    add(item, f"{{{ITUNES}}}duration", str(round(said[-1].end / RATE + 0.5)))
    add(item, f"{{{ITUNES}}}episode", str(number))
    add(item, f"{{{ITUNES}}}explicit", "false")
    for person in dict.fromkeys(one.voice for one in said):
        add(item, f"{{{PODCAST_NS}}}person", person)
    transcript = {"url": f"transcripts/{name}.txt", "type": "text/plain", "language": "en"}
    ET.SubElement(item, f"{{{PODCAST_NS}}}transcript", transcript)
    if "licence" in episode:
        add(item, f"{{{PODCAST_NS}}}license", episode["licence"], url=episode["licence_url"])


def add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = text


if __name__ == "__main__":
    main()
