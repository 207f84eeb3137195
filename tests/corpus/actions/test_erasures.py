"""After the grace its sound and words are gone, whatever breaks on the way; what others need stays."""

import json
import logging
import uuid
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from common import files
from corpus.actions import (
    episodes,
    erasures,
    release_files,
    releases,
    remains,
    roads,
    runs,
    speakers,
    withdrawals,
)
from corpus.actions.release_content import Wish
from corpus.actions.withdrawals import Span
from corpus.core.segments import RATE
from corpus.engines import audio
from corpus.models import Clip, Episode, Erasure, StageRun, Withdrawal, Word
from tests import fakes
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
GRACE = timedelta(days=30)
LATER = NOW + GRACE


def withdraw(target, **how):
    given = {
        "reason": "The speaker asked for it.",
        "reason_class": "speaker",
        "by": None,
        "at": NOW,
        "grace": GRACE,
    }
    return withdrawals.withdraw(target=target, **{**given, **how})


def erase(row, at=LATER, **how):
    return erasures.erase(withdrawal=row, at=at, **how)


@pytest.fixture
def source(tmp_path):
    """Puts these bytes into the store, as a fetch does."""

    def put(body=b"an mp3"):
        path = tmp_path / "source.mp3"
        path.write_bytes(body)
        return files.store().put(path, suffix=".mp3")

    return put


@pytest.fixture
def talk(recorded, stage, source):
    """An episode of three clips, LOUD, SOFT and LOUD, every one of its files in the store."""

    def make_talk(samples=None, body=b"an mp3", **fields):
        key = source(body)
        episode = recorded(samples, source_file=key, **fields)
        stage.cut(episode)
        voices = {label: make.speaker() for label in (fakes.LOUD, fakes.SOFT)}
        for voice in episode.voices.all():
            voice.speaker = voices[voice.label]
            voice.save()
        return episode

    return make_talk


@pytest.fixture
def breaking(monkeypatch):
    """Cuts the power at the n-th file that the store loses; gives back a way to mend it."""

    def at(n):
        lose, lost = files.FolderStore.delete, []

        def delete(self, key):
            if len(lost) == n:
                raise PowerCut
            lost.append(key)
            return lose(self, key)

        monkeypatch.setattr(files.FolderStore, "delete", delete)
        return lambda: monkeypatch.setattr(files.FolderStore, "delete", lose)

    return at


class PowerCut(BaseException):
    """Nothing that the code could catch."""


def keys(episode):
    found = [clip.file for clip in episode.clips.all()]
    return {*found, episode.source_file, episode.master_file} - {""}


def there(wanted):
    return {key for key in wanted if files.store().exists(key)}


def samples_of(episode):
    with files.store().local(Episode.objects.get(pk=episode.pk).master_file) as master:
        return audio.read(master)


def stored():
    root = Path(files.store().root)
    return {path.relative_to(root).as_posix() for path in root.rglob("*.*") if path.is_file()}


