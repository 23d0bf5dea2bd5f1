"""One fact on the entry page: what is asked, what stands there, where it comes from, what it was before."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils import timezone

from decisions.case_facts import ResolvedFact
from decisions.pages.layout import anchor
from decisions.pages.words import fact_words, value_in_words
from patients.facts import FACT_COLUMNS, FactColumn
from patients.models import FactEntry, Staging
from patients.models.columns import CodedList, Count, Day, Quantity, Words, YesNo
from patients.values import EARLIEST, MAY_LIE_AHEAD, codes_of
from patients.wording import day, number

SEGMENTED_AT_MOST = 4
"""Codes that are laid out side by side; more of them become a list to choose from."""
SMALL_COUNT = 5
"""Whole numbers from 0 to at most this are laid out side by side."""
YES_NO = (("yes", "Yes"), ("no", "No"))
UNKNOWN = "unknown"
NONE = "none"
"""The box of a list that says 'none of them', which is an answer and not silence."""


def kind_of(column: FactColumn) -> str:
    """How a fact is asked: yes_no, choice (side by side), select, list, number, date or text."""
    stored = column.field
    if isinstance(stored, YesNo):
        return "yes_no"
    if isinstance(stored, CodedList):
        return "list"
    if isinstance(stored, Day):
        return "date"
    if isinstance(stored, Count) and _small(stored):
        return "choice"
    if isinstance(stored, (Count, Quantity)):
        return "number"
    if isinstance(stored, Words) or not codes_of(stored):
        return "text"
    return "choice" if len(codes_of(stored)) <= SEGMENTED_AT_MOST else "select"


def _small(stored: Count) -> bool:
    return (
        stored.low is not None and stored.high is not None and stored.low >= 0 and stored.high <= SMALL_COUNT
    )


def options_of(column: FactColumn) -> tuple[tuple[str, str], ...]:
    """What may be chosen, as (code, words); empty where something is typed."""
    stored = column.field
    if isinstance(stored, YesNo):
        return YES_NO
    if isinstance(stored, Count):
        if not _small(stored):
            return ()
        assert stored.low is not None
        assert stored.high is not None
        return tuple((str(n), str(n)) for n in range(int(stored.low), int(stored.high) + 1))
    words = fact_words(column.name)
    options = tuple((code, words.code(code)) for code in codes_of(stored))
    return (*options, (NONE, "None of these")) if isinstance(stored, CodedList) else options


def range_hint(stored: "models.Field[Any, Any]") -> str:
    """'1 to 300', 'YYYY-MM-DD, not in the future': what may be typed, besides the unit."""
    if isinstance(stored, (Count, Quantity)) and stored.low is not None:
        return f"{number(stored.low)} to {number(stored.high)}"
    if isinstance(stored, Day):
        first = EARLIEST.get(stored.name)
        since = f"from {first.year}" if first else ""
        until = "" if stored.name in MAY_LIE_AHEAD else "not in the future"
        return ", ".join(part for part in (since, until) if part)
    return ""


def as_text(value: Any) -> str:
    """A stored value as an input holds it: yes, no, a code, codes with commas, a number, an ISO date."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value) or NONE
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def state_text(value: Any, entry: FactEntry | None) -> str:
    """What a row held when it was shown: the value as text, 'unknown' when asked and not known, '' when never asked."""
    if value is not None:
        return as_text(value)
    return UNKNOWN if entry is not None and entry.state == FactEntry.State.NOT_KNOWN else ""


def default_day(staging: Staging) -> datetime.date:
    """The date a new fact gets unless another is given: that of the staging, or today if that lies ahead."""
    today = timezone.localdate()
    return min(staging.date or today, today)


@dataclass(frozen=True, slots=True)
class Previous:
    """What the previous staging said; `offered` while it can still be taken over."""

    text: str
    on: datetime.date | None
    offered: bool


