"""Which file of an item is taken, of all that it offers."""

import pytest
from lxml import etree

from corpus.core import offers
from corpus.core.markup import NAMESPACES
from corpus.core.offers import integrity
from tests.feed_samples import SHA384, URL, episode, parse

OWN = '<enclosure url="own.mp3" type="audio/mpeg" length="{}"/>'
PLAIN = OWN.format("")
SHA256 = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def alternate(name, *, bitrate="", type="audio/mpeg", length="", default="", inside="", uri=""):
    said = {"bitrate": bitrate, "type": type, "length": length, "default": default}
    attributes = " ".join(f'{key}="{value}"' for key, value in said.items() if value)
    source = f'<podcast:source uri="{uri or f"https://cdn.example/{name}"}"/>'
    return f"<podcast:alternateEnclosure {attributes}>{source}{inside}</podcast:alternateEnclosure>"


def chosen(*alternates, own=PLAIN, more=""):
    item = f"<item><title>One</title><guid>1</guid>{own}{''.join(alternates)}{more}</item>"
    (one,) = parse("", item).episodes
    return one


def name(one):
    return one.enclosure_url.rpartition("/")[2]


class TestAlternates:
    def test_with_the_best_bitrate_is_taken(self):
        one = chosen(
            alternate("low.mp3", bitrate="64000"),
            alternate("high.m4a", bitrate="192000.5", type="audio/mp4", length="77"),
            alternate("mid.mp3", bitrate="128000"),
        )
        assert one.enclosure_url == "https://cdn.example/high.m4a"
        assert (one.enclosure_type, one.enclosure_bytes) == ("audio/mp4", 77)
        assert [file.url.rpartition("/")[2] for file in one.alternates] == [
            "own.mp3",
            "low.mp3",
            "mid.mp3",
        ]

    @pytest.mark.parametrize("uri", NAMESPACES["podcast"])
    def test_are_known_by_both_namespaces(self, uri):
        inside = '<p:alternateEnclosure type="audio/aac" bitrate="160000"><p:source uri="b.aac"/></p:alternateEnclosure>'
        item = f'<item xmlns:p="{uri}"><guid>1</guid>{OWN.format(5)}{inside}</item>'
        (one,) = parse("", item).episodes
        assert name(one) == "b.aac"

    def test_are_never_a_video(self):
        one = chosen(alternate("film.mp4", bitrate="900000", type="video/mp4"))
        assert name(one) == "own.mp3"

    @pytest.mark.parametrize(
        "file",
        [
            {"uri": "https://h/x.torrent"},
            {"type": "application/x-bittorrent"},
            {"type": "application/x-mpegURL"},
            {"type": "audio/x-mpegurl"},
            {"uri": "https://h/x.m3u8", "type": "application/octet-stream"},
            {"uri": "https://h/x.jpg", "type": "image/jpeg"},
        ],
    )
    def test_are_never_what_only_names_files(self, file):
        one = chosen(alternate("x", bitrate="900000", **file))
        assert (name(one), one.alternates) == ("own.mp3", ())

    def test_of_a_source_with_a_type_of_its_own_go_by_that(self):
        torrent = '<podcast:source uri="https://h/x" contentType="application/x-bittorrent"/>'
        one = chosen(alternate("x.mp3", bitrate="900000", uri="ipfs://x", inside=torrent))
        assert name(one) == "own.mp3"

    def test_take_the_first_source_that_the_web_has(self):
        mirrors = '<podcast:source uri="https://a.example/x.opus"/><podcast:source uri="https://b.example/x.opus"/>'
        one = chosen(
            alternate("x", bitrate="96000", type="audio/opus", uri="ipfs://Qm", inside=mirrors)
        )
        assert one.enclosure_url == "https://a.example/x.opus"
        assert one.alternates[-1].url == "https://b.example/x.opus"

    def test_of_other_nets_are_named_only_where_nothing_else_is(self):
        peers = alternate("x", bitrate="96000", uri="ipfs://Qm")
        feed = parse("", f"<item>{OWN.format(5)}{peers}</item>", f"<item>{peers}</item>")
        (sentence,) = feed.dropped
        assert sentence.startswith("Item 2")
        assert "'ipfs://Qm', which is not an http or https address" in sentence

    def test_alone_are_enough(self):
        one = chosen(alternate("a.mp3", type="audio/mpeg"), own="")
        assert name(one) == "a.mp3"

    def test_of_video_alone_are_none(self):
        video = f"<item>{alternate('a.mp4', type='video/mp4')}</item>"
        feed = parse("", f"<item>{OWN.format(5)}</item>", video)
        assert "it offers no audio, only video/mp4" in feed.dropped[0]

    def test_replace_a_video(self):
        video = '<enclosure url="own.mp4" type="video/mp4" length="9"/>'
        assert name(chosen(alternate("a.mp3"), own=video)) == "a.mp3"

    def test_never_change_the_guid(self):
        plain = f"<item>{OWN.format(5)}</item>"
        more = f"<item>{OWN.format(5)}{alternate('a.mp3', bitrate='192000')}</item>"
        (before,), (after,) = parse("", plain).episodes, parse("", more).episodes
        assert before.enclosure_url != after.enclosure_url
        assert before.guid == after.guid

    @pytest.mark.parametrize("bitrate", ["", "nan", "inf", "-1", "0", "fast", "1e400"])
    def test_of_no_bitrate_do_not_beat_the_own_file(self, bitrate):
        assert name(chosen(alternate("a.mp3", bitrate=bitrate))) == "own.mp3"

    def test_in_kilobits_are_understood(self):
        assert name(chosen(alternate("a.mp3", bitrate="128"))) == "a.mp3"


