"""Who is on the conversion clock, and until when (specification C19 and part D, T-01 to T-03).

Every patient on systemic therapy whose liver was not found resectable is on it, whatever the intent says. A
window opens when the advice on a staged case says so, or when the board decides for systemic therapy; it is
provisional until a named person has confirmed day 1. Only a decision of the board on a scan made in the
window, 'not needed' with a reason, a newer window, or the patient's death or transfer ends it.

These functions run inside the transaction of the change that calls them; they check no permission.
"""

import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from decisions.engine.thresholds import ThresholdSet
from decisions.engine.windows import ReassessmentWindow, reassessment_window
from decisions.models import Assessment
from decisions.rulebooks import current_thresholds
from decisions.selectors import latest_assessment
from meetings.models import BoardDecision, DecisionElement, Reassessment
from patients.models import ImagingStudy, Patient, Staging, TreatmentLine

Ending = Reassessment.Ending
RESECTABLE = "resectable"
AFTER_SURGERY = frozenset({"post_resection", "post_transplant"})
NO_WINDOW = frozenset({BoardDecision.Outcome.ADJUVANT})
"""Systemic therapy after resection has no reassessment of resectability."""


def open_window_of(patient: Patient) -> Reassessment | None:
    """The patient's open reassessment, held until the transaction ends; None when there is none."""
    return (
        Reassessment.objects.select_for_update(of=("self",))
        .filter(patient=patient, ended_at__isnull=True)
        .first()
    )


def newest_assessment(patient: Patient) -> Assessment | None:
    """The assessment of the newest staged case of the patient; None while there is none."""
    staged = patient.stagings.filter(withdrawn_at__isnull=True, versions__state="frozen")
    staging = staged.order_by("-date", "-pk").first()
    return latest_assessment(staging) if staging else None


def window_of(reassessment: Reassessment) -> ReassessmentWindow:
    """The window as it is stored."""
    return ReassessmentWindow(
        start=reassessment.window_start,
        end=reassessment.window_end,
        cycle_start=reassessment.cycle_start,
        cycle_end=reassessment.cycle_end,
    )


def set_window(reassessment: Reassessment, thresholds: ThresholdSet | None = None) -> None:
    """Reckon the dates anew from day 1 (confirmed, else planned) and the cycle length; does not save.

    `thresholds`: those in force, where the caller has read them already.
    """
    start = reassessment.actual_start or reassessment.planned_start
    assert start is not None
    window = reassessment_window(start, reassessment.cycle_length_days, thresholds or current_thresholds())
    reassessment.window_start, reassessment.window_end = window.start, window.end
    reassessment.cycle_start = window.cycle_start  # type: ignore[assignment]
    reassessment.cycle_end = window.cycle_end  # type: ignore[assignment]
    reassessment.due_from, reassessment.overdue_after = window.due_from, window.overdue_after


def end_window(
    reassessment: Reassessment,
    *,
    by: User,
    ending: str,
    reason: str = "",
    decision: BoardDecision | None = None,
) -> None:
    """End a reassessment; the row stays."""
    reassessment.ending, reassessment.ending_reason = ending, reason
    reassessment.ended_at, reassessment.ended_by = timezone.now(), by
    reassessment.ending_decision = decision
    reassessment.save()


def answers(reassessment: Reassessment, scanned_on: datetime.date | None) -> bool:
    """True when a scan of that day is the one that the reassessment asks for."""
    start = reassessment.actual_start
    if scanned_on is None or start is None:
        return False
    return window_of(reassessment).status(scanned_on, scanned_on) == "done"


def _therapy(patient: Patient, document: dict[str, Any]) -> tuple[datetime.date, TreatmentLine | None] | None:
    """Day 1 of the systemic therapy that runs, with its line in the record when there is one.

    The record wins, for it is kept up to date between stagings; without lines the staged document tells.
    """
    lines = list(patient.treatment_lines.exclude(intent="adjuvant").order_by("-number"))
    running = next((line for line in lines if line.actual_start and line.ended_on is None), None)
    if running is not None:
        return running.actual_start, running
    stated = document.get("treatment", {}).get("current_start_date")
    if not stated:
        return None
    start = datetime.date.fromisoformat(stated)
    ended = any(line.actual_start == start for line in lines)
    return None if ended else (start, None)


