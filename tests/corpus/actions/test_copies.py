import pytest

from corpus.actions import copies
from corpus.core.enclosures import normalised
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
HERE = "https://x.example/1.mp3"


def episode(address=HERE, **fields):
    return make.episode(audio_url=address, address_key=copies.address_key(address), **fields)


def withdrawn(**fields):
    from corpus.models import Withdrawal

    row = episode(**fields)
    row.withdrawal = Withdrawal.objects.create(
        kind="episode",
        episode=row,
        reason_class="speaker",
        reason="They asked.",
        withdrawn_at=NOW,
        erase_after=NOW,
    )
    row.save()
    return row


class TestAddressKey:
    def test_is_the_same_behind_a_counting_service(self):
        tracked = (
            f"https://dts.podtrac.com/redirect.mp3/{HERE.removeprefix('https://')}?utm_source=x"
        )
        assert copies.address_key(tracked) == copies.address_key(HERE) == normalised(HERE)

    def test_fits_into_an_index_whatever_the_address(self):
        long = "https://x.example/" + "ä" * 1900
        assert copies.address_key(long).startswith("sha256:")
        assert copies.address_key(long) != copies.address_key(long + "b")
        assert make.episode(address_key=copies.address_key(long)).pk


class TestMark:
    def test_finds_a_copy_of_what_may_be_cut(self):
        first, second = episode(), episode()
        assert copies.mark([second]) == [second]
        second.refresh_from_db()
        assert (second.duplicate_of, second.duplicate_by) == (first, "address")

    def test_finds_a_copy_of_what_was_withdrawn(self):
        first, second = withdrawn(verdict="refused"), episode()
        copies.mark([second])
        second.refresh_from_db()
        assert second.duplicate_of == first

    @pytest.mark.parametrize("verdict", ["review", "refused", "blocked", "index_only", None])
    def test_never_makes_a_copy_of_what_may_not_be_used(self, verdict):
        first, second = episode(verdict=verdict), episode()
        assert copies.mark([second]) == []
        second.refresh_from_db()
        assert second.duplicate_of is None
        assert first.duplicate_of is None

    def test_finds_two_new_ones_at_one_address(self):
        first, second, third = episode(), episode(), episode()
        assert copies.mark([first, second, third]) == [second, third]

    def test_says_the_original_and_not_another_copy(self):
        first = episode()
        episode(duplicate_of=first, duplicate_by="bytes")
        third = episode()
        copies.mark([third])
        assert third.duplicate_of_id == first.pk

    def test_leaves_others_alone_and_asks_once_for_all(self, django_assert_num_queries):
        rows = [episode(f"https://x.example/{n}") for n in range(20)]
        with django_assert_num_queries(1):
            assert copies.mark(rows) == []

    def test_knows_nothing_of_episodes_without_an_address(self):
        make.episode(), make.episode()
        assert copies.mark([make.episode()]) == []
