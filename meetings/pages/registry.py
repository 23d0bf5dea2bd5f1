"""The page of the board's own figures, the windows behind them, and both as CSV.

A section has an anchor that stays; a new figure is a new section: its template under
`templates/meetings/registry/`, its line in `SECTIONS`, its numbers in `Registry`.
"""

import csv
import datetime
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Centre, User
from meetings.carried_out import (
    Advice,
    CarriedOut,
    PutOff,
    advice_followed,
    cases_put_off,
    decisions_carried_out,
    members_agree,
    minutes_a_case,
)
from meetings.completeness import Discussed, completeness, discussed_in
from meetings.completeness import by_month as by_month_known
from meetings.drawings.registry import draw_days, draw_missed
from meetings.models import ClockCheck, Reassessment
from meetings.registry import (
    BoardWindow,
    Period,
    Spread,
    Standing,
    WindowFigures,
    board_windows,
    by_centre,
    by_month,
    figures_of,
)
from meetings.voting import Agreement
from patients.drawings.shapes import Figure
from patients.models import Patient
from patients.selectors import visible_patients

SECTIONS = (
    ("windows", "Windows missed"),
    ("time-to-board", "Time to the board"),
    ("advice", "Decisions and the advice"),
    ("carried-out", "Decisions carried out"),
    ("put-off", "Cases put off"),
    ("completeness", "Known at the discussion"),
    ("minutes", "Minutes a case"),
    ("agreement", "Agreement of the members"),
    ("clock-check", "Nightly check"),
)
"""Anchor and heading of every section, in the order of the page."""

STANDINGS: dict[Standing, str] = {
    "missed": "missed",
    "in_time": "in time",
    "not_counted": "not counted",
    "running": "still running",
}
CHECKS_SHOWN = 14
CHECK_EVERY = datetime.timedelta(hours=26)
"""The check runs each night; one that is older is late."""


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of a month or a centre, with the period that its windows are looked up by."""

    name: str
    month: datetime.date | None
    period: Period
    figures: WindowFigures


@dataclass(frozen=True, slots=True)
class Check:
    """One reconciliation; `named` are the missing patients whom the user may see, `others` how many not."""

    check: ClockCheck
    named: list[dict[str, Any]]
    others: int

    @property
    def missing(self) -> int:
        return len(self.named) + self.others

    @property
    def mended(self) -> int:
        """How many of those missing have a reminder again."""
        return sum(bool(entry.get("mended")) for entry in self.check.missing)


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything on the page."""

    period: Period
    whole: WindowFigures
    running: int
    months: list[Part]
    centres: list[Part]
    missed_drawn: list[Figure]
    days_drawn: list[Figure]
    advice: Advice
    carried_out: CarriedOut
    put_off: PutOff
    completeness: Spread
    completeness_months: list[tuple[datetime.date, Spread]]
    minutes: Spread
    agreement: list[Agreement]
    checks: list[Check]
    check_late: bool

    @property
    def not_counted(self) -> list[tuple[str, int]]:
        """How windows ended that count in no rate, in words."""
        return in_words(self.whole.not_counted)


def in_words(endings: dict[str, int]) -> list[tuple[str, int]]:
    """Endings by their labels, in small letters."""
    return [(Reassessment.Ending(code).label.lower(), count) for code, count in endings.items()]


def registry_of(
    user: User, period: Period, centre: Centre | None, *, now: datetime.datetime, today: datetime.date
) -> Registry:
    """The figures of `period` on the patients whom `user` may see, of one centre when asked."""
    windows = windows_at(user, centre)
    months = by_month(windows, period, today)
    checks = checks_for(user)
    discussed = discussed_in(user, period, centre)
    return Registry(
        period=period,
        whole=figures_of(windows, period, today),
        running=sum(window.standing(today) == "running" for window in windows),
        months=[Part("", month, _within(month, period), found) for month, found in months],
        centres=[Part(name, None, period, found) for name, found in by_centre(windows, period, today)],
        missed_drawn=draw_missed(months),
        days_drawn=draw_days(months),
        advice=advice_followed(user, period, centre),
        carried_out=decisions_carried_out(user, period, centre),
        put_off=cases_put_off(user, period, centre),
        completeness=completeness(discussed, period),
        completeness_months=by_month_known(discussed, [_within(month, period) for month in period.months()]),
        minutes=minutes_a_case(user, period, centre),
        agreement=members_agree(user, period, centre),
        checks=checks,
        check_late=not checks or checks[0].check.ran_at < now - CHECK_EVERY,
    )


