"""Pages of clips."""

import pytest
from django.urls import reverse

from corpus.actions import requests
from tests.factories import corpus


def cut_clip(voice=None, **fields):
    """A clip whose run names its inputs, as every real one does."""
    voice = voice or corpus.voice()
    run = corpus.run(voice.episode, stage="cut", parameters={"inputs": [voice.run.key]})
    voice.run.parameters = {"inputs": []}
    voice.run.save()
    return corpus.clip(voice, run=run, **fields)


def names(response):
    return [clip.name for clip in response.context["page"].rows]


class TestIndex:
    @pytest.fixture
    def clips(self, db):
        voice = corpus.voice()
        accepted = corpus.eligible_clip(voice, text="Put the kettle on")
        filtered = corpus.clip(voice, text="noise")
        corpus.verdict(filtered, is_accepted=False, reasons=["SNR 3 dB is below 15 dB"])
        unjudged = corpus.clip(text="later")
        return {"accepted": accepted, "filtered": filtered, "unjudged": unjudged}

    @pytest.mark.parametrize("verdict", ["accepted", "filtered", "unjudged"])
    def test_filters_by_verdict(self, curator, clips, verdict):
        response = curator.get(reverse("clips"), {"verdict": verdict})
        assert names(response) == [clips[verdict].name]
        assert response.context["amount"].seconds == 4

    def test_counts_the_newest_verdict_alone(self, curator, clips):
        corpus.verdict(clips["filtered"])
        response = curator.get(reverse("clips"), {"verdict": "accepted"})
        assert len(names(response)) == 2

    @pytest.mark.parametrize("field", ["episode", "podcast", "speaker", "voice"])
    def test_filters_by_where_it_comes_from(self, curator, clips, field):
        voice = clips["unjudged"].voice
        wanted = {
            "episode": voice.episode_id,
            "podcast": voice.episode.podcast_id,
            "speaker": voice.speaker_id,
            "voice": voice.pk,
        }
        response = curator.get(reverse("clips"), {field: wanted[field]})
        assert names(response) == [clips["unjudged"].name]

    @pytest.mark.parametrize("text", ["KETTLE", "name"])
    def test_searches_words_and_names(self, curator, clips, text):
        sought = clips["accepted"].name if text == "name" else text
        assert names(curator.get(reverse("clips"), {"q": sought})) == [clips["accepted"].name]

    def test_takes_a_wrong_filter_for_none(self, curator, clips):
        asked = {"verdict": "nice", "episode": "x", "podcast": "999"}
        assert len(names(curator.get(reverse("clips"), asked))) == 3

    def test_leaves_out_what_a_newer_cut_replaced(self, curator):
        corpus.clip(superseded_at=corpus.NOW)
        assert names(curator.get(reverse("clips"))) == []

    def test_shows_reasons_and_marks_drafts(self, curator, clips):
        answer = curator.get(reverse("clips")).content.decode()
        assert "SNR 3 dB is below 15 dB" in answer
        assert "draft" in answer

    def test_sends_the_list_alone_to_htmx(self, curator, clips):
        headers = {"hx-request": "true", "hx-target": "clips"}
        answer = curator.get(reverse("clips"), headers=headers).content.decode()
        assert clips["accepted"].name in answer
        assert "<html" not in answer

    def test_says_what_to_do_while_there_is_none(self, curator):
        assert "manage.py pipeline" in curator.get(reverse("clips")).content.decode()

    def test_needs_the_same_queries_for_many_clips(self, curator, django_assert_max_num_queries):
        voice = corpus.voice()
        for _ in range(12):
            corpus.eligible_clip(voice)
        with django_assert_max_num_queries(12):
            curator.get(reverse("clips"))


