"""Forms of the dated reminders."""

from django import forms


class ReminderNotNeededForm(forms.Form):
    """Why a reminder is not needed."""

    reason = forms.CharField(
        label="Reason", widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}), required=False,
        help_text="Your name and this reason stay with the patient; 3 to 300 characters.",
    )  # fmt: skip
