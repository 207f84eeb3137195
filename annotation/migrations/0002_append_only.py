"""Ratings and consents are never changed, only added to."""

from django.db import migrations

from common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("annotation", "0001_initial")]
    operations = [append_only("annotation_rating"), append_only("annotation_consent")]
