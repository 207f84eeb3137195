import pytest
from django.db import IntegrityError

from corpus.models import ReleaseItem
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


class TestRelease:
    def test_has_a_version_once(self):
        make.release(name="talk", version="1.0.0")
        make.release(name="talk", version="1.0.1")
        with pytest.raises(IntegrityError, match="a_version_is_released_once"):
            make.release(name="talk", version="1.0.0")


class TestReleaseItem:
    def test_is_in_a_release_once(self):
        release, clip = make.release(), make.clip()
        ReleaseItem.objects.create(release=release, clip=clip, partition="Train")
        with pytest.raises(IntegrityError, match="a_release_has_a_clip_once"):
            ReleaseItem.objects.create(release=release, clip=clip, partition="Test1")
