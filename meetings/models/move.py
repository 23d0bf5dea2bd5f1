"""Windows whose dates moved because the rulebook changed."""

import pghistory
from django.db import models

from decisions.models import RulebookVersion
from meetings.models.reassessment import Reassessment


@pghistory.track()
class WindowMove(models.Model):
    """One open window that a rulebook version moved: when it was due before, and when it is now.

    The coordinators are told of every move once (`Notice` of kind 'rulebook').
    """

    reassessment = models.ForeignKey(Reassessment, on_delete=models.CASCADE, related_name="moves")
    rulebook = models.ForeignKey(RulebookVersion, on_delete=models.PROTECT, related_name="moved_windows")
    was_due_from = models.DateField()
    was_overdue_after = models.DateField()
    due_from = models.DateField()
    overdue_after = models.DateField()
    moved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-moved_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.reassessment}: {self.was_due_from} to {self.due_from}"
