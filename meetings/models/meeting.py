"""The meeting, its agenda and who is there."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Centre, Discipline
from patients.models import Staging


@pghistory.track()
class Meeting(models.Model):
    """One meeting of the board. `current_item` is what the room looks at."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    title = models.CharField(max_length=120, default="Liver board")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True)
    centre = models.ForeignKey(
        Centre, null=True, blank=True, on_delete=models.PROTECT, related_name="meetings"
    )
    state = models.CharField(max_length=8, choices=State, default=State.PLANNED)
    current_item = models.ForeignKey(
        "AgendaItem", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="meeting_closed_by_someone",
                condition=Q(state="closed", closed_at__isnull=False, closed_by__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True, closed_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="meeting_open_since", condition=Q(state="planned") | Q(opened_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.starts_at:%d %b %Y}"


@pghistory.track()
class AgendaItem(models.Model):
    """One staging on one meeting's agenda.

    `missing_fact` is what a deferred case waits for, by its name in the vocabulary; `late` says that it was put
    on once the agenda stood.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DECIDED = "decided", "Decided"
        DEFERRED = "deferred", "Deferred"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Reason(models.TextChoices):
        BY_HAND = "by_hand", "Put on by hand"
        NEW_STAGING = "new_staging", "New staging"
        REASSESSMENT = "reassessment", "Reassessment window"
        ADVICE_CHANGED = "advice_changed", "Advice changed since the decision"
        PATHOLOGY = "pathology", "Pathology after the operation"
        DEFERRED = "deferred", "Deferred by an earlier meeting"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    staging = models.ForeignKey(Staging, on_delete=models.PROTECT, related_name="agenda_items")
    position = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=16, choices=Reason, default=Reason.BY_HAND)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    state_note = models.CharField(max_length=200, blank=True)
    missing_fact = models.CharField(max_length=80, blank=True)
    late = models.BooleanField(default=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["meeting", "position"]
        constraints = [
            models.UniqueConstraint(name="agenda_staging_once", fields=["meeting", "staging"]),
            models.UniqueConstraint(
                name="agenda_position_once",
                fields=["meeting", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.staging}"


@pghistory.track()
class Confirmation(models.Model):
    """A surgeon's or an oncologist's word that a standard case needs no discussion (where the board allows it)."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="confirmations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    discipline = models.CharField(max_length=40, choices=Discipline)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["item", "at"]
        constraints = [models.UniqueConstraint(name="confirmation_once", fields=["item", "by"])]

    def __str__(self) -> str:
        return f"{self.by} confirms {self.item}"


@pghistory.track()
class Attendance(models.Model):
    """A person present at a meeting, for a discipline. Never part of the frozen facts (G-02, G-03, LUNG-07)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attendances")
    discipline = models.CharField(max_length=40, choices=Discipline, blank=True)
    arrived_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["meeting", "arrived_at"]
        constraints = [models.UniqueConstraint(name="attendance_once", fields=["meeting", "user"])]

    def __str__(self) -> str:
        return f"{self.user} at {self.meeting}"