class TestAnEpisode:
    def test_loses_every_file(self, talk):
        episode, other = talk(), talk(fakes.conversation(7), b"another mp3")
        before = keys(episode)
        assert there(before) == before
        erasure = erase(withdraw(episode))
        assert there(before) == set()
        assert there(keys(other)) == keys(other)
        assert {entry["path"] for entry in erasure.files} == before
        assert {entry["state"] for entry in erasure.files} == {"removed"}
        assert erasure.n_bytes == sum(entry["bytes"] for entry in erasure.files) > 0

    def test_keeps_its_rows_with_their_hashes_and_loses_its_words(self, talk):
        episode = talk()
        before = keys(episode)
        erase(withdraw(episode))
        episode.refresh_from_db()
        assert keys(episode) == before
        assert episode.erased_at == LATER
        for clip in episode.clips.all():
            assert (clip.text, clip.peaks, clip.erased_at) == ("", [], LATER)
        assert set(Word.objects.values_list("text", flat=True)) == {""}

    def test_keeps_the_embedding_of_a_voice_to_know_it_again(self, talk):
        episode = talk()
        erase(withdraw(episode))
        assert all(voice.embedding is not None for voice in episode.voices.all())

    def test_loses_what_earlier_runs_had_made(self, talk, source):
        episode = talk()
        old = source(b"as it was fetched before")
        make.run(episode, stage="fetch", result={"fields": {"source_file": old}})
        superseded = make.clip(episode.voices.first(), file=source(b"a clip"), superseded_at=NOW)
        erase(withdraw(episode))
        assert there({old, superseded.file}) == set()

    def test_loses_its_half_made_download(self, settings):
        episode, other = make.episode(), make.episode()
        paths = [episodes._partial(row) for row in (episode, other)]
        parts = [path.with_name(f"{path.name}{end}") for path in paths for end in ("", ".part")]
        for part in parts:
            part.write_bytes(b"half")
        erasure = erase(withdraw(episode))
        assert [part.exists() for part in parts] == [False, False, True, True]
        assert {entry["path"] for entry in erasure.files} == {str(part) for part in parts[:2]}

    def test_loses_what_was_begun_at_an_address_that_it_had_before(self):
        episode = make.episode(audio_url="https://a.example/1.mp3")
        copy = make.episode(duplicate_of=episode, duplicate_by="address")
        paths = [episodes._partial(row) for row in (episode, copy)]
        for path in paths:
            path.write_bytes(b"half")
        Episode.objects.filter(pk=episode.pk).update(audio_url="https://b.example/1.mp3")
        erase(withdraw(episode))
        assert not any(path.exists() for path in paths)

    def test_is_one_of_a_podcast_s_that_loses_all_its_episodes(self, talk):
        podcast = make.podcast()
        found = [talk(fakes.conversation(n), bytes([n]), podcast=podcast) for n in (1, 2)]
        erase(withdraw(podcast))
        assert stored() == set()
        assert all(Episode.objects.filter(erased_at=LATER).contains(row) for row in found)

    def test_keeps_the_file_that_another_episode_has_too(self, talk):
        episode, other = talk(), talk()
        erasure = erase(withdraw(episode))
        assert there(keys(other)) == keys(other)
        kept = {entry["path"]: entry["why"] for entry in erasure.files if entry["state"] == "kept"}
        assert set(kept) == keys(other)
        assert kept[other.source_file] == f"episode {other.number} has the same file"
        assert erasure.n_bytes == 0

    def test_loses_the_shared_file_with_the_last_of_both(self, talk):
        episode, other = talk(), talk()
        erase(withdraw(episode))
        erase(withdraw(other))
        assert stored() == set()

    def test_keeps_the_file_of_one_that_is_withdrawn_and_may_come_back(self, talk):
        episode, other = talk(), talk()
        row = withdraw(other)
        erase(withdraw(episode))
        withdrawals.reinstate(withdrawal=row, reason="An error.", by=None, at=LATER)
        assert there(keys(other)) == keys(other)

    def test_takes_the_file_of_its_copies_along(self, talk, source):
        episode = talk()
        copy = make.episode(source_file=episode.source_file, duplicate_of=episode)
        erasure = erase(withdraw(episode))
        assert not files.store().exists(copy.source_file)
        assert {entry["state"] for entry in erasure.files} == {"removed"}
        assert Episode.objects.get(pk=copy.pk).erased_at == LATER


