"""Whether a file is the one that was announced."""

import base64
import hashlib

import pytest

from corpus.engines.failures import OtherContent
from corpus.engines.integrity import Promise

BODY = b"a file that was announced"


def sri(algorithm, body=BODY):
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, body).digest()).decode()}"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "file").write_bytes(BODY)
    return tmp_path / "file"


class TestPromise:
    @pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512", "sha1", "md5"])
    def test_holds_for_the_file_alone(self, path, algorithm):
        Promise.read(sri(algorithm)).check(path, "https://x.example/a.mp3")
        with pytest.raises(OtherContent, match=f"its {algorithm} differs"):
            Promise.read(sri(algorithm, b"another")).check(path, "https://x.example/a.mp3")

    def test_reads_the_example_of_the_specification(self, tmp_path):
        (tmp_path / "a.js").write_text("alert('Hello, world.');")
        said = "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
        promise = Promise.read(said)
        promise.check(tmp_path / "a.js", "https://x.example/a.js")
        assert promise.algorithm == "sha384"

    def test_goes_by_the_strongest_hash(self, path):
        promise = Promise.read(f"{sri('md5')} {sri('sha512', b'another')} {sri('sha256')}")
        assert promise.algorithm == "sha512"
        with pytest.raises(OtherContent):
            promise.check(path, "")

    def test_holds_where_any_of_the_strongest_does(self, path):
        Promise.read(f"{sri('sha256', b'another')} {sri('sha256')} {sri('md5', b'x')}").check(
            path, ""
        )

    @pytest.mark.parametrize(
        "spelt",
        [
            sri("sha256").upper().replace(sri("sha256").upper()[7:], sri("sha256")[7:]),
            sri("sha256").rstrip("="),
            sri("sha256").translate(str.maketrans("+/", "-_")),
            f"{sri('sha256')}?option=1",
            f"  {sri('sha256')}\n",
            f"sha1-{hashlib.sha1(BODY).hexdigest()}",
            f"md5-{hashlib.md5(BODY).hexdigest().upper()}",
        ],
    )
    def test_is_read_in_every_spelling(self, path, spelt):
        promise = Promise.read(spelt)
        promise.check(path, "")
        assert (bool(promise.algorithm), promise.notes) == (True, ())

    @pytest.mark.parametrize(
        "text",
        ["crc32-AAAA", "sha256", "sha256-", "sha256-!!!", "sha256-AAAA", "sha999-" + "A" * 44, "-", "md5-" + "x" * 32],
    )  # fmt: skip
    def test_notes_what_it_does_not_understand_and_goes_on(self, path, text):
        promise = Promise.read(f"{text} {sri('sha1')}")
        promise.check(path, "")
        assert promise.algorithm == "sha1"
        assert len(promise.notes) == 1
        assert text[:40] in promise.notes[0]

    @pytest.mark.parametrize("text", ["", "   ", "crc32-AAAA"])
    def test_that_says_nothing_holds_for_everything(self, path, text):
        promise = Promise.read(text)
        promise.check(path, "")
        assert promise.algorithm == ""