def follow_assessment(assessment: Assessment) -> Reassessment | None:
    """Put the patient on the clock when the advice says that the liver is not resectable under therapy.

    Returns the window opened or brought up to date, None when nothing changed. A window that has ended is not
    opened again for the same day 1.
    """
    version = assessment.staging_version
    staging, by = version.staging, version.frozen_by
    patient, document = staging.patient, version.document or {}
    assert by is not None
    if (
        assessment.result["liver_class"] == RESECTABLE
        or document.get("case", {}).get("phase") in AFTER_SURGERY
        or patient.vital_status != Patient.VitalStatus.ALIVE
        or _is_history(staging)
    ):
        return None
    therapy = _therapy(patient, document)
    if therapy is None:
        return None
    start, line = therapy
    existing = open_window_of(patient)
    if existing is not None:
        confirmed = _confirmed_by_record(existing, start, by)
        return _scan_seen(existing, document) or confirmed
    if Reassessment.objects.filter(patient=patient, actual_start__gte=start).exists():
        return None
    treatment = document.get("treatment", {})
    reassessment = Reassessment(
        patient=patient,
        staging=staging,
        line=line,
        regimen=_regimen(line, treatment),
        cycle_length_days=line.cycle_length_days if line else treatment.get("cycle_length_days"),
        actual_start=start,
        start_confirmed_by=(line.start_confirmed_by if line else None) or by,
    )
    set_window(reassessment)
    reassessment.save()
    return _scan_seen(reassessment, document) or reassessment


def _is_history(staging: Staging) -> bool:
    """A staging that a newer staged one has replaced says nothing of today."""
    stagings = staging.patient.stagings.filter(withdrawn_at__isnull=True, versions__state="frozen")
    return staging.date is not None and stagings.filter(date__gt=staging.date).exists()


def _regimen(line: TreatmentLine | None, treatment: dict[str, Any]) -> str:
    parts = [line.regimen, line.drugs] if line is not None else [treatment.get("regimen")]
    return " + ".join(str(part) for part in parts if part)[:120]


def _confirmed_by_record(reassessment: Reassessment, start: datetime.date, by: User) -> Reassessment | None:
    """A staged case that states a day 1 after the board's decision confirms the start."""
    decision = reassessment.decision
    if reassessment.actual_start is not None or decision is None:
        return None
    if start < timezone.localdate(decision.item.meeting.starts_at):
        return None
    reassessment.actual_start, reassessment.start_confirmed_by = start, by
    set_window(reassessment)
    reassessment.save()
    return reassessment


def _scan_seen(reassessment: Reassessment, document: dict[str, Any]) -> Reassessment | None:
    text = document.get("imaging", {}).get("restaging_date")
    scanned = datetime.date.fromisoformat(text) if text else None
    if reassessment.scan_done_on is None and answers(reassessment, scanned):
        reassessment.scan_done_on = scanned
        reassessment.save()
        return reassessment
    return None


def follow_decision(decision: BoardDecision, *, by: User) -> Reassessment | None:
    """What a decision means for the clock; safe to run again after each revision of the decision.

    It ends the open window when it was taken on the scan that the window asked for. Systemic therapy opens
    the next: awaiting start when it has a planned day 1, from the last scan (else the meeting) when it goes on.
    """
    patient = decision.item.staging.patient
    element = decision.elements.filter(kind=DecisionElement.Kind.SYSTEMIC).first()
    if decision.outcome in NO_WINDOW:
        element = None
    earlier = Reassessment.objects.select_for_update(of=("self",)).filter(decision=decision).last()
    existing = open_window_of(patient)
    if earlier is not None and earlier.ended_at is None and earlier == existing:
        return _revise(earlier, element, decision, by=by)
    scanned = _scan_of(decision, existing)
    if existing is not None and answers(existing, scanned):
        existing.scan_done_on = existing.scan_done_on or scanned  # type: ignore[assignment]
        end_window(existing, by=by, ending=Ending.DECIDED, decision=decision)
        existing = None
    if element is None or (earlier is not None and earlier.ending != Ending.SUPERSEDED):
        return None
    if existing is not None:
        if element.planned_start is None:
            # The therapy goes on before its window: that window stays as it is.
            return None
        end_window(
            existing,
            by=by,
            ending=Ending.SUPERSEDED,
            reason="The board decided for other systemic therapy",
            decision=decision,
        )
    return _open_for(decision, element, scanned, by=by)


