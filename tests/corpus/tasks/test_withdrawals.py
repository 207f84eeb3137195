from datetime import timedelta

import pytest
from django.utils import timezone

from corpus.actions import withdrawals
from corpus.models import Clip, Erasure, Withdrawal
from corpus.tasks import withdrawals as tasks
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


def withdraw(target, *, grace=timedelta(0)):
    now = timezone.now()
    given = {"reason": "Her wish.", "reason_class": "speaker", "by": None, "at": now}
    return withdrawals.withdraw(target=target, grace=grace, **given)


class TestEraseDue:
    def test_running_it_twice_is_running_it_once(self):
        row = withdraw(make.clip().episode)
        tasks.erase_due()
        tasks.erase_due()
        assert Erasure.objects.get().withdrawal == row

    def test_leaves_what_still_has_time(self):
        withdraw(make.episode(), grace=timedelta(minutes=5))
        tasks.erase_due()
        assert not Erasure.objects.exists()


class TestCatchUp:
    def test_running_it_twice_is_running_it_once(self):
        voice = make.voice()
        withdraw(voice.speaker)
        clip = make.clip(voice)
        tasks.catch_up()
        tasks.catch_up()
        assert Clip.objects.get(pk=clip.pk).withdrawal == Withdrawal.objects.get()
