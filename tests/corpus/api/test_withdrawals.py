from datetime import timedelta

import pytest

from corpus.actions import withdrawals
from corpus.models import Withdrawal
from tests.factories import corpus as make
from tests.factories.api import client
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/tombstones/"


def withdraw(clip, *, days=0):
    return withdrawals.withdraw(
        target=clip.episode,
        reason="Anna wants it so.",
        requester="Anna Secret",
        reason_class="speaker",
        by=make.user("curator"),
        at=NOW + timedelta(days=days),
        grace=timedelta(0),
    )


@pytest.fixture
def clips():
    """Two of the first version, withdrawn a day apart; the second one is in the next version too."""
    found = [make.clip(), make.clip()]
    versions = [make.release(name="talk", version=version) for version in ("1.0.0", "1.1.0")]
    versions[0].items.create(clip=found[0], partition="Train")
    for version in versions:
        version.items.create(clip=found[1], partition="Train")
    for n, clip in enumerate(found):
        withdraw(clip, days=n)
    return found


def listed(**filters):
    return client("curator").get(ADDRESS, filters).data["results"]


class TestTombstones:
    def test_say_what_a_receiver_needs_and_no_more(self, clips):
        first, _ = listed()
        assert dict(first) == {
            "clip": clips[0].name,
            "sha256": clips[0].file[3:67],
            "releases": ["talk 1.0.0"],
            "withdrawn_on": "2026-03-01",
            "reason_class": "speaker",
        }

    def test_do_not_name_anybody(self, clips):
        names = [row.withdrawn_by.username for row in Withdrawal.objects.all()]
        content = client("curator").get(ADDRESS).content.decode()
        assert all(word not in content for word in ("Secret", "wants it so", *names))

    @pytest.mark.parametrize("since", ["2026-03-02", "2026-03-02T00:00:00Z"])
    def test_are_found_by_their_day(self, clips, since):
        assert [row["clip"] for row in listed(since=since)] == [clips[1].name]

    @pytest.mark.parametrize("since", ["yesterday", "2026-02-31", "2026-13-01T00:00:00Z"])
    def test_refuse_what_is_no_day(self, since):
        answer = client("curator").get(ADDRESS, {"since": since})
        assert answer.status_code == 400
        assert "is no day" in str(answer.data["since"])

    def test_are_found_by_their_release(self, clips):
        assert [row["clip"] for row in listed(release="talk 1.1.0")] == [clips[1].name]

    def test_of_no_release_are_404(self):
        assert client("curator").get(ADDRESS, {"release": "none 1.0.0"}).status_code == 404

    def test_come_in_pages(self, clips):
        page = client("curator").get(ADDRESS, {"page_size": 1, "page": 2}).data
        assert (page["count"], [row["clip"] for row in page["results"]]) == (2, [clips[1].name])

    def test_leave_out_clips_of_no_release(self, clips):
        withdraw(make.clip())
        assert len(listed()) == 2

    def test_take_no_writes_and_no_strangers(self):
        assert client("curator").post(ADDRESS, {}).status_code == 405
        assert client("rater").get(ADDRESS).status_code == 403
