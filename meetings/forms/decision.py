"""The form of the board's decision. It hands over what was typed; the service says what is wrong with it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from meetings.models import BoardDecision, DecisionElement

ROWS = 3
"""Empty rows for what is to be done."""


class DecisionForm(forms.Form):
    """Outcome, rationale and the rest; `revision` is the one that the form was opened on (0: none)."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label="Outcome", choices=[("", "choose"), *BoardDecision.Outcome.choices], required=False
    )
    rationale = forms.CharField(
        label="Rationale", required=False, widget=forms.Textarea(attrs={"rows": 1, "class": "w-full"})
    )
    deviation_reason = forms.ChoiceField(
        label="Reason for deviating",
        choices=[("", "none needed"), *BoardDecision.DeviationReason.choices],
        required=False,
        help_text="Only when the outcome deviates from the advice.",
    )
    dissent = forms.CharField(
        label="Dissent", required=False, widget=forms.TextInput(attrs={"class": "w-full"})
    )
    provisional = forms.BooleanField(
        label="Provisional", required=False, help_text="Something is still to come that may change it."
    )

    @classmethod
    def of(cls, decision: BoardDecision | None) -> "DecisionForm":
        """The form as it stands for a decision that is recorded, or for none."""
        if decision is None:
            return cls(initial={"revision": 0})
        names = ("revision", "outcome", "rationale", "deviation_reason", "dissent", "provisional")
        return cls(initial={name: getattr(decision, name) for name in names})


class ElementForm(forms.Form):
    """One thing to be done."""

    kind = forms.ChoiceField(
        label="Kind", choices=[("", "nothing"), *DecisionElement.Kind.choices], required=False
    )
    detail = forms.CharField(label="What", required=False, max_length=200, widget=forms.TextInput)
    responsible = forms.CharField(label="Who", required=False, max_length=120)
    deadline = forms.DateField(
        label="By", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    planned_start = forms.DateField(
        label="Day 1 planned",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    cycle_length_days = forms.IntegerField(
        label="Cycle, days",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "w-4"}),
    )

    def given(self) -> dict[str, Any]:
        """What was filled in; nothing for an empty row."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


ElementFormSet = forms.formset_factory(ElementForm, extra=ROWS, max_num=12, absolute_max=20)


def element_forms(decision: BoardDecision | None) -> Any:
    """The rows of a recorded decision, and empty ones."""
    names = ElementForm.base_fields
    rows = [] if decision is None else list(decision.elements.all())
    initial = [{name: getattr(row, name) for name in names} for row in rows]
    return ElementFormSet(initial=initial, prefix="element")


def posted_elements(formset: Any) -> list[dict[str, Any]]:
    """The rows that say something, in order."""
    return [given for form in formset if (given := form.given())]


def show_errors(form: DecisionForm, formset: Any, error: ValidationError) -> None:
    """Put the service's messages beside the inputs that they are about; the others above the form."""
    messages: Mapping[str, list[str]] = error.message_dict
    filled = [row for row in formset if row.given()]
    for name, texts in messages.items():
        block, _, rest = name.partition(".")
        position, _, column = rest.partition(".")
        if block == "elements" and position.isdigit() and column in ElementForm.base_fields:
            filled[int(position)].add_error(column, texts)
        else:
            form.add_error(name if name in form.fields else None, texts)
