import json

import pytest
from django.core.management import CommandError

from annotation.actions import agreement
from common import files
from corpus.engines import audio
from corpus.models import Release, StageRun, Voice
from tests import fakes, road
from tests.factories import annotation
from tests.factories import corpus as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(tmp_path):
    """Two clips with one rating each, which is all that their campaign asks for."""
    row = annotation.campaign(name="talk", need=1)
    for n in range(2):
        audio.write_flac(tmp_path / "clip.flac", fakes.voice(4, seed=n))
        key = files.store().put(tmp_path / "clip.flac", suffix=".flac")
        episode = make.episode(author="Anna", source_file=f"ab/{n}.mp3")
        clip = make.eligible_clip(episode=episode, run=make.cut_run(episode), file=key)
        annotation.campaign_clip(row, clip)
        annotation.rating(row, clip)
    return row


def build(*words):
    return road.command("release", "build", *words)


def refused(*words):
    with pytest.raises(CommandError) as caught:
        build(*words)
    assert caught.value.returncode == 1
    return str(caught.value)


class TestBuild:
    def test_writes_a_folder_and_says_what_is_in_it(self, campaign, settings):
        said = build("talk", "1.0.0")
        folder = settings.RELEASES_DIR / "talk-1.0.0"
        assert "talk 1.0.0: 2 clips, 8.0 s, 2 ratings" in said
        assert str(folder) in said
        assert (folder / "SHA256SUMS").is_file()

    def test_says_where_it_was_built_before(self, campaign):
        build("talk", "1.0.0")
        assert "built before, and still the same" in build("talk", "1.0.0")

    def test_answers_in_json(self, campaign, tmp_path):
        found = json.loads(build("talk", "1.0.0", "--out", str(tmp_path / "x"), "--json"))
        assert found["new"] is True
        assert found["folder"] == str(tmp_path / "x" / "talk-1.0.0")
        assert found["digest"] == Release.objects.get().digest

    def test_takes_the_labels_of_one_campaign(self, campaign):
        other = annotation.campaign(name="other", need=1)
        clip = campaign.clips.first().clip
        annotation.campaign_clip(other, clip)
        annotation.rating(other, clip)
        assert "1 clip, " in build("other", "1.0.0", "--campaign", "other")

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            (("talk", "one"), "not of the form"),
            (("../talk", "1.0.0"), "cannot name a release"),
            (("talk", "1.0.0", "--min-ratings", "3"), "fewer than 3 ratings"),
            (("talk", "1.0.0", "--campaign", "nobody"), "nobody"),
        ],
    )
    def test_refuses_with_the_reason(self, campaign, words, reason):
        assert reason in refused(*words)
        assert not Release.objects.exists()

    def test_refuses_other_content_under_a_known_version(self, campaign):
        build("talk", "1.0.0")
        annotation.rating(campaign, campaign.clips.first().clip)
        assert "give the next version" in refused("talk", "1.0.0")

    def test_refuses_people_s_and_simulated_ratings_together(self, campaign):
        clip = campaign.clips.first().clip
        annotation.rating(campaign, clip, annotation.rater(code="s", is_simulated=True))
        assert "no release holds both" in refused("talk", "1.0.0")

    def test_refuses_while_voices_are_not_compared(self, campaign):
        Voice.objects.update(embedding=[1.0, 0.0], speaker=None)
        assert "pipeline --until-idle" in refused("talk", "1.0.0")
        assert not Release.objects.exists()

    def test_refuses_clips_that_lead_back_to_no_file(self, campaign):
        StageRun.objects.filter(stage="fetch").update(result={})
        assert "does not lead back" in refused("talk", "1.0.0")

    def test_is_the_same_whether_agreement_was_measured_or_not(self, campaign):
        for place in campaign.clips.all():
            annotation.rating(campaign, place.clip, valence=2)
        build("talk", "1.0.0")
        agreement.measure(campaign=campaign, at=make.NOW)
        assert "built before, and still the same" in build("talk", "1.0.0")

    def test_writes_words_for_what_was_asked(self, campaign, settings):
        build("talk", "1.0.0", "--campaign", "talk")
        sheet = (settings.RELEASES_DIR / "talk-1.0.0" / "README.md").read_text()
        assert "| campaigns | talk |" in sheet
        assert "| ratings per clip, at least | as each campaign asks |" in sheet

    def test_refuses_where_nothing_is_rated(self):
        assert "import ratings" in refused("talk", "1.0.0")

    def test_refuses_a_place_that_is_no_folder(self, campaign, tmp_path):
        (tmp_path / "file").write_text("in the way")
        assert "file" in refused("talk", "1.0.0", "--out", str(tmp_path / "file"))


class TestVerify:
    def test_is_content_with_a_folder_as_it_was_released(self, campaign, settings):
        build("talk", "1.0.0")
        folder = str(settings.RELEASES_DIR / "talk-1.0.0")
        assert "every file is as it was released" in road.command("release", "verify", folder)
        found = json.loads(road.command("release", "verify", folder, "--json"))
        assert found == {"problems": [], "withdrawn": 0}

    def test_ends_with_1_where_a_file_was_changed(self, campaign, settings, capsys):
        build("talk", "1.0.0")
        folder = settings.RELEASES_DIR / "talk-1.0.0"
        (folder / "Partitions.txt").write_text("changed")
        with pytest.raises(SystemExit) as caught:
            road.command("release", "verify", str(folder))
        assert caught.value.code == 1

    def test_ends_with_1_where_there_is_no_release(self, tmp_path):
        with pytest.raises(SystemExit) as caught:
            road.command("release", "verify", str(tmp_path / "nowhere"))
        assert caught.value.code == 1


class TestList:
    def test_says_so_where_there_is_none(self):
        assert "No release has been built yet." in road.command("release", "list")

    def test_names_each(self, campaign):
        build("talk", "1.0.0")
        assert "talk 1.0.0: 2 clips" in road.command("release", "list")
        assert json.loads(road.command("release", "list", "--json"))[0]["version"] == "1.0.0"


class TestWords:
    @pytest.mark.parametrize("words", [(), ("burn",), ("build", "talk"), ("verify",)])
    def test_that_make_no_sense_are_refused(self, words):
        with pytest.raises(CommandError):
            road.command("release", *words)
