"""Keyset pages, walked from end to end."""

import pytest
from django.test import RequestFactory

from corpus.models import Podcast
from corpus.views import paging
from tests.factories import corpus

pytestmark = pytest.mark.django_db


def page(url, size=2, **options):
    rows = Podcast.objects.all()
    return paging.page(RequestFactory().get(url), rows, by="id", size=size, **options)


class TestPage:
    def test_leads_to_every_row_once_and_back(self):
        made = [corpus.podcast().pk for _ in range(5)]
        seen, url = [], "/?q=x"
        while url:
            shown = page(url)
            seen += [row.pk for row in shown.rows]
            last, url = shown, shown.next_url
        assert seen == made
        before = page(last.previous_url)
        assert [row.pk for row in before.rows] == made[2:4]
        assert page(before.previous_url).previous_url == ""

    def test_may_begin_with_the_newest(self):
        made = [corpus.podcast().pk for _ in range(5)][::-1]
        seen, url = [], "/"
        while url:
            shown = page(url, newest_first=True)
            seen += [row.pk for row in shown.rows]
            last, url = shown, shown.next_url
        assert seen == made
        before = page(last.previous_url, newest_first=True)
        assert [row.pk for row in before.rows] == made[2:4]
        assert page(before.previous_url, newest_first=True).previous_url == ""

    def test_keeps_the_other_filters(self):
        for _ in range(3):
            corpus.podcast()
        assert page("/?q=night&after=").next_url.startswith("/?q=night&after=")

    def test_counts_all_rows(self):
        for _ in range(3):
            corpus.podcast()
        assert page("/").total == 3

    @pytest.mark.parametrize("url", ["/?after=abc", "/?before=abc", "/?after="])
    def test_takes_nonsense_for_nothing(self, url):
        corpus.podcast()
        assert len(page(url).rows) == 1

    def test_without_rows_leads_nowhere(self):
        shown = page("/?after=1")
        assert (shown.rows, shown.next_url, shown.previous_url) == ([], "", "")
