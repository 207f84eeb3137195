import pytest

from corpus.actions import release_content, release_rows
from corpus.actions.release_content import Wish
from corpus.actions.release_rows import Untraced
from corpus.models import Speaker, Voice
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


class TestRows:
    def rows(self, clips, table):
        chosen = release_content.choose(wish=Wish(), table=table({c.pk: 2 for c in clips}))
        return release_rows.rows(chosen, {clip.name: "Train" for clip in clips})

    def test_number_speakers_and_podcasts_by_the_names_of_clips(self, releasable, table):
        make.speaker()
        clips = sorted((releasable() for _ in range(3)), key=lambda clip: clip.name)
        assert [(row.speaker, row.podcast) for row in self.rows(clips, table)] == [
            (1, 1),
            (2, 2),
            (3, 3),
        ]

    def test_name_no_folder_of_this_machine(self, releasable, table):
        clip = releasable()
        clip.episode.audio_url = "file:///home/anna/secret/ep1.mp3"
        clip.episode.link = ""
        clip.episode.save()
        (row,) = self.rows([clip], table)
        assert row.source_url == "file:ep1.mp3"
        assert row.episode_url == ""

    def test_tell_where_a_clip_comes_from_and_under_which_terms(self, releasable, table):
        clip = releasable()
        (row,) = self.rows([clip], table)
        assert (row.spdx, row.author) == ("CC-BY-4.0", "Anna")
        assert row.attribution == f"{clip.episode.title}, Anna"
        assert row.changes == "cut to 4.000 s, mixed down to mono, resampled to 16 kHz"
        assert (row.start_s, row.end_s) == (0.0, 4.0)
        assert row.file_sha256 in clip.file
        assert row.gate.startswith("tests ")

    def test_prefer_the_credit_that_was_asked_for(self, releasable, table):
        clip = releasable()
        clip.episode.attribution = "Anna and friends, 2026"
        clip.episode.save()
        (row,) = self.rows([clip], table)
        assert row.attribution == "Anna and friends, 2026"

    def test_give_no_number_to_voices_that_nobody_knows(self, releasable, table):
        stranger, known = releasable(), releasable()
        Voice.objects.filter(pk=stranger.voice_id).update(embedding=None, speaker=None)
        Speaker.objects.update(gender="Female")
        found = self.rows([stranger, known], table)
        assert [(row.speaker, row.gender) for row in found] == [(None, "Unknown"), (1, "Female")]

    def test_list_the_engines_from_cut_back_to_fetch(self, releasable, table):
        clip = releasable()
        clip.episode.runs.filter(stage="fetch").update(version="f1")
        clip.episode.runs.filter(stage="cut").update(version="c1")
        (row,) = self.rows([clip], table)
        assert row.pipeline == {"cut": "c1", "fetch": "f1"}

    def test_name_the_file_that_was_cut_not_what_was_fetched_since(self, releasable, table):
        clip = releasable()
        make.run(clip.episode, stage="fetch", result={"sha256": "f" * 64})
        clip.episode.source_file = f"ff/{'f' * 64}.mp3"
        clip.episode.save()
        (row,) = self.rows([clip], table)
        assert row.source_sha256 == make.sha256(clip.episode.guid)

    def test_tell_what_the_clip_s_own_transcription_said(self, releasable, table):
        clip = releasable()
        said = make.run(
            clip.episode,
            stage="transcribe",
            result={"fields": {"spoken_language": "deu", "transcript_is_draft": True}},
        )
        clip.run.parameters["inputs"].append(said.key)
        clip.run.save()
        clip.episode.spoken_language, clip.episode.transcript_is_draft = "eng", False
        clip.episode.save()
        (row,) = self.rows([clip], table)
        assert (row.language, row.transcript_is_draft) == ("deu", True)

    def test_are_refused_where_a_clip_leads_to_no_fetched_file(self, releasable, table):
        clip = releasable()
        clip.episode.runs.filter(stage="fetch").update(result={})
        with pytest.raises(Untraced, match=clip.name):
            self.rows([clip], table)
