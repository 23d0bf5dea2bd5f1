"""The future liver remnant on one bar:
the zones for this liver, the published limits, the measurement error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from patients.drawings.shapes import WIDTHS, Canvas, Figure, text_width
from patients.states import LOOKS
from patients.wording import EN_DASH, NBSP, listing, number, percent, quantity

TONES = {"inadequate": "no", "borderline": "open", "adequate": "yes"}


@dataclass(frozen=True, slots=True)
class Zone:
    """From `start` to `end` percent the remnant is `state`: inadequate, borderline or adequate."""

    start: float
    end: float
    state: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A published limit, in percent, and who gave it: `Limit(30, 'Adam')`."""

    value: float
    name: str


@dataclass(frozen=True, slots=True)
class Remnant:
    """All numbers are percent of the total liver volume and come from the rulebook and the facts.

    `zones` are those of the background; empty while the background is not known. `error` is the
    measurement error in points, `before` the remnant before hypertrophy.
    """

    percent: float | None
    zones: Sequence[Zone] = ()
    limits: Sequence[Limit] = ()
    error: float | None = None
    before: float | None = None
    background: str = ""
    judged: bool = True
    """False keeps to the numbers: the zones have their limits, but neither name nor colour."""


def draw_remnant(
    remnant: Remnant, *, prefix: str = "", text: float = 13, widths: Sequence[tuple[str, float]] = WIDTHS
) -> list[Figure]:
    """The bar for each of `widths`. `text` is the size of its words, 32 for the projector."""
    scale = text / 13
    widths = widths if text < 20 else (("for-wall", 380),)
    return [_draw(remnant, width * scale, text, css, f"{prefix}remnant-{css}-") for css, width in widths]


def _draw(remnant: Remnant, width: float, text: float, css: str, prefix: str) -> Figure:
    canvas = Canvas(width, text)
    top, height = 1.7 * text, 1.7 * text
    full = _scale_end(remnant)

    def x(value: float) -> float:
        return 1 + min(max(value, 0), full) / full * (width - 2)

    if not remnant.zones:
        canvas.rect(1, top, width - 2, height, "f-none-soft")
        canvas.small_words(0.7 * text, top + 0.66 * height, "background not known: no zones")
    for zone in remnant.zones:
        left, right = x(zone.start), x(min(zone.end, full))
        if right > left:
            tone = f"f-{TONES[zone.state]}-soft" if remnant.judged else "f-none-soft"
            canvas.rect(left + 0.5, top, right - left - 1, height, tone)
            if not remnant.judged:
                continue
            _zone_words(canvas, zone.state, (left, right), _marked(remnant, x, text), top + 0.66 * height)
    if remnant.percent is None:
        canvas.diamond(0.6 * text, 0.75 * text, 0.5 * text, "f-missing")
        canvas.words(1.5 * text, 1.15 * text, "remnant not known", "f-missing-text")
    else:
        if remnant.error:
            left = x(remnant.percent - remnant.error)
            canvas.rect(
                left, top + 0.3 * height, x(remnant.percent + remnant.error) - left, 0.4 * height, "f-band"
            )
        canvas.line(
            x(remnant.percent), top - 0.35 * text, x(remnant.percent), top + height + 0.3 * text, "f-thick"
        )
        _value_words(canvas, remnant, remnant.percent, x(remnant.percent))
    if remnant.before is not None:
        canvas.line(x(remnant.before), top, x(remnant.before), top + height, "f-planned")
    bottom = _limits(canvas, remnant, x, top + height)
    return Figure(
        _int(width), _int(bottom), _title(remnant), _describe(remnant), canvas.shapes, f"flr {css}", prefix
    )


