"""The course of a patient as plain data: what the timeline draws.

Everything that is not known is left out, not guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle: `outcome` given, reduced, delayed or omitted, or '' while nothing was recorded."""

    number: int
    date: date
    outcome: str = ""

    @property
    def given(self) -> bool:
        return self.outcome in ("given", "reduced", "delayed")


@dataclass(frozen=True, slots=True)
class Line:
    """Systemic therapy: regimen and drugs, the cycles, and when it began and ended.

    `planned` until day 1 is confirmed.
    """

    name: str
    start: date | None = None
    end: date | None = None
    cycles: Sequence[Cycle] = ()
    cycle_length_days: int | None = None
    planned: bool = False

    @property
    def first(self) -> date | None:
        return self.start or min((cycle.date for cycle in self.cycles), default=None)

    def last(self, today: date) -> date:
        """Where its bar ends: its end, or the end of its last cycle, or today."""
        if self.end:
            return self.end
        if self.cycles:
            return max(cycle.date for cycle in self.cycles) + timedelta(days=self.cycle_length_days or 1)
        return max(today, self.first or today)


@dataclass(frozen=True, slots=True)
class Event:
    """A scan, a procedure, a volumetry, a staging or a board, with a short name;
    `planned` while it lies ahead; `href` leads to its images.
    """

    date: date
    name: str
    planned: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One laboratory value in the unit of its series."""

    date: date
    value: float


@dataclass(frozen=True, slots=True)
class SeriesLimit:
    """A limit of a score on a series, and how it is written: `SeriesLimit(200, 'Fong > 200')`."""

    value: float
    words: str


@dataclass(frozen=True, slots=True)
class Window:
    """A reassessment window: the calendar's (solid) and that of the cycles (dashed)."""

    start: date
    end: date
    cycle_start: date | None = None
    cycle_end: date | None = None
    provisional: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """All of it. `today` is passed in: nothing here reads a clock."""

    today: date
    lines: Sequence[Line] = ()
    windows: Sequence[Window] = ()
    scans: Sequence[Event] = ()
    procedures: Sequence[Event] = ()
    volumetries: Sequence[Event] = ()
    stagings: Sequence[Event] = ()
    boards: Sequence[Event] = ()
    cea: Sequence[Reading] = ()
    cea_limits: Sequence[SeriesLimit] = ()

    @property
    def days(self) -> list[date]:
        """Every date on the axis, today among them; empty when nothing is known of the course."""
        days = [
            event.date
            for events in (self.scans, self.procedures, self.volumetries, self.stagings, self.boards)
            for event in events
        ]
        days += [reading.date for reading in self.cea]
        for line in self.lines:
            days += [cycle.date for cycle in line.cycles]
            days += [day for day in (line.start, line.end) if day] + [line.last(self.today)]
        for window in self.windows:
            days += [day for day in (window.start, window.end, window.cycle_start, window.cycle_end) if day]
        return [*days, self.today] if days else []
