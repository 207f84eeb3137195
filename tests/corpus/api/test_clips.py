from datetime import timedelta

import pytest

from common import files
from corpus.actions import withdrawals
from tests.factories import annotation, corpus
from tests.factories.api import client
from tests.factories.corpus import NOW, SECOND

pytestmark = pytest.mark.django_db


@pytest.fixture
def sound(tmp_path):
    """A clip whose file is in the store, and its bytes."""
    files.store.cache_clear()
    source = tmp_path / "sound.flac"
    source.write_bytes(bytes(range(200)))
    yield corpus.clip(file=files.store().put(source, suffix=".flac")), source.read_bytes()
    files.store.cache_clear()


def names(curator, **wish):
    return [row["name"] for row in curator.get("/api/v1/clips/", wish).data["results"]]


class TestClips:
    def test_are_told_in_seconds_with_measures_and_verdict(self):
        clip = corpus.clip(start=2 * SECOND, end=5 * SECOND, text="good morning")
        corpus.measurement(clip, snr_db=None)
        corpus.verdict(clip, is_accepted=False, reasons=["SNR could not be measured"])
        row = client("curator").get(f"/api/v1/clips/{clip.name}/").data
        assert (row["start_s"], row["end_s"], row["text"]) == (2.0, 5.0, "good morning")
        assert (row["verdict"], row["reasons"]) == ("filtered", ["SNR could not be measured"])
        assert row["measures"]["snr_db"] is None
        assert row["measures"]["speech_share"] == 0.9
        assert row["speaker"] == clip.voice.speaker_id
        assert row["episode"] == clip.episode_id
        assert row["audio"] == f"http://testserver/api/v1/clips/{clip.name}/audio/"

    def test_have_the_verdict_of_the_newest_gate(self):
        clip = corpus.clip()
        corpus.verdict(clip, is_accepted=False)
        corpus.verdict(clip, is_accepted=True)
        curator = client("curator")
        row = curator.get(f"/api/v1/clips/{clip.name}/").data
        assert (row["verdict"], row["reasons"]) == ("accepted", [])
        assert names(curator, verdict="filtered") == []

    def test_without_measures_or_speaker_say_so(self):
        clip = corpus.clip(corpus.voice(speaker=None))
        row = client("curator").get(f"/api/v1/clips/{clip.name}/").data
        assert (row["measures"], row["speaker"], row["verdict"]) == (None, None, "unjudged")

    def test_that_are_withdrawn_say_no_words(self):
        gone, other = (corpus.clip(text="good morning") for _ in range(2))
        withdrawals.withdraw(
            target=gone.voice.speaker,
            reason="They asked.",
            reason_class="speaker",
            by=None,
            at=NOW,
            grace=timedelta(days=30),
        )
        curator = client("curator")
        assert curator.get(f"/api/v1/clips/{gone.name}/").data["text"] == ""
        rows = curator.get("/api/v1/clips/").data["results"]
        assert {row["name"]: row["text"] for row in rows} == {
            gone.name: "",
            other.name: "good morning",
        }

    def test_are_filtered(self):
        good, bad, unjudged = corpus.eligible_clip(), corpus.clip(), corpus.clip()
        corpus.verdict(bad, is_accepted=False)
        campaign = annotation.campaign(good, unjudged)
        annotation.campaign(good)
        curator = client("curator")
        assert names(curator) == [good.name, bad.name, unjudged.name]
        assert names(curator, verdict="accepted") == [good.name]
        assert names(curator, verdict="filtered") == [bad.name]
        assert names(curator, verdict="unjudged") == [unjudged.name]
        assert names(curator, episode=bad.episode_id) == [bad.name]
        assert names(curator, podcast=bad.episode.podcast_id) == [bad.name]
        assert names(curator, speaker=good.voice.speaker_id) == [good.name]
        assert names(curator, campaign=campaign.name) == [good.name, unjudged.name]
        assert names(curator, campaign="none") == []

    def test_are_filtered_by_length_with_both_limits_included(self):
        episode = corpus.episode()
        three = corpus.clip(episode=episode, start=0, end=3 * SECOND)
        six = corpus.clip(episode=episode, start=10 * SECOND, end=16 * SECOND)
        curator = client("curator")
        assert names(curator, min_seconds=3, max_seconds=5.5) == [three.name]
        assert names(curator, min_seconds=3.001) == [six.name]
        assert names(curator, max_seconds=6) == [three.name, six.name]

    def test_that_a_later_cut_replaced_stay_and_say_so(self):
        old = corpus.clip(superseded_at=NOW)
        new = corpus.clip(old.voice)
        curator = client("curator")
        assert names(curator) == [old.name, new.name]
        assert names(curator, current="true") == [new.name]
        assert curator.get(f"/api/v1/clips/{old.name}/").data["is_current"] is False

    @pytest.mark.parametrize(
        "wish",
        [
            {"verdict": "fine"},
            {"min_seconds": "NaN"},
            {"min_seconds": "1e40"},
            {"max_seconds": "-1"},
            {"episode": "999999"},
            {"speaker": "99999999999999999999"},
            {"podcast": "x"},
        ],
    )
    def test_refuse_values_that_are_none(self, wish):
        answer = client("curator").get("/api/v1/clips/", wish)
        assert answer.status_code == 400
        assert list(answer.data) == list(wish)

    def test_cost_the_same_queries_however_many_they_are(self, django_assert_max_num_queries):
        episode = corpus.episode()
        for _ in range(8):
            corpus.eligible_clip(corpus.voice(episode))
        curator = client("curator")
        with django_assert_max_num_queries(5):
            assert len(names(curator)) == 8


class TestSound:
    def test_of_a_withdrawn_clip_is_gone(self):
        clip = corpus.clip()
        withdrawals.withdraw(
            target=clip.voice.speaker,
            reason="Her wish.",
            reason_class="speaker",
            by=None,
            at=NOW,
            grace=timedelta(days=30),
        )
        answer = client("curator").get(f"/api/v1/clips/{clip.name}/audio/")
        assert answer.status_code == 410
        assert answer.data["detail"] == f"{clip.name} was withdrawn."

    def test_comes_whole(self, sound):
        clip, content = sound
        answer = client("curator").get(f"/api/v1/clips/{clip.name}/audio/")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "audio/flac"
        assert b"".join(answer.streaming_content) == content

    def test_comes_in_the_part_asked_for(self, sound):
        clip, content = sound
        answer = client("curator").get(
            f"/api/v1/clips/{clip.name}/audio/",
            headers={"range": "bytes=10-19", "accept": "audio/flac"},
        )
        assert answer.status_code == 206
        assert answer["Content-Range"] == "bytes 10-19/200"
        assert b"".join(answer.streaming_content) == content[10:20]

    def test_that_is_lost_is_404(self):
        files.store.cache_clear()
        clip = corpus.clip()
        assert client("curator").get(f"/api/v1/clips/{clip.name}/audio/").status_code == 404
        files.store.cache_clear()