@dataclass(frozen=True, slots=True)
class FactRow:
    """A row of the entry page. `text` is what the input holds, `was` what it held when the page was made."""

    name: str
    kind: str
    label: str
    hint: str
    unit: str
    options: tuple[tuple[str, str], ...]
    text: str
    was: str
    origin: str
    shown: str
    basis: str
    observed_on: datetime.date | None
    date_text: str
    stale: bool
    previous: Previous | None = None
    error: str = ""
    date_error: str = ""
    recorded_by: str = ""

    @property
    def anchor(self) -> str:
        return anchor(self.name)

    @property
    def entered(self) -> bool:
        """Somebody said something about it in this staging, be it that it is not known."""
        return self.was != ""

    @property
    def not_known(self) -> bool:
        return self.text == UNKNOWN

    @property
    def chosen(self) -> list[str]:
        """The codes that are ticked, of a list."""
        return [code for code in self.text.split(",") if code and code != UNKNOWN]

    @property
    def numeric(self) -> bool:
        """Its options are numbers, each chosen by its own digit."""
        return self.kind == "choice" and all(code.isdigit() for code, _ in self.options)

    @property
    def described(self) -> str:
        """The ids of what a screen reader reads after the label: message, range, value worked out."""
        parts = (("error", self.error), ("hint", self.hint), ("shown", self.shown))
        return " ".join(f"{self.anchor}-{part}" for part, text in parts if text)

    @property
    def known(self) -> bool:
        """A value stands there, typed or worked out."""
        return bool(self.origin) and self.origin != "not_known"


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody sent for one row and could not be stored, so that it stays in the form."""

    text: str
    date_text: str = ""
    error: str = ""
    date_error: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the rows of a staging are made of, fetched once."""

    staging: Staging
    stored: Mapping[str, Any]
    entries: Mapping[str, FactEntry]
    resolved: Mapping[str, ResolvedFact]
    before: Staging | None = None
    before_resolved: Mapping[str, ResolvedFact] = field(default_factory=dict)


def build_row(name: str, sources: Sources, typed: Typed | None = None) -> FactRow:
    """The row of fact `name`."""
    column = FACT_COLUMNS[name]
    words = fact_words(name)
    value, entry = sources.stored.get(name), sources.entries.get(name)
    found = sources.resolved.get(name)
    worked_out = found is not None and found.value is not None and value is None
    was = state_text(value, entry)
    observed_on = entry.observed_on if entry else None
    return FactRow(
        name=name,
        kind=kind_of(column),
        label=words.label,
        hint=_hint(column),
        unit=words.unit,
        options=options_of(column),
        text=typed.text if typed else was,
        was=was,
        origin=_origin(value, entry, found),
        shown=value_in_words(name, found.value) if worked_out and found else "",
        basis=found.basis if worked_out and found else "",
        observed_on=observed_on if value is not None or entry else found.observed_on if found else None,
        date_text=typed.date_text if typed else as_text(observed_on or default_day(sources.staging)),
        stale=bool(found and found.stale),
        previous=_previous(column, sources, value, entry),
        error=typed.error if typed else "",
        date_error=typed.date_error if typed else "",
        recorded_by=str(entry.recorded_by) if entry else "",
    )


def build_rows(names: Sequence[str], sources: Sources, typed: Mapping[str, Typed]) -> list[FactRow]:
    """The rows of several facts; `typed` holds what was sent for some of them and not stored."""
    return [build_row(name, sources, typed.get(name)) for name in names]


def _hint(column: FactColumn) -> str:
    if kind_of(column) not in ("number", "date"):
        return ""
    return range_hint(column.field)


def _origin(value: Any, entry: FactEntry | None, found: ResolvedFact | None) -> str:
    """entered, confirmed, imported, series, derived; not_known when asked in vain; '' when nothing is known."""
    if value is not None:
        return str(entry.source) if entry else "entered"
    if found is not None and found.value is not None:
        return found.origin
    return "not_known" if entry else ""


def _previous(column: FactColumn, sources: Sources, value: Any, entry: FactEntry | None) -> Previous | None:
    """Only facts of the staging have a previous value; those of the patient are not asked again."""
    found = sources.before_resolved.get(column.name)
    if sources.before is None or column.level == "patient" or found is None or found.value is None:
        return None
    offered = found.origin == "entered" and value is None and (entry is None)
    return Previous(
        value_in_words(column.name, found.value), found.observed_on or sources.before.date, offered
    )


def origin_words(row: FactRow) -> str:
    """Where the value comes from, in words: 'entered', 'as on 9 Jan 2026', 'from the lesion list'."""
    if row.origin == "confirmed":
        return f"as on {day(row.observed_on)}" if row.observed_on else "as before"
    return {"entered": "entered", "imported": "imported", "not_known": "asked, not known"}.get(
        row.origin, row.basis
    )
