import pytest

from corpus.actions import catalogue, twins
from corpus.models import Episode, LicenceDecision
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


def file(name):
    digest = make.sha256(name)
    return f"{digest[:2]}/{digest}.mp3"


def state(*episodes):
    for episode in episodes:
        episode.refresh_from_db()
    return [(episode.duplicate_of, episode.duplicate_by) for episode in episodes]


class TestSettle:
    @pytest.mark.parametrize(
        ("fields", "rung"),
        [
            ({"source_file": file("a")}, "bytes"),
            ({"master_file": file("b")}, "samples"),
            ({"source_file": file("a"), "master_file": file("b")}, "bytes"),
        ],
    )
    def test_says_by_which_rung(self, fields, rung):
        first, second = (make.episode(**fields) for _ in range(2))
        twins.settle(second, at=make.NOW)
        assert state(first, second) == [(None, ""), (first, rung)]

    @pytest.mark.parametrize("rung", ["address", "fingerprint"])
    def test_keeps_a_rung_that_was_climbed_before(self, rung):
        first = make.episode(source_file=file("a"))
        second = make.episode(duplicate_of=first, duplicate_by=rung)
        for episode in (first, second):
            twins.settle(episode, at=make.NOW)
            assert state(first, second) == [(None, ""), (first, rung)]

    def test_takes_the_copies_along_where_the_original_is_a_copy_itself(self):
        oldest = make.episode(source_file=file("a"))
        first = make.episode(source_file=file("a"))
        second = make.episode(duplicate_of=first, duplicate_by="address")
        twins.settle(first, at=make.NOW)
        assert state(oldest, first, second) == [(None, ""), (oldest, "bytes"), (oldest, "address")]

    def test_forgets_the_rung_of_what_is_no_copy(self):
        first, second = (make.episode(source_file=file("a")) for _ in range(2))
        twins.settle(second, at=make.NOW)
        Episode.objects.filter(pk=second.pk).update(source_file=file("other"))
        twins.settle(second, at=make.NOW)
        assert state(first, second) == [(None, ""), (None, "")]

    def test_finds_an_original_for_those_that_the_last_one_left(self):
        first, second, third = (make.episode(source_file=file("a")) for _ in range(3))
        twins.settle(third, at=make.NOW)
        Episode.objects.filter(pk=first.pk).update(source_file=file("other"))
        twins.settle(first, at=make.NOW)
        assert state(first, second, third) == [(None, ""), (None, ""), (second, "bytes")]

    def test_lets_what_was_withdrawn_bar_its_copies_even_cut_ones(self, withdrawn):
        first, second = (make.episode(source_file=file("a")) for _ in range(2))
        make.clip(episode=first)
        withdrawn(second)
        twins.settle(first, at=make.NOW)
        assert state(first, second) == [(second, "bytes"), (None, "")]

    def test_takes_nothing_from_what_may_be_cut(self):
        first, second = (make.episode(source_file=file("a")) for _ in range(2))
        first.licence = make.licence(first, verdict=LicenceDecision.Verdict.REFUSED)
        first.save()
        twins.settle(first, at=make.NOW)
        assert state(first, second) == [(second, "bytes"), (None, "")]

    def test_prefers_the_one_that_is_here_already(self):
        second = make.episode(source_file="")
        first = make.episode(source_file=file("a"))
        Episode.objects.filter(pk=second.pk).update(duplicate_of=first, duplicate_by="address")
        twins.settle(first, at=make.NOW)
        assert state(first, second) == [(None, ""), (first, "address")]

    def test_is_the_same_the_second_time(self):
        episodes = [make.episode(source_file=file("a")) for _ in range(3)]
        for episode in episodes * 2:
            twins.settle(episode, at=make.NOW)
        assert state(*episodes) == [(None, ""), (episodes[0], "bytes"), (episodes[0], "bytes")]


class TestDuplicateWords:
    @pytest.mark.parametrize(
        ("rung", "words"),
        [
            ("address", "same address"),
            ("bytes", "byte for byte"),
            ("samples", "same samples"),
            ("fingerprint", "sounds the same"),
            ("", "same recording"),
        ],
    )
    def test_say_how_a_copy_was_known(self, rung, words):
        copy = make.episode(duplicate_of=make.episode(), duplicate_by=rung)
        assert words in catalogue.duplicate_words(copy)

    def test_are_none_of_an_original(self):
        assert catalogue.duplicate_words(make.episode()) == ""
