"""Files and parts of them, case by case of RFC 9110."""

import pytest
from django.http import Http404
from django.test import RequestFactory

from common.files import FolderStore, Missing
from common.ranges import ranged

CONTENT = bytes(range(256)) * 8
DIGEST = "ab" * 32
KEY = f"ab/{DIGEST}.flac"


@pytest.fixture
def store(tmp_path):
    (tmp_path / "ab").mkdir()
    (tmp_path / KEY).write_bytes(CONTENT)
    (tmp_path / "empty.bin").write_bytes(b"")
    return FolderStore(tmp_path)


@pytest.fixture
def ask(store):
    def ask(*, method="GET", key=KEY, etag="", download="", **headers):
        given = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        request = RequestFactory().generic(method, "/", **given)
        return ranged(request, store, key, content_type="audio/flac", etag=etag, download=download)

    return ask


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


class TestWhole:
    def test_has_the_exact_length_and_every_byte(self, ask):
        response = ask()
        assert (response.status_code, response["Content-Length"]) == (200, str(len(CONTENT)))
        assert body(response) == CONTENT

    def test_says_what_it_is_and_that_it_never_changes(self, ask):
        response = ask()
        assert response["Content-Type"] == "audio/flac"
        assert response["ETag"] == f'"{DIGEST}"'
        assert response["Accept-Ranges"] == "bytes"
        assert response["Cache-Control"] == "private, max-age=31536000, immutable"
        assert "Content-Encoding" not in response

    def test_of_an_empty_file_is_empty(self, ask):
        response = ask(key="empty.bin", etag="e")
        assert (response.status_code, response["Content-Length"]) == (200, "0")
        assert body(response) == b""

    def test_is_saved_under_the_name_given(self, ask):
        assert ask(download="a-1.0.0-b.csv")["Content-Disposition"] == (
            'attachment; filename="a-1.0.0-b.csv"'
        )

    def test_is_404_where_the_store_has_no_such_file(self, ask):
        with pytest.raises(Http404):
            ask(key="cd/no.flac")


class TestRange:
    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [
            ("bytes=0-0", 0, 0),
            ("bytes=10-19", 10, 19),
            ("bytes=2000-", 2000, 2047),
            ("bytes=0-", 0, 2047),
            ("bytes=-5", 2043, 2047),
            ("bytes=-99999", 0, 2047),
            ("bytes=2040-99999", 2040, 2047),
            ("BYTES= 3-4 ", 3, 4),
        ],
    )
    def test_answers_with_that_part(self, ask, asked, first, last):
        response = ask(range=asked)
        assert response.status_code == 206
        assert response["Content-Range"] == f"bytes {first}-{last}/2048"
        assert response["Content-Length"] == str(last - first + 1)
        assert body(response) == CONTENT[first : last + 1]

    @pytest.mark.parametrize("asked", ["bytes=2048-", "bytes=9999-10000", "bytes=-0"])
    def test_behind_the_end_is_refused_with_the_size(self, ask, asked):
        response = ask(range=asked)
        assert (response.status_code, body(response)) == (416, b"")
        assert response["Content-Range"] == "bytes */2048"

    def test_of_an_empty_file_is_refused(self, ask):
        assert ask(key="empty.bin", etag="e", range="bytes=0-")["Content-Range"] == "bytes */0"

    @pytest.mark.parametrize(
        "asked", ["bytes=5-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes 0-1"]
    )
    def test_that_is_none_or_several_gets_the_whole(self, ask, asked):
        response = ask(range=asked)
        assert (response.status_code, body(response)) == (200, CONTENT)
        assert "Content-Range" not in response


class TestConditions:
    def test_if_range_with_the_same_tag_gets_the_part(self, ask):
        assert ask(range="bytes=1-2", if_range=f'"{DIGEST}"').status_code == 206

    @pytest.mark.parametrize("tag", ['"other"', f'W/"{DIGEST}"', "Wed, 21 Oct 2015 07:28:00 GMT"])
    def test_if_range_with_anything_else_gets_the_whole(self, ask, tag):
        assert body(ask(range="bytes=1-2", if_range=tag)) == CONTENT

    @pytest.mark.parametrize("tag", [f'"{DIGEST}"', f'"x", W/"{DIGEST}"', "*"])
    def test_a_known_copy_is_not_sent_again(self, ask, tag):
        response = ask(if_none_match=tag)
        assert (response.status_code, body(response)) == (304, b"")
        assert response["ETag"] == f'"{DIGEST}"'

    def test_another_copy_is_sent(self, ask):
        assert ask(if_none_match='"other"').status_code == 200


class TestHead:
    def test_has_the_headers_of_the_whole_and_no_body(self, ask):
        response = ask(method="HEAD", range="bytes=0-9")
        assert (response.status_code, response["Content-Length"]) == (200, "2048")
        assert response["Accept-Ranges"] == "bytes"
        assert body(response) == b""


class TestFile:
    def test_is_opened_only_when_it_is_read_and_closed_after(self, ask, store, monkeypatch):
        opened = []
        real = store.open

        def remembering(key):
            opened.append(real(key))
            return opened[-1]

        monkeypatch.setattr(store, "open", remembering)
        response = ask(range="bytes=0-9")
        assert opened == []
        body(response)
        assert [file.closed for file in opened] == [True]

    def test_lost_while_it_is_sent_is_an_error_not_a_short_answer(self, ask, store):
        response = ask()
        (store.root / KEY).unlink()
        with pytest.raises(Missing):
            body(response)
