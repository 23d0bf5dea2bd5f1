"""Rectangles, paths, circles and texts of a drawing, and the figure they make.

Lengths are pixels of the drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

WIDTHS = (("for-small", 330), ("for-medium", 480), ("for-wide", 740), ("for-widest", 1120))
"""The widths that figures are drawn for, with the class by which `figures.css` shows each in its box."""

_NARROW = frozenset("ijlIt.,:;'|!()[]fr/ ")
_WIDE = frozenset("mwMWOQ%@")


def text_width(text: str, size: float) -> float:
    """About how wide `text` is in the page's typeface at `size`; a little too wide rather than too narrow."""
    ems = sum(0.34 if char in _NARROW else 0.86 if char in _WIDE else 0.6 for char in text)
    return ems * size


def _round(value: float) -> float | int:
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing to draw. `kind` says which of the numbers count; `css` are class names of `figures.css`."""

    kind: Literal["rect", "path", "circle", "text"]
    css: str
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    r: float = 0
    d: str = ""
    text: str = ""
    size: float = 0
    href: str = ""
    """Where a click on a rectangle leads, with `text` as its name."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its text alternative. `prefix` keeps ids apart where a page shows several."""

    width: float
    height: float
    title: str
    desc: str
    shapes: Sequence[Shape]
    css: str = ""
    prefix: str = ""
    template: str = "drawings/shapes.html"

    @property
    def linked(self) -> bool:
        """True when a part of it is a link: then it is no single picture to a screen reader."""
        return any(shape.href for shape in self.shapes)


@dataclass(slots=True)
class Canvas:
    """Collects shapes; `text` is the size of ordinary words, small ones are a little smaller but never under
    12.
    """

    width: float
    text: float = 13
    shapes: list[Shape] = field(default_factory=list)

    @property
    def small(self) -> float:
        return max(12, _round(self.text * 0.923))

    def rect(self, x: float, y: float, width: float, height: float, css: str) -> None:
        self.shapes.append(
            Shape("rect", css, x=_round(x), y=_round(y), width=_round(max(width, 0)), height=_round(height))
        )

    def link(self, x: float, y: float, width: float, height: float, href: str, words: str) -> None:
        """A clear rectangle that leads to `href`."""
        self.shapes.append(
            Shape(
                "rect", "f-link", x=_round(x), y=_round(y), width=_round(width), height=_round(height),
                href=href, text=words,
            )
        )  # fmt: skip

    def path(self, d: str, css: str) -> None:
        self.shapes.append(Shape("path", css, d=d))

    def line(self, x1: float, y1: float, x2: float, y2: float, css: str) -> None:
        self.path(f"M{_round(x1)} {_round(y1)}L{_round(x2)} {_round(y2)}", css)

    def polyline(self, points: Sequence[tuple[float, float]], css: str) -> None:
        self.path("M" + "L".join(f"{_round(x)} {_round(y)}" for x, y in points), css)

    def circle(self, x: float, y: float, r: float, css: str) -> None:
        self.shapes.append(Shape("circle", css, x=_round(x), y=_round(y), r=_round(r)))

    def diamond(self, x: float, y: float, r: float, css: str) -> None:
        self.path(
            "M{0} {1}l{2} {2}-{2} {2}-{2}-{2}z".format(_round(x), _round(y - r), _round(r)),
            css,
        )

    def triangle(self, x: float, y: float, r: float, css: str) -> None:
        """Points down: something was done here."""
        self.path(f"M{_round(x - r)} {_round(y - r * 0.8)}h{_round(2 * r)}L{_round(x)} {_round(y + r)}z", css)

    def words(self, x: float, y: float, text: str, css: str, size: float = 0) -> None:
        """`css` may hold f-end or f-mid for the anchor; y is the base line."""
        self.shapes.append(Shape("text", css, x=_round(x), y=_round(y), text=text, size=size or self.text))

    def small_words(self, x: float, y: float, text: str, css: str = "f-quiet") -> None:
        self.words(x, y, text, css, self.small)
