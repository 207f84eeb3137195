"""What the database itself refuses of features."""

import pytest
from django.db import IntegrityError, transaction

from selection.models import ClipFeatures
from tests.factories import corpus

pytestmark = pytest.mark.django_db


def extract(clip, version):
    return ClipFeatures.objects.create(
        clip=clip,
        run=clip.run,
        extractor="tests",
        version=version,
        values={"level_db": -20.0},
        extracted_at=corpus.NOW,
    )


class TestClipFeatures:
    def test_are_extracted_once_per_version(self):
        clip = corpus.clip()
        extract(clip, "1")
        extract(clip, "2")
        with pytest.raises(IntegrityError, match="extracted_once"), transaction.atomic():
            extract(clip, "1")
