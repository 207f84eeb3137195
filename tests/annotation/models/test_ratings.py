"""What the database itself refuses of ratings."""

import pytest
from django.db import IntegrityError, connection, transaction

from annotation.models import Rating
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db


class TestRating:
    def test_is_one_per_clip_and_rater(self):
        first = make.rating(make.campaign(), corpus.clip())
        with pytest.raises(IntegrityError, match="a_rater_rates_a_clip_once"), transaction.atomic():
            make.rating(first.campaign, first.clip, first.rater)

    def test_may_be_given_again_in_another_campaign(self):
        first = make.rating(make.campaign(), corpus.clip())
        make.rating(make.campaign(), first.clip, first.rater)
        assert Rating.objects.filter(clip=first.clip).count() == 2

    def test_is_corrected_by_a_row_that_replaces_it(self):
        first = make.rating(make.campaign(), corpus.clip())
        second = make.rating(first.campaign, first.clip, first.rater, replaces=first)
        assert list(Rating.objects.current()) == [second]

    def test_is_replaced_once(self):
        first = make.rating(make.campaign(), corpus.clip())
        make.rating(first.campaign, first.clip, first.rater, replaces=first)
        with pytest.raises(IntegrityError, match="replaces"), transaction.atomic():
            make.rating(first.campaign, first.clip, first.rater, replaces=first)

    def test_has_a_key_of_its_own(self):
        first = make.rating(make.campaign(), corpus.clip())
        with pytest.raises(IntegrityError, match="client_uuid"), transaction.atomic():
            make.rating(make.campaign(), corpus.clip(), client_uuid=first.client_uuid)

    @pytest.mark.parametrize("scale", ["valence", "arousal", "dominance"])
    @pytest.mark.parametrize("point", [0, 8])
    def test_stays_on_the_scale(self, scale, point):
        with pytest.raises(IntegrityError, match=f"{scale}_is_1_to_7"), transaction.atomic():
            make.rating(make.campaign(), corpus.clip(), **{scale: point})

    @pytest.mark.parametrize("point", [1, 7, None])
    def test_reaches_both_ends_of_the_scale_or_nothing(self, point):
        row = make.rating(make.campaign(), corpus.clip(), arousal=point)
        assert Rating.objects.get().arousal == row.arousal == point

    def test_is_never_changed(self):
        row = make.rating(make.campaign(), corpus.clip())
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Rating.objects.filter(pk=row.pk).update(valence=1)
        assert Rating.objects.get().valence == row.valence

    def test_is_never_deleted(self):
        row = make.rating(make.campaign(), corpus.clip())
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            row.delete()

    def test_is_guarded_against_plain_sql_as_well(self):
        make.rating(make.campaign(), corpus.clip())
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM annotation_rating")

    def test_says_of_every_field_whether_it_is_personal(self):
        listed = Rating.Privacy.personal | Rating.Privacy.public
        private_by_use = {"position", "shown_at", "source", "replaced_by"}
        assert not Rating.Privacy.personal & Rating.Privacy.public
        assert listed <= {field.name for field in Rating._meta.get_fields()}
        fields = {field.name for field in Rating._meta.get_fields()}
        assert fields - listed <= private_by_use
