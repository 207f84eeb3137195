"""One drawing and one description for each point of each scale."""

import re
from xml.etree import ElementTree

import pytest

from annotation.core import manikins, taxonomy

POINTS = range(taxonomy.LOWEST, taxonomy.HIGHEST + 1)
NAMES = [scale.name for scale in taxonomy.SCALES]


def parsed(name: str, point: int) -> ElementTree.Element:
    return ElementTree.fromstring(f"<svg>{manikins.drawing(name, point)}</svg>")


@pytest.mark.parametrize("name", NAMES)
class TestDrawing:
    def test_differs_from_point_to_point(self, name):
        assert len({manikins.drawing(name, point) for point in POINTS}) == len(POINTS)

    def test_is_well_formed_and_has_no_colour_of_its_own(self, name):
        for point in POINTS:
            colours = {
                element.get(part)
                for element in parsed(name, point).iter()
                for part in ("fill", "stroke")
            }
            assert colours <= {None, "none", "currentColor"}

    def test_has_no_point_outside_the_scale(self, name):
        for point in (0, 8):
            with pytest.raises(ValueError, match="not a point"):
                manikins.drawing(name, point)


class TestValence:
    def test_turns_the_corners_of_the_mouth_up_from_point_to_point(self):
        bends = []
        for point in POINTS:
            corner, middle = re.findall(
                r"M13\.5 ([\d.]+)Q24 ([\d.]+)", manikins.drawing("valence", point)
            )[0]
            bends.append(float(middle) - float(corner))
        assert bends == sorted(bends)
        assert bends[0] < 0 == bends[3] < bends[6]


class TestArousal:
    def test_star_reaches_further_from_point_to_point(self):
        reaches = []
        for point in POINTS:
            star = parsed("arousal", point).findall("path")[-1].get("d")
            reaches.append(31.5 - min(float(y) for _x, y in re.findall(r"([\d.]+) ([\d.]+)", star)))
        assert reaches == sorted(set(reaches))


class TestDominance:
    def test_figure_grows_from_point_to_point_and_stays_inside_the_frame(self):
        sizes = [
            float(re.findall(r"scale\(([\d.]+)\)", manikins.drawing("dominance", point))[0])
            for point in POINTS
        ]
        assert sizes == sorted(set(sizes))
        assert (
            44 * sizes[-1] <= manikins.SIDE - 4
        )  # the figure is 44 units high, the frame's edge at 2


class TestDescription:
    @pytest.mark.parametrize("name", NAMES)
    def test_differs_from_point_to_point(self, name):
        assert len({manikins.description(name, point) for point in POINTS}) == len(POINTS)