class TestASpeaker:
    def test_falls_silent_in_the_master_and_loses_the_clips(self, talk):
        episode = talk()
        soft = episode.voices.get(label=fakes.SOFT)
        own, others = episode.clips.filter(voice=soft), episode.clips.exclude(voice=soft)
        before, sound = keys(episode), fakes.conversation()
        erase(withdraw(soft.speaker))
        after = samples_of(episode)
        (turn,) = soft.turns.all()
        assert not after[turn.start : turn.end].any()
        rest = np.ones(len(sound), bool)
        for start, end in [(turn.start, turn.end), *own.values_list("start", "end")]:
            rest[start:end] = False
        assert (after[rest] == sound[rest]).all()
        assert there(before) == {clip.file for clip in others}

    def test_loses_the_words_of_its_turns_alone(self, talk):
        episode = talk()
        soft = episode.voices.get(label=fakes.SOFT)
        erase(withdraw(soft.speaker))
        (turn,) = soft.turns.all()
        words = Word.objects.filter(episode=episode)
        inside = words.filter(start__lt=turn.end, end__gt=turn.start)
        assert set(inside.values_list("text", flat=True)) == {""}
        assert not words.exclude(pk__in=inside.values("pk")).filter(text="").exists()

    def test_goes_from_every_episode(self, talk):
        first, second = talk(), talk(fakes.conversation(7), b"another mp3")
        speaker = first.voices.get(label=fakes.SOFT).speaker
        second.voices.filter(label=fakes.SOFT).update(speaker=speaker)
        erase(withdraw(speaker))
        assert Clip.objects.filter(erased_at=LATER, voice__speaker=speaker).count() == 2
        for episode in (first, second):
            (turn,) = episode.voices.get(label=fakes.SOFT).turns.all()
            assert not samples_of(episode)[turn.start : turn.end].any()

    def test_goes_in_every_diarisation(self, talk):
        episode = talk()
        speaker = episode.voices.get(label=fakes.SOFT).speaker
        again = make.voice(episode, label="other engine", speaker=speaker)
        make.turn(again, start=10 * RATE, end=11 * RATE)
        erase(withdraw(speaker))
        assert not samples_of(episode)[10 * RATE : 11 * RATE].any()

    def test_closes_the_road_of_its_episodes_for_good(self, talk):
        episode = talk()
        waiting = make.run(episode, stage="measure", done_at=None, outcome="")
        erase(withdraw(episode.voices.get(label=fakes.SOFT).speaker))
        episode.refresh_from_db(), waiting.refresh_from_db()
        assert roads.barred(episode) == roads.ERASED == waiting.reason
        assert runs.plan(episode=episode, recipes={}, at=LATER) == []

    def test_recognised_later_goes_when_that_is_asked_for(self, talk):
        episode, late = talk(), talk(fakes.conversation(7), b"another mp3")
        speaker = episode.voices.get(label=fakes.SOFT).speaker
        row = withdraw(speaker)
        first = erase(row)
        late.voices.filter(label=fakes.SOFT).update(speaker=speaker)
        (clip,) = erasures.left(row)
        assert clip.episode == late
        assert erasures.erase_due(at=LATER) == []
        assert files.store().exists(clip.file)  # a likeness alone erases nobody
        assert erase(row) == first
        assert not files.store().exists(clip.file)
        assert not erasures.left(row).exists()
        assert StageRun.objects.filter(stage="erase", outcome="done").count() == 2


class TestASpan:
    def test_falls_silent_to_the_sample(self, talk):
        episode, sound = talk(), fakes.conversation()
        start, end = RATE + 7, 2 * RATE + 11
        erase(withdraw(Span(episode, start, end)))
        after = samples_of(episode)
        assert not after[start:end].any()
        assert (after[:start] == sound[:start]).all()
        assert (after[end:] == sound[end:]).all()

    def test_may_go_beyond_the_end(self, talk):
        episode = talk()
        erase(withdraw(Span(episode, 14 * RATE, 10**12)))
        assert not samples_of(episode)[14 * RATE :].any()

    def test_loses_the_source_and_leaves_the_other_clips(self, talk):
        episode = talk()
        first, *others = episode.clips.order_by("number")
        erase(withdraw(Span(episode, first.start, first.start + 1)))
        assert there(keys(episode)) == {clip.file for clip in others}

    def test_of_what_has_no_master_yet_closes_the_road(self, source):
        episode = make.episode(source_file=source(), n_samples=None)
        erase(withdraw(Span(episode, 0, 10)))
        assert not files.store().exists(episode.source_file)
        episode.refresh_from_db()
        assert roads.barred(episode) == roads.ERASED

    def test_after_a_span_the_whole_episode_loses_its_silenced_master_too(self, talk):
        episode = talk()
        erase(withdraw(Span(episode, 0, RATE)))
        erase(withdraw(episode))
        assert stored() == set()


