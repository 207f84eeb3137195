import io
import json
from datetime import timedelta
from typing import ClassVar

import pytest
import soundfile
from django.core.management import CommandError, call_command

from corpus.actions import intakes, licences, withdrawals
from corpus.engines.base import NotAudio
from corpus.models import Episode, FeedWatch, Intake, LicenceEvidence, Podcast
from tests import fakes, road
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
CLOSED = "http://127.0.0.1:9/feed.xml"
A, B, C = (f"https://{name}.example/feed.xml" for name in "abc")
ND = "https://creativecommons.org/licenses/by-nd/4.0/"
NC = "https://creativecommons.org/licenses/by-nc/4.0/"


@pytest.fixture
def sounds(tmp_path):
    """A folder with one second of sound under any name."""

    def make(*names):
        for name in names:
            fakes.write_wav(tmp_path / "talk" / name, fakes.voice(1, seed=len(name)))
        return tmp_path / "talk"

    return make


@pytest.fixture
def mp3(tmp_path):
    path = tmp_path / "talk.mp3"
    soundfile.write(path, fakes.voice(5), 16_000, format="MP3")
    return path


class Web(fakes.FakeFetcher):
    """The made-up web, which knows no turns."""

    def among(self, hosts):
        return self


@pytest.fixture
def web(monkeypatch):
    """What is on the web; fill it."""
    web = Web()
    monkeypatch.setattr("corpus.management.commands.ingest.load", lambda role: web)
    return web


def ingest(*words, **options):
    return road.command("ingest", *(str(word) for word in words), **options)


def refused(*words, **options):
    """The sentence of a refusal that leaves nothing behind."""
    with pytest.raises(CommandError) as caught:
        ingest(*words, **options)
    assert caught.value.returncode == 1
    assert not Podcast.objects.exists()
    return str(caught.value)


class TestGoodInput:
    def test_takes_a_folder_with_a_feed(self, tmp_path):
        said = ingest(road.folder(tmp_path / "talk"))
        assert "Small talk: 2 episodes" in said
        assert "2 added, 0 changed, 0 here already." in said
        assert "pipeline --until-idle" in said
        assert Episode.objects.filter(licence__verdict="accepted").count() == 2

    def test_takes_a_feed_file(self, tmp_path):
        folder = road.folder(tmp_path / "talk")
        ingest(folder / "feed.xml")
        assert Podcast.objects.get().source == str(folder / "feed.xml")

    def test_takes_a_feed_whatever_its_name(self, tmp_path):
        folder = road.folder(tmp_path / "talk")
        (folder / "feed.xml").rename(folder / "small-talk.txt")
        ingest(folder / "small-talk.txt")
        assert Episode.objects.count() == 2

    def test_takes_one_file_with_a_given_licence(self, mp3):
        ingest(mp3, licence="CC-BY-4.0", attribution="Anna, 2026")
        episode = Episode.objects.get()
        assert (episode.title, episode.attribution) == ("talk", "Anna, 2026")
        assert episode.audio_url == mp3.as_uri()
        assert LicenceEvidence.objects.get().element == "statement of the curator"

    def test_takes_a_folder_of_audio_in_folders(self, sounds):
        ingest(sounds("a.wav", "deep/b.WAV"), licence="CC0-1.0")
        guids = Episode.objects.order_by("number").values_list("guid", flat=True)
        assert list(guids) == ["a.wav", "deep/b.WAV"]

    def test_has_nothing_new_the_second_time(self, tmp_path):
        folder = road.folder(tmp_path / "talk")
        ingest(folder)
        said = ingest(folder)
        assert "0 added, 0 changed, 2 here already." in said
        assert "Next:" not in said
        assert (Podcast.objects.count(), Episode.objects.count()) == (1, 2)

    def test_takes_the_same_file_in_two_episodes_in(self, tmp_path, sounds):
        folder = sounds("a.wav")
        (folder / "feed.xml").write_text(
            road.feed("a.wav", "a.wav").replace("<guid>a.wav", "<guid>other", 1)
        )
        ingest(folder)
        assert Episode.objects.count() == 2


