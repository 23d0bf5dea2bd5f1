"""What the record of treatment and imaging means for the clock: lines, cycles, scans.

These functions run inside the transaction of the change that calls them; they check no permission. One that
refuses undoes the change as a whole.
"""

import datetime
from collections.abc import Sequence

from django.core.exceptions import ValidationError

from accounts.models import User
from decisions.case_facts.recist import RESTAGING_MODALITIES
from decisions.case_facts.response import shows_progression
from meetings.models import Reassessment
from meetings.reassessment import (
    answers,
    day_of,
    follow_assessment,
    mark_brought_forward,
    newest_assessment,
    open_window_of,
    set_window,
)
from patients.cycles import brings_forward
from patients.models import ImagingStudy, TreatmentCycle, TreatmentLine
from patients.wording import day

ADJUVANT = "adjuvant"


def follow_line(line: TreatmentLine, *, by: User) -> None:
    """A line was planned, began, moved or ended: the open window follows it, or one opens.

    A line that ends takes nobody off the clock: it brings the case forward to the board, for the board says
    what comes next. Raises `ValidationError` on `actual_start` when the moved day 1 contradicts the scan.
    """
    if line.intent == ADJUVANT:
        return
    reassessment = open_window_of(line.patient)
    if reassessment is None:
        assessment = newest_assessment(line.patient) if line.ended_on is None else None
        if assessment is not None:
            follow_assessment(assessment)
        return
    if _move_start(reassessment, line):
        reassessment.save()
    if line.ended_on is not None and _is_of(reassessment, line):
        why = f": {line.end_reason}" if line.end_reason else ""
        mark_brought_forward(
            reassessment, by=by, reason=f"Line {line.number} ended on {day(line.ended_on)}{why}"
        )


def _is_of(reassessment: Reassessment, line: TreatmentLine) -> bool:
    """The window waits for this line: its own, or the newest one while it hangs on none."""
    if reassessment.line_id is not None:
        return reassessment.line_id == line.pk
    if reassessment.decision is not None and line.actual_start is not None:
        return line.actual_start >= day_of(reassessment.decision)
    return not line.patient.treatment_lines.filter(number__gt=line.number).exists()


def _move_start(reassessment: Reassessment, line: TreatmentLine) -> bool:
    """Take over what the line now says of day 1 and the cycle length; True when something changed."""
    before = (reassessment.line_id, reassessment.actual_start, reassessment.planned_start,
              reassessment.cycle_length_days)  # fmt: skip
    mine = reassessment.line_id == line.pk
    if not mine and not _adopts(reassessment, line):
        return False
    reassessment.line = line
    reassessment.cycle_length_days = line.cycle_length_days or reassessment.cycle_length_days
    # A window that runs from a later scan is not moved back to day 1 of the line.
    if not reassessment.from_scan:
        if line.actual_start is not None:
            if line.actual_start != reassessment.actual_start:
                _refuse_before_scan(reassessment, line.actual_start)
            reassessment.actual_start = line.actual_start
            reassessment.start_confirmed_by = line.start_confirmed_by
        elif reassessment.decision_id is None and line.planned_start is not None:
            reassessment.planned_start = line.planned_start
    after = (reassessment.line_id, reassessment.actual_start, reassessment.planned_start,
             reassessment.cycle_length_days)  # fmt: skip
    if before == after:
        return False
    accepted = reassessment.scan_accepted_by_id
    set_window(reassessment)
    if (
        reassessment.scan_done_on is not None
        and not accepted
        and not answers(reassessment, reassessment.scan_done_on)
    ):
        _refuse_early(reassessment)
    return True


def _adopts(reassessment: Reassessment, line: TreatmentLine) -> bool:
    """A window without a line takes the one that is this therapy: the same day 1, or the start it awaits."""
    if reassessment.line_id is not None or line.ended_on is not None or line.actual_start is None:
        return False
    if reassessment.actual_start is not None:
        return reassessment.actual_start == line.actual_start
    decision = reassessment.decision
    return decision is None or line.actual_start >= day_of(decision)


