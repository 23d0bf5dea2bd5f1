"""The schematic liver: its segments with their places for lesions, read from `liver.svg` beside this file.

Frontal view, the patient's right on the left of the picture, 40 units = 1 cm. The areas are a schema,
never a source for volumetry.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

UNITS_PER_MM = 4.0
WIDTH, HEIGHT = 920, 720
_SVG = "{http://www.w3.org/2000/svg}"
_LAYERS = ("gallbladder", "boundaries", "liver-outline", "portal-vein", "hepatic-veins", "ivc", "falciform")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for the centre of a lesion, and the largest diameter (mm) that stays inside its segment
    there.
    """

    at: Point
    room_mm: float


@dataclass(frozen=True, slots=True)
class Segment:
    """One Couinaud segment: name, words, outline, where its name stands, its centre and its slots, roomiest
    first.
    """

    name: str
    words: str
    d: str
    label: Point
    centroid: Point
    slots: tuple[Slot, ...]

    @property
    def behind(self) -> bool:
        return self.name == "I"


@dataclass(frozen=True, slots=True)
class Stroke:
    """A path of the anatomy that is not a segment, with the class that colours it."""

    d: str
    css: str
    width: str
    dash: str


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Segments by name in the order they are painted, and the other layers by name."""

    segments: dict[str, Segment]
    layers: dict[str, tuple[Stroke, ...]]


def _point(text: str) -> Point:
    x, y = text.split(",")
    return float(x), float(y)


def _segment(path: ElementTree.Element) -> Segment:
    slots = tuple(
        Slot(_point(at), float(room))
        for at, room in zip(
            path.attrib["data-slots"].split(), path.attrib["data-slot-room-mm"].split(), strict=True
        )
    )
    return Segment(
        name=path.attrib["data-segment"],
        words=(path.findtext(f"{_SVG}title") or "").partition(", ")[2],
        d=path.attrib["d"],
        label=(float(path.attrib["data-label-x"]), float(path.attrib["data-label-y"])),
        centroid=_point(path.attrib["data-centroid"]),
        slots=slots,
    )


def _strokes(element: ElementTree.Element) -> tuple[Stroke, ...]:
    group_width = element.attrib.get("stroke-width", "")
    paths = [element] if element.tag == f"{_SVG}path" else element.findall(f"{_SVG}path")
    return tuple(
        Stroke(
            d=path.attrib["d"],
            css=path.attrib.get("class", "") if path is not element else "",
            width=path.attrib.get("stroke-width", group_width),
            dash=path.attrib.get("stroke-dasharray", ""),
        )
        for path in paths
    )


@cache
def anatomy() -> Anatomy:
    """The drawing's parts. Read once."""
    root = ElementTree.parse(Path(__file__).with_name("liver.svg")).getroot()  # noqa: S314 - our own file
    by_id = {element.attrib["id"]: element for element in root.iter() if "id" in element.attrib}
    segments = [_segment(path) for path in by_id["segments"].findall(f"{_SVG}path")]
    return Anatomy(
        segments={segment.name: segment for segment in segments},
        layers={name: _strokes(by_id[name]) for name in _LAYERS},
    )
