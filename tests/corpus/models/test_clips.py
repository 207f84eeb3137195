import pytest
from django.db import IntegrityError

from corpus.models import Clip, Withdrawal
from tests.factories import corpus as make
from tests.factories.corpus import NOW, SECOND

pytestmark = pytest.mark.django_db


class TestClip:
    def test_has_a_number_in_its_episode(self):
        first = make.clip()
        with pytest.raises(IntegrityError, match="clips_are_numbered"):
            make.clip(episode=first.episode, number=first.number, start=9 * SECOND, name="other")

    def test_is_cut_once(self):
        first = make.clip()
        with pytest.raises(IntegrityError, match="a_span_is_cut_once"):
            make.clip(episode=first.episode, start=first.start, end=first.end)

    def test_may_be_cut_again_where_an_earlier_cut_is_superseded(self):
        first = make.clip(superseded_at=NOW)
        again = make.clip(episode=first.episode, start=first.start, end=first.end)
        assert list(Clip.objects.current()) == [again]

    @pytest.mark.parametrize("length", [44_000, 175_999])
    def test_may_be_2_75_to_just_below_11_seconds(self, length):
        assert make.clip(start=0, end=length).seconds == length / 16_000

    @pytest.mark.parametrize(("start", "end"), [(0, 43_999), (0, 176_000), (-1, 60_000)])
    def test_has_no_other_length_and_no_negative_start(self, start, end):
        with pytest.raises(IntegrityError, match="a_clip_is_2_75_to_11_seconds"):
            make.clip(start=start, end=end)

    def test_has_a_name_of_its_own(self):
        first = make.clip()
        with pytest.raises(IntegrityError):
            make.clip(name=first.name)


class TestClipQuerySet:
    def test_current_leaves_out_what_a_newer_cut_dropped(self):
        make.clip(superseded_at=NOW)
        kept = make.clip()
        assert list(Clip.objects.current()) == [kept]

    def test_of_episode_takes_a_number_or_a_guid(self):
        clip = make.clip(episode=make.episode(number=7, guid="seven"))
        make.clip(episode=make.episode(number=8, guid="eight"))
        assert list(Clip.objects.of_episode("7")) == [clip]
        assert list(Clip.objects.of_episode("seven")) == [clip]

    def test_of_episode_prefers_neither_where_a_guid_is_a_number(self):
        make.clip(episode=make.episode(number=7, guid="seven"))
        make.clip(episode=make.episode(number=8, guid="7"))
        assert Clip.objects.of_episode("7").count() == 2

    @pytest.mark.parametrize("name", ["²", "", "9" * 30, "nobody"])
    def test_of_episode_finds_nothing_under_an_unknown_name(self, name):
        make.clip()
        assert not Clip.objects.of_episode(name).exists()

    @pytest.mark.parametrize(("verdict", "may"), [("non_commercial", True), ("review", False)])
    def test_shareable_follows_the_licence(self, verdict, may):
        make.clip(episode=make.episode(verdict=verdict))
        assert Clip.objects.shareable().exists() is may

    def test_shareable_leaves_out_copies(self):
        first = make.episode()
        make.clip(episode=make.episode(duplicate_of=first))
        assert not Clip.objects.shareable().exists()

    def test_accepted_asks_the_newest_verdict(self):
        from datetime import timedelta

        clip = make.clip()
        make.verdict(clip, is_accepted=False, judged_at=NOW)
        make.verdict(clip, is_accepted=True, judged_at=NOW + timedelta(days=1))
        turned = make.clip()
        make.verdict(turned, is_accepted=True, judged_at=NOW)
        make.verdict(turned, is_accepted=False, judged_at=NOW + timedelta(days=1))
        make.clip()
        assert list(Clip.objects.accepted()) == [clip]

    def test_eligible_wants_all_three(self):
        clip = make.eligible_clip()
        make.eligible_clip(superseded_at=NOW)
        make.eligible_clip(episode=make.episode(verdict="review"))
        make.clip()
        assert list(Clip.objects.eligible()) == [clip]


class TestWithdrawn:
    """What every part of the code asks, whatever the marks say; the rest is with the action."""

    @pytest.fixture
    def row(self):
        clip = make.eligible_clip()
        given = {"reason": "Her wish.", "reason_class": "speaker", "withdrawn_at": NOW}
        span = {"kind": "span", "episode": clip.episode, "start": 0, "end": SECOND}
        return Withdrawal.objects.create(erase_after=NOW, **span, **given)

    def test_is_seen_without_a_mark(self, row):
        (clip,) = Clip.objects.withdrawn()
        assert clip.withdrawal is None
        assert not Clip.objects.standing().exists()
        assert not Clip.objects.eligible().exists()

    def test_goes_by_the_mark_in_queues(self, row):
        assert Clip.objects.playable().exists()
        Clip.objects.update(withdrawal=row)
        assert not Clip.objects.playable().exists()

    def test_names_the_withdrawal(self, row):
        (clip,) = Clip.objects.with_withdrawal()
        assert (clip.taken, clip.taken_in_part) == (row.pk, row.pk)

    def test_parts_what_is_taken_in_part_from_what_is_taken_whole(self):
        clip = make.eligible_clip()
        given = {"reason": "Her wish.", "reason_class": "speaker", "withdrawn_at": NOW}
        row = Withdrawal.objects.create(
            kind="episode", episode=clip.episode, erase_after=NOW, **given
        )
        clip.episode.withdrawal = row
        clip.episode.save()
        (found,) = Clip.objects.with_withdrawal()
        assert (found.taken, found.taken_in_part) == (row.pk, None)
        assert Clip.objects.withdrawn().get() == clip
        assert not Clip.objects.withdrawn_in_part().exists()
