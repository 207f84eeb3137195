"""An advert that two episodes share, through real decoding: it is sampled at most once."""

import numpy as np
import pytest

from corpus.core.segments import RATE, Segment, overlap
from corpus.models import Clip, Episode, Repeat, StageRun
from corpus.tasks import pipeline
from tests import fakes, road, sounds

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DECODER = {"decoder": "corpus.engines.audio.PyAvDecoder"}
ADVERT = sounds.melody(10, seed=99)
CODECS = {
    "ep1.mp3": {"codec": "libmp3lame", "container": "mp3", "kbits": 128},
    "ep2.ogg": {"codec": "libopus", "container": "ogg", "kbits": 24},
}


@pytest.fixture(autouse=True)
def _engines(settings):
    with fakes.installed(settings, **DECODER):
        yield


def talk(n, seed):
    """Stretches of five seconds with silence between them."""
    parts = [(sounds.melody(5, seed=seed + k), fakes.silence(0.8)) for k in range(n)]
    return np.concatenate([part for pair in parts for part in pair])


@pytest.fixture
def source(tmp_path):
    """The advert at 5.8 s of the first episode, and at 17.4 s of the second."""
    folder = tmp_path / "talk"
    whole = {
        "ep1.mp3": [talk(1, seed=10), ADVERT, fakes.silence(0.8), talk(3, seed=20)],
        "ep2.ogg": [talk(3, seed=30), ADVERT, fakes.silence(0.8), talk(2, seed=40)],
    }
    for name, parts in whole.items():
        sounds.encoded(np.concatenate(parts), folder / name, **CODECS[name])
    (folder / "feed.xml").write_text(road.feed(*whole))
    return folder


def in_advert(clips, start):
    span = Segment(round(start * RATE), round((start + 10) * RATE))
    return sum(overlap(span, Segment(clip.start, clip.end)) for clip in clips) / RATE


class TestAnAdvert:
    def test_in_two_episodes_is_sampled_at_most_once(self, source):
        road.ingest(source)
        road.walk()
        assert not StageRun.objects.exclude(outcome="done").exists()
        first, second = Episode.objects.order_by("number")
        row = Repeat.objects.get()
        assert (row.episode, row.of) == (second, first)
        assert row.start / RATE == pytest.approx(17.4, abs=0.6)
        assert row.end / RATE == pytest.approx(27.4, abs=0.6)
        clips = {one.pk: Clip.objects.current().filter(episode=one) for one in (first, second)}
        assert clips[first.pk].count() == 5
        assert clips[second.pk].count() == 5
        assert in_advert(clips[first.pk], 5.8) > 9
        assert in_advert(clips[second.pk], 17.4) < 0.6
        assert StageRun.objects.get(stage="cut", episode=second).result["repeated"] > 9

    def test_is_the_same_whoever_comes_first(self, source):
        road.ingest(source)
        road.walk(until="fingerprint")
        road.plan()
        for run in StageRun.objects.filter(stage="fingerprint").order_by("-pk"):
            pipeline.fingerprint(run_id=run.pk)
        road.walk()
        row = Repeat.objects.get()
        first, second = Episode.objects.order_by("number")
        assert (row.episode, row.of) == (first, second)
        clips = {one.pk: Clip.objects.current().filter(episode=one) for one in (first, second)}
        assert in_advert(clips[first.pk], 5.8) < 0.6
        assert in_advert(clips[second.pk], 17.4) > 9