class TestTheOwnFile:
    def test_is_as_good_as_the_default_alternate_says(self):
        default = alternate("same.mp3", bitrate="128000", default="true")
        assert name(chosen(default, alternate("a.opus", bitrate="96000"))) == "own.mp3"
        assert name(chosen(default, alternate("a.opus", bitrate="160000"))) == "a.opus"

    def test_is_as_good_as_its_size_and_length_say(self):
        lasts = "<itunes:duration>1:40</itunes:duration>"  # 100 s of 128 kbit/s are 1.6 MB
        own = OWN.format(1_600_000)
        assert name(chosen(alternate("a.mp3", bitrate="96000"), own=own, more=lasts)) == "own.mp3"
        assert name(chosen(alternate("a.mp3", bitrate="192000"), own=own, more=lasts)) == "a.mp3"

    def test_is_as_good_as_its_size_beside_the_alternate_says(self):
        other = alternate("a.mp3", bitrate="128000", length="1000")
        assert name(chosen(other, own=OWN.format(2000))) == "own.mp3"
        assert name(chosen(other, own=OWN.format(500))) == "a.mp3"

    def test_of_unknown_rate_beats_versions_for_thin_lines(self):
        assert name(chosen(alternate("a.opus", bitrate="16000"))) == "own.mp3"

    def test_has_the_hash_of_the_alternate_with_its_address(self):
        hashed = f'<podcast:integrity type="sri" value="{SHA384}"/>'
        own = f'<enclosure url="{URL}/x.mp3" type="audio/mpeg"/>'
        one = chosen(alternate("x", uri=f"{URL}/x.mp3", default="true", inside=hashed), own=own)
        assert (one.enclosure_url, one.integrity) == (f"{URL}/x.mp3", SHA384)

    def test_has_no_hash_of_its_own(self):
        assert episode().integrity is None


class TestIntegrity:
    def test_of_the_chosen_file_is_kept(self):
        stated = (
            '<podcast:integrity type="pgp-signature" value="sha256-AAAA"/>'
            f'<podcast:integrity type="SRI" value="{SHA384}"/>'
        )
        assert chosen(alternate("a.mp3", bitrate="192000", inside=stated)).integrity == SHA384

    def test_of_another_version_is_not(self):
        stated = f'<podcast:integrity type="sri" value="{SHA384}"/>'
        one = chosen(
            alternate("a.mp3", bitrate="192000"),
            alternate("b.mp3", bitrate="96000", inside=stated),
        )
        assert (name(one), one.integrity) == ("a.mp3", None)

    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            (SHA384, SHA384),
            (f" {SHA384}?ct=audio/mpeg\n", SHA384),
            (f"{SHA256} {SHA384}", SHA384),
            (SHA256.rstrip("="), SHA256),
            (SHA256.replace("+", "-").replace("/", "_"), SHA256),
            (f"{SHA256} {SHA256}", f"{SHA256} {SHA256}"),
            ("sha256-AAAA", None),
            (SHA384.replace("384", "512"), None),
            ("md5-1B2M2Y8AsgTpgAmY7PhCfg==", None),
            ("sha384-!", None),
            ("", None),
        ],
    )
    def test_is_the_strongest_that_is_well_formed(self, written, kept):
        assert integrity(written) == kept


class TestOffer:
    def test_names_what_nobody_may_fetch(self):
        item = etree.fromstring('<item><enclosure url="file:///etc/passwd"/><enclosure/></item>')
        offer = offers.of_item(item, URL)
        assert (offer.files, offer.unusable) == ((), ("file:///etc/passwd",))
