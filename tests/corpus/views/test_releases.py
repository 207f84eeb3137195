"""Pages of releases."""

import pytest
from django.urls import reverse

from corpus.core.formats import checksums
from corpus.models import ReleaseItem
from tests.factories import corpus


def put_in(release, clip):
    return ReleaseItem.objects.create(release=release, clip=clip, partition="Train")


@pytest.fixture
def release(db, tmp_path):
    """A release of two files and many clips, in a folder of its own."""
    contents = {"README.md": b"# Night Talk", "Labels/labels.csv": b"a,b\n"}
    contents |= {f"Audios/{n}.flac": b"fLaC" for n in range(20)}
    for path, content in contents.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    sums = checksums.text({path: checksums.digest(text) for path, text in contents.items()})
    (tmp_path / "SHA256SUMS").write_bytes(sums)
    report = {
        "clips": 20,
        "seconds": 90.0,
        "ratings": 100,
        "simulated_ratings": 5,
        "partitions": [{"name": "Train", "clips": 20, "seconds": 90.0}],
        "warnings": ["Test1 is empty."],
        "left_out": ["3 rated clips have fewer than 5 ratings."],
    }
    return corpus.release(folder=str(tmp_path), name="night", version="1.0.0", report=report)


class TestIndex:
    def test_lists_the_newest_first(self, curator, release):
        answer = curator.get(reverse("releases")).content.decode()
        assert "night 1.0.0" in answer
        assert "Simulated ratings" in answer

    def test_says_what_to_do_while_there_is_none(self, curator):
        assert "release build" in curator.get(reverse("releases")).content.decode()


class TestDetail:
    def test_shows_report_datasheet_and_files(self, curator, release):
        response = curator.get(reverse("release", args=[release.pk]))
        answer = response.content.decode()
        for words in ("# Night Talk", "Test1 is empty.", "3 rated clips", "Labels/labels.csv"):
            assert words in answer
        (folder,) = response.context["contents"].folders
        assert (folder.path, folder.n, folder.size) == ("Audios/", 20, 80)

    def test_warns_of_simulated_ratings(self, curator, release):
        answer = curator.get(reverse("release", args=[release.pk])).content.decode()
        assert "5 of 100 ratings were made by a program" in answer

    def test_tells_which_files_are_missing(self, curator, release, tmp_path):
        (tmp_path / "README.md").unlink()
        response = curator.get(reverse("release", args=[release.pk]))
        assert response.context["contents"].missing == ("README.md",)

    def test_stays_readable_when_the_folder_is_gone(self, curator):
        answer = curator.get(reverse("release", args=[corpus.release().pk])).content.decode()
        assert "not on this machine" in answer


class TestWithdrawnSince:
    @pytest.fixture
    def clip(self, release, tmp_path, withdraw):
        """Clip 0 of the release, whose file is named after it."""
        clip = corpus.clip(name="0")
        put_in(release, clip)
        withdraw(clip.voice.speaker)
        return clip

    def test_is_told_with_date_and_class_and_no_reason(self, curator, release, clip):
        answer = curator.get(reverse("release", args=[release.pk])).content.decode()
        for words in (
            "1 clip of this release was withdrawn since",
            "1 Mar 2026",
            "holders of rights",
        ):
            assert words in answer
        assert "An inner note." not in answer

    def test_is_not_told_where_nothing_was(self, curator, release):
        answer = curator.get(reverse("release", args=[release.pk])).content.decode()
        assert "withdrawn since" not in answer

    def test_is_not_given_out(self, curator, release, clip):
        gone, there = (
            reverse("release_file", args=[release.pk, f"Audios/{name}.flac"]) for name in (0, 1)
        )
        assert curator.get(gone).status_code == 410
        assert curator.get(there).status_code == 200


class TestFile:
    def test_is_sent_with_its_checksum_as_tag(self, curator, release):
        response = curator.get(reverse("release_file", args=[release.pk, "Labels/labels.csv"]))
        assert b"".join(response.streaming_content) == b"a,b\n"
        assert response["ETag"] == f'"{checksums.digest(b"a,b" + bytes([10]))}"'
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert 'filename="night-1.0.0-labels.csv"' in response["Content-Disposition"]

    @pytest.mark.parametrize("path", ["../secret", "Audios/../../etc/passwd", "notes.txt"])
    def test_that_is_not_listed_is_not_there(self, curator, release, path):
        assert curator.get(reverse("release_file", args=[release.pk, "SHA256SUMS"])).streaming
        url = reverse("release_file", args=[release.pk, "x"])[:-1] + path
        assert curator.get(url).status_code == 404


class TestRoles:
    @pytest.mark.parametrize("name", ["releases", "release", "release_file"])
    def test_strangers_sign_in_and_raters_are_refused(self, client, a_rater, release, name):
        args = {"releases": [], "release": [release.pk], "release_file": [release.pk, "README.md"]}
        url = reverse(name, args=args[name])
        assert client.get(url)["Location"] == f"{reverse('login')}?next={url}"
        assert a_rater.get(url).status_code == 403