class TestErase:
    def test_does_nothing_twice(self, talk):
        row = withdraw(talk())
        first = erase(row)
        assert erase(row, at=LATER + GRACE) == first
        assert StageRun.objects.filter(stage="erase").count() == 1

    def test_says_who_asked_for_it_before_its_time(self, talk):
        person = make.user("curator")
        erasure = erase(withdraw(talk()), at=NOW, by=person)
        assert (erasure.by, erasure.at) == (person, NOW)

    def test_leaves_what_was_lifted(self, talk):
        episode = talk()
        row = withdraw(episode)
        withdrawals.reinstate(withdrawal=row, reason="An error.", by=None, at=NOW)
        with pytest.raises(erasures.Lifted):
            erase(row)
        assert there(keys(episode)) == keys(episode)

    @pytest.mark.parametrize("n", range(5))
    @pytest.mark.parametrize("kind", ["episode", "speaker"])
    def test_is_completed_after_a_power_cut(self, talk, breaking, n, kind):
        episode = talk()
        soft = episode.voices.get(label=fakes.SOFT)
        row = withdraw(episode if kind == "episode" else soft.speaker)
        before = keys(episode)
        sizes = {key: files.store().size(key) for key in before}
        mend = breaking(min(n, 2 if kind == "speaker" else n))
        with pytest.raises(PowerCut):
            erase(row)
        with pytest.raises(withdrawals.TooLate):
            withdrawals.reinstate(withdrawal=row, reason="Quick!", by=None, at=LATER)
        mend()
        StageRun.objects.filter(stage="erase").update(claim=None, claimed_at=None)  # it is dead
        erasure = erase(row)
        removed = {e["path"]: e["bytes"] for e in erasure.files if e["state"] == "removed"}
        gone = (
            before
            if kind == "episode"
            else before - {clip.file for clip in episode.clips.exclude(voice=soft)}
        )
        assert removed == {key: sizes[key] for key in gone}
        assert there(gone) == set()
        if kind == "speaker":
            (turn,) = soft.turns.all()
            assert not samples_of(episode)[turn.start : turn.end].any()

    def test_belongs_to_one_process_at_a_time(self, talk, breaking):
        row = withdraw(talk())
        breaking(0)
        with pytest.raises(PowerCut):
            erase(row)
        with pytest.raises(erasures.UnderWay, match="Another process"):
            erase(row)

    def test_of_two_parts_of_a_master_goes_one_after_the_other(self, talk, monkeypatch):
        """Side by side, the second to write would bring back what the first had silenced."""
        episode = talk()
        one, two = (withdraw(Span(episode, n * RATE, (n + 1) * RATE)) for n in range(2))
        silence = erasures._silence

        def meanwhile(row):
            made = silence(row)
            if row == one:
                with pytest.raises(erasures.UnderWay, match="Another"):
                    erase(two)
            return made

        monkeypatch.setattr(erasures, "_silence", meanwhile)
        erase(one)
        erase(two)
        assert not samples_of(episode)[: 2 * RATE].any()

    def test_is_not_widened_by_voices_that_are_compared_meanwhile(self, talk, monkeypatch):
        """Else a likeness found in the middle takes the whole master of another episode along."""
        episode, other = talk(), talk(fakes.conversation(7), b"another mp3")
        for number, voice in enumerate(other.voices.all()):
            voice.speaker, voice.embedding = None, [0.0, 0.0, 1.0, float(number)]
            voice.save()
        soft = episode.voices.get(label=fakes.SOFT)
        like = {"embedding": soft.embedding, "speaker": None}
        silence = erasures._silence

        def meanwhile(row):
            made = silence(row)
            other.voices.filter(label=fakes.SOFT).update(**like)
            run = make.run(stage="identify", done_at=None, outcome="")
            with pytest.raises(runs.Filtered):
                speakers.identify(run=run, threshold=0.88, at=LATER)
            return made

        row = withdraw(soft.speaker)
        with monkeypatch.context() as busy:
            busy.setattr(erasures, "_silence", meanwhile)
            erase(row)
        assert there(keys(other)) == keys(other)
        assert not other.clips.exclude(erased_at=None).exists()

    def test_leaves_a_copy_that_comes_meanwhile_to_the_next_sweep(self, talk, source, monkeypatch):
        episode, put = talk(), erasures._put_in_place

        def meanwhile(masters):
            put(masters)
            make.episode(source_file=source(b"again"), duplicate_of=episode)

        monkeypatch.setattr(erasures, "_put_in_place", meanwhile)
        erase(withdraw(episode))
        copy = episode.duplicates.get()
        assert files.store().exists(copy.source_file)
        erasures.erase_due(at=LATER)
        assert not files.store().exists(copy.source_file)

    def test_tells_the_ledger_what_went_wrong_and_is_tried_again(self, talk, monkeypatch):
        row = withdraw(talk())

        def refuse(self, key):
            raise PermissionError("read-only file system")

        with monkeypatch.context() as broken:
            broken.setattr(files.FolderStore, "delete", refuse)
            with pytest.raises(PermissionError):
                erase(row)
        run = StageRun.objects.get(stage="erase")
        assert (run.error, run.claim, run.done_at) == ("read-only file system", None, None)
        assert erase(row)

    def test_waits_for_a_worker_that_has_the_audio_in_hand(self, talk):
        episode = talk()
        busy = {"done_at": None, "outcome": "", "claimed_at": LATER}
        run = make.run(episode, stage="cut", **busy)
        row = withdraw(episode)
        with pytest.raises(erasures.UnderWay, match="cut"):
            erase(row)
        assert there(keys(episode)) == keys(episode)
        assert not Erasure.objects.exists()
        runs.set_aside([run.pk], reason="ended", at=LATER)
        StageRun.objects.filter(pk=run.pk).update(done_at=LATER, outcome="done", claimed_at=None)
        assert erase(row, at=LATER + timedelta(hours=1))

    def test_takes_the_work_from_one_who_was_silent_too_long(self, talk):
        """Else a worker that wakes up afterwards writes clips of what was erased."""
        episode, claim = talk(), uuid.uuid4()
        silent = {"claim": claim, "claimed_at": LATER - timedelta(minutes=5)}
        run = make.run(episode, stage="cut", done_at=None, outcome="", **silent)
        erase(withdraw(episode))
        with pytest.raises(runs.LeaseLost):
            runs.finish(run, at=LATER, result={})

    def test_leaves_an_audio_file_that_is_not_in_the_store(self, tmp_path):
        path = fakes.write_wav(tmp_path / "own.wav", fakes.voice(1))
        erase(withdraw(make.episode(audio_url=f"file://{path}")))
        assert path.exists()


