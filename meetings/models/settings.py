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
        help_text="In the room the advice on a case stays closed until its first vote is revealed.",
    )
    confirm_without_discussion = models.BooleanField(
        "standard cases may be confirmed without discussion",
        default=False,
        help_text="Each one by a surgeon and an oncologist; never with anything open, in conflict or near a limit.",
    )

    class Meta:
        verbose_name_plural = "board settings"
        constraints = [
            models.UniqueConstraint(name="board_settings_once", fields=["centre"], nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"Settings of {self.centre or 'the board of all centres'}"
