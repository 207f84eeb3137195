"""Small feeds of every kind, one of thousands of items, and what the podcast namespace's own example says."""

import json
from collections.abc import Callable

from corpus.core import feeds
from corpus.core.evidence import Block
from corpus.core.feeds import Feed, FeedEpisode

NAMESPACES = (
    'xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:cc="http://web.resource.org/cc/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule"'
)
BY = "https://creativecommons.org/licenses/by/4.0/"
SHA384 = "sha384-ExVqijgYHm15PqQqdXfW95x+Rs6C+d6E/ICxyQOeFevnxNLR/wtJNrNYTjIysUBo"

URL = "https://example.org/show/feed.xml"
ITEM = '<item><title>One</title><guid>1</guid><enclosure url="a.mp3" type="audio/mpeg" length="5"/>{}</item>'


def rss(channel: str = "", *items: str) -> bytes:
    """A feed of these elements and items, and nothing else."""
    return f'<rss version="2.0" {NAMESPACES}><channel>{channel}{"".join(items)}</channel></rss>'.encode()


def parse(channel: str = "", *items: str, url: str | None = URL) -> Feed:
    """That feed, read; with one plain item where none is given."""
    return feeds.parse(rss(channel, *(items or (ITEM.format(""),))), url=url)


def episode(inside: str = "", *, channel: str = "", url: str | None = URL) -> FeedEpisode:
    """The one episode of a feed, with more elements in its item."""
    (only,) = parse(channel, ITEM.format(inside), url=url).episodes
    return only


RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" {NAMESPACES}><channel><title>Tee &amp; Töne</title><link>https://tee.example/</link>
<language>de-AT</language><ttl>90</ttl><skipHours><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>
<itunes:author>Ann</itunes:author><podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>
<podcast:locked owner="a@tee.example">yes</podcast:locked><podcast:medium>podcast</podcast:medium>
<podcast:license url="{BY}">cc-by-4.0</podcast:license><podcast:person>Ann</podcast:person><copyright>© Ann</copyright>
<item><title>Eins</title><guid isPermaLink="false">1</guid><pubDate>Fri, 01 May 2026 10:00:00 +0200</pubDate>
<enclosure url="https://op3.dev/e/tee.example/1.mp3" type="audio/mpeg" length="100000"/>
<itunes:duration>1:02:03</itunes:duration><description><![CDATA[<p>Hallo <b>du</b></p>]]></description>
<podcast:transcript url="1.vtt" type="text/vtt"/><podcast:person role="guest">Bob</podcast:person>
<podcast:alternateEnclosure type="audio/opus" bitrate="128000" length="900000"><podcast:source uri="ipfs://x"/>
<podcast:source uri="https://tee.example/1.opus"/><podcast:integrity type="sri" value="{SHA384}"/>
</podcast:alternateEnclosure></item>
<item><title>Zwei</title><guid>https://tee.example/2</guid><enclosure url="2.m4a" type="audio/mp4" length="9"/>
<creativeCommons:license>https://creativecommons.org/licenses/by-nd/4.0/</creativeCommons:license>
<media:group><media:content url="2.mp4" type="video/mp4"><media:license href="{BY}">CC BY</media:license>
</media:content></media:group><dc:creator>Cleo</dc:creator><dc:date>2026-05-02T10:00:00Z</dc:date></item>
</channel></rss>""".encode()

ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Thé</title><id>urn:the</id>
<author><name>Ann</name><email>ann@the.example</email></author><link rel="license" href="{BY}"/><rights>© Ann</rights>
<updated>2026-05-01T10:00:00Z</updated><link rel="next" href="https://the.example/2"/>
<entry><title type="html">&lt;b&gt;Un&lt;/b&gt;</title><id>urn:1</id><updated>2026-05-01T10:00:00Z</updated>
<link rel="enclosure" href="https://the.example/1.mp3" type="audio/mpeg" length="9"/><content>Salut</content></entry></feed>""".encode()

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cc="http://web.resource.org/cc/"><channel><title>Old</title>
<cc:license rdf:resource="https://creativecommons.org/licenses/by-sa/2.5/"/></channel>
<item><title>One</title><dc:date>2004-05-01</dc:date><enclosure url="https://h.example/a.mp3"/></item></rdf:RDF>"""

ARCHIVE: dict[str, object] = {
    "metadata": {
        "identifier": "tea-talk",
        "title": "Tea talk",
        "creator": ["Ann", "Bob"],
        "date": "2019-03-04",
        "description": ["<p>About tea.</p>", "Twice."],
        "language": "ger",
        "licenseurl": "http://creativecommons.org/licenses/by-sa/3.0/de/",
        "mediatype": "audio",
        "rights": "Credit us.",
    },
    "files": [
        {"name": "01 tea.mp3", "source": "original", "format": "VBR MP3", "size": "3000", "length": "61.5",
         "md5": "d41d8cd98f00b204e9800998ecf8427e", "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
         "title": "First tea"},
        {"name": "01 tea.ogg", "source": "derivative", "original": "01 tea.mp3", "size": "2000"},
        {"name": "02.shn", "source": "original", "size": "9000"},
        {"name": "02_64kb.mp3", "source": "derivative", "original": "02.shn", "size": "500", "length": "1:00"},
        {"name": "02_vbr.mp3", "source": "derivative", "original": "02.shn", "size": "900", "length": "1:00"},
        {"name": "cover.jpg", "source": "original", "size": "10"},
        {"name": "tea-talk_meta.xml", "source": "metadata", "size": "10"},
    ],
}  # fmt: skip

OPML = b"""<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Talk"><outline type="rss" text="Tea" xmlUrl="https://tee.example/feed"/>
<outline title="The" xmlurl="feed://the.example/rss"/></outline>
<outline type="link" text="Page" url="https://page.example/"/></body></opml>"""

SAMPLES = (RSS, ATOM, RDF, json.dumps(ARCHIVE).encode(), OPML)

_ITEM = (
    "<item><title>Episode {n}: things we said</title><link>https://big.example/{n}</link>"
    '<guid isPermaLink="false">ep-{n}</guid><pubDate>Fri, 02 May 2025 10:00:00 GMT</pubDate>'
    "<description><![CDATA[<p>Today we talk about the things of day {n} &amp; more.</p>]]></description>"
    "<content:encoded><![CDATA[<p>Today we talk about the things of day {n}, at length and with "
    '<b>markup</b>, <a href="https://x.example/">links</a> and lists.</p><ul><li>one</li><li>two</li></ul>]]>'
    "</content:encoded><itunes:duration>00:31:0{d}</itunes:duration><itunes:explicit>false</itunes:explicit>"
    '<itunes:image href="https://big.example/{n}.jpg"/><itunes:episode>{n}</itunes:episode>'
    '<enclosure url="https://op3.dev/e/cdn.big.example/{n}.mp3" length="{size}" type="audio/mpeg"/>'
    '<podcast:person role="guest">Guest {n}</podcast:person>'
    '<podcast:transcript url="https://big.example/{n}.vtt" type="text/vtt"/></item>'
)


def many_items(n_items: int) -> bytes:
    """A feed as hosts write it, with so many items."""
    items = (_ITEM.format(n=n, d=n % 10, size=30_000_000 + n) for n in range(n_items))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {NAMESPACES}><channel><title>Big</title>'
        "<link>https://big.example/</link><language>en</language><itunes:author>Big makers</itunes:author>"
        f"<podcast:license>cc-by-4.0</podcast:license>{''.join(items)}</channel></rss>"
    ).encode()


# What the example feed of the podcast namespace says, in the elements that matter to us.
EXAMPLE_FACTS: dict[str, Callable[[Feed], bool]] = {
    "title": lambda f: f.title == "Podcasting 2.0 Namespace Example",
    "link, not that of the live item": lambda f: f.link == "https://example.com/podcast",
    "language": lambda f: f.language == "en-US",
    "author": lambda f: f.author == "john@example.com (John Doe)",
    "podcast:guid that is no UUID is computed": lambda f: len(f.guid) == 36,
    "podcast:license": lambda f: (
        [(o.text, o.url) for o in f.observations if o.element == "podcast:license"]
        == [("my-podcast-license-v1", "https://example.org/mypodcastlicense/full.pdf")]
    ),
    "copyright": lambda f: f.observations[-1].text == "Podcast Index LLC 2026",
    "podcast:locked": lambda f: f.locked,
    "podcast:block": lambda f: f.block == Block("podcast:block", "yes"),
    "podcast:medium": lambda f: f.medium == "podcast",
    "no podcast:txt": lambda f: not f.ai_content,
    "three items, the live one and the trailer left out": lambda f: len(f.episodes) == 3,
    "item guid": lambda f: [e.guid for e in f.episodes] == [f"https://example.com/ep000{n}" for n in (3, 2, 1)],
    "item link": lambda f: f.episodes[0].link == "https://example.com/podcast/ep0003",
    "item date": lambda f: f.episodes[0].published is not None and f.episodes[0].published.day == 9,
    "podcast:person": lambda f: (
        [(p.name, p.role, p.group) for p in f.episodes[0].persons]
        == [("Adam Curry", "host", "cast"), ("Dave Jones", "guest", "cast"), ("Becky Smith", "cover art designer", "visuals")]
    ),
    "podcast:transcript": lambda f: [(t.type, t.language) for t in f.episodes[0].transcripts] == [("text/plain", None), ("text/vtt", "es")],
    "podcast:alternateEnclosure: the best audio": lambda f: (
        f.episodes[0].enclosure_url == "https://example.com/file-proprietary-03.aac"
    ),
    "its type and length": lambda f: (
        (f.episodes[0].enclosure_type, f.episodes[0].enclosure_bytes) == ("audio/aac", 54_000_000)
    ),
    "podcast:integrity of the video is not that of the audio": lambda f: f.episodes[0].integrity is None,
    "podcast:source: the web's only, in order": lambda f: (
        [a.url.rpartition("/")[2] for a in f.episodes[0].alternates]
        == ["file-03.mp3", "file-high-03.opus", "file-low-03.opus", "file-720.mp4"]
    ),
    "bitrates": lambda f: [a.bitrate for a in f.episodes[0].alternates][1:] == [96_000, 16_000, 511_276.52],
    "podcast:integrity": lambda f: f.episodes[0].alternates[-1].integrity == SHA384,
    "nothing dropped": lambda f: not f.dropped,
}  # fmt: skip
