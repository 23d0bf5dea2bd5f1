"""What a centre says in its own words in the letters of its board."""

import re
from collections.abc import Iterable

import pghistory
from django.core.exceptions import ValidationError
from django.db import models

from accounts.models import Centre

OPENING = "On {date} our board discussed your patient {patient}."
CLOSING = "If something has changed since the meeting, or a step cannot be done in time, let the board know."
OPENING_NAMES = ("date", "patient", "board")
CLOSING_NAMES = ("board",)


_NAMED = re.compile(r"\{([^{}]*)\}")


def check_names(text: str, allowed: Iterable[str]) -> None:
    """Raise `ValidationError` unless every {name} in the text is one that is filled in."""
    for name in _NAMED.findall(text):
        if name not in allowed:
            listed = ", ".join(f"{{{one}}}" for one in allowed)
            raise ValidationError(f"{{{name}}} is not filled in; allowed: {listed}.")


def filled(text: str, **values: str) -> str:
    """The text with every {name} of `values` filled in; anything else in braces stays as it stands."""
    return _NAMED.sub(lambda found: values.get(found[1], found[0]), text)


def check_opening(text: str) -> None:
    """See `check_names`."""
    check_names(text, OPENING_NAMES)


def check_closing(text: str) -> None:
    """See `check_names`."""
    check_names(text, CLOSING_NAMES)


@pghistory.track()
class LetterTemplate(models.Model):
    """The sentences around the decision in the letters of one centre's board, or of all (`centre` None).

    The decision itself is never part of a template. `opening` may name {date}, {patient} and {board}, `closing`
    {board}. No row: the program's own sentences.
    """

    centre = models.OneToOneField(
        Centre, null=True, blank=True, on_delete=models.PROTECT, related_name="letter_template"
    )
    sender = models.CharField(
        max_length=200,
        blank=True,
        help_text="How the letter names its sender; empty: the board and the centre.",
    )
    opening = models.CharField(
        max_length=300,
        default=OPENING,
        validators=[check_opening],
        help_text="{date}, {patient} and {board} are filled in. The greeting stands before it.",
    )
    closing = models.CharField(
        max_length=500, default=CLOSING, validators=[check_closing], help_text="{board} is filled in."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="letter_template_once", fields=["centre"], nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"Letters of {self.centre or 'the board of all centres'}"


def letter_template_of(centre_id: int) -> LetterTemplate:
    """The centre's own, else that of all, else the program's (not stored)."""
    found = LetterTemplate.objects.filter(models.Q(centre=centre_id) | models.Q(centre=None))
    return found.order_by(models.F("centre").asc(nulls_last=True)).first() or LetterTemplate()