def _refuse_before_scan(reassessment: Reassessment, start: datetime.date) -> None:
    scanned = reassessment.scan_done_on
    if scanned is not None and start >= scanned:
        raise ValidationError(
            {"actual_start": [(f"{start.isoformat()} does not lie before the restaging scan of {scanned.isoformat()}; "
                               "allowed: an earlier day, or take that scan back on the clock first.")]}
        )  # fmt: skip


def _refuse_early(reassessment: Reassessment) -> None:
    scanned, start = reassessment.scan_done_on, reassessment.actual_start
    assert scanned is not None
    assert start is not None
    raise ValidationError(
        {"actual_start": [(f"With day 1 on {start} the window opens on {reassessment.due_from}, "
                           f"and the scan of {scanned} would lie before it; "
                           "allowed: an earlier day, or take that scan back on the clock first.")]}
    )  # fmt: skip


def follow_cycles(line: TreatmentLine, cycles: Sequence[TreatmentCycle], *, by: User) -> None:
    """Cycles of a line were recorded: one that toxicity or progression has touched brings the case forward."""
    told = [cycle for cycle in cycles if brings_forward(cycle.reason)]
    reassessment = open_window_of(line.patient) if told and line.intent != ADJUVANT else None
    if reassessment is None or not _is_of(reassessment, line):
        return
    start = reassessment.actual_start
    for cycle in sorted(told, key=lambda cycle: cycle.number):
        if start is not None and cycle.date >= start:
            outcome = cycle.get_outcome_display().lower()
            reason = f"Cycle {cycle.number} of {day(cycle.date)} {outcome}. {cycle.reason}"
            mark_brought_forward(reassessment, by=by, reason=reason)
            return


def follow_removed_study(study: ImagingStudy) -> None:
    """An examination was taken out of the record: the open window that it had fulfilled waits for its scan again.

    Another examination of the record that answers the window takes its place. The day that was removed stays on the
    window (`removed_scan_on`), so that the pages and the digest say why it waits.
    """
    if study.modality not in RESTAGING_MODALITIES:
        return
    reassessment = open_window_of(study.patient)
    if reassessment is None:
        return
    others = study.patient.studies.filter(modality__in=RESTAGING_MODALITIES).order_by("-date", "-pk")
    if study.booked:
        if reassessment.scan_booked_on == study.date:
            booked = others.filter(booked=True).first()
            reassessment.scan_booked_on = booked.date if booked else None  # type: ignore[assignment]
            reassessment.save()
        return
    done = [other.date for other in others.filter(booked=False)]
    if reassessment.scan_done_on != study.date or study.date in done:
        return
    # Whoever accepted the early scan accepted that one.
    reassessment.scan_accepted_by = None
    reassessment.removed_scan_on = study.date
    reassessment.scan_done_on = next((on for on in done if answers(reassessment, on)), None)  # type: ignore[assignment]
    reassessment.save()


def follow_study(study: ImagingStudy, *, by: User) -> None:
    """An examination of the whole liver, booked or done, is the scan of the window when it lies in it.

    One that shows progression under the therapy brings the case forward, and is its scan.
    """
    reassessment = open_window_of(study.patient)
    if reassessment is None or reassessment.actual_start is None or study.date <= reassessment.actual_start:
        return
    if study.modality not in RESTAGING_MODALITIES:
        return
    if study.booked:
        reassessment.scan_booked_on = study.date
        reassessment.save()
        return
    if reassessment.brought_forward_on is None and shows_progression(study):
        reason = f"Progression on the {study.get_modality_display()} of {day(study.date)}"
        mark_brought_forward(reassessment, by=by, reason=reason)
    if answers(reassessment, study.date) and reassessment.scan_done_on != study.date:
        reassessment.scan_done_on = study.date
        if study.date >= reassessment.due_from:
            reassessment.scan_accepted_by = None
        reassessment.save()
