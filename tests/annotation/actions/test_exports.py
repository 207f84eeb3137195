"""What annotation gives to releases and files: labels, and ratings under pseudonyms."""

from datetime import timedelta

import pytest

from annotation.actions import agreement, exports
from annotation.actions.exports import ConsensusTable
from annotation.core import protocols
from corpus.core.releases import RatingRow
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def clip():
    return corpus.clip()


@pytest.fixture
def campaign(clip):
    campaign = make.campaign(clip, name="first", need=3)
    for number, primary in ((1, "Angry"), (2, "Angry"), (3, "Other")):
        make.rating(
            campaign,
            clip,
            make.rater(number=number, code=f"code {number}"),
            primary=primary,
            primary_other="torn" if primary == "Other" else "",
            secondary=["Angry", "Other"],
            secondary_other="tired",
            valence=number,
        )
    return campaign


class TestConsensusTable:
    def test_gives_the_labels_of_all_rated_clips(self, campaign, clip):
        corpus.clip()
        found = ConsensusTable().labels([])
        assert list(found) == [clip.pk]
        labels = found[clip.pk]
        assert (labels.code, labels.valence, labels.n_ratings) == ("A", 2.0, 3)
        assert labels.distribution_pooled is None

    def test_writes_ratings_as_release_files_spell_them(self, campaign, clip):
        row = ConsensusTable().labels([])[clip.pk].ratings[2]
        assert row == RatingRow(
            rater="WORKER00000003",
            primary="Other-torn",
            secondaries=("Angry", "Other-tired"),
            arousal=4,
            valence=3,
            dominance=4,
            distribution=(),
            rated_at=NOW,
            simulated=False,
            campaign="first",
        )

    def test_says_which_ratings_are_simulated(self, clip):
        make.rating(make.campaign(), clip, make.rater(code="s", is_simulated=True))
        assert ConsensusTable().labels([])[clip.pk].ratings[0].simulated

    def test_leaves_out_other_campaigns_and_replaced_answers(self, campaign, clip):
        first = campaign.ratings.order_by("pk").first()
        make.rating(campaign, clip, first.rater, replaces=first, primary="Sad")
        make.rating(make.campaign(name="second"), clip, primary="Fear")
        labels = ConsensusTable().labels(["first"])[clip.pk]
        assert labels.n_ratings == 3
        assert sorted(row.primary for row in labels.ratings) == ["Angry", "Other-torn", "Sad"]

    def test_counts_each_rater_once_over_all_campaigns(self, campaign, clip):
        again = make.campaign(name="second")
        first, second, _ = campaign.ratings.order_by("pk")
        make.rating(again, clip, first.rater, primary="Sad", rated_at=NOW + DAY)
        make.rating(again, clip, second.rater, primary="Fear", rated_at=NOW - DAY)
        labels = ConsensusTable().labels([])[clip.pk]
        assert [row.primary for row in labels.ratings] == ["Sad", "Angry", "Other-torn"]
        assert (labels.n_ratings, labels.n_repeated) == (3, 2)
        assert ConsensusTable().labels(["first"])[clip.pk].n_repeated == 0

    def test_asks_of_each_clip_what_its_own_campaigns_ask(self, campaign, clip):
        more, less = make.campaign(name="more", need=9), make.campaign(name="less", need=1)
        other = corpus.clip()
        make.campaign_clip(more, clip, need=7)
        make.campaign_clip(less, other)
        make.rating(less, other)
        needs = {pk: one.need for pk, one in ConsensusTable().labels([]).items()}
        # nobody rated in `more`: it plays no part unless it is named
        assert needs == {clip.pk: 3, other.pk: 1}
        assert ConsensusTable().labels(["first", "more"])[clip.pk].need == 7

    def test_asks_what_the_campaign_asks_where_it_does_not_list_the_clip(self, clip):
        make.rating(make.campaign(name="imported", need=4), clip)
        assert ConsensusTable().labels(["imported"])[clip.pk].need == 4

    def test_states_what_holds_for_all_labels(self, campaign, clip):
        second = make.campaign(name="second", need=9, protocol=protocols.EM2LDL.to_json())
        assert ConsensusTable().facts([]).campaigns == ("first",)
        make.rating(second, clip, primary="", distribution=["joy"])
        facts = ConsensusTable().facts([])
        assert facts.campaigns == ("first", "second")
        assert facts.rating_protocol == "em2ldl 1, msp-podcast 1"
        assert len(facts.distribution_names) == 32
        assert facts.left_out == ()
        assert ConsensusTable().facts(["second"]).campaigns == ("second",)


