"""A podcast whose feed lies on a host of our own, and looks at it."""

from datetime import timedelta

from corpus.actions import feeds, podcasts
from corpus.engines import sources
from corpus.models import Episode, FeedWatch, LicenceEvidence
from tests import loopback
from tests.factories.corpus import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
OTHER = "9b024349-ccf0-5f69-a609-6b82873eab3c"
BY, ND = (f"https://creativecommons.org/licenses/{kind}/4.0/" for kind in ("by", "by-nd"))
DATE = "Sun, 01 Mar 2026 10:00:00 GMT"


def rss(*guids, guid=GUID, title="Small talk", licence=BY, extra="", base="https://x.example"):
    said = f"<podcast:guid>{guid}</podcast:guid>" if guid else ""
    items = "".join(
        f'<item><title>{g}</title><guid isPermaLink="false">{g}</guid>'
        f'<enclosure url="{base}/{g}.mp3" type="audio/mpeg"/></item>'
        for g in guids
    )
    return (
        f'<rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0" '
        f'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>{title}</title>'
        f'{said}<podcast:license url="{licence}"/>{extra}{items}</channel></rss>'
    ).encode()


def serve(host, body, path="/feed", status=200, **headers):
    """From now on this answer, or 304 where the validators are those of it."""

    def page(handler):
        etag, date = headers.get("ETag"), headers.get("Last_Modified")
        asked = (handler.headers.get("If-None-Match"), handler.headers.get("If-Modified-Since"))
        is_same = asked[0] == etag if asked[0] else asked[1] == date
        if any(asked) and is_same and status == 200:
            return handler.answer(304, **headers)
        return handler.answer(status, body, **headers)

    host.pages[path] = page


def entered(host, body=None, path="/feed", **headers):
    """A podcast that was read from the host, and its watch."""
    serve(host, rss("1", "2") if body is None else body, path, **headers)
    source = sources.read(host.url + path, fetcher=loopback.fetcher())
    podcasts.add(source=source, judged=podcasts.judge(source), attribution="", by=None, at=NOW)
    return now()


def now():
    """The watch as it stands, under a claim."""
    watch = FeedWatch.objects.select_related("podcast", "document").get()
    FeedWatch.objects.filter(pk=watch.pk).update(retry_at=NOW)
    return watch


def refresh(watch=None, *, at=NOW + HOUR, fetcher=None, by=None):
    return feeds.refresh(watch=watch or now(), fetcher=fetcher or loopback.fetcher(), at=at, by=by)


def state():
    """Everything that a bad look must not change."""
    watch = FeedWatch.objects.get()
    return (
        list(Episode.objects.order_by("pk").values()),
        LicenceEvidence.objects.count(),
        (watch.document_id, watch.etag, watch.last_modified, watch.changed_at, watch.url),
    )