class TestLicences:
    @pytest.mark.parametrize(
        ("licence", "verdict"),
        [(road.BY, "accepted"), (ND, "index_only"), (NC, "non_commercial"), ("", "review")],
    )
    def test_are_judged_and_told(self, tmp_path, licence, verdict):
        said = ingest(road.folder(tmp_path / "talk", episodes=1, licence=licence))
        assert f"1 {verdict.replace('_', ' ')}" in said
        assert Episode.objects.get().licence.verdict == verdict

    def test_that_let_nothing_be_cut_are_refused_with_the_reason(self, tmp_path):
        said = ingest(road.folder(tmp_path / "talk", episodes=1, licence=ND))
        assert "– About ep1.wav: index_only." in said
        assert "Excerpts are not allowed" in said
        assert road.walk() == []

    def test_that_nobody_states_need_a_person(self, mp3):
        ingest(mp3)
        assert Episode.objects.get().licence.verdict == "review"
        assert road.walk() == []

    def test_given_may_not_be_unknown(self, mp3):
        assert "free-for-all is no licence that we know" in refused(mp3, licence="free-for-all")

    def test_given_must_say_whom_to_credit(self, mp3):
        assert "give it with --attribution" in refused(mp3, licence="CC-BY-4.0")

    def test_given_once_hold_for_the_next_time(self, mp3):
        ingest(mp3, licence="CC-BY-4.0", attribution="Anna")
        assert "0 changed, 1 here already" in ingest(mp3)
        assert Episode.objects.get().licence.verdict == "accepted"

    def test_that_a_person_refused_are_told_and_stay_so(self, tmp_path):
        folder = road.folder(tmp_path / "talk", episodes=1, licence="")
        ingest(folder)
        episode = Episode.objects.get()
        licences.refuse(episode=episode, reason="They said no.", by=None, at=NOW)
        (folder / "feed.xml").write_text(road.feed("ep1.wav"))
        said = ingest(folder)
        assert "– About ep1.wav: refused, whatever the source says. They said no." in said
        assert json.loads(ingest(folder, json=True))["stand"][0]["verdict"] == "refused"

    def test_do_not_bring_back_what_was_withdrawn(self, tmp_path):
        folder = road.folder(tmp_path / "talk", episodes=2)
        ingest(folder)
        withdrawals.withdraw(
            target=Episode.objects.get(guid="ep1.wav"),
            reason="They asked.",
            reason_class="rights",
            by=None,
            at=NOW,
            grace=timedelta(days=30),
        )
        said = ingest(folder)
        assert "– About ep1.wav: withdrawn. It stays out, whatever the source says." in said
        found = json.loads(ingest(folder, json=True))
        assert found["withdrawn"] == ["ep1.wav"]
        assert [one["in_corpus"] for one in found["episodes"]] == ["withdrawn", "accepted"]


class TestCredit:
    def test_given_the_second_time_is_kept(self, tmp_path):
        folder = road.folder(tmp_path / "talk", episodes=1)
        ingest(folder)
        assert "1 changed" in ingest(folder, attribution="Anna, 2026")
        assert Episode.objects.get().attribution == "Anna, 2026"


