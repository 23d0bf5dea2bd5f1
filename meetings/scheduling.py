"""Which days fit for a restaging scan and the board after it. Pure: no database, no clock.

A scan answers the window from its calendar start on (specification C19), so no earlier one is suggested, unless
the case was brought forward. The board comes when `report_days` whole working days lie between it and the scan.
Nothing is suggested on a weekend or a holiday for the scan; a board planned on a holiday says so.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from decisions.engine.windows import ReassessmentWindow
from patients.wording import counted, day

SHOWN = 6
AT_LEAST = 3
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CycleLimit:
    """The cycle that a short course stays below, and the day on which it would begin as things stand.

    `number`: 7 in the first line, 13 later (SHORT_CHEMO_L1_LT, SHORT_CHEMO_L2_LT); `source`, `verified`: of it.
    """

    number: int
    line: int | None
    begins_on: datetime.date
    source: str = ""
    verified: str = "memory"


def projected_start(
    number: int,
    *,
    start: datetime.date,
    cycle_length_days: int,
    last: tuple[int, datetime.date] | None = None,
) -> datetime.date:
    """Day 1 of cycle `number`: counted from the last cycle on record (number, date), else from day 1."""
    known, since = last if last is not None else (1, start)
    return since + datetime.timedelta(days=(number - known) * cycle_length_days)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the days depend on. `holidays`: day and name; `scan_from`: the first day on which a scan counts."""

    today: datetime.date
    window: ReassessmentWindow
    scan_from: datetime.date
    report_days: int
    holidays: Mapping[datetime.date, str] = field(default_factory=dict)
    cycle_limit: CycleLimit | None = None
    scan_done_on: datetime.date | None = None

    @property
    def brought_forward(self) -> bool:
        """Progression or toxicity asks for the board before the window: the earliest day is the best."""
        return self.scan_from < self.window.start

    def is_working_day(self, on: datetime.date) -> bool:
        return on.weekday() < 5 and on not in self.holidays

    def in_months(self, on: datetime.date) -> bool:
        """Inside the window of two to three calendar months."""
        return self.window.start <= on <= self.window.end

    def in_cycles(self, on: datetime.date) -> bool | None:
        """Inside the window of the cycles; None while the length of a cycle is not known."""
        if self.window.cycle_start is None or self.window.cycle_end is None:
            return None
        return self.window.cycle_start <= on <= self.window.cycle_end


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to know about a pair of days. `code`: holiday, weekend, report, early, late, cycle or past."""

    code: str
    text: str
    source: str = ""
    verified: str = "yes"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A day for the scan (None when it was done) and one for the board.

    `in_months`, `in_cycles`: both days lie in that window; `in_cycles` is None while it is not known.
    """

    scan: datetime.date | None
    board: datetime.date
    in_months: bool
    in_cycles: bool | None
    cautions: tuple[Caution, ...] = ()
    forward: bool = False

    @property
    def fits(self) -> str:
        """`both`, `months`, `cycles`, `forward` or `none`; without a known cycle length the months are all there is.

        `forward`: before the windows, as the case was brought forward.
        """
        if self.in_months:
            return "both" if self.in_cycles else "months"
        if self.in_cycles:
            return "cycles"
        return "forward" if self.forward else "none"


def working_days_between(plan: Plan, first: datetime.date, last: datetime.date) -> int:
    """How many whole working days lie between the two, neither of them counted."""
    days = (first + DAY * n for n in range(1, max((last - first).days, 1)))
    return sum(plan.is_working_day(on) for on in days)


def described(plan: Plan, scan: datetime.date | None, board: datetime.date) -> Suggestion:
    """A pair of days, suggested or chosen by a person, with the windows it meets and what to know about it."""
    days = [on for on in (scan, board) if on is not None]
    cycles = [plan.in_cycles(on) for on in days]
    return Suggestion(
        scan=scan,
        board=board,
        in_months=all(plan.in_months(on) for on in days),
        in_cycles=None if None in cycles else all(cycles),
        cautions=tuple(cautions(plan, scan, board)),
        forward=plan.brought_forward and board <= plan.window.overdue_after,
    )


