"""What a release line says of the clips that it held and that were withdrawn."""

from datetime import date, timedelta

import pytest

from corpus.actions import tombstones, withdrawals
from corpus.actions.withdrawals import Span
from corpus.core.tombstones import Tombstone
from corpus.models import ReasonClass
from tests.factories import corpus as make
from tests.factories.corpus import NOW, SECOND

pytestmark = pytest.mark.django_db


def withdraw(target, **how):
    given = {"reason": "Her wish.", "reason_class": "speaker", "by": None, "at": NOW}
    grace = {"grace": timedelta(days=30)}
    return withdrawals.withdraw(target=target, **{**given, **grace, **how})


def release(version, *clips, **fields):
    row = make.release(name=fields.pop("name", "talk"), version=version, **fields)
    for clip in clips:
        row.items.create(clip=clip, partition="Train")
    return row


class TestOf:
    def test_is_name_hash_releases_day_and_class(self):
        clip, other = make.clip(), make.clip()
        line = [release("1.0.0", clip, other), release("1.1.0", clip)]
        withdraw(clip.episode, reason_class="licence")
        assert tombstones.of(line) == [
            Tombstone(
                clip=clip.name,
                sha256=clip.file[3:67],
                releases=("talk 1.0.0", "talk 1.1.0"),
                withdrawn_on=date(2026, 3, 1),
                reason_class="licence",
            )
        ]

    def test_comes_in_the_order_of_names(self):
        voice = make.voice()
        clips = [make.clip(voice, number=n) for n in (3, 1, 2)]
        line = [release("1.0.0", *clips)]
        withdraw(voice.episode)
        names = [stone.clip for stone in tombstones.of(line)]
        assert names == sorted(names)
        assert len(names) == 3

    def test_has_the_earliest_of_several_reasons(self):
        clip = make.clip()
        line = [release("1.0.0", clip)]
        withdraw(Span(clip.episode, 0, SECOND), reason_class="content")
        withdraw(clip.episode.podcast, reason_class="rights", at=NOW + timedelta(days=1))
        (stone,) = tombstones.of(line)
        assert (stone.reason_class, stone.withdrawn_on) == ("content", date(2026, 3, 1))

    def test_is_empty_once_it_was_lifted(self):
        clip = make.clip()
        line = [release("1.0.0", clip)]
        row = withdraw(clip.episode)
        withdrawals.reinstate(withdrawal=row, reason="An error.", by=None, at=NOW)
        assert tombstones.of(line) == []

    def test_asks_no_more_questions_for_more_clips(self, django_assert_num_queries):
        voice = make.voice()
        clips = [make.clip(voice) for _ in range(4)]
        line = [release("1.0.0", clips[0]), release("1.1.0", *clips)]
        withdraw(voice.speaker)
        for rows in (line[:1], line):
            with django_assert_num_queries(3):
                tombstones.of(rows)


class TestEarlier:
    def test_are_lower_versions_of_the_same_name_by_number(self):
        ten, two = release("10.0.0"), release("2.0.0")
        release("11.0.0"), release("1.0.0", name="other")
        assert tombstones.earlier("talk", "10.0.1") == [two, ten]

    def test_are_as_they_were_for_a_version_that_was_built(self):
        first = release("1.0.0")
        release("1.2.0")
        release("1.1.0")  # a correction of the old line, afterwards
        assert tombstones.earlier("talk", "1.2.0") == [first]

    def test_are_whole(self):
        release("1.0.0", state="building", built_at=None)
        assert tombstones.earlier("talk", "1.1.0") == []


class TestCounts:
    def test_say_how_many_of_each_release_are_gone(self):
        voice = make.voice()
        clips = [make.clip(voice), make.clip(voice), make.clip()]
        first, second = release("1.0.0", *clips), release("1.1.0", clips[2])
        withdraw(voice.speaker)
        assert tombstones.counts([first, second]) == {first.pk: 2}


class TestReasons:
    def test_are_the_same_words_everywhere(self):
        from corpus.core.tombstones import REASONS

        assert dict(REASONS) == dict(ReasonClass.choices)
