"""The conversion clock: one time axis for all, and a strip for each patient under systemic therapy.

Solid box = the calendar window, dashed box = the window of the cycles, tick = cycle (hollow: planned, dashed:
nothing recorded), square = scan (dashed: booked), diamond = board (hollow: planned), one line through all
rows = today.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from patients.drawings.axis import TimeAxis
from patients.drawings.course import Cycle, Event, Window
from patients.drawings.shapes import Canvas, Figure, text_width
from patients.wording import counted_in_words, day, day_short, listing, span

AXIS_WIDTHS = (("for-small", 330), ("for-medium", 480), ("for-wide", 740))
STRIP_WIDTHS = (("for-small", 330), ("for-medium", 640))
STRIP_HEIGHT = 40
LONGEST = timedelta(days=184)
"""Nothing more than half a year from today is drawn: a row far away would squeeze all others."""


@dataclass(frozen=True, slots=True)
class ClockRow:
    """What the clock knows of one patient. `start_confirmed=False`: planned, the window is provisional."""

    label: str
    start: date
    window: Window
    start_confirmed: bool = True
    cycles: Sequence[Cycle] = ()
    planned_cycles: Sequence[date] = ()
    scans: Sequence[Event] = ()
    boards: Sequence[Event] = ()

    @property
    def days(self) -> list[date]:
        window = self.window
        days = [self.start, window.start, window.end]
        days += [end for end in (window.cycle_start, window.cycle_end) if end]
        days += [event.date for event in (*self.scans, *self.boards)]
        return days + [cycle.date for cycle in self.cycles] + list(self.planned_cycles)


@dataclass(frozen=True, slots=True)
class ClockAxis:
    """The axis that all strips share, with its own drawing for the head of the column."""

    time: TimeAxis
    today: date
    figures: list[Figure]


def draw_axis(rows: Iterable[ClockRow], today: date, *, prefix: str = "") -> ClockAxis:
    """An axis over all rows, from the first start to the last window, never further than half a year
    from today.
    """
    days = [day for row in rows for day in row.days] + [
        today - timedelta(days=30),
        today + timedelta(days=60),
    ]
    first = max(min(days), today - LONGEST) - timedelta(days=4)
    last = min(max(days), today + LONGEST) + timedelta(days=6)
    time = TimeAxis(first, last, 0, 1)
    figures = [_axis(time, today, width, css, f"{prefix}clock-{css}-") for css, width in AXIS_WIDTHS]
    return ClockAxis(time, today, figures)


def _axis(time: TimeAxis, today: date, width: float, css: str, prefix: str) -> Figure:
    scaled = TimeAxis(time.start, time.end, 0, width)
    canvas = Canvas(width)
    at, small = scaled.x(today), canvas.small
    canvas.line(at, 0, at, 32, "f-today")
    ticks = scaled.ticks(small)
    for tick, after in zip(ticks, [*(tick.x for tick in ticks[1:]), width], strict=True):
        canvas.line(tick.x, 16, tick.x, 32, "f-grid")
        wide = text_width(tick.label, small)
        crossed = tick.x < at < tick.x + 4 + wide
        left = at + 5 if crossed else tick.x + 4
        if left + wide < after:
            canvas.small_words(left, 29, tick.label)
    canvas.small_words(min(at + 5, width - text_width("today", small)), 11, "today", "f-today-text")
    words = f"Time from {day(time.start)} to {day(time.end)}; today is {day(today)}."
    return Figure(round(width), 32, "Time axis", words, canvas.shapes, f"clock-axis {css}", prefix)


def draw_strip(row: ClockRow, axis: ClockAxis, *, prefix: str = "") -> list[Figure]:
    """One patient's strip on the shared axis, for small and wide boxes;
    what lies outside stands at the edge.
    """
    return [_strip(row, axis, width, css, f"{prefix}strip-{css}-") for css, width in STRIP_WIDTHS]


def _strip(row: ClockRow, axis: ClockAxis, width: float, css: str, prefix: str) -> Figure:
    canvas = Canvas(width)
    time = TimeAxis(axis.time.start, axis.time.end, 0, width)
    today, middle = axis.today, STRIP_HEIGHT / 2

    def x(when: date) -> float:
        return time.x(time.clip(when))

    for tick in time.ticks(canvas.small):
        canvas.line(tick.x, 0, tick.x, STRIP_HEIGHT, "f-grid")
    window, late = row.window, " is-late" if row.window.late else ""
    if window.end >= axis.time.start:
        _box(canvas, x(window.start), x(window.end), 6, f"f-window{late}")
    if window.cycle_start and window.cycle_end and window.cycle_end >= axis.time.start:
        _box(canvas, x(window.cycle_start), x(window.cycle_end), 23, f"f-window-2{late}")
    end = max(
        [cycle.date for cycle in row.cycles] + list(row.planned_cycles) + [row.start, min(today, window.end)]
    )
    canvas.line(x(row.start), middle, x(end), middle, "f-axis" if row.start_confirmed else "f-limit")
    for cycle in row.cycles:
        if cycle.date < axis.time.start:
            continue
        look = "f-cycle" if cycle.given else "f-cycle-next" if cycle.outcome else "f-cycle-open"
        canvas.rect(x(cycle.date) - 1.5, middle - 7, 3.5, 14, look)
    for when in row.planned_cycles:
        canvas.rect(x(when) - 1.5, middle - 7, 3.5, 14, "f-cycle-next")
    canvas.line(x(today), 0, x(today), STRIP_HEIGHT, "f-today")
    for scan in row.scans:
        canvas.rect(x(scan.date) - 7, middle - 7, 14, 14, "f-planned" if scan.planned else "f-scan")
        canvas.circle(x(scan.date), middle, 2.5, "f-ink-fill")
    for board in row.boards:
        canvas.diamond(x(board.date), middle, 9, "f-board-next" if board.planned else "f-board")
    title = f"{row.label} on the clock"
    return Figure(round(width), STRIP_HEIGHT, title, _describe(row), canvas.shapes, f"strip {css}", prefix)


def _box(canvas: Canvas, left: float, right: float, top: float, css: str) -> None:
    canvas.rect(left, top, max(right - left, 2), 11, css)


def _describe(row: ClockRow) -> str:
    window = row.window
    given = sum(cycle.given for cycle in row.cycles)
    start = (
        f"Start {day(row.start)}" if row.start_confirmed else f"Start planned {day(row.start)}, not confirmed"
    )
    parts = [
        f"{start}, {counted_in_words(given, 'cycle')} given.",
        f"Two to three months: {span(window.start, window.end)}.",
    ]
    if window.cycle_start and window.cycle_end:
        parts.append(f"Cycles four to six: {span(window.cycle_start, window.cycle_end)}.")
    if window.late:
        parts.append("Overdue.")
    for scan in row.scans:
        parts.append(f"{scan.name} {'booked' if scan.planned else 'done'} {day_short(scan.date)}.")
    if row.boards:
        parts.append(f"Board {listing(day_short(board.date) for board in row.boards)}.")
    return " ".join(parts)
