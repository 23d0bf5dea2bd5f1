"""Who is on the conversion clock, and until when (specification C19 and part D, T-01 to T-03).

Every patient on systemic therapy whose liver was not found resectable is on it, whatever the intent says. A
window opens when the advice on a staged case says so, or when the board decides for systemic therapy; it is
provisional until a named person has confirmed day 1. Only these end it: a decision of the board on a scan
made in the window (or accepted as early by a clinician, or on a case that was brought forward), a decision
for palliation, supportive care or surveillance with its reason, 'not needed' with a reason, a newer window,
and the patient's death or transfer. That a line ends, or is called palliative, ends nothing.

What a window is and what the advice does to it stands here; the record's part in `course`, the board's in
`decided`. These functions run inside the transaction of the change that calls them; they check no permission.
"""

import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from decisions.engine.thresholds import ThresholdSet
from decisions.engine.windows import ReassessmentWindow, reassessment_window, rereview_window
from decisions.models import Assessment
from decisions.rulebooks import current_thresholds
from decisions.selectors import latest_assessment
from meetings.models import BoardDecision, Reassessment
from patients.models import Patient, Staging, TreatmentLine

Ending = Reassessment.Ending
Outcome = BoardDecision.Outcome
RESECTABLE = "resectable"
AFTER_SURGERY = frozenset({"post_resection", "post_transplant"})
LEAVING = frozenset({Outcome.PALLIATIVE, Outcome.SUPPORTIVE, Outcome.SURVEILLANCE})
"""Outcomes that take a patient off the clock, when the board gives its reason (`BoardDecision.rationale`)."""


def leaves_clock(decision: BoardDecision) -> bool:
    """True when the board decided, with a reason, that resectability is not reassessed."""
    return decision.outcome in LEAVING and bool(decision.rationale.strip())


def day_of(decision: BoardDecision) -> datetime.date:
    """The day of the meeting that decided."""
    return timezone.localdate(decision.item.meeting.starts_at)


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

    After a decision to continue they are reckoned from the scan, by REREVIEW_MONTHS (`rereview_window`).
    `thresholds`: those in force, where the caller has read them already.
    """
    start = reassessment.actual_start or reassessment.planned_start
    assert start is not None
    reckon = rereview_window if reassessment.from_scan else reassessment_window
    if thresholds is None:
        thresholds = current_thresholds(reassessment.patient if reassessment.patient_id else None)
    window = reckon(start, reassessment.cycle_length_days, thresholds)
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
    reassessment.ending, reassessment.ending_reason = ending, reason[:300]
    reassessment.ended_at, reassessment.ended_by = timezone.now(), by
    reassessment.ending_decision = decision
    reassessment.save()


def reopen(reassessment: Reassessment) -> None:
    """Take an ending back that was noted in error; the history keeps it."""
    reassessment.ending, reassessment.ending_reason = "", ""
    reassessment.ended_at = reassessment.ended_by = reassessment.ending_decision = None
    reassessment.save()


def answers(reassessment: Reassessment, scanned_on: datetime.date | None) -> bool:
    """True when a scan of that day is the one that the reassessment asks for.

    It lies on or after the day from which it is due (C19), or not before the early scan that a clinician has
    accepted; once the case was brought forward, any scan after day 1 counts.
    """
    start = reassessment.actual_start
    if scanned_on is None or start is None or scanned_on <= start:
        return False
    accepted = reassessment.scan_done_on if reassessment.scan_accepted_by_id else None
    first = min(reassessment.due_from, accepted or reassessment.due_from)
    return reassessment.brought_forward_on is not None or scanned_on >= first


def mark_brought_forward(reassessment: Reassessment, *, by: User, reason: str) -> bool:
    """The board is asked for from today on; the first reason stays. True when that is new."""
    if reassessment.brought_forward_on is not None:
        return False
    reassessment.brought_forward_on = timezone.localdate()
    reassessment.brought_forward_by = by
    reassessment.brought_forward_reason = reason[:300]
    reassessment.save()
    return True


def running_therapy(
    patient: Patient, document: dict[str, Any]
) -> tuple[datetime.date, TreatmentLine | None] | None:
    """Day 1 of the systemic therapy that runs, with its line in the record when there is one.

    The record wins, for it is kept up to date between stagings; without lines the staged document tells.
    """
    lines = list(patient.treatment_lines.exclude(intent="adjuvant").order_by("-number"))
    running = next((line for line in lines if line.actual_start and line.ended_on is None), None)
    if running is not None and running.actual_start is not None:
        return running.actual_start, running
    treatment = document.get("treatment", {})
    stated = treatment.get("current_start_date")
    if not stated or treatment.get("intent") == "adjuvant":
        return None
    start = datetime.date.fromisoformat(stated)
    ended = any(line.actual_start == start for line in lines)
    return None if ended else (start, None)


def _planned_line(patient: Patient) -> TreatmentLine | None:
    """The line of the record that has a planned day 1 which nobody has confirmed yet."""
    waiting = patient.treatment_lines.exclude(intent="adjuvant").filter(
        planned_start__isnull=False, actual_start__isnull=True, ended_on__isnull=True
    )
    return waiting.order_by("-number").first()


def follow_assessment(assessment: Assessment) -> Reassessment | None:
    """Put the patient on the clock when the advice says that the liver is not resectable under therapy.

    A line that is only planned opens a provisional window, awaiting its start. Returns the window opened or
    brought up to date, None when nothing changed. A window that has ended is not opened again for the same
    day 1, nor for the disease on which the board decided to leave the clock.
    """
    version = assessment.staging_version
    staging, by = version.staging, version.frozen_by
    patient, document = staging.patient, version.document or {}
    assert by is not None
    if patient.vital_status != Patient.VitalStatus.ALIVE or _is_history(staging):
        return None
    therapy = running_therapy(patient, document)
    existing = open_window_of(patient)
    if existing is not None:
        changes = (
            therapy is not None and _confirmed_by_record(existing, therapy[0], by),
            _scan_seen(existing, document),
            _progression_seen(existing, assessment, by),
        )
        return existing if any(changes) else None
    if (
        assessment.result["liver_class"] == RESECTABLE
        or document.get("case", {}).get("phase") in AFTER_SURGERY
        or _left_by_decision(staging)
    ):
        return None
    reassessment = (
        _begun(patient, document, *therapy, by=by) if therapy is not None else _awaiting_line(patient)
    )
    if reassessment is None:
        return None
    reassessment.staging = staging
    set_window(reassessment)
    try:
        with transaction.atomic():
            reassessment.save()
    except IntegrityError:
        # Another transaction opened the window in between: one is enough.
        return None
    _scan_seen(reassessment, document)
    return reassessment


def _begun(
    patient: Patient, document: dict[str, Any], start: datetime.date, line: TreatmentLine | None, *, by: User
) -> Reassessment | None:
    over = Reassessment.objects.filter(patient=patient, actual_start__gte=start)
    if over.exclude(ending__in=[Ending.DECEASED, Ending.TRANSFERRED]).exists():
        return None
    treatment = document.get("treatment", {})
    return Reassessment(
        patient=patient,
        line=line,
        regimen=_regimen(line, treatment),
        cycle_length_days=line.cycle_length_days if line else treatment.get("cycle_length_days"),
        actual_start=start,
        start_confirmed_by=(line.start_confirmed_by if line else None) or by,
    )


def _awaiting_line(patient: Patient) -> Reassessment | None:
    line = _planned_line(patient)
    if line is None or line.reassessments.exists():
        return None
    return Reassessment(
        patient=patient,
        line=line,
        regimen=_regimen(line, {}),
        cycle_length_days=line.cycle_length_days,
        planned_start=line.planned_start,
    )


def _is_history(staging: Staging) -> bool:
    """A staging that a newer staged one has replaced says nothing of today."""
    stagings = staging.patient.stagings.filter(withdrawn_at__isnull=True, versions__state="frozen")
    return staging.date is not None and stagings.filter(date__gt=staging.date).exists()


def _left_by_decision(staging: Staging) -> bool:
    """The board, when it met last on this patient, took them off the clock, and no newer staging asks again."""
    decisions = BoardDecision.objects.filter(item__staging__patient=staging.patient_id)
    last = decisions.select_related("item__meeting").order_by("-item__meeting__starts_at", "-pk").first()
    if last is None or not leaves_clock(last):
        return False
    return staging.date is None or staging.date <= day_of(last)


def _regimen(line: TreatmentLine | None, treatment: dict[str, Any]) -> str:
    parts = [line.regimen, line.drugs] if line is not None else [treatment.get("regimen")]
    return " + ".join(str(part) for part in parts if part)[:120]


def _confirmed_by_record(reassessment: Reassessment, start: datetime.date, by: User) -> bool:
    """A staged case that states a day 1 after the board's decision confirms the start."""
    decision = reassessment.decision
    if reassessment.actual_start is not None or decision is None or start < day_of(decision):
        return False
    reassessment.actual_start, reassessment.start_confirmed_by = start, by
    set_window(reassessment)
    reassessment.save()
    return True


