"""The nightly look at the whole board: nobody under systemic therapy may be missing from the clock."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.audit import audited
from decisions.models import Assessment
from decisions.selectors import latest_assessment
from meetings.models import Reassessment
from meetings.reassessment import follow_assessment, follow_vital_status, set_window
from patients.models import Patient, Staging, StagingVersion


def refresh() -> dict[str, int]:
    """Bring the clock up to date with the advice, the vital status and the thresholds in force.

    Counts: `opened` windows that were missing, `moved` ones whose dates changed with the rulebook, `ended`
    for patients who died or were transferred. Each patient is one transaction.
    """
    counts = {"opened": 0, "moved": 0, "ended": 0}
    for assessment in _newest_assessments():
        counts["opened"] += _open(assessment)
    for pk in Reassessment.objects.filter(ended_at__isnull=True).values_list("pk", flat=True):
        with transaction.atomic():
            change = _refresh_open(pk)
        if change:
            counts[change] += 1
    return counts


def _newest_assessments() -> Iterator[Assessment]:
    """Of the newest staged case of each patient who has no open window."""
    later = Staging.objects.filter(
        patient=OuterRef("patient"),
        withdrawn_at__isnull=True,
        date__gt=OuterRef("date"),
        versions__state=StagingVersion.State.FROZEN,
    )
    on_clock = Reassessment.objects.filter(patient=OuterRef("patient"), ended_at__isnull=True)
    stagings = Staging.objects.filter(
        ~Exists(later),
        ~Exists(on_clock),
        withdrawn_at__isnull=True,
        patient__vital_status=Patient.VitalStatus.ALIVE,
        versions__state=StagingVersion.State.FROZEN,
    ).distinct()
    for staging in stagings.select_related("patient").iterator(chunk_size=200):
        assessment = latest_assessment(staging)
        if assessment is not None:
            yield assessment


def _open(assessment: Assessment) -> bool:
    by = assessment.staging_version.frozen_by
    assert by is not None
    with audited(by=by, action="refresh clock", source="task"):
        return follow_assessment(assessment) is not None


def _refresh_open(pk: int) -> str | None:
    row = Reassessment.objects.select_for_update(of=("self",)).select_related("patient").filter(pk=pk).first()
    if row is None or row.ended_at is not None:
        return None
    actor = row.start_confirmed_by or (row.decision.recorded_by if row.decision else None)
    if actor is not None and row.patient.vital_status != Patient.VitalStatus.ALIVE:
        with audited(by=actor, action="refresh clock", source="task"):
            follow_vital_status(row.patient, by=actor)
        return "ended"
    before = (
        row.due_from,
        row.overdue_after,
        row.window_start,
        row.window_end,
        row.cycle_start,
        row.cycle_end,
    )
    set_window(row)
    after = (
        row.due_from,
        row.overdue_after,
        row.window_start,
        row.window_end,
        row.cycle_start,
        row.cycle_end,
    )
    if before == after:
        return None
    row.save()
    return "moved"
