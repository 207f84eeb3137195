"""What the database itself refuses of selection jobs."""

import pytest
from django.db import IntegrityError, transaction

from selection.models import SelectedClip, SelectionJob
from tests.factories import annotation as make
from tests.factories import corpus

pytestmark = pytest.mark.django_db


def pick(job, clip, rank):
    return SelectedClip.objects.create(
        job=job, clip=clip, rank=rank, reason="random", propensity=0.5
    )


class TestSelectedClip:
    @pytest.fixture
    def job(self):
        return SelectionJob.objects.create(
            campaign=make.campaign(),
            strategy="random",
            wanted=2,
            seed=1,
            n_candidates=4,
            created_at=corpus.NOW,
        )

    def test_is_picked_once_per_job(self, job):
        clip = corpus.clip()
        pick(job, clip, 1)
        with pytest.raises(IntegrityError, match="a_job_picks_a_clip_once"), transaction.atomic():
            pick(job, clip, 2)

    def test_has_a_rank_of_its_own(self, job):
        pick(job, corpus.clip(), 1)
        with pytest.raises(IntegrityError, match="picks_are_ranked"), transaction.atomic():
            pick(job, corpus.clip(), 1)
