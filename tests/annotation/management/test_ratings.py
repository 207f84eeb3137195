"""`ratings`: CSV in and out, with plain words for what is wrong."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from annotation.actions import ratings
from annotation.core import protocols
from annotation.models import Agreement, Campaign, Consensus, Rater, Rating
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db
HEADER = "clip,rater,primary,secondary,valence,arousal,dominance,distribution,rated_at\n"
WITH_CAMPAIGN = HEADER.replace("\n", ",campaign\n")


def run(*words, code=0):
    """What the command says, and that it ends with this exit code."""
    out = io.StringIO()
    if code:
        with pytest.raises(SystemExit) as end:
            call_command("ratings", *words, stdout=out)
        assert end.value.code == code
    else:
        call_command("ratings", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def clip():
    return corpus.clip(name="EMOCAST_0001_0001")


@pytest.fixture
def file(tmp_path):
    """Write a file with these rows, and give its name."""

    def write(*rows, header=HEADER, encoding="utf-8"):
        path = tmp_path / "ratings.csv"
        path.write_bytes((header + "".join(f"{row}\n" for row in rows)).encode(encoding))
        return str(path)

    return write


GOOD = (
    'EMOCAST_0001_0001.flac,w1,A,"Angry,Annoyed",2,6,5,,2026-01-02T03:04:05+00:00',
    "EMOCAST_0001_0001,w2,Other-torn apart,angry;Other-tired,3,5,4,,",
)


class TestImport:
    def test_takes_ratings_and_brings_labels_and_figures_up_to_date(self, clip, file):
        said = run("import", file(*GOOD))
        assert "imported: 2 ratings added, 0 here already, 0 refused." in said
        assert (Consensus.objects.get().code, Consensus.objects.get().valence) == ("X", 2.5)
        assert Agreement.objects.get().n_ratings == 2
        first, second = Rating.objects.order_by("rater__code")
        assert (first.primary, first.secondary) == ("Angry", ["Angry", "Annoyed"])
        assert (second.primary_other, second.secondary_other) == ("torn apart", "tired")

    def test_adds_nothing_the_second_time(self, clip, file):
        name = file(*GOOD)
        run("import", name)
        assert "0 ratings added, 2 here already, 0 refused." in run("import", name)
        assert Rating.objects.count() == 2

    def test_makes_a_campaign_that_needs_what_every_clip_has(self, clip, file):
        run("import", file(*GOOD), "--campaign", "old")
        campaign = Campaign.objects.get()
        assert (campaign.name, campaign.need, campaign.state) == ("old", 2, "draft")
        assert campaign.clips.complete().count() == 1

    def test_leaves_the_need_of_a_campaign_that_was_there(self, clip, file):
        make.campaign(name="there", need=7)
        run("import", file(*GOOD), "--campaign", "there")
        assert Campaign.objects.get().need == 7

    def test_lets_the_need_follow_what_the_next_file_brings(self, clip, file):
        run("import", file(GOOD[0]), "--campaign", "old")
        assert Campaign.objects.get().need == 1
        run("import", file(*GOOD), "--campaign", "old")
        assert Campaign.objects.get().need == 2

    def test_takes_another_need_where_it_is_given(self, clip, file):
        run("import", file(*GOOD), "--need", "4")
        assert Campaign.objects.get().clips.get().need == 4

    def test_marks_scripts_for_ever(self, clip, file):
        run("import", file(*GOOD), "--simulated")
        assert set(Rater.objects.values_list("is_simulated", flat=True)) == {True}

    def test_puts_rows_into_the_campaigns_that_they_name(self, clip, file):
        rows = [f"{GOOD[0]},first", f"{GOOD[1]},second", GOOD[0].replace("w1", "w3") + ","]
        said = run("import", file(*rows, header=WITH_CAMPAIGN)).splitlines()
        assert [line.split(":")[0] for line in said] == ["first", "second", "imported"]
        found = Rating.objects.order_by("rater__code")
        assert list(found.values_list("rater__code", "campaign__name")) == [
            ("w1", "first"),
            ("w2", "second"),
            ("w3", "imported"),
        ]

    def test_puts_all_rows_into_the_campaign_that_is_asked_for(self, clip, file):
        name = file(f"{GOOD[0]},first", f"{GOOD[1]},second", header=WITH_CAMPAIGN)
        run("import", name, "--campaign", "mine")
        assert Campaign.objects.get().name == "mine"

    def test_makes_no_campaign_where_one_cannot_be_made(self, clip, file):
        name = file(f"{GOOD[0]},first", f"{GOOD[1]},two words", header=WITH_CAMPAIGN)
        with pytest.raises(CommandError, match="letters"):
            call_command("ratings", "import", name)
        assert not Campaign.objects.exists()

    def test_asks_what_the_file_answers(self, clip, file):
        run("import", file("EMOCAST_0001_0001,w1,,,,,,joy;trust,"))
        assert ratings.protocol_of(Campaign.objects.get()) == protocols.EM2LDL

    def test_takes_the_good_rows_and_lists_the_others(self, clip, file):
        rows = [
            GOOD[0],
            "NOBODY,w1,Sad,,1,1,1,,",
            "EMOCAST_0001_0001,w3,Sad,,8,1,1,,",
            "EMOCAST_0001_0001,w4,Cheerful,,1,1,1,,",
            "EMOCAST_0001_0001,w5,Other,,1,1,1,,",
            "EMOCAST_0001_0001,w1,Sad,,1,1,1,,",
            GOOD[0],
        ]
        said = json.loads(run("import", file(*rows), "--json", code=3))
        assert (said["added"], said["known"]) == (1, 1)
        assert said["refused"] == [
            {"line": 3, "reason": "there is no clip NOBODY"},
            {"line": 4, "reason": "valence: 8 is no whole number from 1 to 7"},
            {"line": 5, "reason": "primary: Not a main emotion: Cheerful"},
            {"line": 6, "reason": "primary_other: Other needs a word: what did you hear?"},
            {
                "line": 7,
                "reason": "w1 has rated EMOCAST_0001_0001 before, with another answer",
            },
        ]

    def test_leaves_no_campaign_behind_where_nothing_could_be_taken(self, clip, file):
        said = run("import", file("NOBODY,w1,Sad,,1,1,1,,"), code=1)
        assert "line 2: there is no clip NOBODY" in said
        assert not Campaign.objects.exists()

    @pytest.mark.parametrize(
        ("header", "row", "says"),
        [
            ("", "", "missing: clip, rater"),
            ("clip,valence\n", "A,3", "missing: rater"),
            ("some text that is no table\n", "", "missing: clip, rater"),
            (HEADER, None, "holds no ratings"),
        ],
    )
    def test_says_what_is_wrong_with_a_file(self, file, header, row, says):
        name = file(*([] if row is None else [row]), header=header)
        with pytest.raises(CommandError, match=says):
            call_command("ratings", "import", name)
        assert not Campaign.objects.exists()

    def test_wants_utf_8_and_says_where_it_is_not(self, file):
        with pytest.raises(CommandError, match=r"not UTF-8 text \(byte \d+\): save it as UTF-8"):
            call_command("ratings", "import", file("Ä,w1,Sad,,1,1,1,,", encoding="latin-1"))

    def test_takes_the_mark_that_spreadsheets_put_first(self, clip, file):
        assert "2 ratings added" in run("import", file(*GOOD, encoding="utf-8-sig"))

    def test_takes_the_line_ends_of_windows(self, clip, file):
        rows = [f"{row}\r" for row in GOOD]
        assert "2 ratings added" in run("import", file(*rows, header=HEADER.replace("\n", "\r\n")))

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["/nowhere/at/all.csv"], "is no file"),
            (["{file}", "--protocol", "sam"], "There is no protocol sam"),
            (["{file}", "--campaign", "two words"], "letters"),
            (["{file}", "--need", "0"], "--need must be at least 1"),
        ],
    )
    def test_refuses_wishes_that_cannot_be(self, clip, file, words, says):
        name = file(*GOOD)
        with pytest.raises(CommandError, match=says):
            call_command("ratings", "import", *[word.format(file=name) for word in words])
        assert not Campaign.objects.exists()

    def test_reads_standard_input(self, clip, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO(HEADER + GOOD[0] + "\n"))
        assert "1 rating added" in run("import", "-")


class TestExport:
    def test_and_import_into_a_fresh_campaign_give_equal_ratings(self, clip, file, tmp_path):
        run("import", file(*GOOD), "--campaign", "old")
        name = str(tmp_path / "out.csv")
        assert "2 ratings written" in run("export", name, "--campaign", "old")
        assert "2 ratings added" in run("import", name, "--campaign", "new")

        def answers(campaign):
            rows = Rating.objects.filter(campaign__name=campaign).order_by("rater__code")
            return [(ratings.answer_of(row), row.rater_id, row.rated_at) for row in rows]

        assert answers("old") == answers("new")
        again = tmp_path / "again.csv"
        run("export", str(again), "--campaign", "new")
        assert again.read_text() == (tmp_path / "out.csv").read_text().replace(",old", ",new")

    def test_and_import_of_the_same_file_add_nothing(self, clip, file, tmp_path):
        run("import", file(*GOOD), "--campaign", "old")
        make.rating(make.campaign(name="screen"), clip, make.rater(), comment="by hand")
        name = str(tmp_path / "out.csv")
        run("export", name)
        said = run("import", name)
        assert "old: 0 ratings added, 2 here already, 0 refused." in said
        assert "screen: 0 ratings added, 1 here already, 0 refused." in said
        assert set(Campaign.objects.values_list("name", flat=True)) == {"old", "screen"}

    def test_writes_to_standard_output_by_default(self, clip):
        make.rating(
            make.campaign(name="told"), clip, make.rater(code="w1"), secondary=["Happy", "Amused"]
        )
        header, row = run("export").splitlines()
        assert header == WITH_CAMPAIGN.strip()
        told = "EMOCAST_0001_0001,w1,Happy,Happy;Amused,5,4,4,,2026-03-01T12:00:00+00:00,told"
        assert row == told

    def test_gives_json_as_well(self, clip):
        make.rating(make.campaign(), clip)
        (row,) = json.loads(run("export", "--json"))
        assert (row["clip"], row["valence"]) == ("EMOCAST_0001_0001", 5)

    def test_knows_no_campaign_of_another_name(self):
        with pytest.raises(CommandError, match="no campaign nothing"):
            call_command("ratings", "export", "--campaign", "nothing")

    def test_says_when_the_file_cannot_be_written(self):
        with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
            call_command("ratings", "export", "/nowhere/at/all.csv")