def windows_at(user: User, centre: Centre | None) -> list[BoardWindow]:
    """The windows that the user may see, of one centre when asked."""
    windows = board_windows(user)
    return windows if centre is None else [window for window in windows if window.centre == centre.name]


def _within(month: datetime.date, period: Period) -> Period:
    last = (month + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
    return Period(max(month, period.first), min(last, period.last))


def checks_for(user: User) -> list[Check]:
    """The newest checks, newest first."""
    found = list(ClockCheck.objects.all()[:CHECKS_SHOWN])
    asked = {entry["patient"] for check in found for entry in check.missing}
    seen = set(visible_patients(user).filter(pk__in=asked).values_list("pk", flat=True))
    checks = []
    for check in found:
        named = [entry for entry in check.missing if entry["patient"] in seen]
        checks.append(Check(check, named, len(check.missing) - len(named)))
    return checks


# ------------------------------------------------------------------------- the windows behind the figures
@dataclass(frozen=True, slots=True)
class WindowLine:
    """One window in the list."""

    window: BoardWindow
    patient: Patient
    standing: Standing
    ended: str


def standing_in(
    windows: Iterable[BoardWindow], standing: str, period: Period, today: datetime.date
) -> list[BoardWindow]:
    """The windows that stand so, settled in `period` (those still running belong to none); all for ''."""
    found = []
    for window in windows:
        now = window.standing(today)
        if standing and now != standing:
            continue
        if now == "running" or window.settled_on(today) in period:
            found.append(window)
    return found


def lines_of(windows: Sequence[BoardWindow], today: datetime.date) -> list[WindowLine]:
    """The windows with their patients."""
    patients = Patient.objects.select_related("centre").in_bulk([window.patient_id for window in windows])
    return [
        WindowLine(window, patients[window.patient_id], window.standing(today), ended_words(window))
        for window in windows
    ]


def ended_words(window: BoardWindow) -> str:
    """How it ended, with the reason; '' while it is open."""
    label = Reassessment.Ending(window.ending).label if window.ending else ""
    return f"{label}: {window.ending_reason}" if window.ending_reason else label


# ---------------------------------------------------------------------------------------------------- CSV
FIGURES = (
    "month",
    "centre",
    "missed",
    "counted",
    "not_counted",
    "boards",
    "days_median",
    "days_q1",
    "days_q3",
    "discussed",
    "known_pct_median",
    "known_pct_q1",
    "known_pct_q3",
)
WINDOWS = (
    "case", "centre", "due_from", "overdue_after", "board_on", "days_to_board", "standing", "settled_on",
    "ended_on", "ending", "reason",
)  # fmt: skip


def figures_csv(
    windows: Sequence[BoardWindow], discussed: Sequence[Discussed], period: Period, today: datetime.date
) -> str:
    """One row for each month and centre; the rows of all centres together have an empty `centre`."""
    rows: list[list[Any]] = []
    names = sorted({window.centre for window in windows} | {case.centre for case in discussed})
    for name in ("", *names):
        members = [window for window in windows if name in ("", window.centre)]
        cases = [case for case in discussed if name in ("", case.centre)]
        for month, found in by_month(members, period, today):
            days, known = found.days, completeness(cases, _within(month, period))
            rows.append(
                [
                    month.strftime("%Y-%m"), name, found.missed.part, found.missed.whole,
                    sum(found.not_counted.values()), days.n, days.median, days.lower, days.upper,
                    known.n, known.median, known.lower, known.upper,
                ]
            )  # fmt: skip
    return _csv(FIGURES, rows)


def windows_csv(windows: Iterable[BoardWindow], today: datetime.date) -> str:
    """One row for each window, under the case number only."""
    rows = [
        [
            window.case_id, window.centre, window.due_from, window.overdue_after, window.decided_on,
            window.days_to_board, window.standing(today), window.settled_on(today), window.ended_on,
            window.ending, window.ending_reason,
        ]
        for window in windows
    ]  # fmt: skip
    return _csv(WINDOWS, rows)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_safe(value) for value in row])
    return out.getvalue()


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is quoted; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
