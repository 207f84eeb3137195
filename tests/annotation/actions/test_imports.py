"""Ratings made elsewhere: every row is taken, known already, or refused with its reason."""

import re
from datetime import UTC, datetime

import pytest

from annotation.actions import exports, imports, ratings
from annotation.actions.imports import NotRatings, Origin, Refused
from annotation.core import protocols
from annotation.models import Rater, Rating
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

GOOD = {
    "clip": "X",
    "rater": "w1",
    "primary": "Happy",
    "valence": "6",
    "arousal": "5",
    "dominance": "4",
}


class TestRead:
    def test_gives_rows_with_their_line_numbers(self):
        text = "clip,rater,valence\nA,w1,3\n\nB,w2,4\n"
        assert [(line, row["clip"]) for line, row in imports.read(text)] == [(2, "A"), (4, "B")]

    def test_takes_columns_in_any_order_case_and_spacing(self):
        ((_, row),) = imports.read(" Rater , CLIP \n w1 , A \n")
        assert row == {"rater": "w1", "clip": "A"}

    def test_keeps_commas_and_line_breaks_inside_quotes(self):
        ((line, row),) = imports.read('clip,rater,secondary\nA,w1,"Happy,Amused\nSad"\n')
        assert (line, row["secondary"]) == (3, "Happy,Amused\nSad")

    def test_fills_short_rows_and_drops_what_has_no_column(self):
        rows = [row for _, row in imports.read("clip,rater,valence\nA,w1\nB,w2,3,extra,more\n")]
        assert rows == [
            {"clip": "A", "rater": "w1", "valence": ""},
            {"clip": "B", "rater": "w2", "valence": "3"},
        ]

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "missing: clip, rater"),
            ("\n", "missing: clip, rater"),
            ("clip,valence\nA,3\n", "missing: rater"),
            ("clip,rater\n", "holds no ratings"),
            ("clip,rater\nA,\0\n", "zero bytes"),
            ('clip,rater\n"' + "x" * 140_000 + '",w\n', "no CSV file"),
        ],
    )
    def test_says_what_is_wrong_with_the_file_as_a_whole(self, text, says):
        with pytest.raises(NotRatings, match=says):
            list(imports.read(text))


class TestAnswerOf:
    def answer(self, **row):
        return imports.answer_of({**GOOD, **row})

    @pytest.mark.parametrize("text", ["Angry", "angry", "A", "a"])
    def test_knows_labels_in_any_case_and_by_letter(self, text):
        assert self.answer(primary=text).primary == "Angry"

    def test_knows_that_u_is_surprise(self):
        assert self.answer(primary="U").primary == "Surprise"

    @pytest.mark.parametrize(
        ("text", "words"), [("Other-torn apart", "torn apart"), ("Other", ""), ("O", "")]
    )
    def test_takes_the_words_behind_other(self, text, words):
        answer = self.answer(primary=text)
        assert (answer.primary, answer.primary_other) == ("Other", words)

    @pytest.mark.parametrize(
        "text", ["Happy,Other-proud", "happy; Other-proud", "Happy | other-proud"]
    )
    def test_separates_several_labels(self, text):
        answer = self.answer(secondary=text)
        assert (answer.secondaries, answer.secondary_other) == (("Happy", "Other"), "proud")

    def test_ticks_once_what_is_written_twice(self):
        assert self.answer(secondary="Sad;sad").secondaries == ("Sad",)
        assert self.answer(distribution="Joy;joy;trust").distribution == ("joy", "trust")

    @pytest.mark.parametrize(("text", "point"), [("7", 7), ("7.0", 7), ("", None)])
    def test_reads_points(self, text, point):
        assert self.answer(valence=text).valence == point

    @pytest.mark.parametrize("text", ["0", "8", "3.5", "nan", "inf", "high"])
    def test_refuses_what_is_no_point(self, text):
        with pytest.raises(Refused, match="valence"):
            self.answer(valence=text)


class TestProtocolFor:
    @pytest.mark.parametrize(
        ("rows", "name"),
        [
            ([{"primary": "Sad"}], "msp-podcast"),
            ([{"distribution": "joy"}], "em2ldl"),
            ([{"primary": "Sad"}, {"distribution": "joy"}], "msp-podcast-with-distribution"),
            ([], "msp-podcast"),
        ],
    )
    def test_asks_what_the_file_answers(self, rows, name):
        assert imports.protocol_for(rows) == name


