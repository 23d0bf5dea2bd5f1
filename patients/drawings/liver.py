"""The liver with its lesions, to scale, on the schematic drawing of the Couinaud segments."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import hypot

from patients.drawings.anatomy import HEIGHT, UNITS_PER_MM, WIDTH, Anatomy, Point, Segment, Stroke, anatomy
from patients.drawings.lesions import GLYPHS, DrawnLesion
from patients.drawings.shapes import text_width
from patients.resections import SEGMENTS
from patients.wording import counted_in_words, listing, number, sentence

Box = tuple[float, float, float, float]
NOMINAL_MM = 9.0
"""Across, for a sign that stands where a size is not known."""
GAP = 4.0

HIT = 34.0
"""Radius of what answers to a tap on a lesion, in units: 24 px across where the liver is 330 px wide."""
LOCAL_MARGIN_MM = 5.0

WORDS = 26.0
"""Size of the words on a page, in units of the drawing."""


@dataclass(frozen=True, slots=True)
class PlacedLesion:
    """A lesion on the drawing; lengths are units of the drawing.

    `inside` are words in the disc, each with its height.
    """

    lesion: DrawnLesion
    slot: int
    x: float
    y: float
    r: float
    ring: float | None
    size_known: bool
    inside: tuple[tuple[float, str], ...]
    caption: str
    caption_at: Point
    href: str = ""

    current: bool = False
    local: bool = False
    """Resected by itself: no planned resection of whole segments takes it along."""

    @property
    def ablate_r(self) -> float:
        return self.r + 14

    @property
    def local_r(self) -> float:
        """The lesion with a centimetre around it, as the margin of a local resection is drawn."""
        return self.r + LOCAL_MARGIN_MM * UNITS_PER_MM

    @property
    def hit_r(self) -> float:
        """Large enough to be tapped, however small the lesion is."""
        return max(self.r, HIT)

    @property
    def diamond(self) -> str:
        r = self.r + 5
        return f"M{self.x} {self.y - r}l{r} {r}-{r} {r}-{r}-{r}z"


@dataclass(frozen=True, slots=True)
class DrawnSegment:
    """A segment as shown: resected or not, chosen or not, and where a click leads."""

    segment: Segment
    resected: bool
    href: str
    current: bool
    more: int
    label_text: str


@dataclass(frozen=True, slots=True)
class LiverDrawing:
    """What `templates/drawings/liver.html` shows.

    `slots` can be handed to the drawing of the next staging.
    """

    title: str
    desc: str
    segments: list[DrawnSegment]
    lesions: list[PlacedLesion]
    beside: list[tuple[DrawnLesion, str]]
    prefix: str
    text: float
    pick_for: str = ""
    slots: dict[str, tuple[str, int]] = field(default_factory=dict)
    resection: str = ""
    remnant: str = ""
    template: str = "drawings/liver.html"
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def linked(self) -> bool:
        return any(segment.href for segment in self.segments) or any(lesion.href for lesion in self.lesions)

    @property
    def layers(self) -> dict[str, tuple[Stroke, ...]]:
        return {name.replace("-", "_"): strokes for name, strokes in anatomy().layers.items()}

    @property
    def states(self) -> list[str]:
        """The states that occur, for the legend."""
        present = {
            lesion.shown_state
            for lesion in [item.lesion for item in self.lesions] + [item for item, _ in self.beside]
        }
        return [state for state in ("new", "grown", "stable", "shrunk", "disappeared") if state in present]

    @property
    def has_earlier(self) -> bool:
        return any(lesion.ring for lesion in self.lesions)

    @property
    def has_resection(self) -> bool:
        return any(segment.resected for segment in self.segments) or any(item.local for item in self.lesions)

    @property
    def remaining(self) -> list[str]:
        """The segments that stay, where whole segments are to be removed; else none are named."""
        if not any(segment.resected for segment in self.segments):
            return []
        return [part.segment.name for part in self.segments if not part.resected]

    @property
    def has_ablation(self) -> bool:
        return any(lesion.lesion.plan == "ablate" for lesion in self.lesions)


def draw_liver(
    lesions: Iterable[DrawnLesion],
    *,
    resected_segments: Iterable[str] = (),
    prefix: str = "",
    href: Callable[[str], str] | None = None,
    lesion_href: Callable[[str], str] | None = None,
    current: str = "",
    pick_for: str = "",
    keep: Mapping[str, tuple[str, int]] | None = None,
    text: float = WORDS,
    resection: str = "",
    remnant: str = "",
    chosen: str = "",
) -> LiverDrawing:
    """Place `lesions` on the liver.

    The largest come first, each at the roomiest free slot of its segment; a lesion larger than any slot takes
    the middle of its segment at its true size. `keep` is `slots` of the earlier drawing, so that lesions
    do not jump between stagings. A lesion without a segment, or for which there is no room, stands in
    `beside`.

    `href(segment)` makes each segment a link (for choosing one; `current` is marked, `pick_for` names the
    control that a click sets); `lesion_href(label)` does so for lesions, of which `chosen` is marked.
    `resection` is the name of the planned resection and `remnant` how large what stays will be ('29.6 %'), for the
    words; a lesion to be resected outside `resected_segments` is shaded by itself. `text` is the size of the words in
    units of the drawing, 44 for the projector. Raises `ValueError` for a segment that does not exist.
    """
    parts = anatomy()
    everything = list(lesions)
    removed = _known_segments(parts, resected_segments, "resected segment")
    _known_segments(parts, [lesion.segment for lesion in everything if lesion.segment], "segment")

    placed: list[PlacedLesion] = []
    beside: list[tuple[DrawnLesion, str]] = [
        (item, "segment not known") for item in everything if not item.segment
    ]
    slots: dict[str, tuple[str, int]] = {}
    more: dict[str, int] = {}
    for name, segment in parts.segments.items():
        here = sorted(
            (item for item in everything if item.segment == name),
            key=lambda item: (-_across(item), item.label),
        )
        done, left = _place(segment, here, keep or {}, text)
        for item, slot, at in done:
            slots[item.label] = (name, slot)
            one = _placed(item, slot, at, text, lesion_href(item.label) if lesion_href else "")
            local = item.plan == "resect" and name not in removed and not item.gone
            placed.append(replace(one, local=local, current=item.label == chosen))
        beside += [(item, f"no room in the drawing of segment {name}") for item in left]
        more[name] = len(left)

    drawn = [
        DrawnSegment(
            segment, name in removed, href(name) if href else "", name == current, more[name],
            f"{name} +{more[name]}" if more[name] else name,
        )
        for name, segment in parts.segments.items()
    ]  # fmt: skip
    title = (
        f"Liver, {counted_in_words(len(everything), 'lesion')}" if everything else "Liver, no lesion entered"
    )
    return LiverDrawing(
        title, _describe(everything, [name for name in parts.segments if name in removed], resection, remnant), drawn,
        _with_captions(placed, parts, text), beside,
        prefix, text, pick_for, slots, resection, remnant,
    )  # fmt: skip


def _known_segments(parts: Anatomy, names: Iterable[str], what: str) -> set[str]:
    given = set(names)
    if unknown := given - set(parts.segments):
        raise ValueError(
            f"{what} {min(unknown)!r} does not exist; segments are {', '.join(sorted(parts.segments))}"
        )
    return given


def _across(lesion: DrawnLesion) -> float:
    """Millimetres that the body of a lesion takes on the drawing."""
    size = lesion.previous_diameter_mm if lesion.gone else lesion.diameter_mm
    return size or NOMINAL_MM


def _place(
    segment: Segment, lesions: list[DrawnLesion], keep: Mapping[str, tuple[str, int]], text: float
) -> tuple[list[tuple[DrawnLesion, int, Point]], list[DrawnLesion]]:
    """Slot and centre for each lesion of a segment; slot -1 is the middle.

    What does not fit comes back apart.
    """
    taken: dict[int, tuple[Point, float]] = {}
    done: list[tuple[DrawnLesion, int, Point]] = []
    left: list[DrawnLesion] = []

    def free(at: Point, across: float) -> bool:
        return all(
            hypot(at[0] - other[0], at[1] - other[1]) >= (across + size) / 2 * UNITS_PER_MM + GAP
            for other, size in taken.values()
        )

    def take(lesion: DrawnLesion, slot: int, at: Point) -> None:
        taken[slot] = (at, _across(lesion))
        done.append((lesion, slot, at))

    def place_of(slot: int, across: float) -> Point:
        return _middle(segment, across) if slot < 0 else segment.slots[slot].at

    kept = [lesion for lesion in lesions if keep.get(lesion.label, ("", 0))[0] == segment.name]
    for lesion in kept:
        slot = keep[lesion.label][1]
        if (
            -1 <= slot < len(segment.slots)
            and slot not in taken
            and free(place_of(slot, _across(lesion)), _across(lesion))
        ):
            take(lesion, slot, place_of(slot, _across(lesion)))
    settled = {lesion.label for lesion, _, _ in done}
    for lesion in lesions:
        if lesion.label in settled:
            continue
        across = _across(lesion)
        candidates = [n for n, slot in enumerate(segment.slots) if slot.room_mm >= across]
        candidates += [-1] + [n for n in range(len(segment.slots)) if n not in candidates]
        chosen = next((n for n in candidates if n not in taken and free(place_of(n, across), across)), None)
        if chosen is None:
            left.append(lesion)
        else:
            take(lesion, chosen, place_of(chosen, across))
    return done, left


def _middle(segment: Segment, across: float) -> Point:
    """The middle of the segment, moved a little away from its name when a large lesion would cover that."""
    (x, y), (label_x, label_y) = segment.centroid, segment.label
    distance = hypot(x - label_x, y - label_y)
    short = across / 2 * UNITS_PER_MM + 24 - distance
    if short <= 0 or distance == 0:
        return segment.centroid
    share = min(short, 30) / distance
    return round(x + (x - label_x) * share, 1), round(y + (y - label_y) * share, 1)


def _placed(lesion: DrawnLesion, slot: int, at: Point, text: float, href: str) -> PlacedLesion:
    r = _across(lesion) / 2 * UNITS_PER_MM
    size_known = lesion.gone or lesion.diameter_mm is not None
    earlier = lesion.previous_diameter_mm if not lesion.gone and lesion.state != "new" else None
    glyph = GLYPHS.get(lesion.shown_state, "")
    if lesion.gone:
        size = f"({number(lesion.previous_diameter_mm)})" if lesion.previous_diameter_mm else ""
    else:
        size = number(lesion.diameter_mm) or "?"
    second = f"{glyph}{size}"
    fits = (
        size_known
        and not lesion.gone
        and 2 * r * 0.82 >= max(text_width(lesion.label, text), text_width(second, text))
    )
    roomy = fits and r >= 1.35 * text
    upper, lower = (round(at[1] - 0.5 * text, 1), lesion.label), (round(at[1] + 0.58 * text, 1), second)
    return PlacedLesion(
        lesion=lesion, slot=slot, x=at[0], y=at[1], r=r,
        ring=earlier / 2 * UNITS_PER_MM if earlier else None,
        size_known=size_known,
        inside=(upper, lower) if roomy else (),
        caption="" if roomy else f"{lesion.label} {second}".strip(),
        caption_at=at,
        href=href,
    )  # fmt: skip


def _with_captions(placed: list[PlacedLesion], parts: Anatomy, text: float) -> list[PlacedLesion]:
    """Each caption below, above or beside its lesion:
    the first place that covers no name, body or other caption.
    """
    taken = [(x, y, text_width(name, text), 0.8 * text) for name, (x, y) in _names(parts)]
    taken += [(item.x, item.y, 2 * item.r, 2 * item.r) for item in placed]
    result = []
    for item in placed:
        if not item.caption:
            result.append(item)
            continue
        wide, high = text_width(item.caption, text), 0.8 * text
        others = [box for box in taken if box != (item.x, item.y, 2 * item.r, 2 * item.r)]
        reach = item.r + (18 if item.lesion.plan == "ablate" else 4 if item.size_known else 8)
        choices = [
            (item.x, item.y + reach + high / 2), (item.x, item.y - reach - high / 2),
            (item.x + reach + wide / 2, item.y), (item.x - reach - wide / 2, item.y),
        ]  # fmt: skip
        boxes = [
            (x, y, wide, high)
            for x, y in choices
            if x - wide / 2 > 0 and x + wide / 2 < WIDTH and y + high / 2 < HEIGHT
        ]
        best = min(boxes, key=lambda box: sum(_overlap(box, other) for other in others))
        taken.append(best)
        result.append(replace(item, caption_at=(round(best[0], 1), round(best[1], 1))))
    return result


def _names(parts: Anatomy) -> list[tuple[str, Point]]:
    return [(name, segment.label) for name, segment in parts.segments.items()]


def _overlap(one: Box, other: Box) -> float:
    """The area that two boxes (centre, width, height) share."""
    across = (one[2] + other[2]) / 2 - abs(one[0] - other[0])
    down = (one[3] + other[3]) / 2 - abs(one[1] - other[1])
    return max(across, 0) * max(down, 0)


def _describe(lesions: list[DrawnLesion], removed: list[str], resection: str, remnant: str) -> str:
    """Every lesion in words, for those who do not see the picture."""
    text = "Liver seen from the front; the patient’s right is on the left of the picture. "
    if lesions:
        ordered = sorted(lesions, key=lambda item: (-_across(item), item.label))
        text += (
            sentence(counted_in_words(len(lesions), "lesion"))
            + ": "
            + "; ".join(item.words for item in ordered)
            + "."
        )
    else:
        text += "No lesion is entered."
    if removed:
        text += (
            f" Planned to be removed: {'segment' if len(removed) == 1 else 'segments'} {listing(removed)}"
            f"{f' ({resection})' if resection else ''}."
        )
        stay = [name for name in SEGMENTS if name not in removed]
        text += f" What stays, the remnant: {listing(stay)}{f', {remnant}' if remnant else ''}."
    return text
