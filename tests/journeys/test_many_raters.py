"""Many raters at once do what they like; the queue's counters stay true."""

import itertools
import random
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection

from annotation.actions import assignments, ratings
from annotation.actions.ratings import Hearing
from annotation.core.scores import Answer
from annotation.models import Assignment, Rating
from tests.factories import annotation as make
from tests.factories import corpus
from tests.factories.corpus import NOW

TABS, RATERS, CLIPS, NEED, TURNS = 8, 6, 30, 5, 45
ANSWER = Answer(valence=4, arousal=4, dominance=4, primary="Neutral")
HEARD = Hearing(plays=1, heard_ms=4000)


def _first_of_two(**own):
    return assignments.take_two(**own)[0]


class Clock:
    """One time for all, which only runs forward."""

    def __init__(self):
        self._ticks = itertools.count(1)

    def now(self):
        return NOW + timedelta(seconds=10 * next(self._ticks))


class Person:
    """A tab of a rater who claims, answers, resends, leaves, comes back late, skips."""

    def __init__(self, rater, campaign, clock, seed):
        self.rater, self.campaign, self.clock = rater, campaign, clock
        self.chance = random.Random(seed)
        self.seen = []  # tokens

    def __call__(self):
        try:
            for _ in range(TURNS):
                self._turn()
        finally:
            connection.close()

    def _turn(self):
        own = {"rater": self.rater, "campaign": self.campaign}
        take = self.chance.choice([assignments.take_next, _first_of_two])
        row = take(**own, at=self.clock.now())
        if row is not None:
            self.seen.append(row.token)
        for act in self.chance.choices(
            (self._send, self._resend, self._leave, self._reap, self._skip),
            weights=(6, 2, 1, 1, 1),
            k=2,
        ):
            act()

    def _send(self):
        if self.seen:
            self.submit(self.seen[-1], uuid.uuid5(self.seen[-1], "rating"))

    def _resend(self):
        if self.seen:
            token = self.chance.choice(self.seen)
            self.submit(token, self.chance.choice([uuid.uuid5(token, "rating"), uuid.uuid4()]))

    def _leave(self):
        """Nothing is sent; whoever reaps next takes the clip away."""

    def _reap(self):
        assignments.expire(
            at=self.clock.now() + self.chance.choice([timedelta(0), timedelta(hours=1)])
        )

    def _skip(self):
        if self.seen:
            token = self.chance.choice(self.seen[-3:])
            assignments.skip(rater=self.rater, token=token, reason="offensive", at=self.clock.now())

    def submit(self, token, key):
        with suppress(ratings.Gone, ratings.AlreadyRated):
            ratings.submit(
                rater=self.rater,
                token=token,
                client_uuid=key,
                answer=ANSWER,
                hearing=HEARD,
                at=self.clock.now() + timedelta(minutes=1),
            )


@pytest.fixture
def campaign():
    voices = [corpus.voice() for _ in range(5)]
    clips = [corpus.clip(voices[n % 5]) for n in range(CLIPS)]
    return make.campaign(*clips, state="open", need=NEED)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestManyRaters:
    def test_leave_every_counter_true(self, campaign):
        clock, start = Clock(), threading.Barrier(TABS)
        raters = [make.rater() for _ in range(RATERS)]  # two of them in two tabs each
        people = [Person(raters[tab % RATERS], campaign, clock, tab) for tab in range(TABS)]

        def begin(person):
            start.wait()
            person()

        with ThreadPoolExecutor(TABS) as pool:
            for future in [pool.submit(begin, person) for person in people]:
                future.result(timeout=60)  # raises what the thread raised, a deadlock as well
        self._check(campaign)

    def test_finish_a_campaign_with_exactly_the_ratings_it_needs(self, campaign):
        clock, start = Clock(), threading.Barrier(RATERS)

        def listen(rater):
            start.wait()
            try:
                while row := assignments.take_next(rater=rater, campaign=campaign, at=clock.now()):
                    Person(rater, campaign, clock, 0).submit(row.token, uuid.uuid4())
            finally:
                connection.close()

        with ThreadPoolExecutor(RATERS) as pool:
            list(pool.map(listen, [make.rater() for _ in range(RATERS)], timeout=60))
        # who came to the last clips while others held them went away; they come again
        for rater in [place.rater for place in Rating.objects.distinct("rater").order_by("rater")]:
            while row := assignments.take_next(rater=rater, campaign=campaign, at=clock.now()):
                Person(rater, campaign, clock, 0).submit(row.token, uuid.uuid4())
        assert set(campaign.clips.values_list("n_done", "n_live")) == {(NEED, 0)}
        self._check(campaign)

    def _check(self, campaign):
        done = Counter(Rating.objects.values_list("clip", flat=True))
        late = Counter(Rating.objects.filter(is_late=True).values_list("clip", flat=True))
        live = Counter(Assignment.objects.live().values_list("clip", flat=True))
        pairs = Counter(Rating.objects.values_list("clip", "rater"))
        assert done, "nobody rated anything"
        assert max(pairs.values()) == 1
        for place in campaign.clips.all():
            assert (place.n_done, place.n_live) == (done[place.clip_id], live[place.clip_id])
            assert place.n_done + place.n_live <= NEED + late[place.clip_id]