@pytest.mark.django_db
class TestTake:
    @pytest.fixture
    def clip(self):
        return corpus.clip()

    @pytest.fixture
    def origin(self):
        return Origin(make.campaign(), "old.csv", is_simulated=False, at=NOW)

    def take(self, origin, *rows):
        return imports.take(origin=origin, rows=enumerate(rows, start=2))

    def test_records_a_row_under_its_rater(self, clip, origin):
        given = GOOD | {"clip": clip.name, "rated_at": "2026-02-03T04:05:06Z"}
        assert self.take(origin, given).added == 1
        row = Rating.objects.get()
        assert (row.rater.code, row.source) == ("w1", "old.csv:2")
        assert row.rated_at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)

    def test_puts_the_clip_into_the_campaign_as_rated(self, clip, origin):
        self.take(origin, GOOD | {"clip": clip.name}, GOOD | {"clip": clip.name, "rater": "w2"})
        place = origin.campaign.clips.get()
        assert (place.clip, place.n_done, place.n_live) == (clip, 2, 0)

    def test_adds_nothing_the_second_time(self, clip, origin):
        self.take(origin, GOOD | {"clip": clip.name})
        report = self.take(origin, GOOD | {"clip": clip.name})
        assert (report.added, report.known, report.refused) == (0, 1, [])
        assert origin.campaign.clips.get().n_done == 1

    def test_counts_a_line_written_twice_once(self, clip, origin):
        report = self.take(origin, *[GOOD | {"clip": clip.name}] * 2)
        assert (report.added, report.known) == (1, 1)

    def test_takes_the_suffix_of_release_files(self, clip, origin):
        report = self.take(origin, GOOD | {"clip": f"{clip.name}.FLAC"})
        assert report.added == 1

    def test_takes_rows_in_many_batches(self, clip, origin, monkeypatch):
        monkeypatch.setattr(imports, "BATCH", 2)
        rows = [GOOD | {"clip": clip.name, "rater": f"w{n}"} for n in range(5)]
        assert self.take(origin, *rows).added == 5
        assert origin.campaign.clips.get().n_done == 5

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"clip": "NOBODY_0001"}, "there is no clip NOBODY_0001"),
            ({"clip": ""}, r"there is no clip \(empty\)"),
            ({"rater": ""}, "rater is missing"),
            ({"rater": "w" * 81}, "over 80 letters"),
            ({"valence": "9"}, "valence: 9 is no whole number"),
            ({"valence": ""}, "valence: Choose a point"),
            ({"primary": "Joyful"}, "Not a main emotion: Joyful"),
            ({"primary": ""}, "primary: Choose the main emotion"),
            ({"primary": "Other"}, "Other needs a word"),
            ({"secondary": "Bored"}, "Not on this list: Bored"),
            ({"distribution": "joy"}, "does not ask that"),
            ({"rated_at": "yesterday"}, "yesterday is no time"),
        ],
    )
    def test_refuses_a_row_with_its_reason_and_takes_the_rest(self, clip, origin, changed, says):
        good = GOOD | {"clip": clip.name}
        report = self.take(origin, good | changed, good | {"rater": "w2"})
        ((line, reason),) = report.refused
        assert (line, report.added) == (2, 1)
        assert re.search(says, reason)

    def test_refuses_another_answer_of_the_same_rater(self, clip, origin):
        good = GOOD | {"clip": clip.name}
        report = self.take(origin, good, good | {"valence": "1"})
        assert report.refused == [(3, f"w1 has rated {clip.name} before, with another answer")]

    def test_knows_what_somebody_rated_on_the_screen(self, clip, origin):
        rater = make.rater()
        make.rating(origin.campaign, clip, rater, comment="not in files")
        (row,) = exports.rows([origin.campaign.name])
        report = self.take(origin, {key: str(value or "") for key, value in row.items()})
        assert (report.added, report.known, report.refused) == (0, 1, [])

    def test_adds_nothing_in_the_name_of_an_account(self, clip, origin):
        rater = make.rater()
        report = self.take(origin, GOOD | {"clip": clip.name, "rater": rater.code})
        assert "has an account here, and rates on the screen alone" in report.refused[0][1]
        assert not Rating.objects.exists()

    def test_never_makes_a_person_of_a_script(self, clip, origin):
        make.rater(code="w1", is_simulated=True)
        report = self.take(origin, GOOD | {"clip": clip.name})
        assert "w1 is simulated, and stays so" in report.refused[0][1]

    def test_marks_simulated_raters(self, clip):
        origin = Origin(make.campaign(), "old.csv", is_simulated=True, at=NOW)
        self.take(origin, GOOD | {"clip": clip.name})
        assert Rater.objects.get().is_simulated

    def test_takes_a_time_without_zone_for_utc_and_none_for_now(self, clip, origin):
        good = GOOD | {"clip": clip.name}
        self.take(origin, good | {"rated_at": "2026-02-03 04:05"}, good | {"rater": "w2"})
        times = list(Rating.objects.order_by("rater__code").values_list("rated_at", flat=True))
        assert times == [datetime(2026, 2, 3, 4, 5, tzinfo=UTC), NOW]

    def test_takes_wheel_ticks_where_the_campaign_asks_for_them(self, clip):
        campaign = make.campaign(protocol=protocols.EM2LDL.to_json())
        origin = Origin(campaign, "old.csv", is_simulated=False, at=NOW)
        self.take(origin, {"clip": clip.name, "rater": "w1", "distribution": "Trust; joy"})
        assert ratings.answer_of(Rating.objects.get()).distribution == ("joy", "trust")

    def test_needs_what_every_clip_has(self, clip, origin):
        other = corpus.clip()
        rows = [GOOD | {"clip": clip.name, "rater": f"w{n}"} for n in range(3)]
        self.take(origin, *rows, GOOD | {"clip": other.name})
        assert imports.need_of(origin.campaign) == 1
        imports.settle(campaign=origin.campaign, need=2)
        assert set(origin.campaign.clips.values_list("need", flat=True)) == {2}
