"""How an element of a decision ended."""

from django import forms
from django.utils import timezone

from meetings.models import DecisionElement

Result = DecisionElement.Result
ENDINGS = [(value, label) for value, label in Result.choices if value != Result.OPEN]
NO_DAY = {
    "invalid": "This is no date; allowed: a date as YYYY-MM-DD.",
    "required": "A date is needed; allowed: a date as YYYY-MM-DD.",
}


class EndForm(forms.Form):
    """Result, day, coded reason and words; the service says what is wrong with them."""

    was = forms.ChoiceField(choices=Result.choices, widget=forms.HiddenInput, required=False)
    result = forms.CharField(required=False)
    on = forms.DateField(
        label="On",
        error_messages=NO_DAY,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    code = forms.ChoiceField(
        label="Why, if not as decided",
        required=False,
        choices=[("", "–"), *DecisionElement.ResultCode.choices],
        error_messages={"invalid_choice": "%(value)s is not allowed; allowed: one of the list."},
    )
    reason = forms.CharField(
        label="In words",
        required=False,
        widget=forms.TextInput(attrs={"maxlength": "200", "class": "w-full"}),
    )

    @classmethod
    def of(cls, element: DecisionElement) -> "EndForm":
        """The form of an element as it is now, for today unless it has ended."""
        return cls(
            initial={
                "was": element.result,
                "result": element.result if element.result != Result.OPEN else Result.DONE,
                "on": element.result_on or timezone.localdate(),
                "code": element.result_code,
                "reason": element.result_reason,
            }
        )
