"""What a form of the entry page sent, read row by row.

A row of fact `x.y` posts `x.y` (its value), `x.y.date` (the day it was observed), `x.y.was` (what the row held
when the page was made) and, from the box beside an input, `x.y.unknown`. An empty value means 'never asked',
the word `unknown` means 'asked, and not known'.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from decisions.pages.rows import NONE, UNKNOWN, Typed, kind_of
from patients.facts import FACT_COLUMNS
from patients.models import FactEntry

UNKNOWN_WORDS = frozenset({"unknown", "not known", "u", "?"})
"""What may be typed into an input instead of ticking 'not known'."""


@dataclass(frozen=True, slots=True)
class PostedFact:
    """One row as it was sent: its value as text, its date as text, and what the row held before."""

    name: str
    text: str
    date_text: str
    was: str

    @property
    def changed(self) -> bool:
        return self.text != self.was

    @property
    def value(self) -> str | list[str] | None:
        """For the service: None is 'asked, and not known', an empty list 'none of them'."""
        if self.text == UNKNOWN:
            return None
        if kind_of(FACT_COLUMNS[self.name]) == "list":
            return [code for code in self.text.split(",") if code != NONE]
        return self.text

    def typed(self, error: str = "", date_error: str = "") -> Typed:
        return Typed(self.text, self.date_text, error, date_error)


def read_fact(name: str, data: QueryDict) -> PostedFact | None:
    """The row of `name` in `data`; None when the form did not hold it."""
    if f"{name}.was" not in data and name not in data:
        return None
    kind = kind_of(FACT_COLUMNS[name])
    text = _list(data.getlist(name)) if kind == "list" else data.get(name, "").strip()
    if data.get(f"{name}.unknown") or text.lower() in UNKNOWN_WORDS:
        text = UNKNOWN
    return PostedFact(
        name=name,
        text=text,
        date_text=data.get(f"{name}.date", "").strip(),
        was=data.get(f"{name}.was", "").strip(),
    )


def _list(values: list[str]) -> str:
    """Ticked codes; a code wins over 'none of them'."""
    chosen = [value.strip() for value in values if value.strip()]
    return ",".join(code for code in chosen if code != NONE) or (NONE if chosen else "")


def changed_meanwhile(posted: PostedFact, now: str, entry: FactEntry | None) -> str:
    """A sentence when somebody else has changed this fact since the page was made, or ''.

    `now` is what the row would hold if the page were made now (`rows.state_text`).
    """
    if now in (posted.was, posted.text):
        return ""
    who = f" by {entry.recorded_by}" if entry else ""
    what = {"": "cleared", UNKNOWN: "set to not known"}.get(now, f"changed to {now!r}")
    return f"Meanwhile this was {what}{who}. Your answer stands here but is not saved; save it again to replace that."


def refused_rows(posted: Mapping[str, PostedFact], errors: Mapping[str, list[str]]) -> dict[str, Typed]:
    """What was sent, with the message above each row that is wrong; nothing typed is lost."""
    return {
        name: fact.typed(
            error=" ".join(errors.get(name, [])),
            date_error=" ".join(errors.get(f"{name}.date", [])),
        )
        for name, fact in posted.items()
        if fact.changed or name in errors or f"{name}.date" in errors
    }
