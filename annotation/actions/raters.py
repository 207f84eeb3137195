"""Raters join and consent."""

import hashlib
import uuid
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from annotation.models import Consent, Rater

NUMBERING = 7_301  # the advisory lock under which raters get their numbers
CONSENT_VERSION = "1"
CONSENT_TEXT = (
    "You will hear short clips of people speaking, some of them upset, and say what emotion you hear. "
    "You can skip a clip or stop at any time, without giving a reason and without a disadvantage. "
    "Your ratings are kept with their times and published under a pseudonym; your name and your "
    "address are never published. You are at least 18 years old and take part of your own accord."
)


def of(*, user: Any, at: datetime) -> Rater:
    """The rater that a signed-in person is: found by the account alone, whatever codes files use.

    The code that exports show them by is drawn at random: it tells nothing of the account.
    """
    known = Rater.objects.filter(user=user).first()
    return known or _join({"user": user}, at=at, code=f"rater-{uuid.uuid4()}")


def imported(*, code: str, is_simulated: bool, at: datetime) -> Rater:
    """A rater of an imported file or of a script, by the code used there."""
    known = Rater.objects.filter(code=code).first()
    return known or _join({"code": code}, at=at, is_simulated=is_simulated)


@transaction.atomic
def _join(key: dict[str, Any], *, at: datetime, **fields: Any) -> Rater:
    """A new rater under the next number; two at once wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING])
    last = Rater.objects.aggregate(last=Max("number"))["last"] or 0
    rater, _ = Rater.objects.get_or_create(
        **key, defaults={"number": last + 1, "joined_at": at, **fields}
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
