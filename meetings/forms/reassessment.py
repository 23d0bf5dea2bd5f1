"""Forms of the conversion clock: one for each thing that people do there."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from meetings.models import Meeting, Reassessment
from meetings.selectors import visible_meetings

WRONG_DAY = {
    "invalid": "This is no date; allowed: a date as YYYY-MM-DD.",
    "required": "A date is needed; allowed: a date as YYYY-MM-DD.",
}


def day_field(label: str, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, error_messages=WRONG_DAY, **options)


class StartForm(forms.Form):
    """Day 1 of cycle 1, confirmed by whoever sends it."""

    started_on = day_field("Day 1 of cycle 1", help_text="The day on which it was really given.")
    cycle_length_days = forms.IntegerField(
        label="Cycle length (days)", required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "w-4"}),
        help_text="7 to 42; leave as it is when the plan was kept.",
    )  # fmt: skip

    @classmethod
    def of(cls, row: Reassessment) -> "StartForm":
        """Filled with the plan."""
        return cls(initial={"started_on": row.planned_start, "cycle_length_days": row.cycle_length_days})


class DoneForm(forms.Form):
    """The day of the scan that was done."""

    date = day_field("Scan done on")

    @classmethod
    def of(cls, row: Reassessment) -> "DoneForm":
        """Filled with the booked day, when that has come."""
        booked = row.scan_booked_on
        return cls(initial={"date": booked if booked and booked <= timezone.localdate() else None})


class NotNeededForm(forms.Form):
    """Why the reassessment is not needed."""

    reason = forms.CharField(
        label="Reason", widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}), required=False,
        help_text="Your name and this reason stay with the patient; 3 to 300 characters.",
    )  # fmt: skip

    @classmethod
    def of(cls, row: Reassessment) -> "NotNeededForm":
        """Empty."""
        return cls()


class AgendaForm(forms.Form):
    """The meeting on whose agenda the patient goes."""

    meeting = forms.ModelChoiceField(label="Meeting", queryset=Meeting.objects.none(), empty_label=None)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["meeting"]
        if isinstance(field, forms.ModelChoiceField):
            coming = visible_meetings(user).exclude(state=Meeting.State.CLOSED)
            field.queryset = coming.order_by("starts_at")
