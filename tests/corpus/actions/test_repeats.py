import pytest

from corpus.actions import repeats
from corpus.core.segments import Segment
from corpus.models import LicenceDecision
from tests.factories import corpus as make
from tests.factories.corpus import SECOND

pytestmark = pytest.mark.django_db


def repeat(episode, of, *, start=10, end=20, of_start=30):
    return make.repeat(
        episode, of, start=start * SECOND, end=end * SECOND, of_start=of_start * SECOND
    )


def spans(episode):
    return [
        (one.span.start // SECOND, one.span.end // SECOND) for one in repeats.heard_before(episode)
    ]


class TestHeardBefore:
    def test_is_what_repeats_an_earlier_episode(self):
        first, second = make.episode(number=4), make.episode()
        repeat(second, first)
        assert [str(one) for one in repeats.heard_before(second)] == ["repeats episode 4 at 0:30"]
        assert spans(second) == [(10, 20)]
        assert spans(first) == []  # here it is sampled

    def test_is_what_the_episode_said_before(self):
        episode = make.episode()
        repeat(episode, episode)
        assert spans(episode) == [(10, 20)]

    def test_is_nothing_where_the_other_one_may_not_be_cut(self):
        first, second = make.episode(verdict="refused"), make.episode()
        repeat(second, first)
        assert spans(second) == []

    def test_is_nothing_where_the_other_one_is_a_copy_of_this(self):
        second = make.episode()
        repeat(second, make.episode(duplicate_of=second, duplicate_by="fingerprint"))
        assert spans(second) == []

    def test_is_what_was_withdrawn_there_whatever_its_licence(self, withdrawn):
        first, second = make.episode(verdict="refused"), make.episode()
        repeat(second, first)
        withdrawn(first)
        assert spans(second) == [(10, 20)]

    def test_is_what_was_withdrawn_of_a_later_episode(self, withdrawn):
        first, second = make.episode(), make.episode()
        repeat(second, first)
        withdrawn(second)
        assert spans(first) == [(30, 40)]

    def test_is_no_more_than_the_span_that_was_withdrawn(self, withdrawn):
        first, second = make.episode(), make.episode()
        repeat(second, first)
        withdrawn(second, start=12 * SECOND, end=15 * SECOND)
        assert spans(first) == [(32, 35)]

    def test_is_what_a_withdrawn_speaker_said(self, withdrawn):
        first, second = make.episode(), make.episode()
        repeat(second, first)
        voice = make.voice(second)
        make.clip(voice, start=11 * SECOND)
        withdrawn(voice)
        assert spans(first) == [(31, 35)]


class TestReason:
    @pytest.mark.parametrize(
        ("start", "reason"),
        [
            (7, "repeats episode 4 at 0:30"),  # one second of four
            (6, ""),
            (12, "repeats episode 4 at 0:32"),
            (19, "repeats episode 4 at 0:39"),
            (20, ""),
        ],
    )
    def test_names_the_place_from_a_second_on(self, start, reason):
        first, second = make.episode(number=4), make.episode()
        repeat(second, first)
        clip = make.clip(episode=second, start=start * SECOND)
        assert repeats.reason(clip, repeats.heard_before(second)) == reason


class TestElsewhere:
    def test_is_every_other_place_of_a_span(self):
        first, second, third = (make.episode() for _ in range(3))
        repeat(second, first)
        repeat(third, first, start=0, end=10, of_start=32)
        found = repeats.elsewhere(first, Segment(33 * SECOND, 36 * SECOND))
        assert found == [
            (second.pk, Segment(13 * SECOND, 16 * SECOND)),
            (third.pk, Segment(1 * SECOND, 4 * SECOND)),
        ]
        assert repeats.elsewhere(second, Segment(11 * SECOND, 12 * SECOND)) == [
            (first.pk, Segment(31 * SECOND, 32 * SECOND))
        ]

    def test_is_nowhere_for_what_is_heard_once(self):
        first, second = make.episode(), make.episode()
        repeat(second, first)
        assert repeats.elsewhere(first, Segment(0, 30 * SECOND)) == []


class TestSounds:
    def test_tie_clips_that_repeat_each_other_or_the_same(self):
        first, second, third = (make.episode() for _ in range(3))
        repeat(second, first)
        repeat(third, first)
        clips = [
            make.clip(episode=first, start=39 * SECOND),  # any overlap is enough
            make.clip(episode=second, start=18 * SECOND),
            make.clip(episode=third, start=10 * SECOND),
            make.clip(episode=first, start=0),
        ]
        found = repeats.sounds(clips)
        assert [found[clip.pk] for clip in clips] == [(0,), (0,), (0,), ()]

    def test_count_whatever_the_licence(self):
        first, second = make.episode(verdict=LicenceDecision.Verdict.REFUSED), make.episode()
        repeat(second, first)
        clip = make.clip(episode=second, start=12 * SECOND)
        assert repeats.sounds([clip]) == {clip.pk: (0,)}