def _marked(remnant: Remnant, x: Callable[[float], float], text: float) -> list[tuple[float, float]]:
    """The stretches of the bar on which marks stand: the value with its error, and the value before."""
    stretches = []
    if remnant.percent is not None:
        error = remnant.error or 0
        stretches.append((x(remnant.percent - error), x(remnant.percent + error)))
    if remnant.before is not None:
        stretches.append((x(remnant.before), x(remnant.before)))
    return [(left - 0.3 * text, right + 0.3 * text) for left, right in stretches]


def _zone_words(
    canvas: Canvas, words: str, zone: tuple[float, float], marked: list[tuple[float, float]], y: float
) -> None:
    """The name of a zone at its left, in its middle or at its right, where no mark stands;
    else not at all.
    """
    wide, margin = text_width(words, canvas.small), 0.6 * canvas.text
    middle = (zone[0] + zone[1] - wide) / 2
    for left in (zone[0] + margin, middle, zone[1] - margin - wide):
        inside = left >= zone[0] + margin / 2 and left + wide <= zone[1] - margin / 2
        if inside and all(left + wide < mark[0] or left > mark[1] for mark in marked):
            canvas.small_words(left, y, words)
            return


def _int(value: float) -> int:
    return int(-(-value // 1))


def _scale_end(remnant: Remnant) -> float:
    """The right end of the bar: at least 60 %, ten points beyond what stands on it, at most 100 %."""
    known = [value for value in (remnant.percent, remnant.before) if value is not None]
    highest = max([60.0, *(value + 10 for value in known), *(limit.value + 15 for limit in remnant.limits)])
    return min(100.0, highest)


def _value_words(canvas: Canvas, remnant: Remnant, now: float, at: float) -> None:
    """The value above its mark, and beside it what the measurement error crosses."""
    text = canvas.text
    value = percent(now)
    if remnant.before is not None:
        value = f"now {value}, was {percent(remnant.before)}"
    half = text_width(value, text) / 2
    centre = min(max(at, half + 2), canvas.width - half - 2)
    canvas.words(centre, 1.0 * text, value, "f-strong f-mid")
    for note in _error_notes(remnant):
        wide = text_width(note, canvas.small) + 0.6 * text
        if centre + half + wide < canvas.width:
            canvas.small_words(centre + half + 0.6 * text, 1.0 * text, note)
            return
        if centre - half - wide > 0:
            canvas.small_words(centre - half - 0.6 * text, 1.0 * text, note, "f-quiet f-end")
            return


def _crossed(remnant: Remnant) -> list[float]:
    if remnant.percent is None or not remnant.error:
        return []
    low, high = remnant.percent - remnant.error, remnant.percent + remnant.error
    return sorted({limit.value for limit in remnant.limits if low <= limit.value <= high})


def _error_notes(remnant: Remnant) -> list[str]:
    """What to say of the measurement error, the longest wording first."""
    if not remnant.error:
        return []
    plus_minus = f"±{NBSP}{number(remnant.error)}"
    crossed = _crossed(remnant) if remnant.judged else []
    if not crossed:
        return [f"{plus_minus} points of measurement error", plus_minus]
    limits = listing(percent(value, 0) for value in crossed)
    noun = "limit" if len(crossed) == 1 else "limits"
    long = f"{plus_minus} points of measurement error cross the {noun} of {limits}"
    return [long, f"{plus_minus} crosses {limits}", plus_minus]


def _limits(canvas: Canvas, remnant: Remnant, x: Callable[[float], float], base: float) -> float:
    """Ticks and names below the bar, on as many lines as keep them apart. Returns the height used."""
    text, size = canvas.text, canvas.small
    placed: list[_Name] = []
    ordered = sorted(remnant.limits, key=lambda limit: limit.value, reverse=True)
    for value, group in groupby(ordered, key=lambda limit: limit.value):
        words = _limit_words(value, [limit.name for limit in group], canvas.width, size)
        wide = text_width(words, size)
        left = min(max(x(value) - 0.5 * text, 0), canvas.width - wide)
        name = _Name(words, x(value), left, left + wide + 0.6 * text)
        _place(name, placed)
        placed.append(name)
    for name in placed:
        canvas.line(name.at, base, name.at, base + 0.5 * text + name.row * 1.25 * size, "f-axis")
    for name in placed:
        canvas.small_words(
            name.left, base + 0.5 * text + name.row * 1.25 * size + size, name.words, "f-quiet f-halo"
        )
    rows = max((name.row for name in placed), default=0) + 1
    return base + 0.5 * text + rows * 1.25 * size + 0.3 * text


def _place(name: "_Name", placed: Sequence["_Name"]) -> None:
    """Put a name on the first line where nothing is disturbed; where ticks stand too close for that, on the first
    line that has room for it: the names are drawn over the ticks, so that each can be read.
    """
    lines = range(len(placed) + 1)
    for disturbs in (_Name.disturbs, _Name.overlaps):
        for name.row in lines:
            if not any(disturbs(name, other) for other in placed):
                return


@dataclass(slots=True)
class _Name:
    """A name below the bar, from `left` to `right` on line `row`; its tick comes down to it at `at`."""

    words: str
    at: float
    left: float
    right: float
    row: int = 0

    def overlaps(self, other: "_Name") -> bool:
        """True when both stand on one line and one on the other."""
        return self.row == other.row and self.left < other.right and other.left < self.right

    def disturbs(self, other: "_Name") -> bool:
        """True when one stands on the other, or the tick of one strikes the other's name through."""
        if self.row == other.row:
            return self.overlaps(other)
        upper, lower = (self, other) if self.row < other.row else (other, self)
        return upper.left <= lower.at <= upper.right


def _limit_words(value: float, names: list[str], room: float, size: float) -> str:
    """'30 Adam, ESMO'; names for which the bar is too short are counted (the description has all of them)."""
    for shown in range(len(names), 0, -1):
        more = f" and {len(names) - shown} more" if shown < len(names) else ""
        words = f"{number(value)} {', '.join(names[:shown])}{more}"
        if text_width(words, size) <= room:
            return words
    return number(value)


def _title(remnant: Remnant) -> str:
    return (
        f"Future liver remnant {percent(remnant.percent)}"
        if remnant.percent is not None
        else "Future liver remnant, not known"
    )


def _describe(remnant: Remnant) -> str:
    parts = []
    if remnant.percent is None:
        parts.append("The future liver remnant is not known.")
    else:
        zone = next((zone for zone in remnant.zones if zone.start <= remnant.percent < zone.end), None)
        judged = remnant.judged and zone is not None and zone.state in LOOKS
        where = f", {LOOKS[zone.state].word}" if zone and judged else ""
        parts.append(f"Future liver remnant {percent(remnant.percent)} of the total liver volume{where}.")
        if remnant.before is not None:
            parts.append(f"Before hypertrophy it was {percent(remnant.before)}.")
        if remnant.error:
            low, high = remnant.percent - remnant.error, remnant.percent + remnant.error
            band = f"{number(low)}{EN_DASH}{percent(high)}"
            crossed = _crossed(remnant) if remnant.judged else []
            parts.append(
                f"Within the measurement error it is {band}"
                + (
                    f", which crosses {listing(quantity(value, '%') for value in crossed)}."
                    if crossed
                    else "."
                )
            )
    if remnant.zones:
        words = (
            f"{f'{zone.state} ' if remnant.judged else ''}{number(zone.start)}{EN_DASH}"
            f"{quantity(min(zone.end, 100), '%')}"
            for zone in remnant.zones
        )
        parts.append(f"Zones{f' for {remnant.background}' if remnant.background else ''}: {listing(words)}.")
    else:
        parts.append("The background of the liver is not known, so no zones are drawn.")
    if remnant.limits:
        names = listing(f"{limit.name} {quantity(limit.value, '%')}" for limit in remnant.limits)
        parts.append(f"Limits: {names}.")
    return " ".join(parts)
