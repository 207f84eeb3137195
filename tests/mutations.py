"""Feeds broken in the ways that feeds break, and in the ways that people who mean harm break them; seeded."""

import random
from collections.abc import Callable, Sequence

Bodies = Sequence[bytes]
Mutation = Callable[[bytes, Bodies, random.Random], bytes]

_DOCTYPES = (
    b'<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    b'<!DOCTYPE rss [<!ENTITY c SYSTEM "file:///etc/passwd">]>',
    b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">',
    b'<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
    b"<!DOCTYPE rss [<!ATTLIST enclosure url CDATA 'file:///etc/passwd'>]>",
)
_ENCODINGS = (
    b"utf-16",
    b"utf-7",
    b"cp037",
    b"iso-8859-1",
    b"klingon",
    b"idna",
    b"rot13",
    b"zlib",
    b"utf-8",
    b"",
)
_NAMESPACES = (
    b"https://podcastindex.org/namespace/1.0", b"http://www.itunes.com/dtds/podcast-1.0.dtd",
    b"http://www.w3.org/2005/Atom", b"http://search.yahoo.com/mrss/", b"http://purl.org/rss/1.0/", b"urn:x", b"",
    b"http://backend.userland.com/creativeCommonsRssModule", b"http://www.w3.org/1999/xhtml",
)  # fmt: skip
_SCRAPS = (
    b"&c;", b"&#0;", b"&#xD800;", b"&nbsp;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x", b"<", b">", b"&",
    b"\x00", b"\x0b", b"\xff\xfe", b"\xed\xa0\x80", b'"', b"<item>", b"</item>", b"</channel>", b"<a:b:c/>",
    b"<guid>", b"<pubDate>Thu, 99 Foo 99999 99:99:99 +9999</pubDate>", b"<itunes:duration>1e9</itunes:duration>",
    b"<updated>0000-00-00T00:00:00Z</updated>", b"<dc:date>9999-12-31T23:59:60-23:59</dc:date>",
    b'<enclosure url="http://[::1/a.mp3"/>', b'<enclosure url="https://op3.dev/e/[x" length="9e9"/>',
    b'<podcast:alternateEnclosure bitrate="nan" type="audio/x"><podcast:source uri="http://[x"/></podcast:alternateEnclosure>',
    b"<author><name>a</name><email>@</email></author>", b"<podcast:guid>{}</podcast:guid>",
    b'<link rel="license" href="http://[bad"/>', b"<ttl>99999999999999999999</ttl>", b"<skipHours><hour>x</hour></skipHours>",
)  # fmt: skip


def mutated(bodies: Bodies, rng: random.Random) -> bytes:
    """One of the feeds, broken once to four times."""
    body = rng.choice(bodies)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        body = rng.choice(MUTATIONS)(body, bodies, rng)
    return body


def flip(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    """A few bits the other way round."""
    out = bytearray(body)
    for _n in range(rng.randint(1, 30) if out else 0):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def delete(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    start, end = _span(body, rng)
    return body[:start] + body[end:]


def repeat(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    start, end = _span(body, rng)
    return body[:end] + body[start:end] * rng.randint(1, 5) + body[end:]


def truncate(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    return body[: rng.randrange(len(body) + 1)]


def splice(body: bytes, bodies: Bodies, rng: random.Random) -> bytes:
    """The start of one feed and the end of another."""
    other = rng.choice(bodies)
    return body[: rng.randrange(len(body) + 1)] + other[rng.randrange(len(other) + 1) :]


def lie_about_encoding(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    """Another declaration than the bytes deserve, or other bytes than the declaration promises."""
    if rng.random() < 0.4:
        text = body.decode("utf-8", "replace")
        return text.encode(
            rng.choice(("utf-16", "utf-16-le", "utf-32", "cp1252", "utf-8-sig")), "replace"
        )
    declared = b'<?xml version="1.0" encoding="' + rng.choice(_ENCODINGS) + b'"?>'
    return declared + body[body.find(b"?>") + 2 if b"?>" in body[:200] else 0 :]


def nest(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    """Elements inside elements inside elements."""
    tag = rng.choice(
        (b"item", b"channel", b"a", b"author", b"media:group", b"podcast:license", b"b:c")
    )
    depth = rng.choice((5, 250, 300, 3000, 30000))
    closing = b"</" + tag + b">" if rng.random() < 0.5 else b""
    return _inserted(body, (b"<" + tag + b">") * depth + b"x" + closing * depth, rng)


def bloat(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    """An attribute, a text or a name that does not end, or very many attributes."""
    size = rng.choice((1000, 100_000, 1_000_000))
    huge = rng.choice(
        (
            b'<enclosure url="http://h/' + b"a" * size + b'.mp3"/>',
            b"<title>" + b"&amp;" * (size // 5) + b"</title>",
            b"<" + b"x" * size + b"/>",
            b"<y " + b" ".join(b'a%d="1"' % n for n in range(size // 100)) + b"/>",
            b"<guid>" + b"9" * size + b"</guid>",
            b"<description>" + b"&lt;b&gt;" * (size // 9) + b"</description>",
        )
    )
    return _inserted(body, huge, rng)


def control(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    """Characters that XML may not hold."""
    for _n in range(rng.randint(1, 10)):
        body = _inserted(
            body, bytes([rng.choice((0, 1, 8, 11, 12, 27, 127, 128, 255))]), rng, anywhere=True
        )
    return body


def declare_entities(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    """A document type with entities, and a use of them."""
    start = body.find(b"?>") + 2 if b"?>" in body[:200] else 0
    return body[:start] + rng.choice(_DOCTYPES) + _inserted(body[start:], b"&c;", rng)


def swap_namespaces(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    """A namespace bound to another prefix, or to none."""
    old, new = rng.choice(_NAMESPACES[:6]), rng.choice(_NAMESPACES)
    return body.replace(old, new) if old in body else body.replace(b"xmlns:", b"xmlns:z", 1)


def litter(body: bytes, _: Bodies, rng: random.Random) -> bytes:
    """Scraps of markup where they do not belong."""
    for _n in range(rng.randint(1, 6)):
        body = _inserted(body, rng.choice(_SCRAPS), rng, anywhere=rng.random() < 0.5)
    return body


MUTATIONS: tuple[Mutation, ...] = (
    flip, delete, repeat, truncate, splice, lie_about_encoding, nest, bloat, control, declare_entities,
    swap_namespaces, litter,
)  # fmt: skip


def _span(body: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(body) + 1)
    return start, min(len(body), start + rng.choice((1, 5, 50, 500)))


def _inserted(body: bytes, piece: bytes, rng: random.Random, *, anywhere: bool = False) -> bytes:
    """The piece in the body, between elements if there are any."""
    at = rng.randrange(len(body) + 1)
    if not anywhere:
        at = body.find(b"><", at) + 1 or at
    return body[:at] + piece + body[at:]
