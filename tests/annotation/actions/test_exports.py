"""What annotation gives to releases and files: labels, and ratings under pseudonyms."""

import pytest

from annotation.actions import agreement, exports
from annotation.actions.exports import ConsensusTable
from annotation.core import protocols
from corpus.core.releases import RatingRow
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


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
    def test_gives_the_labels_of_the_clips_asked_for(self, campaign, clip):
        found = ConsensusTable().labels([clip.pk], [])
        labels = found[clip.pk]
        assert (labels.code, labels.valence, labels.n_ratings) == ("A", 2.0, 3)
        assert labels.distribution_pooled is None
        assert ConsensusTable().labels([corpus.clip().pk], []) == {}

    def test_writes_ratings_as_release_files_spell_them(self, campaign, clip):
        row = ConsensusTable().labels([clip.pk], [])[clip.pk].ratings[2]
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
        assert ConsensusTable().labels([clip.pk], [])[clip.pk].ratings[0].simulated

    def test_leaves_out_other_campaigns_and_replaced_answers(self, campaign, clip):
        first = campaign.ratings.order_by("pk").first()
        make.rating(campaign, clip, first.rater, replaces=first, primary="Sad")
        make.rating(make.campaign(name="second"), clip, primary="Fear")
        labels = ConsensusTable().labels([clip.pk], ["first"])[clip.pk]
        assert labels.n_ratings == 3
        assert sorted(row.primary for row in labels.ratings) == ["Angry", "Other-torn", "Sad"]

    def test_states_what_holds_for_all_labels(self, campaign):
        make.campaign(name="second", need=9, protocol=protocols.EM2LDL.to_json())
        facts = ConsensusTable().facts([])
        assert (facts.campaigns, facts.need) == (("first", "second"), 3)
        assert facts.rating_protocol == "em2ldl 1, msp-podcast 1"
        assert len(facts.distribution_names) == 32
        assert ConsensusTable().facts(["second"]).need == 9

    def test_brings_the_agreement_that_was_measured(self, campaign, clip):
        other = corpus.clip()
        for place in campaign.ratings.order_by("pk")[:2]:
            make.rating(campaign, other, place.rater, valence=7)
        agreement.measure(campaign=campaign, at=NOW)
        figures = ConsensusTable().facts(["first"]).agreement
        assert any(f.measure.endswith("(first)") and f.n == 2 for f in figures)
        assert all(f.value is not None for f in figures)


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