class TestEraseDue:
    def test_waits_for_the_end_of_the_grace(self, talk):
        row = withdraw(talk())
        assert erasures.erase_due(at=LATER - timedelta(seconds=1)) == []
        (erasure,) = erasures.erase_due(at=LATER)
        assert erasure.withdrawal == row
        assert erasures.erase_due(at=LATER) == []

    def test_takes_no_grace_at_its_word(self, talk):
        withdraw(talk(), grace=timedelta(0))
        assert len(erasures.erase_due(at=NOW)) == 1

    def test_goes_on_after_one_that_cannot_go(self, talk, monkeypatch, caplog):
        first, second = talk(), talk(fakes.conversation(7), b"another mp3")
        withdraw(first), withdraw(second)
        plan = remains.plan

        def failing(row, masters):
            if row.episode == first:
                raise PermissionError("read-only")
            return plan(row, masters)

        monkeypatch.setattr(remains, "plan", failing)
        with caplog.at_level(logging.ERROR):
            (erasure,) = erasures.erase_due(at=LATER)
        assert erasure.withdrawal.episode == second
        assert "could not be erased" in caplog.text

    def test_clears_away_what_is_uploaded_again_later(self, talk, source):
        episode = talk()
        withdraw(episode)
        erasures.erase_due(at=LATER)
        copy = make.episode(source_file=source(), duplicate_of=episode)
        erasures.erase_due(at=LATER)
        assert not files.store().exists(copy.source_file)
        assert Episode.objects.get(pk=copy.pk).erased_at == LATER
        assert erasures.erase_due(at=LATER) == []

    def test_leaves_a_copy_that_was_in_use_to_a_person(self, talk):
        episode, other = talk(), talk()
        withdraw(episode)
        Episode.objects.filter(pk=other.pk).update(duplicate_of=episode)
        (erasure,) = erasures.erase_due(at=LATER)
        assert erasures.erase_due(at=LATER) == []
        assert there(keys(other)) == keys(other)
        assert {entry["state"] for entry in erasure.files} == {"kept"}

    def test_leaves_copies_of_what_stands(self, talk, source):
        copy = make.episode(source_file=source(b"copy"), duplicate_of=talk())
        erasures.erase_due(at=LATER)
        assert files.store().exists(copy.source_file)


