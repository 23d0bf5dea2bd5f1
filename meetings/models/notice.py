"""Mails of the board: what was to be sent, what was sent, what failed; and what each person wants."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from patients.models.columns import Day


@pghistory.track(exclude=["text", "html"])
class Notice(models.Model):
    """One mail to one person about one day: written once, claimed before it is sent, recorded after.

    `key` is unique: a task that runs twice, or two that run at once, write one notice. `contents` names the
    reassessments and reminders that stand in it (primary keys), so that nothing is told twice and nothing is
    lost. An `unclear` one was claimed and its sender died before it could say whether the mail had left: it is
    never sent again by itself, a person may.
    """

    class Kind(models.TextChoices):
        DIGEST = "digest", "Digest"
        ESCALATION = "escalation", "Escalation to the chair"
        RULEBOOK = "rulebook", "Windows moved by the rulebook"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNCLEAR = "unclear", "Not known whether sent"

    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=120, unique=True)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    stands_in_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    day = models.DateField()
    address = models.EmailField()
    subject = models.CharField(max_length=120)
    text = models.TextField()
    html = models.TextField()
    contents = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(name="notice_to_send", fields=["state", "next_attempt_at"])]
        constraints = [
            models.CheckConstraint(
                name="notice_sent_at_a_time",
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.day} to {self.recipient}"


@pghistory.track()
class NoticePreference(models.Model):
    """What one person wants to be sent, and who reads it while they are away. No row: the defaults."""

    class Digest(models.TextChoices):
        DAILY = "daily", "Every working day"
        WEEKLY = "weekly", "On Mondays"
        NEVER = "never", "Never"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preference"
    )
    digest = models.CharField(max_length=6, choices=Digest, default=Digest.DAILY)
    away_from = Day()
    away_until = Day()
    cover = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notice_away_whole",
                condition=Q(away_from__isnull=True, away_until__isnull=True, cover__isnull=True)
                | Q(away_from__isnull=False, away_until__gte=F("away_from"), cover__isnull=False),
            ),
            models.CheckConstraint(
                name="notice_cover_is_another", condition=Q(cover__isnull=True) | ~Q(cover=F("user"))
            ),
        ]

    def __str__(self) -> str:
        return f"Notices of {self.user}"
