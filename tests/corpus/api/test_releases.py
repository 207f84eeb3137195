from datetime import timedelta

import pytest

from corpus.actions import withdrawals
from corpus.core.formats import checksums
from tests.factories import corpus
from tests.factories.api import client

pytestmark = pytest.mark.django_db
CONTENT = {"README.md": b"# A corpus\n", "Labels/labels_consensus.csv": b"FileName,EmoClass\n"}


@pytest.fixture
def release(tmp_path):
    """A release on the disk, with a secret beside it and a file that is not listed."""
    folder = tmp_path / "releases" / "emocast-1.0.0"
    for path, content in CONTENT.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    sums = checksums.text({path: checksums.digest(content) for path, content in CONTENT.items()})
    (folder / "SHA256SUMS").write_bytes(sums)
    (folder / "notes.txt").write_text("not listed")
    (tmp_path / "releases" / "secret.txt").write_text("secret")
    return corpus.release(
        version="1.0.0",
        folder=str(folder),
        digest=checksums.digest(sums),
        report={
            "clips": 2,
            "seconds": 8.5,
            "ratings": 10,
            "simulated_ratings": 0,
            "partitions": [{"name": "Train", "clips": 2, "seconds": 8.5}],
            "warnings": ["Test is empty."],
            "left_out": [],
        },
    )


class TestReleases:
    def test_are_listed_newest_first_with_their_report(self, release):
        newer = corpus.release()
        curator = client("curator")
        rows = curator.get("/api/v1/releases/").data["results"]
        assert [row["id"] for row in rows] == [newer.pk, release.pk]
        row = curator.get(f"/api/v1/releases/{release.pk}/").json()
        assert row["report"] == release.report
        assert row["digest"] == release.digest
        assert row["files"] == f"http://testserver/api/v1/releases/{release.pk}/files/"

    def test_say_nothing_of_the_machine_they_lie_on(self, release):
        answer = client("curator").get(f"/api/v1/releases/{release.pk}/")
        assert release.folder.encode() not in answer.content

    def test_that_are_being_built_have_an_empty_report_and_no_files(self):
        release = corpus.release(state="building", report={}, built_at=None, digest="")
        curator = client("curator")
        assert curator.get(f"/api/v1/releases/{release.pk}/").data["report"] == {}
        assert curator.get(f"/api/v1/releases/{release.pk}/files/").data["results"] == []

    def test_are_found_by_name_and_version(self, release):
        corpus.release(version="2.0.0")
        rows = client("curator").get("/api/v1/releases/", {"version": "1.0.0"}).data["results"]
        assert [row["id"] for row in rows] == [release.pk]


class TestFiles:
    def test_are_those_of_the_checksum_list_and_the_list(self, release):
        rows = client("curator").get(f"/api/v1/releases/{release.pk}/files/").data["results"]
        assert {row["path"]: row["sha256"] for row in rows} == {
            "SHA256SUMS": release.digest,
            **{path: checksums.digest(content) for path, content in CONTENT.items()},
        }

    def test_can_be_fetched_from_the_address_given(self, release):
        curator = client("curator")
        rows = curator.get(f"/api/v1/releases/{release.pk}/files/").data["results"]
        got = {row["path"]: curator.get(row["url"]) for row in rows}
        for path, answer in got.items():
            content = b"".join(answer.streaming_content)
            assert checksums.digest(content) == next(r["sha256"] for r in rows if r["path"] == path)

    def test_come_in_pages(self, release):
        page = client("curator").get(f"/api/v1/releases/{release.pk}/files/", {"page_size": 2}).data
        assert (page["count"], len(page["results"])) == (3, 2)

    def test_come_in_the_part_asked_for(self, release):
        answer = client("curator").get(
            f"/api/v1/releases/{release.pk}/files/README.md", headers={"range": "bytes=2-"}
        )
        assert answer.status_code == 206
        assert b"".join(answer.streaming_content) == b"A corpus\n"

    @pytest.mark.parametrize(
        "path",
        [
            "../secret.txt",
            "%2e%2e/secret.txt",
            "Labels/../../secret.txt",
            "..%2Fsecret.txt",
            "/etc/passwd",
            "notes.txt",
            "Labels",
            "readme.md",
            "README.md%00",
        ],
    )
    def test_outside_the_list_are_404(self, release, path):
        answer = client("curator").get(f"/api/v1/releases/{release.pk}/files/{path}")
        assert answer.status_code == 404

    def test_of_a_clip_that_was_withdrawn_since_are_gone(self, release, tmp_path):
        clip = corpus.clip()
        release.items.create(clip=clip, partition="Train")
        folder = tmp_path / "releases" / "emocast-1.0.0"
        listed = {f"Audios/{clip.name}.flac": b"sound", "README.md": CONTENT["README.md"]}
        for path, content in listed.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(content)
        digests = {path: checksums.digest(content) for path, content in listed.items()}
        (folder / "SHA256SUMS").write_bytes(checksums.text(digests))
        given = {"reason": "Her wish.", "reason_class": "speaker", "by": None, "at": corpus.NOW}
        withdrawals.withdraw(target=clip.episode, grace=timedelta(days=30), **given)
        curator, address = client("curator"), f"/api/v1/releases/{release.pk}/files"
        answer = curator.get(f"{address}/Audios/{clip.name}.flac")
        assert answer.status_code == 410
        assert "withdrawn after the release" in answer.data["detail"]
        assert curator.get(f"{address}/README.md").status_code == 200

    def test_that_somebody_deleted_are_404(self, release, tmp_path):
        (tmp_path / "releases" / "emocast-1.0.0" / "README.md").unlink()
        answer = client("curator").get(f"/api/v1/releases/{release.pk}/files/README.md")
        assert answer.status_code == 404

    @pytest.mark.parametrize(("role", "status"), [("rater", 403), (None, 403)])
    def test_are_not_for_raters(self, release, role, status):
        answer = client(role).get(f"/api/v1/releases/{release.pk}/files/README.md")
        assert answer.status_code == status