def _scanned_on(document: dict[str, Any]) -> datetime.date | None:
    text = document.get("imaging", {}).get("restaging_date")
    return datetime.date.fromisoformat(text) if text else None


def _scan_seen(reassessment: Reassessment, document: dict[str, Any]) -> bool:
    scanned = _scanned_on(document)
    if scanned is None or reassessment.scan_done_on is not None or not answers(reassessment, scanned):
        return False
    if scanned == reassessment.removed_scan_on:
        return False  # the staged facts are older than what was taken out of the record
    reassessment.scan_done_on = scanned
    reassessment.save()
    return True


def _progression_seen(reassessment: Reassessment, assessment: Assessment, by: User) -> bool:
    """Progression under the therapy of this window, as staged, brings the case forward."""
    staging, start = assessment.staging_version.staging, reassessment.actual_start
    seen = _scanned_on(assessment.staging_version.document or {}) or staging.date
    decided = reassessment.decision
    if assessment.result.get("response") != "PD" or seen is None or start is None or seen <= start:
        return False
    if decided is not None and decided.item.staging_id == staging.pk:
        # The board has seen this staging when it let the therapy go on.
        return False
    if not mark_brought_forward(reassessment, by=by, reason=f"Progression at the staging of {staging.date}"):
        return False
    _scan_seen(reassessment, assessment.staging_version.document or {})
    return True


def follow_vital_status(patient: Patient, *, by: User) -> None:
    """A patient who died or was transferred leaves the clock with that reason; one who did not comes back."""
    ending = {
        Patient.VitalStatus.DECEASED: Ending.DECEASED,
        Patient.VitalStatus.TRANSFERRED: Ending.TRANSFERRED,
    }.get(patient.vital_status)  # type: ignore[call-overload]
    reassessment = open_window_of(patient)
    if ending and reassessment is not None:
        end_window(reassessment, by=by, ending=ending)
    elif not ending and reassessment is None:
        last = (
            Reassessment.objects.select_for_update(of=("self",)).filter(patient=patient).order_by("-ended_at")
        )
        ended = last.first()
        if ended is not None and ended.ending in (Ending.DECEASED, Ending.TRANSFERRED):
            reopen(ended)
