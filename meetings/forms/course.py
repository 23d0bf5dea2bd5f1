"""Forms for therapy that does not run as planned."""

from django import forms
from django.utils import timezone

from meetings.forms.reassessment import WRONG_DAY
from meetings.models import Reassessment


def _day(label: str, hint: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, error_messages=WRONG_DAY, help_text=hint)


def _reason(hint: str) -> forms.CharField:
    return forms.CharField(
        label="Reason", required=False, help_text=f"{hint} Your name stands with it; 3 to 300 characters.",
        widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
    )  # fmt: skip


class EarlyScanForm(forms.Form):
    """The day of a scan that lies before the window."""

    date = _day("Scan done on", "Your name stands with the acceptance.")

    @classmethod
    def of(cls, row: Reassessment) -> "EarlyScanForm":
        """Filled with the last examination in the record before the window."""
        studies = row.patient.studies.filter(booked=False, date__lt=row.due_from)
        last = (
            studies.filter(date__gt=row.actual_start).order_by("-date").first() if row.actual_start else None
        )
        return cls(initial={"date": last.date if last else None})


class BringForwardForm(forms.Form):
    """Why the board should see the case now."""

    reason = _reason("Progression, toxicity, or what else the board should hear of.")


class PostponeForm(forms.Form):
    """To when scan and board were put off, and why."""

    to = _day("Put off to")
    reason = _reason("What was agreed, and with whom.")


class StopForm(forms.Form):
    """When the therapy was stopped, and why."""

    ended_on = _day("Stopped on")
    reason = _reason("Toxicity, progression, the patient's wish …")

    @classmethod
    def today(cls) -> "StopForm":
        """Filled with today."""
        return cls(initial={"ended_on": timezone.localdate()})


class TakeBackForm(forms.Form):
    """Nothing to fill in."""
