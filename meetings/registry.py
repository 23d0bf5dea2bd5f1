"""The board's own figures on its clock: how many windows were missed, and how long the board took.

What counts, in one place (also shown on the page):

- A window **was in time** when the board decided on its scan on or before the last day of the window
  (`overdue_after`). The day of a decision is the local date of its meeting, whenever it was typed in.
- A window **was missed** when its last day passed without such a decision: decided later, still open, or
  ended in any other way after that day.
- A window **does not count** when it ended before its last day was over and no board was asked any more: the
  patient died or was transferred (the day that the record states), a newer window took its place, or a person
  wrote 'not needed' with a reason. These are counted and shown beside the rate, so that they hide nothing.
- A window whose last day has not passed, and on which no board has decided, is **still running**.

A window belongs to the day on which that was settled: the day of the decision when it came in time, else its
last day. So a month's figure never changes because of what a later month brings, except where the record is
corrected. The miss rate is missed / (in time + missed).

Days to the board are counted from the first day of the window (`due_from`) to the decision on its scan, over
all windows that a board decided, in time or not, by the day of the decision. A decision before the first day,
on a scan accepted early or a case brought forward, counts below zero.

None of these figures is kept by person: they are the board's.
"""

import datetime
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from meetings.models import Reassessment
from patients.selectors import visible_patients

Standing = Literal["in_time", "missed", "not_counted", "running"]
FEW = 10
"""Below this many, a share is told as numbers only: a percentage of so few says more than is known."""
FEW_FOR_QUARTILES = 4


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, both included."""

    first: datetime.date
    last: datetime.date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, datetime.date) and self.first <= day <= self.last

    def months(self) -> Iterator[datetime.date]:
        """The first day of every month that the period touches."""
        year, month = self.first.year, self.first.month
        while (first := datetime.date(year, month, 1)) <= self.last:
            yield first
            year, month = year + month // 12, month % 12 + 1


@dataclass(frozen=True, slots=True)
class BoardWindow:
    """One window, as far as the figures need it.

    `decided_on` is the local date of the meeting that decided on its scan; `ended_on` the day on which it ended
    in any other way, `ending` how (codes of `Reassessment.Ending`). Both are None while it is open.
    """

    pk: int
    patient_id: int
    case_id: str
    centre: str
    due_from: datetime.date
    overdue_after: datetime.date
    decided_on: datetime.date | None = None
    ended_on: datetime.date | None = None
    ending: str = ""
    ending_reason: str = ""

    def standing(self, today: datetime.date) -> Standing:
        """How it counts as of the morning of `today`; a window's last day is over on the day after."""
        if self.decided_on is not None and self.decided_on <= self.overdue_after:
            return "in_time"
        if self.ended_on is not None and self.ended_on <= self.overdue_after:
            return "not_counted"
        return "missed" if self.overdue_after < today else "running"

    def settled_on(self, today: datetime.date) -> datetime.date | None:
        """The day to which it belongs; None while it runs."""
        match self.standing(today):
            case "in_time":
                return self.decided_on
            case "missed":
                return self.overdue_after
            case "not_counted":
                return self.ended_on
        return None

    @property
    def days_to_board(self) -> int | None:
        """Days from the first day of the window to the decision on its scan; None without one."""
        return None if self.decided_on is None else (self.decided_on - self.due_from).days


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many. `percent` is None where there are too few to say it."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        return 100 * self.part / self.whole if self.whole >= FEW else None


@dataclass(frozen=True, slots=True)
class Spread:
    """`n` numbers: their median and quartiles (inclusive method); None where there are too few to say them."""

    n: int
    median: float | None = None
    lower: float | None = None
    upper: float | None = None
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """The figures of one month, one centre, or the whole period."""

    missed: Share
    days: Spread
    not_counted: dict[str, int]


def miss_rate(windows: Iterable[BoardWindow], period: Period, today: datetime.date) -> Share:
    """Windows missed, over windows that were in time or missed, among those settled in `period`."""
    standings = Counter(window.standing(today) for window in windows if window.settled_on(today) in period)
    return Share(standings["missed"], standings["missed"] + standings["in_time"])


