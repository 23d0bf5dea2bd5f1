"""Whether the event that a reminder asks for has happened: pure predicates on facts and events."""

from __future__ import annotations

from collections.abc import Iterable

from decisions.engine.logic import Context
from decisions.engine.timelines.parts import (
    LINE,
    Date,
    Events,
    Happened,
    Happening,
    Occasion,
    day,
    first_since,
    passed,
)

__all__ = [
    "any_of", "board", "discussed", "imaging", "line_ended", "never", "operated", "passed", "seen", "transplanted",
    "volumetry",
]  # fmt: skip

PROCEDURES = {"liver_resection": "Liver resection of", "transplant": "Liver transplantation of"}
"""Procedures after which the remnant is a question no more, and their words."""


def _known(*days: Date | None) -> list[Date]:
    return [day for day in days if day is not None]


def _first(what: str, days: Iterable[Date], since: Date) -> Happening | None:
    on = first_since(days, since)
    return Happening(what, on) if on else None


def _operation(ctx: Context, events: Events, since: Date) -> Happening | None:
    """The liver was resected or replaced on or after a day."""
    done = [(on, PROCEDURES[kind]) for kind, on in events.procedures if kind in PROCEDURES and on >= since]
    resected = day(ctx, "post.liver_resection_date")
    if resected is not None and resected >= since:
        done.append((resected, PROCEDURES["liver_resection"]))
    return Happening(min(done)[1], min(done)[0]) if done else None


def never(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
    """Closed elsewhere."""
    return None


def any_of(*predicates: Happened) -> Happened:
    """The first of several that has happened."""

    def happened(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
        found = (predicate(ctx, events, occasion) for predicate in predicates)
        return next((one for one in found if one is not None), None)

    return happened


def volumetry(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
    """A volumetry on or after the first day."""
    days = [*events.volumetries, *_known(day(ctx, "volumetry.post_date"))]
    return _first("Volumetry of", days, occasion.first)


def imaging(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
    """An examination of the liver on or after the first day."""
    days = [*events.studies, *_known(day(ctx, "imaging.restaging_date"))]
    return _first("Imaging of", days, occasion.first)


def board(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
    """A decision of the board on or after the first day."""
    return _first("Decision of the board of", events.boards, occasion.first)


def operated(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
    """The liver was resected or replaced since the trigger."""
    return _operation(ctx, events, occasion.trigger)


def transplanted(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
    """The transplantation was done since the trigger."""
    days = [on for kind, on in events.procedures if kind == "transplant"]
    found = _first(PROCEDURES["transplant"], days, occasion.trigger)
    staged = day(ctx, "case.decision_date")
    if found is None and staged is not None and ctx.facts.get("case.phase") == "post_transplant":
        return _first("Staged after transplantation, on", [staged], occasion.trigger)
    return found


def line_ended(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
    """The line that it speaks of has ended."""
    number = int(occasion.key.removeprefix(LINE)) if occasion.key else None
    line = events.line_of(number, occasion.trigger)
    if line is None or line.ended_on is None:
        return None
    return Happening(f"Line {line.number} ended on", line.ended_on)


def discussed(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
    """The board has decided on the case since, or the staged facts say that it was discussed."""
    found = _first("Decision of the board of", events.boards, occasion.trigger)
    staged = day(ctx, "case.decision_date")
    if found is None and staged is not None and ctx.facts.get("case.mdt_discussed_at_diagnosis") is True:
        return Happening("Discussed at diagnosis, by the staging of", staged)
    return found


def seen(ctx: Context, events: Events, occasion: Occasion) -> Happening | None:
    """A case staged on or after the day already reckons with it."""
    return _first("Staging of", _known(day(ctx, "case.decision_date")), occasion.last)