class TestBadInput:
    def test_a_path_that_is_not_there(self, tmp_path):
        assert "nowhere.mp3 does not exist" in refused(tmp_path / "nowhere.mp3")

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"This is a text.\n", "a text file, not audio"),
            (b"", "an empty file"),
            (b"<!doctype html><html><body>404</body></html>", "a web page, not audio"),
            (b"PK\x03\x04" + bytes(100), "a ZIP archive, not audio"),
            (bytes(range(256)) * 8, "not a complete audio file"),
        ],
    )
    def test_a_file_that_is_no_audio(self, tmp_path, content, reason):
        path = tmp_path / "talk.mp3"
        path.write_bytes(content)
        assert f"talk.mp3: {reason}" in refused(path, licence="CC0-1.0")

    def test_an_mp3_that_was_cut_short_enters_and_is_refused_once_it_is_decoded(self, mp3):
        from corpus.engines.audio import PyAvDecoder

        whole = mp3.read_bytes()
        mp3.write_bytes(whole[: len(whole) // 2])
        ingest(mp3, licence="CC0-1.0")
        assert Episode.objects.count() == 1
        with pytest.raises(NotAudio, match="truncated"):
            PyAvDecoder().decode(mp3)

    def test_an_empty_feed(self, tmp_path):
        (tmp_path / "feed.xml").write_text(road.feed())
        assert refused(tmp_path / "feed.xml")

    def test_an_empty_feed_file(self, tmp_path):
        (tmp_path / "feed.xml").write_bytes(b"")
        assert refused(tmp_path / "feed.xml")

    def test_a_feed_that_is_a_web_page(self, tmp_path):
        (tmp_path / "feed.xml").write_text("<!doctype html><html><head></head></html>")
        assert "feed" in refused(tmp_path / "feed.xml")

    def test_a_feed_whose_audio_is_nowhere(self, tmp_path):
        (tmp_path / "feed.xml").write_text(road.feed("gone.wav"))
        assert "neither beside the feed nor an http address" in refused(tmp_path)

    def test_a_folder_without_audio(self, tmp_path):
        (tmp_path / "notes.txt").write_text("nothing to hear")
        assert "holds neither a feed (.xml, .rss) nor audio files" in refused(tmp_path)

    def test_a_folder_with_two_feeds(self, tmp_path):
        for name in ("a.xml", "b.rss"):
            (tmp_path / name).write_text(road.feed("a.wav"))
        assert "name the one that you mean" in refused(tmp_path)

    def test_a_host_that_cannot_be_reached(self, settings):
        from common import engines

        settings.ENGINE_OPTIONS = {
            "fetcher": {"user_agent": "tests", "allow_private": ["127.0.0.1:9"]}
        }
        engines.load.cache_clear()
        try:
            assert "cannot be reached" in refused(CLOSED)
        finally:
            engines.load.cache_clear()

    def test_an_address_of_this_machine(self):
        assert "127.0.0.1" in refused("http://127.0.0.1/feed.xml")

    @pytest.mark.parametrize("address", ["http://", "https://[", "http://x" + "x" * 2000])
    def test_an_address_that_is_none(self, address):
        assert refused(address)

    def test_a_folder_that_may_not_be_read(self, tmp_path, monkeypatch):
        from pathlib import Path

        def forbidden(self):
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "iterdir", forbidden)
        assert refused(tmp_path) == f"{tmp_path} cannot be read: Permission denied."

    def test_a_file_without_any_sense(self, tmp_path):
        (tmp_path / "binary").write_bytes(bytes(range(256)) * 99)
        assert "not a complete audio file" in refused(tmp_path / "binary")

    def test_a_file_that_may_not_be_read(self, mp3, monkeypatch):
        from pathlib import Path

        def forbidden(self, *_, **__):
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", forbidden)
        assert "Permission denied" in refused(mp3)


class TestOneOfThree:
    def test_that_is_broken_does_not_keep_the_others_out(self, sounds):
        folder = sounds("a.wav", "b.wav", "c.wav")
        (folder / "b.wav").write_text("no sound")
        said = ingest(folder, licence="CC0-1.0")
        assert "2 added" in said
        assert "– left out: b.wav: a text file, not audio" in said

    def test_of_a_feed_that_is_broken_does_not_either(self, tmp_path):
        folder = road.folder(tmp_path / "talk", episodes=3)
        (folder / "ep2.wav").write_bytes(b"")
        said = ingest(folder)
        assert "2 added" in said
        assert "– left out: About ep2.wav: an empty file" in said

    def test_that_has_an_endless_guid_does_not_either(self, tmp_path):
        folder = road.folder(tmp_path / "talk", episodes=3)
        feed = (folder / "feed.xml").read_text()
        feed = feed.replace("<guid>ep2.wav", f"<guid>{'é' * 1000}")
        (folder / "feed.xml").write_text(feed)
        assert "its guid has 1000 characters" in ingest(folder)
        assert Episode.objects.count() == 2


class TestPreview:
    def test_says_what_would_enter_and_writes_nothing(self, tmp_path):
        said = ingest(road.folder(tmp_path / "talk"), preview=True)
        assert "2 accepted" in said
        assert "Nothing was changed (--preview)." in said
        assert not Podcast.objects.exists()
        assert not LicenceEvidence.objects.exists()


class TestJson:
    def test_is_one_document(self, sounds):
        folder = sounds("a.wav", "b.wav")
        (folder / "b.wav").write_text("no sound")
        found = json.loads(ingest(folder, licence="CC0-1.0", json=True))
        assert (found["added"], found["changed"], found["unchanged"]) == (1, 0, 0)
        assert found["episodes"][0]["licence"] == "CC0-1.0"
        assert found["episodes"][0]["evidence"][0]["level"] == "given"
        assert found["left_out"][0].startswith("b.wav")

    def test_tells_of_every_episode_what_was_asked_for(self, tmp_path):
        found = json.loads(ingest(road.folder(tmp_path / "talk"), json=True, preview=True))
        (one, _other) = found["episodes"]
        assert {"title", "guid", "licence", "verdict", "reason", "evidence", "hours"} <= set(one)
        assert (one["title"], one["guid"]) == ("About ep1.wav", "ep1.wav")
        assert (one["licence"], one["verdict"]) == ("CC-BY-4.0", "accepted")
        assert one["evidence"] == [
            {"level": "channel", "element": "creativeCommons:license", "text": road.BY, "url": None}
        ]
        assert found["summary"]["languages"] == ["en-GB"]
        assert found["summary"]["verdicts"]["accepted"]["episodes"] == 2

    def test_is_what_the_page_shows(self, web):
        web.web[A] = road.feed("a.mp3", "b.mp3").encode()
        found = json.loads(ingest(A, json=True, preview=True))
        intake = make.intake(source=A)
        claimed = Intake.objects.claim(pk=intake.pk, now=NOW)
        intakes.make_preview(intake=claimed, fetcher=web, at=NOW)
        intake.refresh_from_db()
        assert intake.preview == {**found, "read_at": NOW.isoformat()}

    def test_of_a_preview_counts_nothing_as_added(self, tmp_path):
        found = json.loads(ingest(road.folder(tmp_path / "talk"), json=True, preview=True))
        assert "added" not in found
        assert len(found["episodes"]) == 2

    def test_leaves_a_refusal_to_stderr(self, tmp_path):
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("ingest", str(tmp_path / "nowhere"), json=True, stdout=out)
        assert out.getvalue() == ""


def opml(*urls):
    lines = "".join(f'<outline type="rss" text="On {url}" xmlUrl="{url}"/>' for url in urls)
    return f'<?xml version="1.0"?><opml version="2.0"><body>{lines}</body></opml>'


class TestList:
    @pytest.fixture
    def listed(self, tmp_path, web):
        """A list of two feeds that are there and one that is not."""
        for url in (A, B):
            feed = road.feed("one.mp3", title=f"Talk of {url[8]}")
            web.web[url] = feed.encode()
        path = tmp_path / "list.opml"
        path.write_text(opml(A, C, B))
        return path

    def test_takes_every_feed_in_and_says_which_failed_and_why(self, listed):
        said = ingest(listed)
        assert "Talk of a: 1 episode" in said
        assert "1 of 3 feeds could not be taken in:" in said
        assert f"– On {C}: {C} cannot be reached" in said
        assert "2 of 3 feeds taken in, 0 here already." in said
        assert "pipeline --until-idle" in said
        assert set(Podcast.objects.values_list("source", flat=True)) == {A, B}

    def test_goes_on_where_it_was_interrupted(self, listed, web):
        broken = web.web.pop(B)
        ingest(listed)
        web.web[B] = broken
        web.asked.clear()
        said = ingest(listed)
        assert "Talk of a: here already, read within the last hour." in said
        assert "1 of 3 feeds taken in, 1 here already." in said
        assert web.asked == [C, B]

    def test_reads_again_what_was_read_long_ago_or_is_stated_anew(self, listed, web):
        ingest(listed)
        web.asked.clear()
        ingest(listed, licence="CC0-1.0")
        FeedWatch.objects.update(checked_at=NOW)
        ingest(listed)
        assert web.asked == [A, C, B] * 2

    def test_that_is_stopped_keeps_what_is_in(self, listed, web, monkeypatch):
        def stopped(url, **wishes):
            if url == C:
                raise KeyboardInterrupt
            return Web.fetch(web, url, **wishes)

        monkeypatch.setattr(web, "fetch", stopped)
        with pytest.raises(KeyboardInterrupt):
            ingest(listed)
        assert Podcast.objects.get().source == A

    def test_of_the_web_is_read_once(self, listed, web):
        web.web["https://x.example/list.opml"] = listed.read_bytes()
        assert "2 of 3 feeds taken in" in ingest("https://x.example/list.opml")
        assert web.asked == ["https://x.example/list.opml", A, C, B]

    def test_is_previewed_and_nothing_changes(self, listed):
        said = ingest(listed, preview=True)
        assert "2 of 3 feeds read. Nothing was changed (--preview)." in said
        assert not Podcast.objects.exists()

    def test_is_one_document(self, listed):
        found = json.loads(ingest(listed, json=True))
        assert [one["source"] for one in found["feeds"]] == [A, C, B]
        assert found["feeds"][0]["added"] == 1
        assert found["summary"]["podcasts"] == found["summary"]["episodes"] == 2
        assert [one["source"] for one in found["failed"]] == [C]
        assert "cannot be reached" in found["failed"][0]["reason"]

    def test_of_which_all_fail_is_refused_with_what_failed(self, tmp_path, web):
        (tmp_path / "list.opml").write_text(opml(C, "https://me:secret@a.example/"))
        out = io.StringIO()
        with pytest.raises(CommandError, match="No feed of this list"):
            call_command("ingest", str(tmp_path / "list.opml"), stdout=out)
        assert "2 of 2 feeds could not be taken in:" in out.getvalue()
        assert "name or password" in out.getvalue()

    def test_says_which_lines_name_no_feed(self, listed):
        odd = '<body><outline text="Odd" xmlUrl="ftp://x"/>'
        listed.write_text(listed.read_text().replace("<body>", odd))
        assert "– Odd: 'ftp://x' is not an http or https address." in ingest(listed)

    def test_without_feeds_is_refused(self, tmp_path, web):
        (tmp_path / "list.opml").write_text(opml())
        assert "names no feed" in refused(tmp_path / "list.opml")


class TestLicenceFeeds:
    """The file name says what must happen."""

    VERDICTS: ClassVar = {
        "all_rights_reserved": {"refused"},
        "blocked": {"blocked"},
        "by_cc_module": {"accepted"},
        "by_sa_tag_upper": {"accepted"},
        "by_tag": {"accepted"},
        "by_url_tag": {"accepted"},
        "conflict_needs_review": {"review"},
        "free_text_needs_review": {"review"},
        "item_overrides_channel": {"accepted", "index_only", "non_commercial"},
        "nc_kept_apart": {"non_commercial"},
        "nd_refused": {"index_only"},
        "old_namespace": {"accepted"},
        "public_domain": {"accepted"},
        "silent": {"review"},
    }

    @pytest.mark.parametrize("name", VERDICTS)
    def test_get_the_verdict_of_their_name(self, shared_data, web, name):
        feed = (shared_data / "feeds" / "licences" / f"{name}.xml").read_bytes()
        web.web[A] = feed.replace(b"@BASE@", b"https://a.example")
        found = json.loads(ingest(A, json=True, preview=True))
        assert {one["verdict"] for one in found["episodes"]} == self.VERDICTS[name]
        assert all(one["evidence"] for one in found["episodes"]) == (name != "silent")

    def test_are_all_tried(self, shared_data):
        found = {path.stem for path in (shared_data / "feeds" / "licences").glob("*.xml")}
        assert found == set(self.VERDICTS)
