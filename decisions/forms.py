"""Forms of the staging page that are no facts: its heading, and the reason of an amendment."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from patients.models import Staging


class HeadingForm(forms.Form):
    """Question, date and kind of a staging; the services say what is allowed."""

    question = forms.CharField(
        label="Question to the board",
        required=False,
        max_length=300,
        help_text="What the board is asked to decide",
    )
    date = forms.CharField(
        label="Staging date", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    kind = forms.ChoiceField(label="Kind", choices=Staging.Kind.choices)

    @classmethod
    def of(cls, staging: Staging, data: Any = None) -> "HeadingForm":
        """The form of `staging`, or of what was sent."""
        return cls(
            data,
            initial={
                "question": staging.question,
                "date": staging.date.isoformat() if staging.date else "",
                "kind": staging.kind,
            },
        )

    def refuse(self, error: ValidationError) -> None:
        """Show what a service refused, each message at its field."""
        for name, messages in error.message_dict.items():
            self.add_error(name if name in self.fields else None, messages)


class ReasonForm(forms.Form):
    """Why a staged case is amended."""

    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=300,
        help_text="For example: RAS result came in late; a size was corrected; judgement given in the room",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def refuse(self, error: ValidationError) -> None:
        """Show what a service refused."""
        for name, messages in error.message_dict.items():
            self.add_error(name if name in self.fields else None, messages)
