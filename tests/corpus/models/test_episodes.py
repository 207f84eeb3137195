import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError

from corpus.models import Episode
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


class TestEpisode:
    def test_is_in_a_podcast_once(self):
        first = make.episode()
        with pytest.raises(IntegrityError, match="a_podcast_has_an_episode_once"):
            make.episode(podcast=first.podcast, guid=first.guid)

    def test_shares_its_guid_with_other_podcasts(self):
        assert make.episode(guid="1").podcast != make.episode(guid="1").podcast

    def test_has_a_number_of_its_own(self):
        first = make.episode()
        with pytest.raises(IntegrityError):
            make.episode(number=first.number)

    def test_knows_the_length_of_its_master(self):
        with pytest.raises(IntegrityError, match="a_master_has_a_length"):
            make.episode(master_file="ab/cd.flac", n_samples=None)

    def test_keeps_its_podcast_from_being_deleted(self):
        with pytest.raises(ProtectedError):
            make.episode(verdict=None).podcast.delete()

    @pytest.mark.parametrize(("n_samples", "seconds"), [(None, None), (24_000, 1.5)])
    def test_counts_in_seconds(self, n_samples, seconds):
        assert Episode(n_samples=n_samples).seconds == seconds


class TestEpisodeQuerySet:
    @pytest.mark.parametrize(
        ("verdict", "may"),
        [
            ("accepted", True),
            ("non_commercial", True),
            ("index_only", False),
            ("review", False),
            ("blocked", False),
            ("refused", False),
            (None, False),
        ],
    )
    def test_may_be_cut_follows_the_verdict(self, verdict, may):
        make.episode(verdict=verdict)
        assert Episode.objects.may_be_cut().exists() is may

    def test_original_leaves_out_copies(self):
        first = make.episode()
        make.episode(duplicate_of=first)
        assert list(Episode.objects.original()) == [first]
