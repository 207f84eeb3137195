from dataclasses import replace

from corpus.core.formats import changelog
from corpus.core.releases import ReleaseClip, ReleaseFacts


def text(facts: ReleaseFacts, *clips: ReleaseClip) -> str:
    ((path, content),) = changelog.files(facts, clips)
    assert path == "CHANGELOG.md"
    return content.decode()


class TestFiles:
    def test_are_plain_about_a_first_version(
        self, facts: ReleaseFacts, golden: ReleaseClip
    ) -> None:
        said = text(facts, golden)
        assert said.startswith(f"# Changelog of {facts.name}\n\n## {facts.version}\n")
        assert "- First version: 1 clip.\n" in said

    def test_list_every_change_on_a_line_of_its_own(self, facts: ReleaseFacts) -> None:
        said = text(replace(facts, previous="0.9.0", changes=("One came.", "Two\nwent.")))
        assert f"## {facts.version}, since 0.9.0" in said
        assert said.endswith("- One came.\n- Two went.\n")
