"""Items of the Internet Archive."""

import copy
import json

import pytest

from corpus.core import archive, licences
from corpus.core.archive import NoItem
from corpus.core.evidence import Observation, is_hint
from corpus.core.feeds import EmptyFeed, NotAFeed
from tests.feed_samples import ARCHIVE

SA_DE = "http://creativecommons.org/licenses/by-sa/3.0/de/"


def body(*files, **metadata):
    """An item with these fields instead, and with these files if any."""
    told = copy.deepcopy(ARCHIVE)
    told["metadata"].update(metadata)
    if files:
        told["files"] = list(files)
    return json.dumps(told).encode()


def parse(*files, **metadata):
    return archive.parse(body(*files, **metadata))


def names(*files):
    return [one.guid.removeprefix("archive.org/tea-talk/") for one in parse(*files).episodes]


def file(name, *, source="original", **more):
    return {"name": name, "source": source, **more}


class TestItem:
    def test_is_a_podcast(self):
        feed = parse()
        assert (feed.title, feed.author, feed.language) == ("Tea talk", "Ann; Bob", "deu")
        assert feed.link == "https://archive.org/details/tea-talk"
        assert feed.description == "About tea. Twice."
        assert feed.observations == ()

    def test_lists_its_recordings(self):
        first, second = parse().episodes
        assert first.guid == "archive.org/tea-talk/01 tea.mp3"
        assert first.enclosure_url == "https://archive.org/download/tea-talk/01%20tea.mp3"
        assert (first.title, first.duration_s, first.enclosure_bytes) == ("First tea", 61.5, 3000)
        assert (first.author, first.published.isoformat()) == (
            "Ann; Bob",
            "2019-03-04T00:00:00+00:00",
        )
        assert first.integrity == "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="
        assert (second.title, second.duration_s, second.integrity) == ("02_vbr", 60, None)

    def test_states_its_licence_at_each_recording(self):
        for one in parse().episodes:
            assert one.observations == (
                Observation("archive:licenseurl", "item", url=SA_DE),
                Observation("archive:rights", "item", "Credit us."),
            )

    @pytest.mark.parametrize(
        ("fields", "verdict"),
        [
            ({}, "accepted"),
            ({"licenseurl": None}, "review"),
            ({"licenseurl": "http://creativecommons.org/licenses/by-nd/4.0/"}, "index_only"),
            ({"licenseurl": ["https://creativecommons.org/publicdomain/zero/1.0/"]}, "accepted"),
            ({"licenseurl": "http://www.example.org/ours"}, "review"),
            ({"licenseurl": None, "rights": "All rights reserved"}, "refused"),
            ({"rights": "All rights reserved"}, "review"),
            ({"licenseurl": None, "possible-copyright-status": "NOT_IN_COPYRIGHT"}, "review"),
            ({"possible-copyright-status": "NOT_IN_COPYRIGHT"}, "accepted"),
        ],
    )
    def test_comes_to_a_verdict(self, fields, verdict):
        (one, _) = parse(**fields).episodes
        assert licences.decide(one.observations, block=None).verdict == verdict

    def test_says_rights_in_words_as_hints_only(self):
        first, *words = parse(**{"possible-copyright-status": "X"}).episodes[0].observations
        assert not is_hint(first)
        assert [seen.element for seen in words] == [
            "archive:rights",
            "archive:possible-copyright-status",
        ]
        assert all(map(is_hint, words))

    @pytest.mark.parametrize(
        ("written", "code"),
        [("eng", "eng"), ("English", "eng"), (["fre", "eng"], "fra"), ("German; English", "deu"),
         ("Klingon", "Klingon"), (None, None), ("", None), ({"x": 1}, None)],
    )  # fmt: skip
    def test_has_its_first_language(self, written, code):
        assert parse(language=written).language == code

    @pytest.mark.parametrize(
        ("date", "day"),
        [("2019", "2019-01-01"), ("2019-03", "2019-03-01"), ("2019-03-04T05:06:07Z", "2019-03-04")],
    )
    def test_has_its_day(self, date, day):
        assert parse(date=date).episodes[0].published.date().isoformat() == day

    @pytest.mark.parametrize("date", ["soon", "2019-13-01", None, ["x"], "0000"])
    def test_without_a_day_has_that_of_its_upload(self, date):
        one = parse(date=date, publicdate="2020-02-03 04:05:06").episodes[0]
        assert one.published.date().isoformat() == "2020-02-03"

    def test_stays_the_same_podcast(self):
        assert parse().guid == parse(title="Other").guid != parse(identifier="other").guid


