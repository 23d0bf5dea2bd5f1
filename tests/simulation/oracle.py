"""The simulator's own bookkeeping: who must be on the clock, with which window, and how it ended.

Nothing here reads the program. The rules are those of the specification (C19, T-01 to T-03), reckoned anew.
"""

import calendar
import datetime
from collections import Counter
from dataclasses import dataclass, field

ONE_DAY = datetime.timedelta(days=1)
GRACE = 7 * ONE_DAY
"""An unconfirmed start is overdue after this."""


def months_after(day: datetime.date, months: int) -> datetime.date:
    """The same day of a later month, or its last day where the month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(slots=True)
class Expected:
    """One window as it must be. `planned`: day 1 is not confirmed."""

    start: datetime.date
    length: int
    planned: bool = False

    @property
    def due_from(self) -> datetime.date:
        return min(months_after(self.start, 2), self.start + 4 * self.length * ONE_DAY)

    @property
    def overdue_after(self) -> datetime.date:
        return min(months_after(self.start, 3), self.start + 6 * self.length * ONE_DAY)

    @property
    def scan_from(self) -> datetime.date:
        """From this day on a scan answers by any reading of the window."""
        return max(months_after(self.start, 2), self.due_from)

    def is_overdue(self, today: datetime.date) -> bool:
        return today > (self.start + GRACE if self.planned else self.overdue_after)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a window ended, by the simulator's own account."""

    case_id: str
    due_from: datetime.date
    overdue_after: datetime.date
    ending: str
    on: datetime.date


@dataclass(slots=True)
class Book:
    """Every window that must be open, and every one that has ended."""

    open: dict[str, Expected] = field(default_factory=dict)
    ended: list[Ended] = field(default_factory=list)
    opened: int = 0

    def begin(self, case_id: str, window: Expected) -> None:
        assert case_id not in self.open, f"{case_id} would have two windows"
        self.open[case_id] = window
        self.opened += 1

    def end(self, case_id: str, ending: str, on: datetime.date) -> None:
        window = self.open.pop(case_id)
        self.ended.append(Ended(case_id, window.due_from, window.overdue_after, ending, on))

    def take_back(self, case_id: str, window: Expected) -> None:
        """The last ending of this patient was noted in error."""
        last = max(place for place, ended in enumerate(self.ended) if ended.case_id == case_id)
        del self.ended[last]
        self.open[case_id] = window

    def missed(self, today: datetime.date) -> tuple[int, int]:
        """Windows missed, and windows that count."""
        found: Counter[str] = Counter()
        for ended in self.ended:
            if ended.on > ended.overdue_after:
                found["missed"] += 1
            elif ended.ending == "decided":
                found["in time"] += 1
        found["missed"] += sum(window.overdue_after < today for window in self.open.values())
        return found["missed"], found["missed"] + found["in time"]
