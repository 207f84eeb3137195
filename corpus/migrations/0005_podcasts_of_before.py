"""What came in before feeds were read again: its feeds are watched, its addresses can be recognised."""

from django.db import migrations
from django.utils import timezone

from corpus.core import enclosures

AT_ONCE = 1000
LONGEST = 2000  # bytes: what a database index has room for


def catch_up(apps, schema_editor):
    podcast, watch = apps.get_model("corpus", "Podcast"), apps.get_model("corpus", "FeedWatch")
    web = podcast.objects.filter(source__regex="^https?://", watch=None)
    now = timezone.now()
    watch.objects.bulk_create(
        watch(podcast=row, url=row.source, checked_at=row.added_at, retry_at=now) for row in web
    )
    _address(apps.get_model("corpus", "Episode"))


def _address(episode):
    rows = episode.objects.filter(address_key="").only("pk", "audio_url").order_by("pk")
    done = []
    for row in rows.iterator(AT_ONCE):
        row.address_key = _normalised(row.audio_url)
        done.append(row)
        if len(done) == AT_ONCE:
            episode.objects.bulk_update(done, ["address_key"])
            done = []
    episode.objects.bulk_update(done, ["address_key"])


def _normalised(address):
    try:
        key = enclosures.normalised(address)
    except ValueError:
        return ""
    return key if len(key.encode()) <= LONGEST else ""


class Migration(migrations.Migration):
    dependencies = [("corpus", "0004_feeds_withdrawals_fingerprints")]
    operations = [migrations.RunPython(catch_up, migrations.RunPython.noop)]
