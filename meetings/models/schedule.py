"""When the board meets, and the calendars that people subscribe to."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Centre


@pghistory.track()
class MeetingDay(models.Model):
    """A regular day of the board: every `every_weeks` weeks from `first_on`, whose weekday counts.

    Without a centre the board of all centres meets. A day is a plan: the meeting itself is made when it is
    needed, and a meeting moved or planned by hand counts as well.
    """

    centre = models.ForeignKey(
        Centre, null=True, blank=True, on_delete=models.PROTECT, related_name="meeting_days"
    )
    title = models.CharField(max_length=120, default="Liver board")
    place = models.CharField(max_length=120, blank=True)
    first_on = models.DateField(help_text="The first of these meetings; its weekday is the weekday of all.")
    starts_at = models.TimeField(help_text="In the board's time zone.")
    every_weeks = models.PositiveSmallIntegerField(default=1)
    last_on = models.DateField(null=True, blank=True, help_text="None: until further notice.")

    class Meta:
        ordering = ["first_on", "starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="meeting_day_every_1_to_8_weeks", condition=Q(every_weeks__gte=1, every_weeks__lte=8)
            ),
            models.CheckConstraint(
                name="meeting_day_ends_after_start",
                condition=Q(last_on__isnull=True) | Q(last_on__gte=F("first_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.first_on:%A}s at {self.starts_at:%H:%M}"


@pghistory.track(exclude=["last_read_at", "token_hash"])
class CalendarFeed(models.Model):
    """A calendar (iCalendar) behind a secret address that its owner can revoke.

    Only the SHA-256 of the secret is kept: the address is shown once, when it is made.
    """

    class Scope(models.TextChoices):
        OWN = "own", "My patients and meetings"
        BOARD = "board", "The whole board"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    scope = models.CharField(max_length=6, choices=Scope)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_read_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"Calendar of {self.owner}: {self.get_scope_display().lower()}"
