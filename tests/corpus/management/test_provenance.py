import json
from datetime import timedelta

import pytest
from django.core.management import CommandError

from corpus.actions import withdrawals
from tests import road
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def clip():
    episode = make.episode(title="About it")
    make.evidence(episode)
    cut = make.run(episode, stage="cut", parameters={"inputs": []})
    return make.clip(episode=episode, run=cut)


class TestProvenance:
    @pytest.mark.parametrize("form", ["{}", "{}.flac", "releases/talk-1.0.0/Audios/{}.flac"])
    def test_takes_a_name_or_the_path_of_a_file(self, clip, form):
        found = json.loads(road.command("provenance", form.format(clip.name), json=True))
        assert found["clip"] == clip.name
        assert found["licence"]["evidence"][0]["element"] == "podcast:license"

    def test_prints_it_for_people(self, clip):
        said = road.command("provenance", clip.name)
        assert f"clip: {clip.name}" in said
        assert "  episode: About it" in said
        assert "  spdx: CC-BY-4.0" in said

    def test_says_first_that_it_was_taken_back(self, clip):
        assert road.command("provenance", clip.name).startswith("clip: ")
        row = withdrawals.withdraw(
            target=clip.episode,
            reason="They asked.",
            reason_class="rights",
            by=None,
            at=make.NOW,
            grace=timedelta(days=30),
        )
        said = road.command("provenance", clip.name)
        day, end = f"{row.withdrawn_at:%Y-%m-%d}", f"{row.erase_after:%Y-%m-%d}"
        first = (
            f"WITHDRAWN on {day} (rights, withdrawal {row.pk}). Its audio is erased after {end}."
        )
        assert said.startswith(first)
        found = json.loads(road.command("provenance", clip.name, json=True))
        assert next(iter(found)) == "withdrawn"
        assert found["withdrawn"]["reason_class"] == "rights"
        clip.erased_at = row.erase_after
        clip.save()
        assert f"Its audio was erased on {end}." in road.command("provenance", clip.name)

    @pytest.mark.parametrize("name", ["EMOCAST_9999_0001", "", "../x"])
    def test_refuses_what_is_no_clip(self, name):
        with pytest.raises(CommandError, match="There is no clip") as caught:
            road.command("provenance", name)
        assert caught.value.returncode == 1
