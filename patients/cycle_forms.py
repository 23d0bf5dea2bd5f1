"""The form of a line's cycles: a row a cycle, and the end of the therapy. What is wrong is said by the service."""

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from patients.cycles import WHY, WHY_STOPPED, read_reason, reason_text
from patients.models import TreatmentCycle
from patients.services import state_of

OUTCOMES = (
    ("", "–", ""),
    ("given", "Given", "g"),
    ("delayed", "Delayed", "d"),
    ("reduced", "Reduced", "r"),
    ("omitted", "Not given", "n"),
)
"""Code, word and key; nothing chosen is 'not recorded'."""
_DATE = {"type": "date"}


def _choices(known: dict[str, str], empty: str) -> list[tuple[str, str]]:
    return [("", empty), *known.items()]


class CycleRow(forms.Form):
    """One cycle. `cycle` is what is recorded of it (None: nothing)."""

    use_required_attribute = False
    number = forms.IntegerField(min_value=1, max_value=60, widget=forms.HiddenInput)
    date = forms.CharField(label="Day", required=False, widget=forms.DateInput(attrs=_DATE))
    outcome = forms.CharField(required=False)
    why = forms.ChoiceField(label="Why", required=False, choices=_choices(WHY, "why"))
    more = forms.CharField(
        label="In words", required=False, max_length=180,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "in words"}),
    )  # fmt: skip

    cycle: TreatmentCycle | None = None
    expected: datetime.date | None = None
    opened_on: str = ""

    @property
    def place(self) -> int:
        """The number of the cycle."""
        return int(self["number"].value())

    @property
    def seen(self) -> str:
        """The state that the row was read in, as it is sent back; after a refusal of this row, the state now."""
        return self.opened_on if self.is_bound and not self.touched else state_of(self.cycle)

    @property
    def touched(self) -> bool:
        """True when the row says something else than it did when it was opened."""
        typed = {
            name: self.data.get(f"{self.prefix}-{name}", "").strip()
            for name in ("date", "outcome", "why", "more")
        }
        day, outcome, reason = self.opened_on.split("|", 2) if self.opened_on else ("", "", "")
        why, more = read_reason(reason)
        if not self.opened_on and typed["date"] == (self.expected.isoformat() if self.expected else ""):
            typed["date"] = ""
        return typed != {"date": day, "outcome": outcome, "why": why, "more": more}

    @property
    def options(self) -> list[tuple[str, str, str, bool]]:
        """Code, word, key and whether it is chosen."""
        chosen = str(self["outcome"].value() or "")
        return [(code, word, key, code == chosen) for code, word, key in OUTCOMES]

    def row(self) -> dict[str, Any] | None:
        """The row for the service; None when it says nothing that is not recorded."""
        if not self.touched:
            return None
        typed = self.cleaned_data
        why = typed["why"] or ("other" if typed["more"] else "")
        return {
            "number": typed["number"],
            "date": typed["date"] or None,
            "outcome": typed["outcome"],
            "reason": reason_text(why, typed["more"]),
            "seen": self.opened_on,
        }


class StopForm(forms.Form):
    """That the therapy was stopped, and why."""

    use_required_attribute = False
    ended_on = forms.CharField(label="Stopped on", required=False, widget=forms.DateInput(attrs=_DATE))
    why = forms.ChoiceField(label="Why", required=False, choices=_choices(WHY_STOPPED, "not stopped"))
    more = forms.CharField(
        label="In words", required=False, max_length=90, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def stopped(self) -> dict[str, Any]:
        """`ended_on` and `end_reason` for the service; nothing when the therapy goes on."""
        typed = self.cleaned_data
        if not any(typed.values()):
            return {}
        reason = reason_text(typed["why"] or ("other" if typed["more"] else ""), typed["more"], WHY_STOPPED)
        return {"ended_on": typed["ended_on"], "end_reason": reason}


_CycleRows: Any = forms.formset_factory(CycleRow, extra=0, max_num=80, absolute_max=80)


def cycle_rows(
    rows: Sequence[tuple[int, datetime.date | None, TreatmentCycle | None]], data: Any = None
) -> Any:
    """The rows of a line (number, expected day, record) as forms; `data`: what was sent.

    A row that was sent finds its cycle by its number, not by its place: the list may have grown meanwhile.
    """
    initial = []
    for number, expected, cycle in rows:
        why, more = read_reason(cycle.reason) if cycle else ("", "")
        day = cycle.date if cycle else expected
        initial.append(
            {
                "number": number,
                "date": day.isoformat() if day else "",
                "outcome": cycle.outcome if cycle else "",
                "why": why,
                "more": more,
            }
        )
    formset = _CycleRows(data, initial=initial, prefix="cycle")
    by_number = {number: (expected, cycle) for number, expected, cycle in rows}
    for form in formset:
        raw = str(form["number"].value() or "")
        expected, cycle = by_number.get(int(raw) if raw.isdecimal() else 0, (None, None))
        form.expected, form.cycle = expected, cycle
        form.opened_on = str(data.get(f"{form.prefix}-seen", "")) if data is not None else form.seen
    return formset


def refuse(formset: Any, sent: Sequence[Any], stop: StopForm, error: ValidationError) -> list[str]:
    """Put the messages of the service at their inputs (`sent`: the forms in the order of the rows sent).

    Returns what belongs to no input.
    """
    rest: list[str] = []
    for name, messages in error.message_dict.items():
        block, _, place = name.partition(".")
        position, _, column = place.partition(".")
        if block == "rows" and position.isdecimal() and int(position) < len(sent):
            column = {"reason": "why"}.get(column, column)
            sent[int(position)].add_error(column if column in CycleRow.base_fields else None, messages)
        elif name in ("ended_on", "end_reason"):
            stop.add_error("why" if name == "end_reason" else "ended_on", messages)
        else:
            rest += messages
    return rest