def cautions(plan: Plan, scan: datetime.date | None, board: datetime.date) -> Iterator[Caution]:
    """What a person should know before booking these days; empty when there is nothing."""
    if scan is not None:
        yield from _scan_cautions(plan, scan)
    if board in plan.holidays:
        yield Caution("holiday", f"The board's day, {day(board)}, is a holiday: {plan.holidays[board]}.")
    scanned = scan or plan.scan_done_on
    if scanned is not None:
        between = working_days_between(plan, scanned, board)
        if board <= scanned:
            yield Caution("report", f"The board would meet on {day(board)}, not after the scan.")
        elif between < plan.report_days:
            yield Caution(
                "report",
                f"{counted(between, 'working day')} between scan and board; the report has "
                f"{counted(plan.report_days, 'day')} by the board's own choice.",
                verified="engine_choice",
            )
    if board > plan.window.overdue_after:
        over = counted((board - plan.window.overdue_after).days, "day")
        yield Caution(
            "late", f"The board would meet {over} after {day(plan.window.overdue_after)}, the last day."
        )
    limit = plan.cycle_limit
    if limit is not None and board >= limit.begins_on:
        yield Caution("cycle", _crossing(limit, plan.today), limit.source, limit.verified)


def _scan_cautions(plan: Plan, scan: datetime.date) -> Iterator[Caution]:
    if scan in plan.holidays:
        yield Caution("holiday", f"The day of the scan, {day(scan)}, is a holiday: {plan.holidays[scan]}.")
    elif scan.weekday() >= 5:
        yield Caution("weekend", f"The day of the scan, {day(scan)}, is a {scan:%A}.")
    if scan < plan.scan_from:
        early = counted((plan.scan_from - scan).days, "day")
        yield Caution(
            "early",
            f"The scan would be {early} before {day(plan.scan_from)}, the first day on which it counts for "
            "this window; an earlier one counts once a clinician has accepted it.",
        )


def _crossing(limit: CycleLimit, today: datetime.date) -> str:
    line = {1: "the first line", None: "this therapy (line not known, reckoned as the first)"}.get(
        limit.line, f"line {limit.line}"
    )
    verb = "began" if limit.begins_on < today else "begins"
    return (
        f"Cycle {limit.number} of {line} {verb} on {day(limit.begins_on)} as the cycles stand, on or before "
        f"the board; a short course stays below {limit.number}."
    )


def suggest(plan: Plan, boards: Iterable[datetime.date], *, shown: int = SHOWN) -> list[Suggestion]:
    """The best pairs, one for each board day, best first; empty when no board day is left for a scan.

    Both windows come before one, one before none; then what has nothing to be said about it; then the earlier
    board. The scan is as late as the report allows: the pictures that the board sees are new, and no earlier
    day would meet a window that this one does not. Pairs that meet less than the first are shown only to have
    `AT_LEAST` to choose from. For a case that was brought forward the earlier board is the better one.
    """
    found = []
    for board in sorted(set(boards)):
        if board <= plan.today:
            continue
        scan = None if plan.scan_done_on is not None else _last_scan_day(plan, board)
        if scan is not None or plan.scan_done_on is not None:
            found.append(described(plan, scan, board))
    if plan.brought_forward:
        return found[:shown]
    found.sort(key=lambda pair: (_rank(pair), len(pair.cautions), pair.board))
    as_good = sum(_rank(pair) == _rank(found[0]) for pair in found) if found else 0
    return found[: min(shown, max(as_good, AT_LEAST))]


def _rank(pair: Suggestion) -> int:
    return {"both": 0, "months": 1, "cycles": 1}.get(pair.fits, 2)


def _last_scan_day(plan: Plan, board: datetime.date) -> datetime.date | None:
    """The last working day from tomorrow on that counts for the window and leaves time for the report."""
    on = board - DAY
    first = max(plan.today + DAY, plan.scan_from)
    free = 0
    while on >= first:
        if plan.is_working_day(on):
            if free >= plan.report_days:
                return on
            free += 1
        on -= DAY
    return None


def what_can_be_met(suggestions: Iterable[Suggestion], plan: Plan) -> str:
    """One sentence on what the suggestions achieve, when that is less than both windows; '' otherwise."""
    fits = {pair.fits for pair in suggestions}
    if not fits:
        return "No day of the board leaves time for a scan and its report; other days are possible below."
    if "both" in fits or plan.brought_forward:
        return ""
    if plan.window.cycle_start is None:
        return "" if "months" in fits else "The window of two to three months cannot be met any more."
    if "months" in fits:
        return "Only the window of two to three months can be met, not that of the cycles."
    if "cycles" in fits:
        return "Only the window of the cycles can be met, not that of two to three months."
    return "Neither window can be met any more; the first days that are possible stand here."
