import pytest

from corpus.actions import roads
from corpus.core import stages
from corpus.core.stages import EPISODE_STAGES, Recipe
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db
RECIPES = {stage.name: Recipe(f"fake.{stage.name}", "1", {}) for stage in EPISODE_STAGES}


@pytest.fixture
def episode():
    return make.episode()


def fetched(episode, **fields):
    key = stages.key("fetch", RECIPES["fetch"], [episode.audio_url])
    return make.run(episode, stage="fetch", key=key, **fields)


class TestOf:
    def test_begins_with_the_address(self, episode):
        road = roads.of(episode, RECIPES, [])
        assert (road.done, road.due) == ({}, {"fetch": [episode.audio_url]})

    def test_goes_on_from_what_is_done(self, episode):
        run = fetched(episode)
        road = roads.of(episode, RECIPES, [run])
        assert (road.done, road.due) == ({"fetch": run}, {"standardise": [run.key]})

    def test_takes_nothing_for_done_that_another_recipe_did(self, episode):
        road = roads.of(episode, RECIPES, [make.run(episode, stage="fetch")])
        assert set(road.due) == {"fetch"}


class TestBarred:
    def test_is_nobody_whose_licence_lets_us(self, episode):
        assert roads.barred(episode) == ""

    @pytest.mark.parametrize("verdict", [None, "review", "refused"])
    def test_is_who_has_no_such_licence(self, verdict):
        assert roads.barred(make.episode(verdict=verdict)) == roads.NOT_ALLOWED

    def test_is_a_copy(self, episode):
        assert roads.barred(make.episode(duplicate_of=episode)) == roads.COPY


class TestIsPlanned:
    def plan(self, episode, *rows):
        return roads.is_planned(rows, roads.of(episode, RECIPES, rows).keys(RECIPES))

    def test_says_no_while_something_due_is_not_written_down(self, episode):
        assert not self.plan(episode)

    def test_says_yes_of_what_waits_or_failed(self, episode):
        assert self.plan(episode, fetched(episode, done_at=None, outcome=""))
        other = make.episode()
        assert self.plan(other, fetched(other, outcome="failed"))

    @pytest.mark.parametrize(
        ("reason", "planned"), [("the server sent a page", True), (roads.OVERTAKEN, False)]
    )
    def test_tells_what_was_closed_for_good_from_what_may_come_again(
        self, episode, reason, planned
    ):
        run = fetched(episode, outcome="filtered", reason=reason)
        assert self.plan(episode, run) is planned

    def test_says_no_while_something_besides_waits(self, episode):
        run = fetched(episode, done_at=None, outcome="")
        late = make.run(episode, stage="cut", done_at=None, outcome="")
        assert not self.plan(episode, run, late)
        late.claimed_at = NOW
        assert self.plan(episode, run, late)
