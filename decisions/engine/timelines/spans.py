"""When a timeline asks: the dates and windows, from the facts of one case and what has happened since."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from decisions.engine import derived as d
from decisions.engine.calendar import add_months, completed_years
from decisions.engine.logic import Context
from decisions.engine.timelines.parts import LINE, Date, Events, LineCourse, Occasion, Spans, day, limit
from decisions.engine.windows import ReassessmentWindow, reassessment_window

__all__ = [
    "after_procedure",
    "age_reached",
    "best_response",
    "bevacizumab",
    "birthdays",
    "capox_end",
    "cycles",
    "discussion",
    "due",
    "months",
    "months_after",
    "months_since",
    "none",
    "oxaliplatin",
    "panel",
    "short_chemotherapy",
    "transplant_planned",
    "unresectable",
    "vanished_sites",
]
Condition = Callable[[Context], Any]
AGAINST_EGFR = ("cetuximab", "panitumumab")


def _once(key: str, trigger: Date, on: Date) -> Occasion:
    return Occasion(key, trigger, on, on)


def _intent(ctx: Context) -> Any:
    return ctx.facts.get("treatment.intent")


def _line_key(ctx: Context) -> str:
    number = ctx.facts.get("treatment.current_line")
    return f"{LINE}{number}" if number is not None else ""


def _recorded_line(ctx: Context, events: Events) -> LineCourse | None:
    return events.line_of(ctx.facts.get("treatment.current_line"), day(ctx, "treatment.current_start_date"))


def _line_ended(ctx: Context, events: Events) -> bool:
    line = _recorded_line(ctx, events)
    return line is not None and line.ended_on is not None


def unresectable(ctx: Context) -> Any:
    """The liver is unresectable; None while that is not known."""
    return d.liver_unresectable.value(ctx)


def transplant_planned(ctx: Context) -> bool:
    """A day of transplantation is planned."""
    return ctx.facts.get("lt.planned_date") is not None


def none(ctx: Context, events: Events) -> Iterator[Occasion]:
    """No date at all."""
    return iter(())


# ------------------------------------------------------------------------------------- T-01 to T-03, the clock
def _window(ctx: Context) -> tuple[Date, ReassessmentWindow] | None:
    start = day(ctx, "treatment.current_start_date")
    if start is None or _intent(ctx) == "adjuvant":
        return None
    return start, reassessment_window(start, ctx.facts.get("treatment.cycle_length_days"), ctx.thresholds)


def months(ctx: Context, events: Events) -> Iterator[Occasion]:
    """Two to three calendar months after day 1."""
    if found := _window(ctx):
        start, window = found
        yield Occasion("", start, window.start, window.end)


def cycles(ctx: Context, events: Events) -> Iterator[Occasion]:
    """After cycles four to six."""
    if (found := _window(ctx)) and found[1].cycle_start and found[1].cycle_end:
        yield Occasion("", found[0], found[1].cycle_start, found[1].cycle_end)


def due(ctx: Context, events: Events) -> Iterator[Occasion]:
    """The earlier of both starts to the earlier of both ends."""
    if found := _window(ctx):
        start, window = found
        yield Occasion("", start, window.due_from, window.overdue_after)


# ------------------------------------------------------------------------------------------- systemic therapy
def short_chemotherapy(ctx: Context, events: Events) -> Iterator[Occasion]:
    """From the alert to the day on which the first cycle past the limit would begin.

    The limit is one of chemotherapy before surgery: an adjuvant line has none.
    """
    start, line = day(ctx, "treatment.current_start_date"), ctx.facts.get("treatment.current_line")
    length = ctx.facts.get("treatment.cycle_length_days")
    if start is None or line is None or length is None or _intent(ctx) == "adjuvant":
        return
    allowed = limit(ctx, "SHORT_CHEMO_L1_LT" if line == 1 else "SHORT_CHEMO_L2_LT") - 1
    crossed = start + datetime.timedelta(days=allowed * int(length))
    alert = crossed - datetime.timedelta(days=limit(ctx, "SHORT_CHEMO_PREALERT_DAYS"))
    yield Occasion(_line_key(ctx), start, alert, crossed)


def best_response(ctx: Context, events: Events) -> Iterator[Occasion]:
    """Months after the start of conversion therapy, while that line goes on."""
    start = day(ctx, "treatment.current_start_date")
    if start is not None and _intent(ctx) == "conversion" and not _line_ended(ctx, events):
        yield _once(_line_key(ctx), start, add_months(start, limit(ctx, "BEST_RESPONSE_MONTHS")))


def panel(ctx: Context, events: Events) -> Iterator[Occasion]:
    """Months after the start of the line, and then after each decision of the board, while unresectable."""
    start = day(ctx, "treatment.current_start_date")
    if start is None or unresectable(ctx) is not True or _line_ended(ctx, events):
        return
    since = max([start, *events.boards])
    yield _once(_line_key(ctx), since, add_months(since, limit(ctx, "REREVIEW_MONTHS")))


def capox_end(ctx: Context, events: Events) -> Iterator[Occasion]:
    """Months after the start of adjuvant CAPOX."""
    start = day(ctx, "treatment.current_start_date")
    if start is not None and _intent(ctx) == "adjuvant" and ctx.facts.get("treatment.regimen") == "CAPOX":
        yield _once(_line_key(ctx), start, add_months(start, limit(ctx, "ADJ_CAPOX_MONTHS")))


def oxaliplatin(ctx: Context, events: Events) -> Iterator[Occasion]:
    """The two dates at which the time since adjuvant oxaliplatin changes its zone."""
    end = day(ctx, "treatment.prior_adjuvant_oxaliplatin_end_date")
    if end is not None:
        for key, name in (("low", "OXALI_WASHOUT_LOW_MONTHS"), ("high", "OXALI_WASHOUT_HIGH_MONTHS")):
            yield _once(key, end, add_months(end, limit(ctx, name)))


def bevacizumab(ctx: Context, events: Events) -> Iterator[Occasion]:
    """Weeks after the last cycle, where surgery is planned; nothing where the record names another agent."""
    last = day(ctx, "treatment.last_chemo_date")
    if (
        last is not None
        and ctx.facts.get("treatment.targeted_agent") is True
        and ctx.facts.get("plan.surgery_planned") is True
        and not _another_agent(ctx, events)
    ):
        weeks = datetime.timedelta(weeks=limit(ctx, "BEVACIZUMAB_SURGERY_WEEKS"))
        yield _once("", last, last + weeks)


def _another_agent(ctx: Context, events: Events) -> bool:
    """The record of the line names an agent against EGFR and no bevacizumab."""
    line = _recorded_line(ctx, events)
    drugs = line.drugs.lower() if line else ""
    return "bevacizumab" not in drugs and any(name in drugs for name in AGAINST_EGFR)


# ------------------------------------------------------------------------------------- procedures and imaging
def after_procedure(*procedures: str, low: str, high: str, days: int) -> Spans:
    """From `low` to `high` (thresholds, in units of `days`) after a procedure for hypertrophy."""

    def spans(ctx: Context, events: Events) -> Iterator[Occasion]:
        on, kind = day(ctx, "volumetry.hypertrophy_date"), ctx.facts.get("volumetry.hypertrophy_procedure")
        if on is not None and kind in procedures:
            first, last = (datetime.timedelta(days=limit(ctx, name) * days) for name in (low, high))
            yield Occasion(str(kind), on, on + first, on + last)

    return spans


def vanished_sites(ctx: Context, events: Events) -> Iterator[Occasion]:
    """Months after the last imaging, while sites that are no longer seen are left in place."""
    last = day(ctx, "imaging.restaging_date")
    if last is not None and ctx.facts.get("dlm.present") is True:
        yield _once("", last, add_months(last, limit(ctx, "DLM_SURVEILLANCE_MONTHS")))


def months_after(fact: str, name: str, *, when: Condition) -> Spans:
    """Months (a threshold) after the day of a fact, while `when` is true of the case."""

    def spans(ctx: Context, events: Events) -> Iterator[Occasion]:
        on = day(ctx, fact)
        if on is not None and when(ctx) is True:
            yield _once("", on, add_months(on, limit(ctx, name)))

    return spans


# ------------------------------------------------------------------------------------------------- the patient
def birthdays(ctx: Context, events: Events) -> Iterator[Occasion]:
    """The birthdays on which a limit of age is crossed; two limits of one age are one birthday."""
    born = day(ctx, "patient.birth_date")
    if born is None:
        return
    ages: dict[int, list[str]] = {}
    for name, step in (("TRANSMET_AGE_MAX", 1), ("ALPPS_AGE_GE", 0), ("LT_AGE_LT", 0)):
        ages.setdefault(limit(ctx, name) + step, []).append(name)
    for age, names in sorted(ages.items()):
        yield _once(names[0], born, birthday(born, age))


def birthday(born: Date, age: int) -> Date:
    """The day on which `age` is reached: 1 March for those born on 29 February, in common years (C18)."""
    on = add_months(born, 12 * age)
    return on if completed_years(born, on) >= age else on + datetime.timedelta(days=1)


def age_reached(occasion: Occasion) -> str:
    """'66 years'."""
    return f"{completed_years(occasion.trigger, occasion.first)} years"


def months_since(occasion: Occasion) -> str:
    """'6 months', from the trigger to the day."""
    first, trigger = occasion.first, occasion.trigger
    return f"{12 * (first.year - trigger.year) + first.month - trigger.month} months"


def discussion(ctx: Context, events: Events) -> Iterator[Occasion]:
    """Days from the finding of the metastases, unless the board has discussed them."""
    found = day(ctx, "liver.detection_date")
    if found is not None and ctx.facts.get("case.mdt_discussed_at_diagnosis") is not True:
        last = found + datetime.timedelta(days=limit(ctx, "NEW_CASE_MDT_DAYS"))
        yield Occasion("", found, found, last)
