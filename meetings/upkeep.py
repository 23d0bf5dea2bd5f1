"""The nightly look at the whole board: nobody under systemic therapy may be missing from the clock."""

import datetime
import logging
from collections.abc import Iterator

import pghistory
from django.db import transaction
from django.db.models import DateField, Exists, Max, OuterRef, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.audit import audited
from decisions.models import Assessment
from decisions.rulebooks import InForce, current_rulebook, thresholds_of
from decisions.selectors import latest_assessment
from meetings.decided import follow_decision
from meetings.duty import OnDuty, on_duty
from meetings.models import BoardDecision, ClockCheck, Reassessment, WindowMove
from meetings.reassessment import (
    RESECTABLE,
    follow_assessment,
    follow_vital_status,
    open_window_of,
    set_window,
)
from patients.models import Patient, Staging, StagingVersion, TreatmentLine

logger = logging.getLogger(__name__)


def reconcile(now: datetime.datetime) -> ClockCheck:
    """Prove that nobody is missing from the clock, and mend what is; returns the stored check.

    Who must be on it is told by `meetings.duty`, not by the code that opens windows. What was found is stored
    before anything is mended, so that a check that is killed half-way hides nothing; running again is safe.
    `missing` holds, for each patient without an open reminder: `patient`, `case_id`, `why`, and `mended`, true
    once a reminder is open.
    """
    with pghistory.context(action="reconcile clock", source="task"):
        everybody = on_duty()
        without = [found for found in everybody if not found.has_reminder]
        missing = [_entry(found) for found in without]
        check = ClockCheck.objects.create(
            on_therapy=len(everybody), on_clock=len(everybody) - len(missing), missing=missing
        )
        if missing:
            cases = ", ".join(found.case_id for found in without)
            logger.error("Missing from the conversion clock: %s.", cases)
        counts = refresh()
        counts["opened"] += sum(_open_decided(found.decision) for found in without if found.decision)
        if missing:
            still = {found.patient for found in on_duty() if not found.has_reminder}
            check.missing = [{**entry, "mended": entry["patient"] not in still} for entry in missing]
        check.opened, check.moved, check.ended = counts["opened"], counts["moved"], counts["ended"]
        check.ran_at = now
        check.save()
    return check


def _entry(found: OnDuty) -> dict[str, object]:
    return {"patient": found.patient, "case_id": found.case_id, "why": found.why, "mended": False}


def _open_decided(pk: int) -> bool:
    """Open what a decision for systemic therapy asks for, unless the patient has a window by now."""
    decision = BoardDecision.objects.select_related("item__staging__patient", "recorded_by").get(pk=pk)
    with audited(by=decision.recorded_by, action="reconcile clock", source="task"):
        if open_window_of(decision.item.staging.patient) is not None:
            return False
        return follow_decision(decision, by=decision.recorded_by) is not None


def refresh() -> dict[str, int]:
    """Bring the clock up to date with the advice, the vital status and the thresholds in force.

    Counts: `opened` windows that were missing, `moved` ones whose dates changed with the rulebook, `ended`
    for patients who died or were transferred. Each patient is one transaction.
    """
    counts = {"opened": 0, "moved": 0, "ended": 0}
    for assessment in _newest_assessments():
        counts["opened"] += _open(assessment)
    for change in move_windows():
        counts[change] += 1
    return counts


def move_windows() -> list[str]:
    """Bring the dates of open windows in line with the rulebook in force; what became of each: 'moved', 'ended'."""
    found = []
    for pk in _out_of_date():
        with transaction.atomic():
            found.append(_refresh_open(pk))
    return [change for change in found if change]


