import json

import pytest
from django.core.management import CommandError

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

    @pytest.mark.parametrize("name", ["EMOCAST_9999_0001", "", "../x"])
    def test_refuses_what_is_no_clip(self, name):
        with pytest.raises(CommandError, match="There is no clip") as caught:
            road.command("provenance", name)
        assert caught.value.returncode == 1
