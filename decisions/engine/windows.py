"""The reassessment window of a line of systemic therapy (specification C19, T-01 to T-03)."""

import datetime
from dataclasses import dataclass
from typing import Any

from decisions.engine.calendar import add_months
from decisions.engine.logic import Context, Value
from decisions.engine.thresholds import ThresholdSet


@dataclass(frozen=True, slots=True)
class ReassessmentWindow:
    """`start`..`end`: two to three calendar months; `cycle_start`..`cycle_end`: after cycles four to six."""

    start: datetime.date
    end: datetime.date
    cycle_start: datetime.date | None
    cycle_end: datetime.date | None

    @property
    def due_from(self) -> datetime.date:
        """The earlier of the two starts."""
        return min(self.start, self.cycle_start or self.start)

    @property
    def overdue_after(self) -> datetime.date:
        """The earlier of the two ends."""
        return min(self.end, self.cycle_end or self.end)

    def status(self, on: datetime.date, restaged: datetime.date | None = None) -> str:
        """`done` (restaged on or after `due_from`, so after day 1 as well; wins), `not_due`, `due` or `overdue`."""
        if restaged is not None and restaged >= self.due_from:
            return "done"
        if on < self.due_from:
            return "not_due"
        return "due" if on <= self.overdue_after else "overdue"


def reassessment_window(
    start: datetime.date, cycle_length_days: int | None, thresholds: ThresholdSet
) -> ReassessmentWindow:
    """The window of a line whose day 1 is `start`; without a cycle length only the calendar counts."""

    def after_cycles(name: str) -> datetime.date | None:
        if cycle_length_days is None:
            return None
        return start + datetime.timedelta(days=int(thresholds.value(name) * cycle_length_days))

    return ReassessmentWindow(
        start=add_months(start, int(thresholds.value("REASSESS_MONTHS_MIN"))),
        end=add_months(start, int(thresholds.value("REASSESS_MONTHS_MAX"))),
        cycle_start=after_cycles("CONV_CYCLES_MIN"),
        cycle_end=after_cycles("CONV_CYCLES_MAX"),
    )


def rereview_window(
    scanned: datetime.date, cycle_length_days: int | None, thresholds: ThresholdSet
) -> ReassessmentWindow:
    """The window of therapy that the board let go on after the scan of `scanned`.

    It opens REREVIEW_MONTHS calendar months after that scan and is as long as the first one
    (REASSESS_MONTHS_MAX less REASSESS_MONTHS_MIN); the cycles four to six are counted from the scan.
    """
    opens = int(thresholds.value("REREVIEW_MONTHS"))
    length = int(thresholds.value("REASSESS_MONTHS_MAX") - thresholds.value("REASSESS_MONTHS_MIN"))
    first = reassessment_window(scanned, cycle_length_days, thresholds)
    return ReassessmentWindow(
        start=add_months(scanned, opens),
        end=add_months(scanned, opens + length),
        cycle_start=first.cycle_start,
        cycle_end=first.cycle_end,
    )


def reassess(ctx: Context) -> dict[str, Any] | None:
    """The window of the current line as data; None without a start date."""
    start: Value = ctx.facts.get("treatment.current_start_date")
    if start is None:
        return None
    window = reassessment_window(start, ctx.facts.get("treatment.cycle_length_days"), ctx.thresholds)
    result: dict[str, Any] = {"start": window.start.isoformat(), "end": window.end.isoformat()}
    if window.cycle_start is not None and window.cycle_end is not None:
        result |= {"cycle_start": window.cycle_start.isoformat(), "cycle_end": window.cycle_end.isoformat()}
    result |= {"due_from": window.due_from.isoformat(), "overdue_after": window.overdue_after.isoformat()}
    decision: Value = ctx.facts.get("case.decision_date")
    if decision is not None:
        result["status"] = window.status(decision, ctx.facts.get("imaging.restaging_date"))
    return result
