"""How far a campaign's raters agree, measured again only when there is something new."""

from datetime import timedelta

import pytest

from annotation.actions import agreement
from annotation.models import Agreement
from corpus.models import StageRun
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def campaign():
    """Two raters who agree on all of three clips."""
    voice = corpus.voice()
    campaign = make.campaign(*(corpus.clip(voice) for _ in range(3)))
    raters = [make.rater(), make.rater()]
    for place, (primary, valence) in zip(
        campaign.clips.order_by("pk"), [("Angry", 1), ("Sad", 2), ("Happy", 7)], strict=True
    ):
        for rater in raters:
            make.rating(campaign, place.clip, rater, primary=primary, valence=valence)
    return campaign


def figure(row, question, statistic):
    return next(f for f in row.figures if (f["question"], f["statistic"]) == (question, statistic))


class TestMeasure:
    def test_finds_full_agreement_where_all_say_the_same(self, campaign):
        row = agreement.measure(campaign=campaign, at=NOW)
        assert figure(row, "valence", "alpha_interval")["value"] == pytest.approx(1)
        assert figure(row, "primary", "alpha_nominal")["value"] == pytest.approx(1)
        assert (row.n_ratings, row.n_rows) == (6, 6)

    def test_gives_no_interval_for_three_clips_and_says_so(self, campaign):
        found = figure(agreement.measure(campaign=campaign, at=NOW), "valence", "alpha_interval")
        assert found["low"] is None
        assert found["reason"]

    def test_enters_the_ledger(self, campaign):
        agreement.measure(campaign=campaign, at=NOW)
        run = StageRun.objects.get(stage="agree")
        assert (run.subject, run.outcome) == (f"campaign:{campaign.pk}", "done")

    def test_keeps_no_figures_that_the_ledger_does_not_know(self, campaign, monkeypatch):
        def break_off(**_):
            raise RuntimeError("in the middle")

        monkeypatch.setattr(agreement.runs, "record", break_off)
        with pytest.raises(RuntimeError, match="in the middle"):
            agreement.measure(campaign=campaign, at=NOW)
        assert not Agreement.objects.exists()

    def test_does_nothing_while_nothing_is_new(self, campaign):
        agreement.measure(campaign=campaign, at=NOW)
        assert agreement.measure(campaign=campaign, at=LATER).computed_at == NOW
        assert StageRun.objects.filter(stage="agree").count() == 1

    def test_counts_each_rater_once_after_a_correction(self, campaign):
        first = campaign.ratings.order_by("pk").first()
        agreement.measure(campaign=campaign, at=NOW)
        make.rating(campaign, first.clip, first.rater, replaces=first, valence=7)
        row = agreement.measure(campaign=campaign, at=LATER)
        assert (row.n_ratings, row.n_rows, row.computed_at) == (6, 7, LATER)
        assert figure(row, "valence", "alpha_interval")["value"] < 1

    def test_has_no_figures_without_ratings(self):
        row = agreement.measure(campaign=make.campaign(), at=NOW)
        assert (row.figures, row.n_ratings) == ([], 0)


class TestOutOfDate:
    def test_lists_campaigns_with_ratings_not_yet_seen(self, campaign):
        make.campaign()
        assert agreement.out_of_date() == [campaign]
        agreement.measure(campaign=campaign, at=NOW)
        assert agreement.out_of_date() == []
        make.rating(campaign, corpus.clip())
        assert agreement.out_of_date() == [campaign]
        assert Agreement.objects.count() == 1
