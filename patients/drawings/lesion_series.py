"""The sizes of one lesion on a small time axis, with the lines of therapy under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from patients.drawings.axis import axis_over
from patients.drawings.shapes import Canvas, Figure, text_width
from patients.wording import day, day_short, listing, number, quantity


@dataclass(frozen=True, slots=True)
class SizeOn:
    """A diameter in mm on a day: None was not measured, 0 not seen."""

    date: date
    diameter_mm: float | None


@dataclass(frozen=True, slots=True)
class Therapy:
    """A stretch of systemic therapy; `end` is where its bar ends."""

    start: date
    end: date
    name: str


def draw_series(
    label: str,
    sizes: Sequence[SizeOn],
    therapies: Sequence[Therapy] = (),
    *,
    prefix: str = "",
    width: float = 460,
) -> Figure | None:
    """The sizes as a line from 0 mm up; None while there is no day to draw."""
    if not sizes:
        return None
    canvas = Canvas(width, 13)
    text, small = canvas.text, canvas.small
    days = [size.date for size in sizes]
    axis = axis_over(days, left=text_width("300 mm", small), right=width - 2.2 * text, margin_days=12)
    top, height = 1.6 * text, 4.6 * text
    base = top + height
    highest = max((size.diameter_mm or 0 for size in sizes), default=0) or 1

    def y(value: float) -> float:
        return base - value / highest * height

    canvas.line(axis.left, base, axis.right, base, "f-axis")
    canvas.small_words(0, base + 0.35 * text, "0 mm")
    canvas.line(axis.left, y(highest), axis.right, y(highest), "f-grid")
    canvas.small_words(0, y(highest) + 0.35 * text, quantity(highest, "mm"))
    known = [(axis.x(size.date), y(size.diameter_mm)) for size in sizes if size.diameter_mm is not None]
    if len(known) > 1:
        canvas.polyline(known, "f-ink")
    busy = -1.0
    for size in sizes:
        at = axis.x(size.date)
        if size.diameter_mm is None:
            canvas.diamond(at, base - 0.8 * text, 0.5 * text, "f-missing")
        else:
            high = y(size.diameter_mm)
            canvas.circle(at, high, 0.34 * text, "f-scan" if size.diameter_mm == 0 else "f-ink-fill")
            canvas.words(at, high - 0.6 * text, number(size.diameter_mm), "f-strong f-mid f-halo")
        words = day_short(size.date)
        wide = text_width(words, small)
        left = min(max(at - wide / 2, axis.left), width - wide)
        if left > busy or size is sizes[-1]:
            canvas.small_words(left, base + 1.35 * text, words, "f-quiet f-halo")
            busy = left + wide + 4
    bottom = base + 1.8 * text
    for therapy in therapies:
        left, right = axis.x(axis.clip(therapy.start)), axis.x(axis.clip(therapy.end))
        canvas.rect(left, bottom, max(right - left, 3), 1.25 * text, "f-bar")
        if text_width(therapy.name, small) + 0.8 * text < right - left:
            canvas.small_words(left + 0.4 * text, bottom + 0.95 * text, therapy.name)
        bottom += 1.5 * text
    return Figure(
        round(width), round(bottom + 2), f"Size of {label} over time", _describe(label, sizes, therapies),
        canvas.shapes, "series", prefix,
    )  # fmt: skip


def _describe(label: str, sizes: Sequence[SizeOn], therapies: Sequence[Therapy]) -> str:
    words = listing(f"{_size_words(size.diameter_mm)} on {day(size.date)}" for size in sizes)
    treated = listing(f"{one.name} from {day(one.start)} to {day(one.end)}" for one in therapies)
    return f"{label}: {words}." + (f" Therapy meanwhile: {treated}." if treated else "")


def _size_words(diameter_mm: float | None) -> str:
    if diameter_mm is None:
        return "not measured"
    return "not seen" if diameter_mm == 0 else quantity(diameter_mm, "mm")