class TestUploadedAgain:
    """The rows are the deny list: what was withdrawn is known when it comes under another name."""

    def test_the_same_bytes_become_a_copy_of_what_was_withdrawn(self, talk, source):
        episode = talk()
        erase(withdraw(episode))
        again = make.episode()
        episodes._record(again, at=NOW, source_file=source(), source_bytes=6)
        self.assert_barred(again, episode)

    def test_the_same_samples_become_a_copy_of_what_was_withdrawn(self, talk):
        episode = talk()
        erase(withdraw(episode))
        again = make.episode(source_file=f"ab/{make.sha256('edited tags')}.mp3")
        episodes._record(
            again, at=NOW, master_file=episode.master_file, n_samples=episode.n_samples
        )
        self.assert_barred(again, episode)

    def test_the_same_samples_become_a_copy_of_what_was_silenced_in_part(self, talk):
        episode = talk()
        whole = {"master_file": episode.master_file, "n_samples": episode.n_samples}
        make.run(episode, stage="standardise", result={"fields": whole})
        erase(withdraw(episode.voices.get(label=fakes.SOFT).speaker))
        again = make.episode(source_file=f"ab/{make.sha256('edited tags')}.mp3")
        episodes._record(again, at=NOW, **whole)
        self.assert_barred(again, episode)
        assert again.duplicate_by == "samples"

    def test_even_what_may_be_cut_gives_way_to_what_was_erased(self, talk):
        again, episode = talk(), talk()
        Episode.objects.filter(pk=episode.pk).update(duplicate_of=None)
        whole = {"master_file": episode.master_file, "n_samples": episode.n_samples}
        make.run(episode, stage="standardise", result={"fields": whole})
        Episode.objects.filter(pk=episode.pk).update(erased_at=NOW, master_file="", n_samples=None)
        episodes._record(again, at=NOW, **whole)
        self.assert_barred(again, episode)

    def test_even_when_it_was_added_before(self, talk, source):
        again, episode = make.episode(), None
        episode = talk()
        episode.clips.update(superseded_at=NOW)
        erase(withdraw(episode))
        episodes._record(again, at=NOW, source_file=source(), source_bytes=6)
        self.assert_barred(again, episode)

    @staticmethod
    def assert_barred(again, episode):
        again.refresh_from_db(), episode.refresh_from_db()
        assert again.duplicate_of == episode
        assert episode.duplicate_of is None
        assert roads.barred(again)


