from dataclasses import asdict

from common.engines import Identity
from corpus.actions import recipes
from corpus.core import stages
from corpus.core.clips import CutRules
from corpus.core.quality import Gate


def identity(role):
    return Identity(f"engines.{role}", "1")


class TestToday:
    def test_names_a_recipe_for_every_stage(self):
        today = recipes.today(identity)
        assert set(today) == {stage.name for stage in stages.EPISODE_STAGES} | {"identify"}

    def test_takes_engines_by_their_role(self):
        assert recipes.today(identity)["standardise"].engine == "engines.decoder"

    def test_stores_rules_and_gate_whole(self):
        today = recipes.today(identity)
        assert today["cut"].parameters == asdict(CutRules())
        assert today["measure"].parameters == asdict(Gate())
        assert today["measure"].version == Gate().version

    def test_gives_another_key_where_a_version_changes(self):
        other = recipes.today(lambda role: Identity(f"engines.{role}", "2"))
        keys = {
            stages.key("diarise", found["diarise"], ["in"])
            for found in (recipes.today(identity), other)
        }
        assert len(keys) == 2
