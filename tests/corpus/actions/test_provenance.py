import json

import pytest

from corpus.actions import provenance
from corpus.models import Clip, ReleaseItem
from tests.factories import corpus as make
from tests.factories.corpus import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def clip(recorded, stage):
    episode = recorded(
        podcast=make.podcast(title="Small talk", source="https://x.example/feed.xml"),
        source_file="ab/" + "c" * 64 + ".mp3",
        source_urls=["https://a.example", "https://b.example"],
        author="Anna",
    )
    make.evidence(episode, text="cc-by-4.0", source_sha256="d" * 64)
    stage.measure(episode, after=stage.cut(episode))
    return Clip.objects.order_by("number")[0]


class TestOf:
    def test_leads_from_the_clip_to_the_feed(self, clip):
        found = provenance.of(clip)
        assert found["clip"] == clip.name
        assert found["samples"] == [clip.start, clip.end]
        assert found["end_s"] == clip.end / 16_000
        assert found["file_sha256"] in clip.file
        assert found["source"]["sha256"] == "c" * 64
        assert found["source"]["redirects"] == ["https://a.example", "https://b.example"]
        assert found["podcast"]["read_from"] == "https://x.example/feed.xml"

    def test_names_every_engine_in_order(self, clip):
        stages = provenance.of(clip)["stages"]
        assert {stage["stage"] for stage in stages} == {"detect", "diarise", "transcribe", "cut"}
        assert all(stage["version"] and stage["engine"] for stage in stages)
        assert not any("inputs" in stage["parameters"] for stage in stages)

    def test_tells_the_licence_its_evidence_and_whom_to_credit(self, clip):
        licence = provenance.of(clip)["licence"]
        assert (licence["spdx"], licence["verdict"]) == ("CC-BY-4.0", "accepted")
        assert licence["attribution"] == "Anna"
        assert licence["evidence"][0]["source_sha256"] == "d" * 64

    def test_lists_the_releases_it_is_in(self, clip):
        release = make.release(name="talk", version="1.0.0")
        ReleaseItem.objects.create(release=release, clip=clip, partition="Test1")
        assert provenance.of(clip)["releases"] == [{"release": "talk 1.0.0", "partition": "Test1"}]

    def test_is_made_of_plain_values(self, clip):
        found = provenance.of(clip)
        assert json.loads(json.dumps(found)) == found

    def test_stands_without_master_source_and_licence(self):
        episode = make.episode(verdict=None)
        clip = make.clip(
            run=make.run(episode, stage="cut", parameters={"inputs": []}), episode=episode
        )
        found = provenance.of(clip)
        assert found["master_sha256"] is None
        assert found["source"]["sha256"] is None
        assert found["licence"]["spdx"] is None
        assert [stage["done_at"] for stage in found["stages"]] == [NOW.isoformat()]
