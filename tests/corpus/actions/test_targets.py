"""What can be taken back: keys, search, suggestions."""

from datetime import timedelta

import pytest

from corpus.actions import targets, withdrawals
from corpus.actions.reaches import Span
from tests.factories import corpus
from tests.factories.corpus import NOW, SECOND

pytestmark = pytest.mark.django_db


def withdraw(target):
    said = {"reason": "They asked.", "reason_class": "rights", "by": None, "at": NOW}
    return withdrawals.withdraw(target=target, grace=timedelta(days=30), **said)


def keys(found):
    return [one.key for one in found]


class TestKey:
    def test_leads_back_to_its_target(self):
        episode = corpus.episode()
        span = Span(episode, SECOND, 2 * SECOND)
        for target in (episode.podcast, episode, corpus.speaker(), span):
            assert targets.read(targets.key(target)) == target

    @pytest.mark.parametrize(
        "key",
        ["", "episode", "episode:", "episode:0", "episode:x", "episode:1:2", "clip:1", "span:1:2",
         "span:0:1:2", "episode:²", "episode:9999999999999999999", "user:1", "episode:-1"],
    )  # fmt: skip
    def test_of_nothing_leads_nowhere(self, key):
        assert targets.read(key) is None

    @pytest.mark.parametrize("span", [(5, 5), (6, 5), (60 * SECOND, 61 * SECOND)])
    def test_of_a_span_outside_its_episode_leads_nowhere(self, span):
        episode = corpus.episode()
        assert targets.read(f"span:{episode.pk}:{span[0]}:{span[1]}") is None

    def test_of_a_span_ends_with_the_episode(self):
        episode = corpus.episode()
        found = targets.read(f"span:{episode.pk}:0:{99 * SECOND}")
        assert found == Span(episode, 0, 60 * SECOND)


class TestSearch:
    def test_finds_titles_and_clips_with_their_speakers(self):
        clip = corpus.clip(corpus.voice(corpus.episode(title="The kettle")))
        assert keys(targets.search("KETTLE")) == [f"episode:{clip.episode_id}"]
        assert keys(targets.search(clip.name)) == [
            f"span:{clip.episode_id}:{clip.start}:{clip.end}",
            f"speaker:{clip.voice.speaker_id}",
            f"episode:{clip.episode_id}",
        ]

    @pytest.mark.parametrize("text", ["", "  ", "nowhere"])
    def test_finds_nothing_for_nothing(self, text):
        corpus.episode()
        assert targets.search(text) == []

    def test_stays_short_however_much_there_is(self):
        podcast = corpus.podcast(title="Show")
        for _ in range(targets.MOST + 3):
            corpus.episode(podcast=podcast, title="Show again")
        assert len(targets.search("show")) == targets.MOST + 1


class TestSuggested:
    def test_begin_with_what_the_link_is_about(self):
        clip = corpus.clip()
        letter = corpus.withdrawal_request(episode=clip.episode, clip_name=clip.name)
        found = keys(targets.suggested(letter))
        assert found[0] == f"span:{clip.episode_id}:{clip.start}:{clip.end}"
        assert f"podcast:{clip.episode.podcast_id}" in found

    def test_come_from_names_in_the_words(self):
        podcast = corpus.podcast(title="Night Talk")
        episode = corpus.episode(title="The kettle", podcast=podcast)
        corpus.episode(title="Other")
        letter = corpus.withdrawal_request(named="night talk, the one called THE KETTLE")
        assert set(keys(targets.suggested(letter))) == {
            f"podcast:{podcast.pk}",
            f"episode:{episode.pk}",
        }

    def test_do_not_come_from_titles_too_short_to_tell(self):
        corpus.episode(title="it", podcast=corpus.podcast(title="a"))
        letter = corpus.withdrawal_request(named="take it back, it is a mistake")
        assert targets.suggested(letter) == []

    def test_know_a_clip_that_is_named_in_passing(self):
        clip = corpus.clip()
        letter = corpus.withdrawal_request(text=f"in {clip.name.lower()}, that is me")
        assert keys(targets.suggested(letter))[0].startswith("span:")


class TestOffered:
    def test_has_the_speakers_of_the_episode_with_their_clips(self):
        episode = corpus.episode()
        clip = corpus.clip(corpus.voice(episode))
        other = corpus.clip(corpus.voice(episode, run=clip.voice.run, label="SPEAKER_01"))
        corpus.clip(other.voice)
        corpus.clip()  # of another episode
        found = targets.offered(corpus.withdrawal_request(episode=episode))
        heard = [(one.target, one.n_clips) for one in found if one.n_clips is not None]
        assert heard == [(other.voice.speaker, 2), (clip.voice.speaker, 1)]

    def test_has_the_speakers_of_what_was_chosen_first(self):
        for _ in range(targets.MOST_HEARD + 1):
            corpus.clip(corpus.voice(corpus.episode(title="Show again")))
        last = corpus.clip()
        chosen = [targets.candidate(last.episode)]
        found = targets.offered(corpus.withdrawal_request(), text="show", chosen=chosen)
        heard = [one.target for one in found if one.n_clips is not None]
        assert heard[0] == last.voice.speaker
        assert len(heard) == targets.MOST_HEARD


class TestCandidate:
    def test_says_what_is_out_already(self):
        episode = corpus.episode()
        row = withdraw(episode.podcast)
        assert targets.candidate(episode).standing == row
        assert targets.candidate(Span(episode, 0, 5)).standing == row
        assert targets.candidate(corpus.episode()).standing is None

    def test_names_the_clips_of_a_span_and_the_episodes_of_a_speaker(self):
        clip = corpus.clip(corpus.voice(corpus.episode(title="The kettle")))
        assert targets.candidate(Span(clip.episode, clip.start, clip.end)).note == clip.name
        assert targets.candidate(clip.voice.speaker).note == "The kettle"
