"""The nightly proof that nobody is missing from the clock."""

import pghistory
from django.db import models


@pghistory.track()
class ClockCheck(models.Model):
    """One reconciliation: who is under systemic therapy with a liver not resectable, and who lacked a reminder.

    `missing` holds what was found before it was mended: one object a patient (`patient`, `case_id`, `why`).
    """

    ran_at = models.DateTimeField(auto_now_add=True)
    on_therapy = models.PositiveIntegerField()
    on_clock = models.PositiveIntegerField()
    missing = models.JSONField(default=list)
    opened = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-ran_at", "-pk"]

    def __str__(self) -> str:
        return f"Check of {self.ran_at:%d %b %Y %H:%M}"
