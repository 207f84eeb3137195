"""On clips and episodes, which withdrawal takes them out: for queues that cannot look it up each time.

What `Clip.objects.standing()` finds is the truth; the marks follow it, at once where a withdrawal,
its end, or a comparison of voices changes it, and within a minute where clips are cut anew.
"""

from django.db import connection, transaction

from corpus.actions import reaches
from corpus.models import Clip, Episode, Podcast, Withdrawal


def alone() -> None:
    """One decision on withdrawals at a time until the transaction ends; releases settle between."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('withdrawals'))")


def put(withdrawal: Withdrawal) -> None:
    """On what this withdrawal takes out, and no earlier one does."""
    if withdrawal.kind in (Withdrawal.Kind.PODCAST, Withdrawal.Kind.EPISODE):
        reaches.episodes(withdrawal).filter(withdrawal=None).update(withdrawal=withdrawal)
    else:
        reached = reaches.clips(withdrawal).filter(withdrawal=None)
        Clip.objects.filter(pk__in=reached.values("pk")).update(withdrawal=withdrawal)


def lift(withdrawal: Withdrawal) -> None:
    """From what this withdrawal took out; where another one stands, its mark takes the place."""
    Clip.objects.filter(withdrawal=withdrawal).update(withdrawal=None)
    catch_up()


@transaction.atomic
def catch_up() -> int:
    """Put the marks that are missing, take off those that are false; how many there were."""
    alone()
    n = _take_off()
    late = Clip.objects.withdrawn_in_part().filter(withdrawal=None)
    for pk, taken in late.with_withdrawal().values_list("pk", "taken_in_part"):
        n += Clip.objects.filter(pk=pk).update(withdrawal=taken)
    for podcast in Podcast.objects.filter(withdrawals__in=Withdrawal.objects.standing()).distinct():
        rows = Withdrawal.objects.standing().filter(podcast=podcast)
        unmarked = podcast.episodes.filter(withdrawal=None)
        n += unmarked.update(withdrawal=rows.order_by("pk").first())
    return n


def _take_off() -> int:
    """Of lifted withdrawals from episodes; from clips whose voice is another person's after all."""
    lifted = Episode.objects.filter(withdrawal__reinstatement__isnull=False)
    for episode in lifted:
        others = Withdrawal.objects.standing().of_whole(episode.pk, episode.podcast_id)
        Episode.objects.filter(pk=episode.pk).update(withdrawal=others.order_by("pk").first())
    marked = Clip.objects.exclude(withdrawal=None)
    return len(lifted) + marked.exclude(
        pk__in=Clip.objects.withdrawn_in_part().values("pk")
    ).update(withdrawal=None)
