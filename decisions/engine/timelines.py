"""The dates that the sources ask to keep (specification, part D), computed from the facts of one case.

T-19 (assess again when a threshold or a fact changes) is the program's own work and no date. A timeline whose
trigger is unknown gives nothing; none is ever guessed.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from decisions.engine import derived as d
from decisions.engine.calendar import add_months, completed_years
from decisions.engine.logic import Context
from decisions.engine.windows import reassessment_window

Date = datetime.date
Span = tuple[Date, Date]
"""First and last day, both included; the same day twice for a single date."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One row of part D. `verified`: 'yes', 'memory', 'engine_choice' or 'external'."""

    id: str
    label: str
    recipient: str
    source: str
    verified: str
    spans: Callable[[Context], Iterator[Span]]


def _day(ctx: Context, name: str) -> Date | None:
    found = ctx.facts.get(name)
    return found if isinstance(found, Date) else None


def _limit(ctx: Context, name: str) -> int:
    return int(ctx.thresholds.value(name))


def _once(day: Date) -> Span:
    return (day, day)


def _window(ctx: Context) -> Any:
    start = _day(ctx, "treatment.current_start_date")
    if start is None or ctx.facts.get("treatment.intent") == "adjuvant":
        return None
    return reassessment_window(start, ctx.facts.get("treatment.cycle_length_days"), ctx.thresholds)


def _months(ctx: Context) -> Iterator[Span]:
    if window := _window(ctx):
        yield window.start, window.end


def _cycles(ctx: Context) -> Iterator[Span]:
    window = _window(ctx)
    if window and window.cycle_start and window.cycle_end:
        yield window.cycle_start, window.cycle_end


def _due(ctx: Context) -> Iterator[Span]:
    if window := _window(ctx):
        yield window.due_from, window.overdue_after


def _short_chemotherapy(ctx: Context) -> Iterator[Span]:
    """From the alert to the day on which the first cycle past the limit would begin."""
    start, line = _day(ctx, "treatment.current_start_date"), ctx.facts.get("treatment.current_line")
    length = ctx.facts.get("treatment.cycle_length_days")
    if start is None or line is None or length is None:
        return
    cycles = _limit(ctx, "SHORT_CHEMO_L1_LT" if line == 1 else "SHORT_CHEMO_L2_LT") - 1
    crossed = start + datetime.timedelta(days=cycles * int(length))
    yield crossed - datetime.timedelta(days=_limit(ctx, "SHORT_CHEMO_PREALERT_DAYS")), crossed


def _after_procedure(*procedures: str, low: str, high: str, days: int) -> Callable[[Context], Iterator[Span]]:
    def spans(ctx: Context) -> Iterator[Span]:
        day = _day(ctx, "volumetry.hypertrophy_date")
        if day is not None and ctx.facts.get("volumetry.hypertrophy_procedure") in procedures:
            yield (
                day + datetime.timedelta(days=_limit(ctx, low) * days),
                day + datetime.timedelta(days=_limit(ctx, high) * days),
            )

    return spans


def _months_after(
    fact: str, *limits: str, when: Callable[[Context], bool | None] = lambda ctx: True
) -> Callable[[Context], Iterator[Span]]:
    def spans(ctx: Context) -> Iterator[Span]:
        day = _day(ctx, fact)
        if day is not None and when(ctx) is True:
            for limit in limits:
                yield _once(add_months(day, _limit(ctx, limit)))

    return spans


def _birthdays(ctx: Context) -> Iterator[Span]:
    born = _day(ctx, "patient.birth_date")
    if born is not None:
        ages = (
            _limit(ctx, "TRANSMET_AGE_MAX") + 1,
            _limit(ctx, "ALPPS_AGE_GE"),
            _limit(ctx, "LT_AGE_LT"),
        )
        yield from (_once(_birthday(born, age)) for age in sorted(set(ages)))


def _birthday(born: Date, age: int) -> Date:
    """The day on which `age` is reached: 1 March for those born on 29 February, in common years (C18)."""
    day = add_months(born, 12 * age)
    return day if completed_years(born, day) >= age else day + datetime.timedelta(days=1)


def _discussion(ctx: Context) -> Iterator[Span]:
    found = _day(ctx, "liver.detection_date")
    if found is not None and ctx.facts.get("case.mdt_discussed_at_diagnosis") is not True:
        yield found, found + datetime.timedelta(days=_limit(ctx, "NEW_CASE_MDT_DAYS"))


def _bevacizumab(ctx: Context) -> Iterator[Span]:
    last = _day(ctx, "treatment.last_chemo_date")
    if (
        last is not None
        and ctx.facts.get("treatment.targeted_agent") is True
        and ctx.facts.get("plan.surgery_planned")
    ):
        yield _once(last + datetime.timedelta(weeks=_limit(ctx, "BEVACIZUMAB_SURGERY_WEEKS")))


