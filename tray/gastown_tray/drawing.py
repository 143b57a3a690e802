"""The icon, drawn: the mayor's hat. Shape first, colour second, since panels may have one colour.

Unknown is a hollow, broken outline; idle an outline; working a filled hat; whoever needs the person
adds a dot with a number, trouble a triangle with an exclamation mark. Drawn eight times too large
and reduced, so that it is smooth at any size.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from gastown_tray.face import Mood

if TYPE_CHECKING:
    from gastown_tray.face import Face

SIZES = (16, 22, 24, 32, 48)
_OVER = 8
_UNIT = 64  # the hat is drawn on a grid of so many units
_BIG = 9

Colour = tuple[int, int, int, int]


class Panel(StrEnum):
    """What the icon is seen on. EITHER: nobody knows; then it has a rim that shows on both."""

    DARK = "dark"
    LIGHT = "light"
    EITHER = "either"


_INK: dict[Panel, Colour] = {
    Panel.DARK: (240, 240, 240, 255), Panel.LIGHT: (45, 45, 48, 255),
    Panel.EITHER: (236, 236, 236, 255),
}  # fmt: skip
_TINT: dict[Mood, dict[Panel, Colour]] = {
    Mood.WORKING: {
        Panel.DARK: (110, 190, 255, 255), Panel.LIGHT: (0, 95, 175, 255),
        Panel.EITHER: (90, 175, 245, 255),
    },
    Mood.NEEDS: {
        Panel.DARK: (255, 196, 64, 255), Panel.LIGHT: (176, 104, 0, 255),
        Panel.EITHER: (255, 190, 50, 255),
    },
    Mood.TROUBLE: {
        Panel.DARK: (255, 110, 100, 255), Panel.LIGHT: (190, 22, 22, 255),
        Panel.EITHER: (250, 90, 80, 255),
    },
}  # fmt: skip
_RIM: Colour = (20, 20, 22, 255)


@lru_cache(maxsize=20)
def draw(mood: Mood, count: int, size: int, panel: Panel) -> Image.Image:
    """The icon as RGBA with clear corners, `size` pixels wide and high."""
    big = size * _OVER
    hat = _hat(mood, big, panel)
    if panel is Panel.EITHER:
        hat = _rimmed(hat, max(_OVER, big // 26))
    picture = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    picture.alpha_composite(hat)
    if mood is Mood.NEEDS:
        _dot(picture, str(count) if count <= _BIG else "+", panel, mood)
    elif mood is Mood.TROUBLE:
        _triangle(picture, panel)
    elif mood is Mood.UNKNOWN:
        picture.putalpha(picture.getchannel("A").point(lambda value: value * 55 // 100))
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def draw_face(face: Face, size: int, panel: Panel) -> Image.Image:
    """The icon of a face; of a number only what can be read makes another picture."""
    count = min(face.count, _BIG + 1) if face.mood is Mood.NEEDS else 0
    return draw(face.mood, count, size, panel)


def _hat(mood: Mood, big: int, panel: Panel) -> Image.Image:
    """The hat alone."""
    ink = _TINT.get(mood, {}).get(panel, _INK[panel])
    picture = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    unit = big / _UNIT
    line = round(5 * unit)

    def box(*corners: float) -> tuple[float, ...]:
        return tuple(corner * unit for corner in corners)

    crown, brim = box(15, 8, 49, 44), box(4, 42, 60, 54)
    filled = mood in (Mood.WORKING, Mood.NEEDS, Mood.TROUBLE)
    if filled:
        pen.rounded_rectangle(crown, radius=9 * unit, fill=ink, corners=(True, True, False, False))
        pen.rounded_rectangle(brim, radius=6 * unit, fill=ink)
        pen.rectangle(box(15, 33, 49, 37), fill=(0, 0, 0, 0))  # the band, cut out
    else:
        pen.rounded_rectangle(
            crown, radius=9 * unit, outline=ink, width=line, corners=(True, True, False, False)
        )
        pen.rounded_rectangle(box(4, 43, 60, 51), radius=4 * unit, fill=ink)
    if mood is Mood.UNKNOWN:
        for left in (20, 38):  # a broken line
            pen.rectangle(box(left, 0, left + 6, 20), fill=(0, 0, 0, 0))
            pen.rectangle(box(left, 42, left + 6, 64), fill=(0, 0, 0, 0))
    return picture


def _rimmed(hat: Image.Image, width: int) -> Image.Image:
    """With a dark rim, which shows on light panels."""
    mask = hat.getchannel("A")
    rim = Image.new("RGBA", hat.size, (0, 0, 0, 0))
    dark = Image.new("RGBA", hat.size, _RIM)
    for right in (-width, 0, width):
        for down in (-width, 0, width):
            moved = Image.new("L", hat.size, 0)
            moved.paste(mask, (right, down))
            rim.paste(dark, (0, 0), moved)
    rim.alpha_composite(hat)
    return rim


def _dot(picture: Image.Image, text: str, panel: Panel, mood: Mood) -> None:
    """A dot with a number in the corner, apart from the hat by a clear ring."""
    big = picture.width
    unit = big / _UNIT
    centre, radius = (46 * unit, 46 * unit), 18 * unit
    _clear(picture, centre, radius + 3 * unit)
    pen = ImageDraw.Draw(picture)
    back = _TINT[mood][panel] if panel is not Panel.LIGHT else (196, 120, 0, 255)
    pen.ellipse(_around(centre, radius), fill=back)
    front = (255, 255, 255, 255) if panel is Panel.LIGHT else (25, 20, 0, 255)
    font = ImageFont.load_default(30 * unit)
    pen.text(centre, text, fill=front, font=font, anchor="mm", stroke_width=unit * 1.2)


def _triangle(picture: Image.Image, panel: Panel) -> None:
    """A triangle with an exclamation mark in the corner."""
    unit = picture.width / _UNIT
    corners = [(46, 25), (65, 63), (27, 63)]
    _clear_shape(picture, [(46, 17), (70, 68), (22, 68)])
    pen = ImageDraw.Draw(picture)
    pen.polygon([(x * unit, y * unit) for x, y in corners], fill=_TINT[Mood.TROUBLE][panel])
    mark = (255, 255, 255, 255) if panel is Panel.LIGHT else (40, 0, 0, 255)
    pen.rounded_rectangle((43.6 * unit, 37 * unit, 48.4 * unit, 51 * unit), 2 * unit, fill=mark)
    pen.ellipse(_around((46 * unit, 56.5 * unit), 2.9 * unit), fill=mark)


def _clear(picture: Image.Image, centre: tuple[float, float], radius: float) -> None:
    ImageDraw.Draw(picture).ellipse(_around(centre, radius), fill=(0, 0, 0, 0))


def _clear_shape(picture: Image.Image, corners: list[tuple[int, int]]) -> None:
    unit = picture.width / _UNIT
    ImageDraw.Draw(picture).polygon([(x * unit, y * unit) for x, y in corners], fill=(0, 0, 0, 0))


def _around(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    x, y = centre
    return x - radius, y - radius, x + radius, y + radius
