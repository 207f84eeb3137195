"""Raters join and consent."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction

from annotation.models import Consent, Rater

CONSENT_VERSION = "1"
CONSENT_TEXT = (
    "You will hear short clips of people speaking, some of them upset, and say what emotion you hear. "
    "You can skip a clip or stop at any time, without giving a reason and without a disadvantage. "
    "Your ratings are kept with their times and published under a pseudonym; your name and your "
    "address are never published. You are at least 18 years old and take part of your own accord."
)


def of(*, user: Any, at: datetime) -> Rater:
    """The rater that a signed-in person is."""
    rater, _ = Rater.objects.get_or_create(
        user=user, defaults={"code": f"WORKER{user.pk:08d}", "joined_at": at}
    )
    return rater


def imported(*, code: str, is_simulated: bool, at: datetime) -> Rater:
    """A rater of an imported file, by the code that the file has."""
    rater, _ = Rater.objects.get_or_create(
        code=code, defaults={"is_simulated": is_simulated, "joined_at": at}
    )
    return rater


def has_consented(rater: Rater) -> bool:
    return rater.consents.filter(version=CONSENT_VERSION).exists()


@transaction.atomic
def consent(*, rater: Rater, at: datetime) -> Consent:
    """Write down that the rater agreed to the text as it stands; again is the same."""
    row, _ = Consent.objects.get_or_create(
        rater=rater,
        version=CONSENT_VERSION,
        defaults={
            "text_sha256": hashlib.sha256(CONSENT_TEXT.encode()).hexdigest(),
            "consented_at": at,
        },
    )
    return row