class TestReleases:
    @pytest.fixture
    def released(self, releasable, table, tmp_path):
        clips = [releasable(), releasable()]
        release, _ = releases.build(
            name="talk",
            version="1.0.0",
            wish=Wish(),
            table=table({clip.pk: 2 for clip in clips}),
            root=tmp_path / "out",
            by=None,
            at=NOW,
        )
        return release, clips

    def test_on_this_machine_lose_the_files_of_the_clip_and_say_so(self, released):
        release, (clip, other) = released
        folder = Path(release.folder)
        erasure = erase(withdraw(clip.episode))
        assert not (folder / f"Audios/{clip.name}.flac").exists()
        assert not (folder / f"Transcripts/{clip.name}.txt").exists()
        assert (folder / f"Audios/{other.name}.flac").exists()
        assert clip.name in (folder / "WITHDRAWN.csv").read_text()
        paths = {entry["path"] for entry in erasure.files if entry["where"] == "release"}
        assert paths == {
            str(folder / f"Audios/{clip.name}.flac"),
            str(folder / f"Transcripts/{clip.name}.txt"),
        }
        assert releases.verify(folder) == []

    def test_that_lost_one_can_lose_another(self, released):
        release, (clip, other) = released
        folder = Path(release.folder)
        erase(withdraw(clip.episode))
        first = (folder / "WITHDRAWN.csv").read_text()
        erase(withdraw(other.episode, at=NOW + timedelta(days=3)))
        assert set(first.splitlines()) < set((folder / "WITHDRAWN.csv").read_text().splitlines())
        assert releases.verify(folder) == []

    def test_are_not_verified_where_anything_else_is_missing_or_changed(self, released):
        release, (clip, other) = released
        folder = Path(release.folder)
        erase(withdraw(clip.episode))
        (folder / f"Audios/{other.name}.flac").unlink()
        (folder / "README.md").write_text("changed")
        assert releases.verify(folder) == [
            f"Audios/{other.name}.flac is missing.",
            "README.md has changed.",
        ]

    def test_are_left_alone_where_the_folder_is_another_one(self, released):
        release, (clip, _) = released
        (Path(release.folder) / "SHA256SUMS").write_text("")
        erasure = erase(withdraw(clip.episode))
        assert (Path(release.folder) / f"Audios/{clip.name}.flac").exists()
        (entry,) = [e for e in erasure.files if e["where"] == "release"]
        assert (entry["state"], entry["path"]) == ("kept", release.folder)

    def test_elsewhere_keep_nothing_from_going(self, released, tmp_path):
        release, (clip, _) = released
        Path(release.folder).rename(tmp_path / "moved away")
        assert erase(withdraw(clip.episode))

    def test_broken_off_after_the_list_say_what_to_do(self, released, monkeypatch):
        release, (clip, _) = released
        folder = Path(release.folder)
        row = withdraw(clip.episode)

        def cut(self, missing_ok=False):
            raise PowerCut

        with monkeypatch.context() as broken, pytest.raises(PowerCut):
            broken.setattr(Path, "unlink", cut)
            erasures._clear_releases(row, remains.plan(row, {}))
        problems = releases.verify(folder)
        assert len(problems) == 2
        assert all("withdraw erase" in problem for problem in problems)
        erase(row)
        assert releases.verify(folder) == []

    def test_are_not_verified_where_the_list_excuses_what_no_clip_took_along(self, released):
        release, (clip, _) = released
        folder = Path(release.folder)
        erase(withdraw(clip.episode))
        digest = release_files.digests(release)["README.md"]
        with (folder / "WITHDRAWN.csv").open("a") as note:
            note.write(f"README.md,{digest},{clip.name},00,talk 1.0.0,2026-01-01,speaker\n")
        (folder / "README.md").unlink()
        (problem,) = releases.verify(folder)
        assert "README.md, which is no file of" in problem

    def test_verify_names_a_list_that_is_damaged(self, released):
        release, _ = released
        (Path(release.folder) / "WITHDRAWN.csv").write_text("nonsense\n")
        (problem,) = releases.verify(Path(release.folder))
        assert "WITHDRAWN.csv is damaged" in problem


class TestTheLog:
    def test_is_plain_json(self, talk):
        erasure = erase(withdraw(talk()))
        assert json.loads(json.dumps(erasure.files)) == erasure.files
        assert set(erasure.files[0]) == {"path", "what", "where", "bytes", "state", "why"}
        assert Withdrawal.objects.get().erasure == erasure