def _scan_of(decision: BoardDecision, existing: Reassessment | None) -> datetime.date | None:
    document = decision.staging_version.document or {}
    text = document.get("imaging", {}).get("restaging_date")
    found = [datetime.date.fromisoformat(text)] if text else []
    if existing is not None and existing.scan_done_on is not None:
        staging_date = decision.item.staging.date
        if staging_date is None or staging_date >= existing.scan_done_on:
            found.append(existing.scan_done_on)
    return max(found, default=None)


def _open_for(
    decision: BoardDecision, element: DecisionElement, scanned: datetime.date | None, *, by: User
) -> Reassessment:
    staging = decision.item.staging
    reassessment = Reassessment(
        patient=staging.patient,
        staging=staging,
        decision=decision,
        regimen=element.detail[:120],
        cycle_length_days=element.cycle_length_days,
        planned_start=element.planned_start,
    )
    if element.planned_start is None:
        running = staging.patient.treatment_lines.filter(actual_start__isnull=False, ended_on__isnull=True)
        reassessment.line = running.order_by("-number").first()
        reassessment.actual_start = scanned or timezone.localdate(decision.item.meeting.starts_at)
        reassessment.start_confirmed_by = by
        if reassessment.cycle_length_days is None and reassessment.line is not None:
            reassessment.cycle_length_days = reassessment.line.cycle_length_days
    set_window(reassessment)
    reassessment.save()
    return reassessment


def _revise(
    reassessment: Reassessment, element: DecisionElement | None, decision: BoardDecision, *, by: User
) -> Reassessment | None:
    if element is None:
        end_window(
            reassessment,
            by=by,
            ending=Ending.SUPERSEDED,
            reason="The decision was changed: no systemic therapy",
            decision=decision,
        )
        return None
    reassessment.regimen = element.detail[:120]
    if reassessment.start_confirmed_by is None and element.planned_start is not None:
        reassessment.planned_start = element.planned_start
    if element.cycle_length_days is not None:
        reassessment.cycle_length_days = element.cycle_length_days
    set_window(reassessment)
    reassessment.save()
    return reassessment


def follow_line(line: TreatmentLine) -> None:
    """Day 1 of a line became known or moved: the open window follows it, or one opens."""
    reassessment = open_window_of(line.patient)
    if line.actual_start is None:
        return
    if reassessment is None:
        assessment = newest_assessment(line.patient)
        if assessment is not None:
            follow_assessment(assessment)
        return
    if reassessment.line_id == line.pk:
        # A window that runs from a later scan is not moved back to day 1 of the line.
        if reassessment.decision_id is not None and reassessment.planned_start is None:
            return
    elif reassessment.actual_start is not None or line.ended_on is not None:
        return
    reassessment.line = line
    reassessment.actual_start, reassessment.start_confirmed_by = line.actual_start, line.start_confirmed_by
    reassessment.cycle_length_days = line.cycle_length_days or reassessment.cycle_length_days
    set_window(reassessment)
    reassessment.save()


def follow_study(study: ImagingStudy) -> None:
    """A booked examination of the liver is the scan booked; one that was done in the window is the scan done."""
    reassessment = open_window_of(study.patient)
    if reassessment is None or reassessment.actual_start is None or study.date <= reassessment.actual_start:
        return
    if study.booked:
        reassessment.scan_booked_on = study.date
    elif answers(reassessment, study.date):
        reassessment.scan_done_on = study.date
    else:
        return
    reassessment.save()


def follow_vital_status(patient: Patient, *, by: User) -> None:
    """A patient who died or was transferred leaves the clock with that reason."""
    ending = {
        Patient.VitalStatus.DECEASED: Ending.DECEASED,
        Patient.VitalStatus.TRANSFERRED: Ending.TRANSFERRED,
    }.get(patient.vital_status)  # type: ignore[call-overload]
    reassessment = open_window_of(patient) if ending else None
    if reassessment is not None and ending:
        end_window(reassessment, by=by, ending=ending)