def not_counted(windows: Iterable[BoardWindow], period: Period, today: datetime.date) -> dict[str, int]:
    """How many windows ended in `period` before their last day and count in no rate, by how they ended."""
    found = Counter(
        window.ending
        for window in windows
        if window.standing(today) == "not_counted" and window.settled_on(today) in period
    )
    return {str(ending): found[ending] for ending in Reassessment.Ending.values if found[ending]}


def days_to_board(windows: Iterable[BoardWindow], period: Period) -> list[int]:
    """The days from opening to board of the windows that a board of `period` decided, ascending."""
    return sorted(
        window.days_to_board
        for window in windows
        if window.days_to_board is not None and window.decided_on in period
    )


def spread(values: Sequence[int]) -> Spread:
    """Median of `values`, quartiles from four on, and the extremes."""
    if not values:
        return Spread(0)
    lower = upper = None
    if len(values) >= FEW_FOR_QUARTILES:
        lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(len(values), float(statistics.median(values)), lower, upper, min(values), max(values))


def figures_of(windows: Sequence[BoardWindow], period: Period, today: datetime.date) -> WindowFigures:
    """Miss rate, time to the board, and what does not count, of `period`."""
    return WindowFigures(
        missed=miss_rate(windows, period, today),
        days=spread(days_to_board(windows, period)),
        not_counted=not_counted(windows, period, today),
    )


def by_month(
    windows: Sequence[BoardWindow], period: Period, today: datetime.date
) -> list[tuple[datetime.date, WindowFigures]]:
    """The figures of every month that `period` touches, of the days that lie in it."""
    found = []
    for first in period.months():
        last = (first + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
        part = Period(max(first, period.first), min(last, period.last))
        found.append((first, figures_of(windows, part, today)))
    return found


def by_centre(
    windows: Sequence[BoardWindow], period: Period, today: datetime.date
) -> list[tuple[str, WindowFigures]]:
    """The figures of every centre that has a window, by name."""
    centres = sorted({window.centre for window in windows})
    return [
        (centre, figures_of([window for window in windows if window.centre == centre], period, today))
        for centre in centres
    ]


def board_windows(user: User | None = None) -> list[BoardWindow]:
    """Every window of the board, or of the patients whom `user` may see, by their last day."""
    rows = Reassessment.objects.all()
    if user is not None:
        rows = rows.filter(patient__in=visible_patients(user))
    return [_window(row) for row in _with_boards(rows)]


def _with_boards(rows: QuerySet[Reassessment]) -> QuerySet[Reassessment]:
    return (
        rows.select_related("patient__centre", "ending_decision__item__meeting")
        .only(
            "patient__case_id", "patient__vital_status_on", "patient__centre__name", "due_from", "overdue_after",
            "ending", "ending_reason", "ended_at", "ending_decision__item__meeting__starts_at",
        )
        .order_by("overdue_after", "pk")
    )  # fmt: skip


def _window(row: Reassessment) -> BoardWindow:
    decided = ended = None
    if row.ended_at is not None:
        board = row.ending_decision.item.meeting if row.ending_decision else None
        day = timezone.localdate(board.starts_at if board else row.ended_at)
        if row.ending == Reassessment.Ending.DECIDED:
            decided = day
        elif row.ending in (Reassessment.Ending.DECEASED, Reassessment.Ending.TRANSFERRED):
            # The record may hear of it late; the window ended on the day it happened.
            ended = min(row.patient.vital_status_on or day, day)
        else:
            ended = day
    return BoardWindow(
        pk=row.pk,
        patient_id=row.patient_id,
        case_id=row.patient.case_id,
        centre=row.patient.centre.name,
        due_from=row.due_from,
        overdue_after=row.overdue_after,
        decided_on=decided,
        ended_on=ended,
        ending=row.ending,
        ending_reason=row.ending_reason,
    )
