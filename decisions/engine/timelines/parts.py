"""What a timeline is made of: occasions, the events that close them, and the row of the table itself."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from decisions.engine.logic import Context

Date = datetime.date
Role = Literal["coordinator", "oncologist", "radiologist", "surgeon", "transplant", "board"]
ROLES: dict[Role, str] = {
    "coordinator": "coordinator",
    "oncologist": "oncologist",
    "radiologist": "radiologist",
    "surgeon": "liver surgeon",
    "transplant": "transplant team",
    "board": "board",
}
"""Whom a timeline speaks to, and the words for it."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One date or window of a timeline.

    `key` tells apart what one timeline asks several times, and stays the same when the dates move ('' where
    there is only one); `trigger` is the day that it hangs on; `first` and `last` are both included, the same
    day twice for a single date.
    """

    key: str
    trigger: Date
    first: Date
    last: Date


@dataclass(frozen=True, slots=True)
class LineCourse:
    """One line of systemic therapy of the record; `drugs` names the targeted and other drugs as entered."""

    number: int
    start: Date
    ended_on: Date | None = None
    drugs: str = ""


@dataclass(frozen=True, slots=True)
class Events:
    """What has happened to the patient, whatever the facts of the staging say; nothing of it lies ahead.

    `today` is None inside an assessment, where no day has passed. `studies` are examinations of the whole
    liver, `procedures` kind and day, `boards` the days of decisions, `last_outcome` what the last one said.
    """

    today: Date | None = None
    volumetries: tuple[Date, ...] = ()
    studies: tuple[Date, ...] = ()
    procedures: tuple[tuple[str, Date], ...] = ()
    lines: tuple[LineCourse, ...] = ()
    boards: tuple[Date, ...] = ()
    last_outcome: str = ""

    def line_of(self, number: int | None, start: Date | None) -> LineCourse | None:
        """The line of the record with this number, else with this day 1; None when it holds none such."""
        same = (line for line in self.lines if line.number == number)
        return next(same, None) or next((line for line in self.lines if line.start == start), None)


NOTHING = Events()
LINE = "line "
"""What the key of an occasion begins with that belongs to one line of therapy; its number follows."""


@dataclass(frozen=True, slots=True)
class Happening:
    """The event that closes a reminder, and its day, which `what` leads up to: 'Volumetry of'."""

    what: str
    on: Date


Spans = Callable[[Context, Events], Iterator[Occasion]]
Happened = Callable[[Context, Events, Occasion], Happening | None]


def _key(occasion: Occasion) -> str:
    return occasion.key


@dataclass(frozen=True, slots=True)
class Timeline:
    """One row of part D.

    `trigger`, `closes` and `gone` say in words what it hangs on, which event ends it, and why it ends when the
    trigger is there no more. `to` names whom it speaks to, the first of them answers for it. `verified`: 'yes',
    'memory', 'engine_choice' or 'external'. `kept`: 'reminder'; 'note' stands on the timeline and asks nobody;
    'note_or_reminder' is a note until transplantation is under consideration; 'reassessment': T-01 to T-03 are
    one row of the conversion clock; 'program': done by the program itself, without a date. `repeats`: its event
    is the trigger of the next occasion. `detail` says in words which of several occasions one is.
    """

    id: str
    label: str
    trigger: str
    closes: str
    gone: str
    to: tuple[Role, ...]
    source: str
    verified: str
    spans: Spans
    happened: Happened
    kept: Literal["reminder", "note", "note_or_reminder", "reassessment", "program"] = "reminder"
    repeats: bool = False
    detail: Callable[[Occasion], str] = _key

    @property
    def recipient(self) -> str:
        """Whom it speaks to, in words."""
        return ", ".join(ROLES[role] for role in self.to) or "program"

    def is_note(self, ctx: Context, events: Events = NOTHING) -> bool:
        """True while it stands on the timeline and asks nobody; not known to be considered is not considered."""
        if self.kept == "note_or_reminder":
            return under_consideration(ctx, events) is not True
        return self.kept == "note"

    def closed_by(self, ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
        """The event that ends this occasion, None while it has not happened; a note ends with its day."""
        found = self.happened(ctx, events, occasion)
        return passed(ctx, events, occasion) if found is None and self.is_note(ctx, events) else found

    def why_gone(self, ctx: Context, events: Events, occasion: Occasion) -> str | Happening:
        """Why an occasion that was asked for is asked for no more."""
        if occasion.key.startswith(LINE):
            number = int(occasion.key.removeprefix(LINE))
            line = events.line_of(number, occasion.trigger)
            if line is not None and line.ended_on is not None:
                return Happening(f"Line {number} ended on", line.ended_on)
            if ctx.facts.get("treatment.current_line") not in (None, number):
                return "Another line has begun"
        return self.gone


TRANSPLANT = "transplant"
"""The procedure of the record, and the board's outcome 'Transplant evaluation'."""


def under_consideration(ctx: Context, events: Events = NOTHING) -> bool | None:
    """Whether transplantation is considered: it makes reminders of the notes T-10, T-11 and T-16.

    True with a date planned, or when the last board decided to evaluate it; None when nothing tells. A programme
    or graft that is available (`lt.available`) does not say that it is meant for this patient; that none is
    available, or that the patient was transplanted, rules it out.
    """
    done = any(kind == TRANSPLANT for kind, _ in events.procedures)
    if done or ctx.facts.get("case.phase") == "post_transplant":
        return False
    if ctx.facts.get("lt.planned_date") is not None or events.last_outcome == TRANSPLANT:
        return True
    return False if ctx.facts.get("lt.available") is False else None


def passed(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
    """The day has passed."""
    if events.today is not None and events.today > occasion.last:
        return Happening("The day passed on", occasion.last)
    return None


def day(ctx: Context, name: str) -> Date | None:
    """The date of a fact; None when it is missing."""
    found: Any = ctx.facts.get(name)
    return found if isinstance(found, Date) else None


def limit(ctx: Context, name: str) -> int:
    """A threshold that counts days, weeks, months or years."""
    return int(ctx.thresholds.value(name))


def first_since(days: Iterable[Date], since: Date) -> Date | None:
    """The earliest of `days` on or after `since`."""
    return min((day for day in days if day >= since), default=None)
