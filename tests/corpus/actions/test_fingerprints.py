import threading

import numpy as np
import pytest
from django.db import connection

from corpus.actions import fingerprints, runs, twins
from corpus.core.fingerprints import MatchRules
from corpus.core.segments import RATE
from corpus.models import Episode, Landmark, LicenceDecision, Repeat, StageRun
from tests import fakes, sounds
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
JINGLE = sounds.melody(5, seed=5)
TALKS = {seed: sounds.melody(8, seed=seed) for seed in range(10, 18)}


def talk(*parts):
    """An episode's samples: numbers are made-up talk of eight seconds."""
    return np.concatenate([TALKS[part] if isinstance(part, int) else part for part in parts])


@pytest.fixture
def heard(recorded):
    """An episode of these parts, compared with all before it."""

    def make_episode(*parts, **fields):
        episode = recorded(talk(*parts), **fields)
        fingerprint(episode)
        episode.refresh_from_db()
        return episode

    return make_episode


def fingerprint(episode):
    run = make.run(episode, stage="fingerprint", done_at=None, outcome="")
    fingerprints.fingerprint(run=run, rules=MatchRules(), at=NOW)
    run.refresh_from_db()
    return run


def seconds(row):
    return tuple(round(at / RATE, 1) for at in (row.start, row.end, row.of_start))


