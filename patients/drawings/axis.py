"""A time axis: dates to pixels, and where its months are written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from patients.drawings.shapes import text_width
from patients.wording import MONTHS


@dataclass(frozen=True, slots=True)
class Tick:
    """The first day of a month, and what is written there ('' when there is no room)."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Days from `start` to `end` on the pixels from `left` to `right`."""

    start: date
    end: date
    left: float
    right: float

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"the axis must end after its start: {self.start} to {self.end}")

    def x(self, day: date) -> float:
        share = (day - self.start).days / (self.end - self.start).days
        return self.left + share * (self.right - self.left)

    def clip(self, day: date) -> date:
        return min(max(day, self.start), self.end)

    def ticks(self, size: float) -> list[Tick]:
        """One for each month, quarter, half year or year: the finest whose labels stay apart."""
        per_day = (self.right - self.left) / (self.end - self.start).days
        needed = text_width("May 2026", size) + 8
        for step in (1, 3, 6, 12):
            if step * 30.4 * per_day >= needed or step == 12:
                break
            if step == 1 and 28 * per_day >= text_width("May", size) + 8:
                break
        long = step * 30.4 * per_day >= needed
        ticks = []
        for first in self._months(step):
            name = MONTHS[first.month - 1]
            label = f"{name} {first.year}" if long or (first.month == 1 and step == 1) else name
            if not long and first.month == 1 and step == 1:
                label = f"{name} {first.year % 100:02d}"
            if step == 12:
                label = str(first.year)
            ticks.append(Tick(self.x(first), label))
        return ticks

    def _months(self, step: int) -> Iterator[date]:
        year, month = self.start.year, self.start.month
        if self.start.day > 1:
            year, month = (year + month // 12, month % 12 + 1)
        while (first := date(year, month, 1)) <= self.end:
            if (month - 1) % step == 0:
                yield first
            year, month = (year + month // 12, month % 12 + 1)


def axis_over(days: list[date], *, left: float, right: float, margin_days: int = 10) -> TimeAxis:
    """An axis that holds all `days` with a margin. Raises `ValueError` without any day."""
    if not days:
        raise ValueError("an axis needs at least one date")
    margin = timedelta(days=margin_days)
    return TimeAxis(min(days) - margin, max(days) + margin, left, right)
