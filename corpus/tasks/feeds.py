"""Feeds that are due are read again, each by one worker."""

import logging

from django.utils import timezone

from common.engines import identity, load
from common.tasks import Lane, idempotent_task
from corpus.actions import feeds, hosts, recipes, runs
from corpus.engines.base import EngineMissing
from corpus.engines.failures import Busy, HostWaits
from corpus.models import FeedCheck, FeedWatch

log = logging.getLogger(__name__)

MOST_AT_ONCE = 20
MOST_PLANNED = 100  # at once; the sweep plans the others
EXPIRES = feeds.ENQUEUED_AGAIN_AFTER.total_seconds()


@idempotent_task(lane=Lane.CPU)  # a feed of thousands of items takes seconds to read
def refresh(*, watch_id: int) -> None:
    """Look at one feed, if it is due and nobody else does, and plan what came in."""
    watch = FeedWatch.objects.filter(pk=watch_id).first()
    if watch is None:
        return
    fetcher = hosts.polite(load("fetcher"), now=timezone.now)
    try:
        check = feeds.carry_out(watch=watch, fetcher=fetcher, now=timezone.now)
    except (HostWaits, Busy) as wait:
        log.info("%s is read later: %s", watch, wait)
    except feeds.LeaseLost:
        log.warning("%s: another worker or a person was faster", watch)
    else:
        plan(check)


def plan(check: FeedCheck | None) -> None:
    """Workers find what came in at once, not at the next sweep."""
    if check is None or not (check.n_added or check.n_changed):
        return
    try:
        today = recipes.today(identity)
    except EngineMissing:
        return  # without engines here, the workers' own sweep plans
    for episode in feeds.touched(check)[:MOST_PLANNED]:
        runs.plan(episode=episode, recipes=today, at=timezone.now())


@idempotent_task(lane=Lane.SHORT)
def enqueue_due() -> None:
    """Send every feed that is due to a worker."""
    for watch in feeds.to_enqueue(now=timezone.now(), most=MOST_AT_ONCE):
        refresh.apply_async(kwargs={"watch_id": watch.pk}, expires=EXPIRES)
