"""The table of timelines T-01 to T-19 (specification, part D), and what is dated by it for one case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from decisions.engine.logic import Context
from decisions.engine.timelines import happened as h
from decisions.engine.timelines import spans as s
from decisions.engine.timelines.parts import NOTHING, Events, Occasion, Timeline

PROCEDURE_GONE = "That procedure is not the last one on record any more"
NOT_UNRESECTABLE = "The newest facts do not call the liver unresectable"

TIMELINES = (
    Timeline(
        "T-01", "Reassess resectability",
        trigger="start of systemic therapy before surgery", closes="decision of the board on the restaging scan",
        gone="", to=("coordinator", "surgeon", "radiologist"), source="section 3.1, ref 30", verified="yes",
        spans=s.months, happened=h.never, kept="reassessment",
    ),
    Timeline(
        "T-02", "Restage after cycles 4 to 6",
        trigger="start of the line and length of its cycles", closes="decision of the board on the restaging scan",
        gone="", to=("coordinator", "oncologist"), source="section 3.2, ref 39", verified="yes",
        spans=s.cycles, happened=h.never, kept="reassessment",
    ),
    Timeline(
        "T-03", "Reassessment due",
        trigger="both windows", closes="decision of the board on the restaging scan",
        gone="", to=("coordinator",), source="both windows, the earlier of each end", verified="yes",
        spans=s.due, happened=h.never, kept="reassessment",
    ),
    Timeline(
        "T-04", "Limit of short chemotherapy",
        trigger="start of a line before surgery and length of its cycles",
        closes="end of the line, or a decision of the board on or after the first day",
        gone="The line is adjuvant, or the length of its cycles is not known any more",
        to=("oncologist",), source="section 3.2, ref 40", verified="yes",
        spans=s.short_chemotherapy, happened=h.any_of(h.line_ended, h.board),
    ),
    Timeline(
        "T-05", "Volumetry and restaging after portal vein occlusion",
        trigger="portal vein embolisation or ligation", closes="volumetry on or after the first day, or the operation",
        gone=PROCEDURE_GONE, to=("radiologist",), source="section 5.1, ref 102", verified="yes",
        spans=s.after_procedure("PVE", "PVL", low="PVE_VOLUMETRY_WEEKS_MIN", high="PVE_VOLUMETRY_WEEKS_MAX", days=7),
        happened=h.any_of(h.volumetry, h.operated),
    ),
    Timeline(
        "T-06", "Volumetry and second stage of ALPPS",
        trigger="first stage of ALPPS", closes="volumetry on or after the first day, or the second stage",
        gone=PROCEDURE_GONE, to=("surgeon",), source="not in the review", verified="memory",
        spans=s.after_procedure("ALPPS", low="ALPPS_STAGE2_DAYS_MIN", high="ALPPS_STAGE2_DAYS_MAX", days=1),
        happened=h.any_of(h.volumetry, h.operated),
    ),
    Timeline(
        "T-07", "Volumetry after venous deprivation",
        trigger="liver venous deprivation", closes="volumetry on or after the day, or the operation",
        gone=PROCEDURE_GONE, to=("radiologist",), source="not in the review", verified="memory",
        spans=s.after_procedure("LVD", low="LVD_VOLUMETRY_WEEKS", high="LVD_VOLUMETRY_WEEKS", days=7),
        happened=h.any_of(h.volumetry, h.operated),
    ),
    Timeline(
        "T-08", "Best response reached, by one side of the sources",
        trigger="start of conversion therapy", closes="decision of the board on or after the day",
        gone="The newest facts do not call the line one of conversion",
        to=("board",), source="section 3.2, ref 38", verified="yes",
        spans=s.best_response, happened=h.board,
    ),
    Timeline(
        "T-09", "Panel looks again at unresectable disease",
        trigger="start of systemic therapy with an unresectable liver, then each decision of the board",
        closes="decision of the board on or after the day", gone=NOT_UNRESECTABLE,
        to=("board",), source="practice of expert panels", verified="external",
        spans=s.panel, happened=h.board, repeats=True,
    ),
    Timeline(
        "T-10", "A year since the primary was resected (transplantation)",
        trigger="resection of the primary with an unresectable liver",
        closes="staging or decision of the board on or after the day",
        gone="The newest facts do not call the liver unresectable, or the primary resected",
        to=("transplant",), source="section 9, refs 158, 159", verified="yes",
        spans=s.months_after("primary.resection_date", "LT_PRIMARY_INTERVAL_MONTHS", when=s.unresectable),
        happened=h.any_of(h.seen, h.board), kept="note_or_reminder",
    ),
    Timeline(
        "T-11", "Interval item of the Oslo score falls away",
        trigger="resection of the primary with an unresectable liver",
        closes="staging or decision of the board on or after the day",
        gone="The newest facts do not call the liver unresectable, or the primary resected",
        to=("transplant",), source="Hagness 2013", verified="memory",
        spans=s.months_after("primary.resection_date", "OSLO_INTERVAL_LT_MONTHS", when=s.unresectable),
        happened=h.any_of(h.seen, h.board), kept="note_or_reminder",
    ),
    Timeline(
        "T-12", "Transplantation after the last cycle, at the latest (TransMet)",
        trigger="last cycle of chemotherapy with a transplantation planned", closes="the transplantation",
        gone="No transplantation is planned any more",
        to=("transplant",), source="ref 157", verified="yes",
        spans=s.months_after("treatment.last_chemo_date", "TRANSMET_LT_AFTER_CHEMO_MONTHS", when=s.transplant_planned),
        happened=h.transplanted,
    ),
    Timeline(
        "T-13", "Time since adjuvant oxaliplatin",
        trigger="end of adjuvant oxaliplatin", closes="the day itself",
        gone="No end of adjuvant oxaliplatin is recorded any more",
        to=("oncologist",), source="section 3.6, refs 84, 85", verified="yes",
        spans=s.oxaliplatin, happened=h.never, kept="note", detail=s.months_since,
    ),
    Timeline(
        "T-14", "Planned end of adjuvant CAPOX",
        trigger="start of adjuvant CAPOX", closes="end of the line",
        gone="The line is not adjuvant CAPOX any more",
        to=("oncologist",), source="section 3.6, ref 83", verified="yes",
        spans=s.capox_end, happened=h.line_ended,
    ),
    Timeline(
        "T-15", "Imaging of sites that are no longer seen",
        trigger="last imaging of the liver with sites left in place that are no longer seen",
        closes="imaging on or after the day", gone="No site is left that is no longer seen",
        to=("radiologist",), source="section 8, ref 155", verified="engine_choice",
        spans=s.vanished_sites, happened=h.imaging, repeats=True,
    ),
    Timeline(
        "T-16", "Birthday that a limit of age is tied to",
        trigger="birth date", closes="staging or decision of the board on or after the day",
        gone="The birth date is not known any more",
        to=("coordinator",), source="sections 9 and 10, ref 110", verified="yes",
        spans=s.birthdays, happened=h.any_of(h.seen, h.board), kept="note_or_reminder", detail=s.age_reached,
    ),
    Timeline(
        "T-17", "Discussion in the board",
        trigger="finding of the liver metastases", closes="decision of the board, or discussed at diagnosis",
        gone="The day on which the metastases were found is not known any more",
        to=("coordinator",), source="section 3.1, ref 17", verified="engine_choice",
        spans=s.discussion, happened=h.discussed,
    ),
    Timeline(
        "T-18", "Earliest operation where bevacizumab was given",
        trigger="last cycle with a targeted agent and an operation planned", closes="the operation, or the day has passed",
        gone="No operation is planned any more, or no bevacizumab was given",
        to=("oncologist",), source="not in the review", verified="memory",
        spans=s.bevacizumab, happened=h.any_of(h.operated, h.passed),
    ),
    Timeline(
        "T-19", "Assess again",
        trigger="a threshold or a fact changes", closes="a new assessment; the older one is marked as superseded",
        gone="", to=(), source="design of the board", verified="engine_choice",
        spans=s.none, happened=h.never, kept="program",
    ),
)  # fmt: skip
BY_ID = {row.id: row for row in TIMELINES}


def occasions(ctx: Context, events: Events = NOTHING) -> Iterator[tuple[Timeline, Occasion]]:
    """Every timeline that is dated for this case, with its occasions, in the order of the table."""
    return ((row, occasion) for row in TIMELINES for occasion in row.spans(ctx, events))


def timelines(ctx: Context) -> list[dict[str, Any]]:
    """The dates of this case, by day.

    `id, what, from, to, recipient` (words), `source, verified`; `occasion`, `detail`, `trigger` (the day it hangs on),
    `role` (whom it speaks to first), `note` (asks nobody) and `closed_by` (the event, in words).
    """
    found = [
        {
            "id": row.id,
            "what": row.label,
            "from": occasion.first.isoformat(),
            "to": occasion.last.isoformat(),
            "recipient": row.recipient,
            "source": row.source,
            "verified": row.verified,
            "occasion": occasion.key,
            "detail": row.detail(occasion),
            "trigger": occasion.trigger.isoformat(),
            "role": row.to[0],
            "note": row.is_note(ctx),
            "closed_by": row.closes,
        }
        for row, occasion in occasions(ctx)
    ]
    return sorted(found, key=lambda item: (item["from"], item["id"]))
