"""Minutes, letters and summaries: drafted when a meeting closes, released by a named clinician."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from meetings.models.meeting import AgendaItem, Meeting


@pghistory.track()
class BoardDocument(models.Model):
    """One document of a meeting (`item` None: the minutes) or of a case in it.

    `contents` holds what it says, as data, so that plain text and PDF say the same. A draft may be drafted anew;
    what was released stays, and a correction is the next `version`.
    """

    class Kind(models.TextChoices):
        MINUTES = "minutes", "Minutes of the meeting"
        LETTER = "letter", "Letter to the referring doctor"
        SUMMARY = "summary", "Summary for the patient"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="documents")
    item = models.ForeignKey(
        AgendaItem, null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    version = models.PositiveSmallIntegerField(default=1)
    contents = models.JSONField()
    drafted_at = models.DateTimeField(auto_now=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["meeting", "kind", "item", "version"]
        constraints = [
            models.UniqueConstraint(
                name="board_document_version_once",
                fields=["meeting", "item", "kind", "version"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="board_document_minutes_of_the_whole",
                condition=Q(kind="minutes", item__isnull=True) | ~Q(kind="minutes") & Q(item__isnull=False),
            ),
            models.CheckConstraint(
                name="board_document_released_by_someone",
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"
