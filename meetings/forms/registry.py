"""The period and the centre that the board's figures are asked for."""

import datetime
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import Centre
from decisions.engine.calendar import add_months
from meetings.registry import Period

LONGEST_YEARS = 10


def last_twelve_months(today: datetime.date) -> Period:
    """This month and the eleven before it, to today."""
    return Period(add_months(today.replace(day=1), -11), today)


def _day(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    wrong = "This is no date; allowed: a date as YYYY-MM-DD."
    return forms.DateField(label=label, widget=widget, error_messages={"invalid": wrong, "required": wrong})


class PeriodForm(forms.Form):
    """First and last day, both included, and a centre (none: all that the user sees)."""

    first = _day("From")
    last = _day("To")
    centre = forms.ModelChoiceField(
        Centre.objects.none(), label="Centre", required=False, to_field_name="code", empty_label="all centres",
        error_messages={"invalid_choice": "This is no centre of yours; allowed: one of the list."},
    )  # fmt: skip

    def __init__(self, asked: Mapping[str, Any], *, today: datetime.date, centres: QuerySet[Centre]) -> None:
        """`asked` are the parameters of the address; days left out are those of the last twelve months."""
        default = last_twelve_months(today)
        super().__init__(
            {
                "first": asked.get("first") or default.first.isoformat(),
                "last": asked.get("last") or default.last.isoformat(),
                "centre": asked.get("centre", ""),
            }
        )
        self.default = default
        centre = self.fields["centre"]
        assert isinstance(centre, forms.ModelChoiceField)
        centre.queryset = centres

    def clean(self) -> dict[str, Any]:
        """The days in order, and not too far apart."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and first > last:
            text = f"{first.isoformat()} is not allowed; allowed: a day up to {last.isoformat()}."
            raise ValidationError({"first": text})
        if first and last and last > add_months(first, 12 * LONGEST_YEARS):
            text = (
                f"{first.isoformat()} is not allowed; allowed: at most {LONGEST_YEARS} years before the end."
            )
            raise ValidationError({"first": text})
        return given

    @property
    def period(self) -> Period:
        """The period asked for; the last twelve months while the form has errors."""
        if not self.is_valid():
            return self.default
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])

    @property
    def chosen_centre(self) -> Centre | None:
        """The centre asked for."""
        return self.cleaned_data.get("centre") if self.is_valid() else None