class TestMusic:
    @pytest.mark.parametrize("filed", [{"mediatype": "etree"}, {"collection": ["x", "netlabels"]}])
    def test_waits_for_a_person(self, filed):
        feed = parse(**filed)
        seen = (*feed.episodes[0].observations, *feed.observations)
        assert licences.decide(seen, block=None).verdict == "review"
        assert "calls itself music" in feed.dropped[0]

    def test_is_not_what_else_is_heard(self):
        assert parse(collection=["librivoxaudio"]).medium == "podcast"


class TestRecordings:
    def test_are_originals(self):
        assert names(file("a.wav"), file("a.mp3", source="derivative", original="a.wav")) == [
            "a.wav"
        ]

    @pytest.mark.parametrize("original", ["a.shn", "a.mp4", "a.zip"])
    def test_are_the_best_derived_where_the_original_is_no_audio(self, original):
        derived = [
            file("a_64kb.mp3", source="derivative", original=original, size="10"),
            file("a_vbr.mp3", source="derivative", original=original, size="90"),
            file("a.ogg", source="derivative", original=original, size="50"),
        ]
        assert names(file(original), *derived) == ["a_vbr.mp3"]

    def test_prefer_sound_kept_whole(self):
        of_video = {"source": "derivative", "original": "a.mov"}
        assert names(
            file("a.mov"),
            file("a.mp3", size="99", **of_video),
            file("a.flac", size="9", **of_video),
        ) == ["a.flac"]

    def test_uploaded_in_two_formats_or_rates_are_one(self):
        assert names(
            file("x/a_128kb.mp3", size="9"),
            file("x/a_64kb.mp3", size="5"),
            file("x/a.flac", size="7"),
        ) == ["x/a.flac"]

    def test_of_the_same_name_in_two_folders_are_two(self):
        assert names(file("1/a.mp3"), file("2/a.mp3")) == ["1/a.mp3", "2/a.mp3"]

    def test_are_found_over_several_steps_and_circles(self):
        steps = [
            file("a.mov"),
            file("a.wma", source="derivative", original="a.mov", size="1"),
            file("b.mp3", source="derivative", original="a.wma", size="2"),
            file("c.mp3", source="derivative", original="d.mp3"),
            file("d.mp3", source="derivative", original="c.mp3"),
        ]
        assert len(names(*steps)) == 2

    def test_that_the_archive_keeps_to_itself_are_said(self):
        feed = parse(file("a.mp3", private="true"), file("b.mp3"))
        assert [one.title for one in feed.episodes] == ["b"]
        assert feed.dropped == ("The file a.mp3 was left out: the archive keeps it to itself.",)

    @pytest.mark.parametrize("name", ["ä ö#?%.mp3", "a/b c.mp3", "日本.mp3", "..mp3"])
    def test_are_found_again_by_their_address(self, name):
        (one,) = parse(file(name)).episodes
        assert archive.file_of(one.enclosure_url) == ("tea-talk", name)

    @pytest.mark.parametrize(
        ("length", "seconds"),
        [
            ("1:30", 90),
            ("1:01:30", 3690),
            (90.5, 90.5),
            ("x", None),
            ("", None),
            ("0", None),
            ("1:2:3:4", None),
        ],
    )
    def test_have_their_length(self, length, seconds):
        assert parse(file("a.mp3", length=length)).episodes[0].duration_s == seconds

    @pytest.mark.parametrize(
        ("hashes", "kept"),
        [
            ({"md5": "d41d8cd98f00b204e9800998ecf8427e"}, "md5-1B2M2Y8AsgTpgAmY7PhCfg=="),
            (
                {"sha1": "zz", "md5": "d41d8cd98f00b204e9800998ecf8427e"},
                "md5-1B2M2Y8AsgTpgAmY7PhCfg==",
            ),
            ({"sha1": "abcd"}, None),
            ({"sha1": 7}, None),
            ({}, None),
        ],
    )
    def test_have_their_hash(self, hashes, kept):
        assert parse(file("a.mp3", **hashes)).episodes[0].integrity == kept