class TestDetail:
    def test_shows_measures_against_the_gate(self, curator):
        clip = cut_clip()
        corpus.measurement(clip, snr_db=11.9)
        reason = "SNR 11.9 dB is below 15 dB"
        parameters = {"min_snr_db": 15}
        corpus.verdict(clip, is_accepted=False, reasons=[reason], gate_parameters=parameters)
        response = curator.get(reverse("clip", args=[clip.name]))
        assert response.context["gauges"][0].holds is False
        assert reason in response.content.decode()

    def test_leads_back_to_episode_licence_and_podcast(self, curator):
        clip = cut_clip()
        answer = curator.get(reverse("clip", args=[clip.name])).content.decode()
        for url in (
            reverse("episode", args=[clip.episode_id]),
            reverse("podcast", args=[clip.episode.podcast_id]),
            clip.episode.licence.url,
        ):
            assert url in answer

    def test_leads_to_its_neighbours(self, curator):
        voice = corpus.voice()
        first, second, third = (cut_clip(voice) for _ in range(3))
        response = curator.get(reverse("clip", args=[second.name]))
        assert response.context["neighbours"] == (first, third)

    def test_asks_annotation_for_the_labels(self, curator):
        clip = cut_clip()
        answer = curator.get(reverse("clip", args=[clip.name])).content.decode()
        assert f'hx-get="{reverse("clip_labels", args=[clip.name])}"' in answer

    def test_says_when_a_newer_cut_replaced_it(self, curator):
        clip = cut_clip(superseded_at=corpus.NOW)
        answer = curator.get(reverse("clip", args=[clip.name])).content.decode()
        assert "A newer cut" in answer

    def test_is_404_for_none(self, curator):
        assert curator.get(reverse("clip", args=["EMOCAST_9999_0001"])).status_code == 404


class TestWithdrawn:
    @pytest.fixture
    def clip(self, flac, withdraw):
        clip = cut_clip(text="put the kettle on", file=flac)
        withdraw(clip.voice.speaker)
        return clip

    def test_says_why_and_neither_plays_nor_quotes(self, curator, clip):
        answer = curator.get(reverse("clip", args=[clip.name])).content.decode()
        assert "the makers or holders of rights asked for it" in answer
        for kept in ("kettle", "<audio", "An inner note."):
            assert kept not in answer

    def test_is_listed_without_sound_and_words(self, curator, clip):
        answer = curator.get(reverse("clips")).content.decode()
        assert clip.name in answer
        assert "Withdrawn" in answer
        assert "kettle" not in answer
        assert "<audio" not in answer

    def test_is_found_by_its_name_alone(self, curator, clip):
        assert names(curator.get(reverse("clips"), {"q": "kettle"})) == []
        assert names(curator.get(reverse("clips"), {"q": clip.name})) == [clip.name]
        corpus.clip()
        assert names(curator.get(reverse("clips"), {"verdict": "withdrawn"})) == [clip.name]

    def test_is_not_given_out(self, curator, clip):
        url = reverse("clip_audio", args=[clip.name])
        answer = curator.get(url)
        assert answer.status_code == 410
        assert curator.get(url, headers={"range": "bytes=0-3"}).status_code == 410

    def test_begins_at_links(self, curator):
        clip = cut_clip()
        answer = curator.get(reverse("clip", args=[clip.name])).content.decode()
        place = reverse("withdrawal_new")
        assert f"{place}?clip={clip.name}" in answer
        assert f"{place}?speaker={clip.voice.speaker_id}" in answer
        assert reverse("request_about", args=[requests.link_for(clip)]) in answer


class TestAudio:
    def test_is_asked_for_again_since_it_may_be_withdrawn(self, curator, flac):
        url = reverse("clip_audio", args=[corpus.clip(file=flac).name])
        assert curator.get(url)["Cache-Control"] == "private, no-cache"

    def test_is_the_file_in_parts(self, curator, flac):
        url = reverse("clip_audio", args=[corpus.clip(file=flac).name])
        response = curator.get(url, headers={"range": "bytes=0-3"})
        assert (response.status_code, b"".join(response.streaming_content)) == (206, b"fLaC")

    def test_is_404_where_the_store_lost_it(self, curator):
        assert curator.get(reverse("clip_audio", args=[corpus.clip().name])).status_code == 404


class TestRoles:
    @pytest.mark.parametrize("name", ["clips", "clip", "clip_audio"])
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, name):
        url = reverse(name, args=[] if name == "clips" else [corpus.clip().name])
        assert client.get(url)["Location"] == f"{reverse('login')}?next={url}"
        assert a_rater.get(url).status_code == 403