class TestSimulatedCampaigns:
    @pytest.fixture
    def scripts(self, clip):
        row = make.campaign(name="scripts")
        make.rating(row, clip, make.rater(code="s", is_simulated=True))
        return row

    def test_stay_out_where_people_rated_and_nobody_names_them(self, campaign, scripts, clip):
        facts = ConsensusTable().facts([])
        assert facts.campaigns == ("first",)
        (said,) = facts.left_out
        assert "scripts" in said
        assert not any(row.simulated for row in ConsensusTable().labels([])[clip.pk].ratings)

    def test_are_taken_when_they_are_named_or_all_there_is(self, scripts, clip):
        for names in (["scripts"], []):
            assert ConsensusTable().facts(names).campaigns == ("scripts",)
            assert ConsensusTable().facts(names).left_out == ()
            (row,) = ConsensusTable().labels(names)[clip.pk].ratings
            assert row.simulated

    def test_are_those_with_a_single_simulated_rating(self, campaign, scripts, clip):
        make.rating(scripts, clip)
        assert ConsensusTable().facts([]).campaigns == ("first",)


class TestAgreement:
    def figures(self, *clips):
        labels = ConsensusTable().labels([])
        return ConsensusTable().agreement([labels[clip.pk] for clip in clips])

    @pytest.fixture
    def clips(self, campaign, clip):
        """Rated by the same three people: they agree on the order, not on every point."""
        people = [row.rater for row in campaign.ratings.order_by("pk")]
        rows = [clip, corpus.clip(), corpus.clip()]
        for n, row in enumerate(rows[1:], start=1):
            for m, rater in enumerate(people):
                make.rating(campaign, row, rater, valence=2 * n + m, primary="Sad")
        return rows

    def test_is_that_of_the_campaign_where_all_of_it_is_released(self, campaign, clips):
        measured = agreement.measure(campaign=campaign, at=NOW).figures
        known = {
            f"{f['question']}: {f['name']} (msp-podcast 1)": (f["value"], f["n_items"])
            for f in measured
            if f["value"] is not None
        }
        assert {f.measure: (f.value, f.n) for f in self.figures(*clips)} == known
        assert len(known) > 5

    def test_covers_the_clips_given_and_no_others(self, clips):
        of_all, of_two = self.figures(*clips), self.figures(*clips[1:])
        assert {figure.n for figure in of_all} == {3}
        assert {figure.n for figure in of_two} == {2}

    def test_does_not_wait_for_the_sweep(self, clips, campaign):
        before = self.figures(*clips)
        agreement.measure(campaign=campaign, at=NOW)
        assert self.figures(*clips) == before

    def test_takes_a_question_that_was_not_asked_for_no_answer(self, clips):
        other = make.campaign(name="second", protocol=protocols.EM2LDL.to_json())
        for clip in clips:
            for ticks in (["joy"], ["joy", "trust"], ["anger"]):
                given = dict.fromkeys(("valence", "arousal", "dominance"))
                make.rating(other, clip, primary="", distribution=ticks, **given)
        found = {figure.measure: figure.n for figure in self.figures(*clips)}
        ticks = [name for name in found if name.startswith("distribution")]
        assert ticks
        assert all(name.endswith("(em2ldl 1)") for name in ticks)
        assert all(name.endswith("(msp-podcast 1)") for name in found if name not in ticks)


class TestRows:
    def test_are_what_an_import_reads(self, campaign, clip):
        row = list(exports.rows(["first"]))[2]
        assert tuple(row) == exports.COLUMNS
        assert row == {
            "clip": clip.name,
            "rater": "code 3",
            "primary": "Other-torn",
            "secondary": "Angry;Other-tired",
            "valence": 3,
            "arousal": 4,
            "dominance": 4,
            "distribution": "",
            "rated_at": "2026-03-01T12:00:00+00:00",
            "campaign": "first",
        }

    def test_leave_cells_empty_that_were_not_asked(self, clip):
        make.rating(
            make.campaign(),
            clip,
            primary="",
            valence=None,
            distribution=["joy", "trust"],
        )
        (row,) = exports.rows([])
        assert (row["primary"], row["valence"]) == ("", None)
        assert row["distribution"] == "joy;trust"

    def test_come_in_the_order_of_clips_and_raters(self, campaign, clip):
        rows = list(exports.rows([]))
        assert [row["rater"] for row in rows] == ["code 1", "code 2", "code 3"]
