"""Our own drawings of the seven points of each scale, as SVG: a face, a figure, a figure's size.

The idea of one picture per point is Bradley & Lang (1994); the drawings are ours and keep one
gesture per scale, so that neighbouring points still differ at 44 pixels. Colours are the text's.
"""

from math import cos, pi, sin
from typing import Final

from annotation.core import taxonomy

SIDE: Final = 48  # units of the square that every drawing fills

_STROKE: Final = 'fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"'
_FILL: Final = 'fill="currentColor"'


def drawing(scale: str, point: int) -> str:
    """The inside of a 48 × 48 SVG for point 1…7; ValueError outside the scale, KeyError for others."""
    if not taxonomy.LOWEST <= point <= taxonomy.HIGHEST:
        raise ValueError(f"not a point of a scale: {point}")
    return _DRAW[scale]((point - 4) / 3)


def description(scale: str, point: int) -> str:
    """What the drawing shows, in words, for people who do not see it."""
    return _WORDS[scale][point - 1]


def _face(level: float) -> str:
    """Valence, −1…1: the corners of the mouth go from far down to far up."""
    corner, middle = 31.5 - 3.5 * level, 31.5 + 10 * level
    return (
        f'<circle cx="24" cy="24" r="20.5" {_STROKE}/>'
        f'<circle cx="17" cy="19" r="2.4" {_FILL}/><circle cx="31" cy="19" r="2.4" {_FILL}/>'
        f'<path d="M13.5 {corner:.1f}Q24 {middle:.1f} 34.5 {corner:.1f}" {_STROKE}/>'
    )


def _burst(level: float) -> str:
    """Arousal, −1…1: a dot in the chest grows into a star that leaves the body; eyes open."""
    share = (level + 1) / 2
    return (
        f'<circle cx="24" cy="10.5" r="8.5" {_STROKE}/>{_eyes(share)}'
        f'<path d="M6 46C6 30 13 23.5 24 23.5S42 30 42 46" {_STROKE}/>'
        f'<path d="{_star(radius=1.6 + 14.4 * share**1.35, depth=0.25 + 0.37 * share)}" {_FILL}/>'
    )


def _eyes(share: float) -> str:
    if share < 0.3:  # closed
        return f'<path d="M18.9 11h3M26.1 11h3" {_STROKE.replace("2.2", "1.6")}/>'
    size = 0.9 + 0.9 * share
    return "".join(f'<circle cx="{x}" cy="10.4" r="{size:.1f}" {_FILL}/>' for x in (20.8, 27.2))


def _star(*, radius: float, depth: float, rays: int = 10) -> str:
    corners = []
    for step in range(2 * rays):
        reach = radius * (1 - depth * (step % 2))
        angle = pi * step / rays
        corners.append(f"{24 + reach * sin(angle):.1f} {31.5 - reach * cos(angle):.1f}")
    return "M" + "L".join(corners) + "z"


def _figure(level: float) -> str:
    """Dominance, −1…1: the same figure grows from a quarter of the frame until it fills it."""
    size = 0.61 + 0.37 * level
    return (
        '<rect x="1" y="1" width="46" height="46" rx="4" fill="none" stroke="currentColor"'
        ' stroke-width="1.2" stroke-dasharray="2 3" opacity=".6"/>'
        f'<g transform="translate(24 46) scale({size:.3f})" {_FILL}>'
        '<circle cx="0" cy="-34" r="10"/><path d="M-19 0C-19-15-12-21.5 0-21.5S19-15 19 0z"/></g>'
    )


_DRAW: Final = {"valence": _face, "arousal": _burst, "dominance": _figure}
_WORDS: Final = {
    "valence": (
        "A face, corners of the mouth far down",
        "A face, corners of the mouth down",
        "A face, corners of the mouth slightly down",
        "A face with a straight mouth",
        "A face, corners of the mouth slightly up",
        "A face, corners of the mouth up",
        "A face, corners of the mouth far up",
    ),
    "arousal": (
        "A figure with closed eyes and a dot in the chest",
        "A figure with closed eyes and a small spot in the chest",
        "A figure with half-open eyes and a spot in the chest",
        "A figure with open eyes and a small star in the chest",
        "A figure with open eyes and a star in the chest",
        "A figure with wide eyes and a large star in the chest",
        "A figure with wide eyes and a star that bursts out of the chest",
    ),
    "dominance": (
        "A tiny figure in a large frame",
        "A small figure in the frame",
        "A rather small figure in the frame",
        "A figure half as high as the frame",
        "A rather large figure in the frame",
        "A large figure in the frame",
        "A figure that fills the frame",
    ),
}