class TestOddItems:
    @pytest.mark.parametrize(
        "files",
        [
            None,
            "x",
            [None, 3, "x", {}, {"name": 3}, {"name": ""}, {"name": "\ud800.mp3"}],
            [{"name": "a.txt"}],
        ],
    )
    def test_without_audio_say_so(self, files):
        told = json.dumps({**ARCHIVE, "files": files}).encode()
        with pytest.raises(
            EmptyFeed, match="Tea talk” of the Internet Archive holds no audio"
        ) as caught:
            archive.parse(told)
        assert caught.value.feed.title == "Tea talk"

    def test_that_are_collections_name_their_feed(self):
        told = body(file("x.jpg"), mediatype="collection")
        with pytest.raises(EmptyFeed, match=r"collection-rss\.php\?collection=tea-talk"):
            archive.parse(told)

    @pytest.mark.parametrize("told", [b"{}", b"[]", b" {} "])
    def test_that_are_missing_are_told(self, told):
        with pytest.raises(NoItem, match="has no item “tea-talk”"):
            archive.parse(told, name="tea-talk")

    def test_that_are_dark_are_told(self):
        with pytest.raises(NoItem, match="dark"):
            archive.parse(json.dumps({"is_dark": True}).encode(), name="tea-talk")

    def test_that_are_errors_are_told(self):
        with pytest.raises(NoItem, match="nothing about the item “tea-talk”"):
            archive.parse(b'{"error": "Try later"}', name="tea-talk")

    @pytest.mark.parametrize(
        "told",
        [b'{"version": "https://jsonfeed.org"}', b"[1]", b"{", b"[" * 100_000, b"\xff{", b'"x"'],
    )
    def test_that_are_none_are_told(self, told):
        with pytest.raises(NotAFeed, match=r"Add the address|RSS or"):
            archive.parse(told)

    def test_never_give_what_a_database_cannot_hold(self):
        feed = parse(
            file("a.mp3", title="A\x00\ud800"), title="\x00", creator=[{"x": 1}, None, True, 7]
        )
        assert (feed.title, feed.author, feed.episodes[0].title) == ("tea-talk", "7", "A?")


class TestItemOf:
    @pytest.mark.parametrize(
        "address",
        ["https://archive.org/details/tea-talk", "http://www.archive.org/metadata/tea-talk/", "https://archive.org/download/tea-talk",
         "https://archive.org/download/tea-talk/a/b.mp3?x=1", "https://ia800.us.archive.org/download/tea-talk/a.mp3"],
    )  # fmt: skip
    def test_is_the_id_of_an_address(self, address):
        assert archive.item_of(address) == "tea-talk"

    @pytest.mark.parametrize(
        "address",
        ["https://archive.org/", "https://archive.org/details/", "https://archive.org.evil.example/details/x",
         "https://evilarchive.org/details/x", "https://archive.org/details/..%2Fx", "ftp://archive.org/details/x",
         "https://archive.org/services/collection-rss.php?collection=x", "https://[bad/details/x", "/details/x",
         "https://user@evil.example/archive.org/details/x"],
    )  # fmt: skip
    def test_is_none_for_others(self, address):
        assert archive.item_of(address) is None

    def test_of_a_file_is_seen_behind_counting_services(self):
        counted = "https://op3.dev/e/archive.org/download/tea-talk/01%20tea.mp3"
        assert archive.file_of(counted) == ("tea-talk", "01 tea.mp3")
        assert archive.file_of("https://archive.org/details/tea-talk") is None
        assert archive.file_of("https://archive.org/download/tea-talk") is None
