"""The conversion clock: one row a window, until the board has decided on the scan."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from meetings.models.decision import BoardDecision
from meetings.models.meeting import Meeting
from patients.models import Patient, Staging, TreatmentLine
from patients.models.columns import Count, Day


@pghistory.track()
class Reassessment(models.Model):
    """One reminder with two steps, scan then board (specification C19, T-01 to T-03).

    Until a named person confirms day 1 the window is provisional and hangs on `planned_start`.
    Dates are recomputed when the start moves; a row is never deleted: it ends with a reason.

    `scan_accepted_by`: the clinician who accepted a scan made somewhat before the window. `brought_forward_on`:
    progression or toxicity asks for the board from that day on, whatever the window says. `postponed_to` tells
    what was agreed with the patient; it moves no window and hides nothing. `meeting` is the board that is
    booked for the patient. `escalated_at`: when the chair was told.
    """

    class Ending(models.TextChoices):
        DECIDED = "decided", "Decided by the board"
        NOT_NEEDED = "not_needed", "Not needed"
        SUPERSEDED = "superseded", "Superseded by a newer window"
        DECEASED = "deceased", "Patient died"
        TRANSFERRED = "transferred", "Patient transferred"

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="reassessments")
    staging = models.ForeignKey(
        Staging, null=True, blank=True, on_delete=models.PROTECT, related_name="reassessments"
    )
    decision = models.ForeignKey(
        BoardDecision, null=True, blank=True, on_delete=models.PROTECT, related_name="reassessments"
    )
    line = models.ForeignKey(
        TreatmentLine, null=True, blank=True, on_delete=models.PROTECT, related_name="reassessments"
    )
    regimen = models.CharField(max_length=120, blank=True)
    planned_start = Day()
    actual_start = Day()
    start_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cycle_length_days = Count(7, 42)
    window_start = models.DateField()
    window_end = models.DateField()
    cycle_start = Day()
    cycle_end = Day()
    due_from = models.DateField()
    overdue_after = models.DateField()
    scan_booked_on = Day()
    scan_done_on = Day()
    scan_accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    removed_scan_on = Day()
    """The day of a scan that was noted as done and whose examination was taken out of the record since."""
    meeting = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.SET_NULL, related_name="reassessments"
    )
    brought_forward_on = Day()
    brought_forward_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    brought_forward_reason = models.CharField(max_length=300, blank=True)
    postponed_to = Day()
    postponed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    postponed_reason = models.CharField(max_length=300, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=12, choices=Ending, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ending_reason = models.CharField(max_length=300, blank=True)
    ending_decision = models.ForeignKey(
        BoardDecision, null=True, blank=True, on_delete=models.PROTECT, related_name="ended_reassessments"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["overdue_after", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="reassessment_one_open", fields=["patient"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="reassessment_has_a_start",
                condition=Q(planned_start__isnull=False) | Q(actual_start__isnull=False),
            ),
            models.CheckConstraint(
                name="reassessment_start_confirmed_by_someone",
                condition=Q(actual_start__isnull=True, start_confirmed_by__isnull=True)
                | Q(actual_start__isnull=False, start_confirmed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="reassessment_ended_whole",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ending="", ending_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ending="")),
            ),
            models.CheckConstraint(
                name="reassessment_not_needed_with_reason",
                condition=~Q(ending="not_needed") | ~Q(ending_reason=""),
            ),
            models.CheckConstraint(
                name="reassessment_brought_forward_whole",
                condition=Q(brought_forward_on__isnull=True, brought_forward_by__isnull=True)
                & Q(brought_forward_reason="")
                | Q(brought_forward_on__isnull=False, brought_forward_by__isnull=False)
                & ~Q(brought_forward_reason=""),
            ),
            models.CheckConstraint(
                name="reassessment_postponed_whole",
                condition=Q(postponed_to__isnull=True, postponed_by__isnull=True, postponed_reason="")
                | Q(postponed_to__isnull=False, postponed_by__isnull=False) & ~Q(postponed_reason=""),
            ),
            models.CheckConstraint(
                name="reassessment_accepted_scan_is_done",
                condition=Q(scan_accepted_by__isnull=True) | Q(scan_done_on__isnull=False),
            ),
            models.CheckConstraint(
                name="reassessment_window_forward",
                condition=Q(window_end__gte=F("window_start"), overdue_after__gte=F("due_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"Reassessment of {self.patient.case_id}, due from {self.due_from}"

    @property
    def lost_its_scan(self) -> bool:
        """The scan that was noted as done was taken out of the record, and no other has come since."""
        return self.removed_scan_on is not None and self.scan_done_on is None and self.ended_at is None

    @property
    def from_scan(self) -> bool:
        """Therapy that the board let go on: the window runs from the last scan (`actual_start`), not from day 1."""
        return self.decision_id is not None and self.planned_start is None