def _newest_assessments() -> Iterator[Assessment]:
    """Of the newest staged case of each patient without an open window for whom therapy could open one."""
    later = Staging.objects.filter(
        patient=OuterRef("patient"),
        withdrawn_at__isnull=True,
        date__gt=OuterRef("date"),
        versions__state=StagingVersion.State.FROZEN,
    )
    on_clock = Reassessment.objects.filter(patient=OuterRef("patient"), ended_at__isnull=True)
    liver = (
        Assessment.objects.filter(
            staging_version__staging=OuterRef("pk"),
            staging_version__state=StagingVersion.State.FROZEN,
        )
        .order_by("-staging_version__number", "-created_at", "-pk")
        .annotate(liver=KT("result__liver_class"))
    )
    stagings = Staging.objects.filter(
        ~Exists(later),
        ~Exists(on_clock),
        withdrawn_at__isnull=True,
        patient__in=_under_newer_therapy(),
        patient__vital_status=Patient.VitalStatus.ALIVE,
        versions__state=StagingVersion.State.FROZEN,
    ).distinct()
    stagings = stagings.annotate(liver=Subquery(liver.values("liver")[:1])).exclude(liver=RESECTABLE)
    for staging in stagings.select_related("patient").iterator(chunk_size=200):
        assessment = latest_assessment(staging)
        if assessment is not None:
            yield assessment


def _under_newer_therapy() -> set[int]:
    """Patients with a line that has not ended, or a staged therapy, and no window from its day 1 on.

    All others are known to open nothing; reading their cases each night would only cost time.
    """
    left = (Reassessment.Ending.DECEASED, Reassessment.Ending.TRANSFERRED)
    begun = Reassessment.objects.exclude(ending__in=left).values_list("patient")
    newest: dict[int, datetime.date | None] = dict(begun.annotate(Max("actual_start")).order_by())
    lines = TreatmentLine.objects.filter(ended_on__isnull=True).values_list("patient", "actual_start")
    stated = (
        StagingVersion.objects.filter(
            state=StagingVersion.State.FROZEN, document__treatment__current_start_date__isnull=False
        )
        .annotate(start=Cast(KT("document__treatment__current_start_date"), DateField()))
        .values_list("staging__patient", "start")
    )
    return {
        patient
        for patient, start in (*lines.order_by(), *stated.order_by())
        if start is None or start > (newest.get(patient) or datetime.date.min)
    }


def _open(assessment: Assessment) -> bool:
    by = assessment.staging_version.frozen_by
    assert by is not None
    with audited(by=by, action="refresh clock", source="task"):
        return follow_assessment(assessment) is not None


def _out_of_date() -> list[int]:
    """The open windows whose dates are not what the thresholds in force give, or whose patient has left."""
    held = InForce()
    found = []
    for row in Reassessment.objects.filter(ended_at__isnull=True).select_related("patient"):
        before = _dates(row)
        set_window(row, held.thresholds(row.patient.centre_id))
        if _dates(row) != before or row.patient.vital_status != Patient.VitalStatus.ALIVE:
            found.append(row.pk)
    return found


def _dates(row: Reassessment) -> tuple[datetime.date | None, ...]:
    return (
        row.due_from, row.overdue_after, row.window_start, row.window_end, row.cycle_start, row.cycle_end,
    )  # fmt: skip


def _refresh_open(pk: int) -> str | None:
    rows = Reassessment.objects.select_for_update(of=("self",))
    row = rows.select_related("patient", "staging", "decision").filter(pk=pk).first()
    if row is None or row.ended_at is not None:
        return None
    actor = row.start_confirmed_by or (row.decision.recorded_by if row.decision else None)
    actor = actor or (row.staging.created_by if row.staging else None)
    if actor is not None and row.patient.vital_status != Patient.VitalStatus.ALIVE:
        with audited(by=actor, action="refresh clock", source="task"):
            follow_vital_status(row.patient, by=actor)
        return "ended"
    before = _dates(row)
    was_due_from, was_overdue_after = row.due_from, row.overdue_after
    rulebook = current_rulebook(row.patient)
    set_window(row, thresholds_of(rulebook))
    if _dates(row) == before:
        return None
    row.save()
    WindowMove.objects.create(
        reassessment=row,
        rulebook=rulebook,
        was_due_from=was_due_from,
        was_overdue_after=was_overdue_after,
        due_from=row.due_from,
        overdue_after=row.overdue_after,
    )
    return "moved"
