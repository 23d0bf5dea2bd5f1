"""What a board chooses for itself."""

import pghistory
from django.db import models

from accounts.models import Centre


@pghistory.track()
class BoardSettings(models.Model):
    """The choices of one centre's board, or of the board of all centres (`centre` None). No row: the defaults."""

    centre = models.OneToOneField(
        Centre, null=True, blank=True, on_delete=models.PROTECT, related_name="board_settings"
    )
    advice_after_vote = models.BooleanField(
        "the advice opens after the vote",
        default=True,
        help_text="In the room, on the agenda and on the first page nothing of the advice on a case is shown until its "
        "first vote is revealed, the chair opens it, or the decision is recorded. On the case page those who vote open "
        "it for themselves, and that is recorded. Off: everybody reads the advice at once.",
    )
    confirm_without_discussion = models.BooleanField(
        "standard cases may be confirmed without discussion",
        default=False,
        help_text="A surgeon and an oncologist each confirm such a case by name, and the chair need not call it up; "
        "never one with anything open, in conflict or near a limit. Off: every case is discussed.",
    )

    habits = models.JSONField(
        "usual deadlines and starts",
        default=dict,
        blank=True,
        help_text="In days by name (`meetings/standard.py`), where they differ from what the program offers.",
    )

    class Meta:
        verbose_name_plural = "board settings"
        constraints = [
            models.UniqueConstraint(name="board_settings_once", fields=["centre"], nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"Settings of {self.centre or 'the board of all centres'}"