def _intent(ctx: Context) -> Any:
    return ctx.facts.get("treatment.intent")


TIMELINES = (
    Timeline("T-01", "Reassess resectability", "coordinator, liver surgeon, radiologist",
             "section 3.1, ref 30", "yes", _months),
    Timeline("T-02", "Restage after cycles 4 to 6", "coordinator, oncologist", "section 3.2, ref 39", "yes", _cycles),
    Timeline("T-03", "Reassessment due", "coordinator", "both windows, the earlier of each end", "yes", _due),
    Timeline("T-04", "Limit of short chemotherapy", "oncologist", "section 3.2, ref 40", "yes", _short_chemotherapy),
    Timeline("T-05", "Volumetry and restaging after portal vein occlusion", "radiologist", "section 5.1, ref 102",
             "yes", _after_procedure("PVE", "PVL", low="PVE_VOLUMETRY_WEEKS_MIN", high="PVE_VOLUMETRY_WEEKS_MAX",
                                     days=7)),
    Timeline("T-06", "Volumetry and second stage of ALPPS", "liver surgeon", "not in the review", "memory",
             _after_procedure("ALPPS", low="ALPPS_STAGE2_DAYS_MIN", high="ALPPS_STAGE2_DAYS_MAX", days=1)),
    Timeline("T-07", "Volumetry after venous deprivation", "radiologist", "not in the review", "memory",
             _after_procedure("LVD", low="LVD_VOLUMETRY_WEEKS", high="LVD_VOLUMETRY_WEEKS", days=7)),
    Timeline("T-08", "Best response reached, by one side of the sources", "board", "section 3.2, ref 38", "yes",
             _months_after("treatment.current_start_date", "BEST_RESPONSE_MONTHS",
                           when=lambda ctx: _intent(ctx) == "conversion")),
    Timeline("T-09", "Panel looks again at unresectable disease", "board", "practice of expert panels", "external",
             _months_after("treatment.current_start_date", "REREVIEW_MONTHS",
                           when=lambda ctx: d.liver_unresectable.value(ctx))),
    Timeline("T-10", "A year since the primary was resected (transplantation)", "transplant team",
             "section 9, refs 158, 159", "yes",
             _months_after("primary.resection_date", "LT_PRIMARY_INTERVAL_MONTHS",
                           when=lambda ctx: d.liver_unresectable.value(ctx))),
    Timeline("T-11", "Interval item of the Oslo score falls away", "transplant team", "Hagness 2013", "memory",
             _months_after("primary.resection_date", "OSLO_INTERVAL_LT_MONTHS",
                           when=lambda ctx: d.liver_unresectable.value(ctx))),
    Timeline("T-12", "Transplantation after the last cycle, at the latest (TransMet)", "transplant team", "ref 157",
             "yes", _months_after("treatment.last_chemo_date", "TRANSMET_LT_AFTER_CHEMO_MONTHS",
                                  when=lambda ctx: ctx.facts.get("lt.planned_date") is not None)),
    Timeline("T-13", "Time since adjuvant oxaliplatin", "oncologist", "section 3.6, refs 84, 85", "yes",
             _months_after("treatment.prior_adjuvant_oxaliplatin_end_date", "OXALI_WASHOUT_LOW_MONTHS",
                           "OXALI_WASHOUT_HIGH_MONTHS")),
    Timeline("T-14", "Planned end of adjuvant CAPOX", "oncologist", "section 3.6, ref 83", "yes",
             _months_after("treatment.current_start_date", "ADJ_CAPOX_MONTHS",
                           when=lambda ctx: _intent(ctx) == "adjuvant"
                           and ctx.facts.get("treatment.regimen") == "CAPOX")),
    Timeline("T-15", "Imaging of sites that are no longer seen", "radiologist", "section 8, ref 155", "engine_choice",
             _months_after("imaging.restaging_date", "DLM_SURVEILLANCE_MONTHS",
                           when=lambda ctx: ctx.facts.get("dlm.present"))),
    Timeline("T-16", "Birthday that a limit of age is tied to", "coordinator", "sections 9 and 10, ref 110", "yes",
             _birthdays),
    Timeline("T-17", "Discussion in the board", "coordinator", "section 3.1, ref 17", "engine_choice", _discussion),
    Timeline("T-18", "Earliest operation where bevacizumab was given", "oncologist", "not in the review", "memory",
             _bevacizumab),
)  # fmt: skip


def timelines(ctx: Context) -> list[dict[str, Any]]:
    """The dates of this case, by day: `id, what, from, to, recipient, source, verified`."""
    found = [
        {
            "id": row.id,
            "what": row.label,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "recipient": row.recipient,
            "source": row.source,
            "verified": row.verified,
        }
        for row in TIMELINES
        for first, last in row.spans(ctx)
    ]
    return sorted(found, key=lambda item: (item["from"], item["id"]))
