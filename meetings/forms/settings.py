"""What a board chooses for itself."""

from typing import Any

from django import forms

from meetings.models import BoardSettings
from meetings.standard import HABITS, habits_of


class BoardSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The switches of one board, and the days of its terms by name (`standard.HABITS`)."""

    class Meta:
        model = BoardSettings
        fields = ("advice_after_vote", "confirm_without_discussion")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = habits_of(self.instance)
        for name, habit in HABITS.items():
            allowed = f"allowed: {habit.least} to {habit.most} days."
            self.fields[name] = forms.IntegerField(
                label=habit.label,
                required=False,
                min_value=habit.least,
                max_value=habit.most,
                initial=days[name],
                widget=forms.NumberInput(attrs={"class": "w-8"}),
                error_messages={
                    "invalid": f"This is no whole number; {allowed}",
                    "min_value": f"%(show_value)s is not allowed; {allowed}",
                    "max_value": f"%(show_value)s is not allowed; {allowed}",
                },
            )

    @property
    def switches(self) -> list[Any]:
        """What is on or off."""
        return [self[name] for name in self.Meta.fields]

    @property
    def terms(self) -> list[Any]:
        """The terms, in the order of the page; each with what the program offers (`offered`, days)."""
        bound = [self[name] for name in HABITS]
        for field in bound:
            field.offered = HABITS[field.name].days  # type: ignore[attr-defined]
        return bound

    @property
    def given(self) -> dict[str, Any]:
        """What was sent, for the service; a term that was emptied goes back to what the program offers."""
        sent = {name: self.cleaned_data[name] for name in self.Meta.fields}
        terms = {name: self.cleaned_data[name] for name in HABITS if self.add_prefix(name) in self.data}
        return {
            **sent,
            "habits": {name: HABITS[name].days if days is None else days for name, days in terms.items()},
        }
