"""The course of a patient on one time axis:
treatment, reassessment window, scans, procedures, CEA, boards.
"""

import itertools
from collections.abc import Callable, Sequence
from datetime import date
from math import log10

from patients.drawings.axis import TimeAxis, axis_over
from patients.drawings.course import Course, Event, Line
from patients.drawings.course_words import describe
from patients.drawings.shapes import WIDTHS, Canvas, Figure, Shape, text_width
from patients.wording import EN_DASH, day, day_short, number, span

Mark = Callable[[Event, float, float], None]
"""Draws the sign of an event at a place on the axis and a height."""


def draw_timeline(
    course: Course, *, prefix: str = "", text: float = 13, widths: Sequence[tuple[str, float]] = WIDTHS
) -> list[Figure]:
    """The course for a small, a medium and a wide box; rows without content are left out.

    `text` is the size of the words, 32 for the projector (then one drawing); `widths` are those of the boxes it may
    stand in. An empty course gives no drawing.
    """
    if not course.days:
        return []
    scale = text / 13
    widths = widths if text < 20 else (("for-wall", 700),)
    return [
        _Timeline(course, width * scale, text).figure(css, f"{prefix}course-{css}-") for css, width in widths
    ]


class _Timeline:
    """Draws row below row; `y` is where the next row begins."""

    def __init__(self, course: Course, width: float, text: float) -> None:
        self.course = course
        self.canvas = Canvas(width, text)
        self.text = text
        names = [
            name
            for name, present in (("Systemic", course.lines), ("Procedures", course.procedures))
            if present
        ]
        self.left = max(text_width(name, text) for name in [*names, "Imaging", "ng/mL, log"]) + 0.8 * text
        if width < 28 * text:
            self.left = text_width("Systemic", text) + 0.3 * text
        self.right = width - 0.6 * text
        self.axis: TimeAxis = axis_over(course.days, left=self.left, right=self.right)
        self.y = 1.7 * text

    def figure(self, css: str, prefix: str) -> Figure:
        top = self.y
        draw = (self._systemic, self._windows, self._imaging, self._procedures, self._cea, self._boards)
        for row in draw:
            row()
        bottom = self.y
        bars, rest = _under_and_over(self.canvas.shapes)
        self.canvas.shapes = []
        self._months(top, bottom)
        self.canvas.shapes += bars
        self._today(top, bottom)
        self.canvas.shapes += rest
        title = "Course of the patient"
        return Figure(
            round(self.canvas.width),
            round(bottom),
            title,
            describe(self.course),
            self.canvas.shapes,
            f"timeline {css}",
            prefix,
        )

    # -------------------------------------------------------------- frame
    def _months(self, top: float, bottom: float) -> None:
        small, today = self.canvas.small, self._today_words()
        for tick in self.axis.ticks(small):
            self.canvas.line(tick.x, top - 0.3 * self.text, tick.x, bottom, "f-grid")
            end = tick.x + 4 + text_width(tick.label, small)
            if end < self.right and not (tick.x < today[1] and end > today[0]):
                self.canvas.small_words(tick.x + 4, top - 0.5 * self.text, tick.label)

    def _today_words(self) -> tuple[float, float]:
        """From where to where the word 'today' stands, at the head of its line."""
        at, wide = self.axis.x(self.course.today), text_width("today", self.canvas.small)
        left = min(at + 5, self.right - wide)
        return left, left + wide + 3

    def _today(self, top: float, bottom: float) -> None:
        at = self.axis.x(self.course.today)
        self.canvas.line(at, top - 1.4 * self.text, at, bottom, "f-today")
        self.canvas.small_words(self._today_words()[0], top - 0.5 * self.text, "today", "f-today-text f-halo")

    def _head(self, name: str, below: str = "") -> None:
        if self.canvas.shapes:
            self.canvas.line(0, self.y, self.right, self.y, "f-grid")
        self.canvas.words(0, self.y + 1.35 * self.text, name, "f-strong")
        if below and text_width(below, self.canvas.small) < self.left:
            self.canvas.small_words(0, self.y + 2.55 * self.text, below)

    # --------------------------------------------------------------- rows
    def _systemic(self) -> None:
        if not self.course.lines:
            return
        self._head("Systemic")
        for line in self.course.lines:
            self._line(line)
        self.y += 0.4 * self.text

    def _line(self, line: Line) -> None:
        text, height = self.text, 1.5 * self.text
        start = self.axis.x(self.axis.clip(line.first or self.course.today))
        end = self.axis.x(self.axis.clip(max(line.last(self.course.today), line.first or self.course.today)))
        name = line.name if not line.planned else f"{line.name}, planned"
        beside = text_width(name, text) + 0.6 * text
        top = self.y + 0.4 * text
        if start - beside > self.left:
            self.canvas.words(start - 0.6 * text, top + 1.1 * text, name, "f-text f-end f-halo")
        elif end + beside < self.right:
            self.canvas.words(end + 0.6 * text, top + 1.1 * text, name, "f-text f-halo")
        else:
            at = min(start, self.right - beside)
            self.canvas.words(max(at, self.left), top + 0.85 * text, name, "f-text f-halo")
            top += 1.15 * text
        self.canvas.rect(start, top, max(end - start, 3), height, "f-planned" if line.planned else "f-bar")
        room = self._cycle_room(line)
        for cycle in line.cycles:
            at = self.axis.x(self.axis.clip(cycle.date))
            self.canvas.rect(
                at, top, 0.23 * text, height, _cycle_css(cycle.outcome, cycle.date > self.course.today)
            )
            if room > text_width(f" {cycle.number} ", self.canvas.small):
                self.canvas.small_words(at + 0.46 * text, top + 1.1 * text, str(cycle.number))
        self.y = top + height

    def _cycle_room(self, line: Line) -> float:
        places = [self.axis.x(cycle.date) for cycle in line.cycles]
        return min(
            (after - before for before, after in itertools.pairwise(places)), default=self.canvas.width
        )

    def _windows(self) -> None:
        if not self.course.windows:
            return
        self._head("Window")
        for window in self.course.windows:
            late = " is-late" if window.late else ""
            word = "provisional: " if window.provisional else ""
            self._window(window.start, window.end, f"f-window{late}", f"{word}2{EN_DASH}3 months")
            if window.cycle_start and window.cycle_end:
                self._window(
                    window.cycle_start, window.cycle_end, f"f-window-2{late}", f"{word}cycles 4{EN_DASH}6"
                )
        self.y += 0.4 * self.text

    def _window(self, start: date, end: date, css: str, name: str) -> None:
        text, small = self.text, self.canvas.small
        top, height = self.y + 0.35 * text, 1.1 * text
        left, right = self.axis.x(self.axis.clip(start)), self.axis.x(self.axis.clip(end))
        self.canvas.rect(left, top, max(right - left, 2), height, css)
        for words in (f"{name}, {span(start, end)}", name):
            wide = text_width(words, small) + 0.6 * text
            if left - wide > self.left:
                self.canvas.small_words(left - 0.6 * text, top + 0.85 * text, words, "f-quiet f-end f-halo")
                break
            if right + wide < self.right:
                self.canvas.small_words(right + 0.6 * text, top + 0.85 * text, words, "f-quiet f-halo")
                break
        self.y = top + height

    def _imaging(self) -> None:
        self._events("Imaging", [(event, self._scan) for event in self.course.scans])

    def _procedures(self) -> None:
        marks: list[tuple[Event, Mark]] = [(event, self._procedure) for event in self.course.procedures]
        marks += [(event, self._volumetry) for event in self.course.volumetries]
        name = "Procedures" if self.course.procedures else "Volumetry"
        if self.left < text_width(name, self.text):
            name = "Proc." if self.course.procedures else "Volume"
        self._events(name, marks)

    def _boards(self) -> None:
        marks: list[tuple[Event, Mark]] = [(event, self._staging) for event in self.course.stagings]
        self._events("Board", marks + [(event, self._board) for event in self.course.boards])

    def _scan(self, event: Event, at: float, middle: float) -> None:
        half = 0.55 * self.text
        self.canvas.rect(
            at - half, middle - half, 2 * half, 2 * half, "f-planned" if event.planned else "f-scan"
        )
        self.canvas.circle(at, middle, 0.2 * self.text, "f-ink-fill")

    def _procedure(self, event: Event, at: float, middle: float) -> None:
        self.canvas.triangle(at, middle, 0.55 * self.text, "f-planned" if event.planned else "f-ink-fill")

    def _volumetry(self, event: Event, at: float, middle: float) -> None:
        self.canvas.circle(at, middle, 0.45 * self.text, "f-planned" if event.planned else "f-scan")

    def _staging(self, event: Event, at: float, middle: float) -> None:
        self.canvas.circle(at, middle, 0.42 * self.text, "f-planned" if event.planned else "f-scan")

    def _board(self, event: Event, at: float, middle: float) -> None:
        self.canvas.diamond(at, middle, 0.62 * self.text, "f-board-next" if event.planned else "f-board")

    def _events(self, name: str, marks: Sequence[tuple[Event, Mark]]) -> None:
        """Marks on one line, each with as much of its name and date as there is room for beside its
        neighbours.
        """
        marks = sorted(marks, key=lambda item: item[0].date)
        events = [event for event, _ in marks]
        if not events:
            return
        self._head(name)
        middle, small, text = self.y + 1.1 * self.text, self.canvas.small, self.text
        places = [self.axis.x(self.axis.clip(event.date)) for event in events]
        busy = self.left
        for event, at, after in zip(events, places, [*places[1:], self.right + text], strict=True):
            for words in (f"{event.name} {day_short(event.date)}", event.name):
                wide = text_width(words, small) + 0.2 * text
                if at + 0.85 * text + wide < after - 0.7 * text:
                    self.canvas.small_words(at + 0.85 * text, middle + 0.35 * text, words, "f-text f-halo")
                    busy = at + 0.85 * text + wide
                    break
                if at - 0.85 * text - wide > busy:
                    self.canvas.small_words(
                        at - 0.85 * text, middle + 0.35 * text, words, "f-text f-halo f-end"
                    )
                    busy = at + 0.7 * text
                    break
            else:
                busy = at + 0.7 * text
        for (event, mark), at in zip(marks, places, strict=True):
            mark(event, at, middle)
            if event.href:
                words = f"Images of {event.name}, {day(event.date)}, in a new tab"
                self.canvas.link(
                    at - 0.95 * text, middle - 0.95 * text, 1.9 * text, 1.9 * text, event.href, words
                )
        self.y += 2.2 * text

    def _cea(self) -> None:
        readings = self.course.cea
        if not readings:
            return
        self._head("CEA", "ng/mL, log")
        text, small = self.text, self.canvas.small
        top, height = self.y + 1.5 * text, 3.2 * text
        limits = self.course.cea_limits
        values = [max(reading.value, 0.1) for reading in readings] + [limit.value for limit in limits]
        low, high = log10(min(values)), log10(max(values))
        if high - low < 0.3:
            low, high = low - 0.15, high + 0.15

        def y(value: float) -> float:
            return top + (high - log10(max(value, 0.1))) / (high - low) * height

        points = [(self.axis.x(reading.date), y(reading.value)) for reading in readings]
        for limit in limits:
            self.canvas.line(self.left, y(limit.value), self.right, y(limit.value), "f-limit")
            self._limit_words(limit.words, y(limit.value) - 3, points)
        if len(points) > 1:
            self.canvas.polyline(points, "f-ink")
        busy = self.left - small
        for reading, (at, height_of) in zip(readings, points, strict=True):
            self.canvas.circle(at, height_of, 0.28 * text, "f-ink-fill")
            words = number(reading.value)
            wide = text_width(words, text)
            left = min(at + 0.4 * text, self.right - wide)
            if left > busy or reading is readings[-1]:
                self.canvas.words(left, height_of - 0.5 * text, words, "f-strong f-halo")
                busy = left + wide
        self.y = top + height + 0.9 * text

    def _limit_words(self, words: str, y: float, points: list[tuple[float, float]]) -> None:
        """At the right end of its line, or at the left, where no reading stands; else only the line."""
        wide = text_width(words, self.canvas.small)
        for left, css in ((self.right - wide, "f-quiet f-end f-halo"), (self.left + 4, "f-quiet f-halo")):
            busy = any(
                left - 2.4 * self.text < at < left + wide and abs(height - y) < 1.9 * self.text
                for at, height in points
            )
            if not busy:
                self.canvas.small_words(self.right if "f-end" in css else left, y, words, css)
                return


def _under_and_over(shapes: Sequence[Shape]) -> tuple[list[Shape], list[Shape]]:
    """What lies under the line of today (bars, grid), and what lies over it (marks, then words)."""
    under = [
        shape
        for shape in shapes
        if shape.css.startswith(("f-bar", "f-window", "f-grid", "f-limit", "f-axis"))
    ]
    marks = [shape for shape in shapes if shape not in under and shape.kind != "text"]
    return under, marks + [shape for shape in shapes if shape.kind == "text"]


def _cycle_css(outcome: str, ahead: bool) -> str:
    if ahead:
        return "f-cycle-next"
    return {"": "f-cycle-open", "omitted": "f-cycle-next"}.get(outcome, "f-cycle")
