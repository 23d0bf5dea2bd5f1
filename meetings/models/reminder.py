"""Dated reminders of a patient's timeline (specification, part D, T-04 to T-18)."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from patients.models import Patient, Staging


@pghistory.track()
class Reminder(models.Model):
    """One date or window that a source asks to keep; T-01 to T-03 are one `Reassessment` instead.

    `occasion` tells apart what one timeline asks several times (the birthdays of T-16, the two dates of T-13);
    it is the same when the reminder is reckoned anew. While open, the dates follow the trigger. A row is never
    deleted: it ends as done (by the event it asks for), not needed (a person, with a reason) or superseded
    (the trigger is gone). A `note` stands on the timeline and is never mailed.
    """

    class Recipient(models.TextChoices):
        COORDINATOR = "coordinator", "Coordinator"
        ONCOLOGIST = "oncologist", "Oncologist"
        RADIOLOGIST = "radiologist", "Radiologist"
        SURGEON = "surgeon", "Liver surgeon"
        TRANSPLANT = "transplant", "Transplant team"
        BOARD = "board", "Board"

    class Ending(models.TextChoices):
        DONE = "done", "Done"
        NOT_NEEDED = "not_needed", "Not needed"
        SUPERSEDED = "superseded", "Superseded"

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="reminders")
    staging = models.ForeignKey(
        Staging, null=True, blank=True, on_delete=models.PROTECT, related_name="reminders"
    )
    timeline = models.CharField(max_length=4)
    occasion = models.CharField(max_length=40, blank=True)
    triggered_on = models.DateField()
    window_start = models.DateField()
    window_end = models.DateField()
    recipient = models.CharField(max_length=12, choices=Recipient)
    note = models.BooleanField(default=False)
    ending = models.CharField(max_length=12, choices=Ending, blank=True)
    ending_reason = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["window_end", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="reminder_one_open",
                fields=["patient", "timeline", "occasion"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="reminder_window_forward", condition=Q(window_end__gte=F("window_start"))
            ),
            models.CheckConstraint(
                name="reminder_ended_with_reason",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ending="", ending_reason="")
                | (Q(ended_at__isnull=False) & ~Q(ending="") & ~Q(ending_reason="")),
            ),
            models.CheckConstraint(
                name="reminder_not_needed_by_someone",
                condition=~Q(ending="not_needed") | Q(ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.timeline} of {self.patient.case_id}, {self.window_start} to {self.window_end}"
