"""The form of the board's decision. It hands over what was typed; the service says what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from meetings.models import BoardDecision, DecisionElement

ROWS = 1
"""Empty rows for what else is to be done; there is a new one whenever the form is made anew."""
ONLY: Mapping[str, str] = {
    "planned_start": DecisionElement.Kind.SYSTEMIC,
    "cycle_length_days": DecisionElement.Kind.SYSTEMIC,
    "missing_fact": DecisionElement.Kind.DEFER,
}
"""Columns that only one kind has; the form hides them for the others, and does not send what stands hidden."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Who may own a task, and which missing facts (name, label) a case may wait for, most useful first."""

    people: Sequence[User] = ()
    missing: Sequence[tuple[str, str]] = ()


class DecisionForm(forms.Form):
    """Outcome, rationale and the rest; `revision` is the one that the form was opened on (0: none).

    `shown_outcome` is the outcome for which `provisional` and the rows were shown, `room_item` the case that the
    room looked at when the form was made, `moved_on` the one that the chair has been asked about.
    """

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    room_item = forms.CharField(required=False, widget=forms.HiddenInput)
    moved_on = forms.CharField(required=False, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label="Outcome", choices=[("", "choose"), *BoardDecision.Outcome.choices], required=False
    )
    rationale = forms.CharField(
        label="Rationale",
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 1, "class": "w-full", "data-key": "m", "data-key-label": "Rationale"}
        ),
    )
    dissent = forms.CharField(
        label="Dissent", required=False, widget=forms.TextInput(attrs={"class": "w-full"})
    )
    shown_outcome = forms.CharField(required=False, widget=forms.HiddenInput)
    deviation_reason = forms.ChoiceField(
        label="Reason for deviating",
        choices=[("", "none given"), *BoardDecision.DeviationReason.choices],
        required=False,
        widget=forms.Select(
            attrs={"data-key": "y", "data-key-label": "Reason for deviating, then its first letter"}
        ),
    )
    intent = forms.ChoiceField(
        label="Intent",
        choices=BoardDecision.Intent.choices,
        required=False,
        widget=forms.Select(attrs={"data-key": "i", "data-key-label": "Intent"}),
    )
    provisional = forms.BooleanField(label="Provisional", required=False)

    def ask_why(self) -> None:
        """Ask for the reason of a deviation where it is given; what it deviates from is said beside it."""
        self.add_error("deviation_reason", "This outcome deviates from the advice. A reason is needed.")
        self.fields["deviation_reason"].widget.attrs["data-focus"] = True

    @property
    def asks_why(self) -> bool:
        """Whether nothing but the reason of a deviation is asked for."""
        return "data-focus" in self.fields["deviation_reason"].widget.attrs

    @classmethod
    def of(cls, decision: BoardDecision | None, room_item: int | None = None) -> "DecisionForm":
        """The form as it stands for a decision that is recorded, or for none."""
        if decision is None:
            return cls(initial={"revision": 0, "room_item": room_item})
        names = ("revision", "outcome", "rationale", "deviation_reason", "dissent", "intent", "provisional")
        initial = {name: getattr(decision, name) for name in names}
        return cls(initial={**initial, "shown_outcome": decision.outcome, "room_item": room_item})


class ElementForm(forms.Form):
    """One thing to be done."""

    kind = forms.ChoiceField(
        label="Kind", choices=[("", "nothing"), *DecisionElement.Kind.choices], required=False
    )
    detail = forms.CharField(label="What", required=False, max_length=200, widget=forms.TextInput)
    missing_fact = forms.ChoiceField(label="Waits for", required=False)
    owner = forms.ChoiceField(label="Who", required=False)
    responsible = forms.CharField(label="Or office", required=False, max_length=120)
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

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in choices.people}
        owners = [(key, person.introduction) for key, person in self.people.items()]
        self.fields["owner"].choices = [("", "nobody named"), *owners]  # type: ignore[attr-defined]
        waits = self.fields["missing_fact"]
        waits.choices = [("", "no single fact"), *choices.missing]  # type: ignore[attr-defined]

    def clean_owner(self) -> User | None:
        """The person behind the key."""
        return self.people.get(self.cleaned_data["owner"])

    def given(self) -> dict[str, Any]:
        """What was filled in and belongs to the kind; nothing for an empty row."""
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        if "kind" not in given and "detail" not in given:
            return {}
        return {
            name: value
            for name, value in given.items()
            if ONLY.get(name, given.get("kind")) == given.get("kind")
        }

    def shown(self) -> dict[str, Any]:
        """What stands in the row, as it was typed where it is wrong."""
        if self.is_valid():
            return self.given()
        return {name: value for name in self.fields if (value := self[name].value())}


ElementFormSet = forms.formset_factory(ElementForm, extra=ROWS, max_num=12, absolute_max=20)


def element_forms(rows: Sequence[Mapping[str, Any]], choices: Choices) -> Any:
    """The rows given, and empty ones."""
    initial = [{**row, "owner": getattr(row.get("owner"), "pk", row.get("owner"))} for row in rows]
    return ElementFormSet(initial=initial, prefix="element", form_kwargs={"choices": choices})


def recorded_rows(decision: BoardDecision | None) -> list[dict[str, Any]]:
    """The elements of a recorded decision as rows of the form."""
    elements = [] if decision is None else list(decision.elements.all())
    return [{name: getattr(element, name) for name in ElementForm.base_fields} for element in elements]


def bound_elements(data: Any, choices: Choices) -> Any:
    """The rows that were sent."""
    return ElementFormSet(data, prefix="element", form_kwargs={"choices": choices})


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
