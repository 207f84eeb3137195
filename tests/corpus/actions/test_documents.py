"""Documents are kept once, as they arrived."""

import pytest

from corpus.actions import documents
from corpus.models import FeedDocument
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


class TestKeep:
    def test_gives_back_every_byte(self) -> None:
        body = b"\xef\xbb\xbf<rss>\r\n\x00</rss>"
        row = documents.keep(body, source="https://a.example/feed", at=NOW)
        assert documents.read(row) == body
        assert row.n_bytes == len(body)

    def test_keeps_the_same_bytes_once(self) -> None:
        first = documents.keep(b"<rss/>", source="https://a.example/feed", at=NOW)
        again = documents.keep(b"<rss/>", source="https://b.example/feed", at=NOW)
        assert again == first
        assert FeedDocument.objects.get().source == "https://a.example/feed"