class TestFingerprint:
    def test_tells_what_an_earlier_episode_has_too(self, heard):
        first, second = heard(10, JINGLE, 11), heard(12, 13, JINGLE, 14)
        row = Repeat.objects.get()
        assert (row.episode, row.of) == (second, first)
        assert seconds(row) == (
            pytest.approx(16, abs=0.6),
            pytest.approx(21, abs=0.6),
            pytest.approx(8, abs=0.6),
        )
        assert row.score >= 4
        assert row.run.result["repeats"] == 1
        assert row.run.result["samples"] == row.end - row.start

    def test_tells_of_the_later_one_whichever_was_added_first(self, heard, recorded):
        later = recorded(talk(10, JINGLE))
        earlier = heard(11, JINGLE)
        fingerprint(later)
        assert Repeat.objects.get().of == earlier

    def test_tells_what_an_episode_says_twice(self, heard):
        episode = heard(10, JINGLE, 11, JINGLE, 12)
        row = Repeat.objects.get()
        assert (row.episode, row.of) == (episode, episode)
        assert seconds(row)[::2] == (pytest.approx(21, abs=0.6), pytest.approx(8, abs=0.6))

    def test_finds_nothing_in_what_shares_nothing(self, heard):
        heard(10, 11)
        heard(12, 13)
        assert not Repeat.objects.exists()
        assert {row.result["repeats"] for row in StageRun.objects.all()} == {0}

    def test_finds_nothing_in_silence_or_noise(self, heard):
        for seed in (1, 2):
            heard(fakes.silence(10), fakes.noise(10, seed=seed))
        assert not Repeat.objects.exists()

    def test_keeps_a_sound_once_however_many_have_it(self, heard):
        first = heard(10, JINGLE)
        n = Landmark.objects.filter(episode=first, frame__gte=8 * RATE // 256).count()
        others = [heard(seed, JINGLE) for seed in (11, 12, 13)]
        assert set(Repeat.objects.values_list("of", flat=True)) == {first.pk}
        for other in others:
            kept = Landmark.objects.filter(episode=other, frame__gte=8 * RATE // 256)
            assert kept.count() < 0.3 * n

    def test_is_the_same_the_second_time(self, heard):
        heard(10, JINGLE)
        episode = heard(11, JINGLE, 12, JINGLE)

        def state():
            rows = Repeat.objects.order_by("start", "of").values_list(
                "episode", "start", "end", "of", "of_start"
            )
            marks = Landmark.objects.order_by("episode", "frame", "hash")
            return list(rows), list(marks.values_list("episode", "frame", "hash"))

        before = state()
        fingerprint(episode)
        assert state() == before

    def test_passes_over_numbers_that_are_everywhere(self, heard, recorded, monkeypatch):
        monkeypatch.setattr(fingerprints, "COMMON", 2)
        first = heard(10, JINGLE)
        crowd = make.episode()
        rows = Landmark.objects.filter(episode=first).values_list("hash", flat=True)
        Landmark.objects.bulk_create(
            Landmark(hash=number, episode=crowd, frame=frame)
            for number in set(rows)
            for frame in (100_000, 200_000)
        )
        fingerprint(recorded(talk(11, JINGLE)))
        assert not Repeat.objects.exists()

    def test_leaves_nothing_where_the_lease_is_lost(self, recorded):
        episode = recorded(talk(10, JINGLE, JINGLE))
        run = make.run(episode, stage="fingerprint")
        with pytest.raises(runs.LeaseLost):
            fingerprints.fingerprint(run=run, rules=MatchRules(), at=NOW)
        assert not Landmark.objects.exists()


class TestTheSameRecording:
    def test_encoded_anew_is_a_copy(self, heard):
        first = heard(10, 11, 12)
        second = heard((talk(10, 11, 12) * 0.5).astype(np.int16))
        assert (second.duplicate_of, second.duplicate_by) == (first, "fingerprint")
        assert second.runs.get().result["same_as"] == first.pk

    def test_with_another_advert_in_it_is_a_copy(self, heard):
        first = heard(10, 11, JINGLE, 12, 13, 14)
        second = heard(10, 11, sounds.melody(4, seed=6), 12, 13, 14)
        assert second.duplicate_of == first

    def test_with_as_much_of_its_own_is_none(self, heard):
        heard(10, 11)
        assert heard(10, 11, 12, 13).duplicate_of is None

    def test_is_not_an_episode_that_holds_its_own_trailer(self, heard):
        heard(10)  # the trailer came first
        assert heard(10, 11, 12).duplicate_of is None

    def test_is_a_trailer_of_an_episode(self, heard):
        whole = heard(10, 11, 12)
        assert heard(11).duplicate_of == whole

    def test_that_was_withdrawn_bars_its_copy(self, heard, withdrawn):
        first = heard(10, 11)
        withdrawn(first)
        second = heard((talk(10, 11) * 0.5).astype(np.int16))
        assert second.duplicate_of == first

    def test_that_may_not_be_cut_takes_nothing_from_the_one_that_may(self, heard):
        first = heard(10, 11)
        first.licence = make.licence(first, verdict=LicenceDecision.Verdict.REFUSED)
        first.save()
        second = heard((talk(10, 11) * 0.5).astype(np.int16))
        assert second.duplicate_of is None
        assert Repeat.objects.filter(episode=second, of=first).exists()
        assert Landmark.objects.filter(episode=second).exists()  # for those that come after

    def test_that_was_cut_before_stays_the_original(self, heard, recorded):
        first = heard(10, 11)
        second = recorded((talk(10, 11) * 0.5).astype(np.int16))
        make.clip(episode=second)
        fingerprint(second)
        first.refresh_from_db()
        second.refresh_from_db()
        assert second.duplicate_of is None
        assert (first.duplicate_of, first.duplicate_by) == (second, "fingerprint")

    def test_no_longer_so_is_no_copy(self, heard, recorded):
        heard(10, 11)
        episode = heard((talk(10, 11) * 0.5).astype(np.int16))
        other = recorded(talk(12, 13))
        Episode.objects.filter(pk=episode.pk).update(master_file=other.master_file)
        Episode.objects.filter(pk=other.pk).update(master_file="gone", n_samples=1)
        fingerprint(Episode.objects.get(pk=episode.pk))
        episode.refresh_from_db()
        assert (episode.duplicate_of, episode.duplicate_by) == (None, "")


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_do_not_miss_each_other(self, recorded, monkeypatch):
        episodes = [recorded(talk(10, JINGLE)), recorded(talk(11, JINGLE))]
        lock, both = twins.lock, threading.Barrier(2)

        def together(name):
            if name == "landmarks":
                both.wait(10)
            lock(name)

        def work(episode):
            try:
                fingerprint(episode)
            finally:
                connection.close()

        monkeypatch.setattr(twins, "lock", together)
        threads = [threading.Thread(target=work, args=(episode,)) for episode in episodes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        row = Repeat.objects.get()
        assert {row.episode, row.of} == set(episodes)
