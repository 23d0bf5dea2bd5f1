"""Forms of booking: days, modality, place; and what several patients have in common."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from meetings.clock import IMAGING
from meetings.forms.reassessment import day_field
from meetings.models import Meeting
from patients.models import ImagingStudy

MODALITIES = [(code, ImagingStudy.Modality(code).label) for code in IMAGING]
OTHER = "other"


class BookingForm(forms.Form):
    """One patient's booking. `pair` is the key of a suggestion, or 'other' with days of one's own."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    pair = forms.CharField(required=False)
    scan_on = day_field("Scan on", required=False)
    board = forms.CharField(label="Board", required=False)
    modality = forms.ChoiceField(label="Modality", choices=[("", "choose"), *MODALITIES], required=False)
    place = forms.CharField(
        label="Place of the scan",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"class": "w-full"}),
    )
    note = forms.CharField(
        label="Note", required=False, max_length=200, widget=forms.TextInput(attrs={"class": "w-full"}),
        help_text="Stands with the booked examination until it is done.",
    )  # fmt: skip

    def days(self) -> dict[str, Any]:
        """`scan_on`, and `meeting` or `meeting_on`, as `book` takes them; raises `ValidationError` on `pair`."""
        pair = self.cleaned_data.get("pair") or ""
        if pair == OTHER:
            return {
                "scan_on": self.cleaned_data.get("scan_on"),
                **board_of(self.cleaned_data.get("board") or ""),
            }
        return pair_of(pair)


def pair_of(key: str) -> dict[str, Any]:
    """What the key of a suggestion means; raises `ValidationError` on `pair`."""
    scan, slash, board = key.partition("/")
    if not slash:
        raise ValidationError(
            {"pair": ["No days were chosen; allowed: one of the suggestions, or other days."]}
        )
    try:
        return {"scan_on": datetime.date.fromisoformat(scan) if scan else None, **board_of(board)}
    except ValueError:
        raise ValidationError(
            {"pair": [f"{key!r} is not allowed; allowed: one of the suggestions."]}
        ) from None


def board_of(key: str) -> dict[str, Any]:
    """What the key of a board day means: a meeting, or a regular day; empty for none.

    Raises `ValidationError` on `board`.
    """
    if not key:
        return {}
    if key[:1] == "m" and key[1:].isdigit():
        meeting = Meeting.objects.filter(pk=int(key[1:])).first()
        if meeting is not None:
            return {"meeting": meeting}
    try:
        return {"meeting_on": datetime.date.fromisoformat(key)}
    except ValueError:
        raise ValidationError({"board": [f"{key!r} is not allowed; allowed: a day of the list."]}) from None


class PostponeForm(forms.Form):
    """To when, and why; the same for all who were chosen."""

    to = day_field("Postponed to", help_text="The window and the overdue date stay as they are.")
    reason = forms.CharField(
        label="Reason", required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
        help_text="Stands with each patient, with your name; 3 to 300 characters.",
    )  # fmt: skip


class StopForm(forms.Form):
    """When the therapy ended, and why; the same for all who were chosen."""

    ended_on = day_field(
        "Therapy stopped on", help_text="The patient stays on the clock; the case is brought forward."
    )
    reason = forms.CharField(
        label="Reason", required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
        help_text="Progression, toxicity, wish …; stands with each patient, with your name; 3 to 300 characters.",
    )  # fmt: skip


class BoardForm(forms.Form):
    """The board on whose agenda all who were chosen go."""

    board = forms.CharField(
        label="Board", error_messages={"required": "A board is needed; allowed: one of the list."}
    )
