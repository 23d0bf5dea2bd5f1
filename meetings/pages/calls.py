"""The call list: whom to telephone about the clock, and what for."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from accounts.models import User
from meetings.clock import ClockEntry
from meetings.models import Reassessment
from patients.wording import day

CALLED_ABOUT = frozenset({"overdue", "due", "soon"})


@dataclass(frozen=True, slots=True)
class Handled:
    """Who last did something about a patient on the clock, what and when; `by` is None for a task."""

    by: User | None
    action: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One patient to be called, with what for and who handled the case last (None: not on record)."""

    entry: ClockEntry
    what_for: str
    handled: Handled | None


def call_list(entries: Iterable[ClockEntry], today: datetime.date) -> list[Call]:
    """Those for whom something is to be arranged by telephone, in the order of the clock."""
    wanted = [(entry, words) for entry in entries if (words := what_for(entry, today))]
    handled = last_handled([entry.reassessment.pk for entry, _ in wanted])
    return [Call(entry, words, handled.get(entry.reassessment.pk)) for entry, words in wanted]


def what_for(entry: ClockEntry, today: datetime.date) -> str:
    """What a call would be about; '' when there is nothing to arrange now."""
    row = entry.reassessment
    if entry.step == "start":
        assert row.planned_start is not None
        return f"Was day 1 given? Planned {day(row.planned_start)}" if row.planned_start <= today else ""
    if entry.step == "scan" and row.scan_booked_on is not None and row.scan_booked_on <= today:
        return f"Was the scan of {day(row.scan_booked_on)} made?"
    if entry.status not in CALLED_ABOUT:
        return ""
    if entry.step == "scan" and row.scan_booked_on is None:
        board = ", and a board" if entry.board is None else ""
        return f"A day for the restaging scan{board}"
    return "A board for the scan that was made" if entry.step == "board" and entry.board is None else ""


def last_handled(keys: Sequence[int]) -> dict[int, Handled]:
    """By reassessment: the newest change in the audit, with the person and what they did."""
    events = (
        cast("Any", Reassessment)
        .pgh_event_model.objects.filter(pgh_obj_id__in=keys)
        .order_by("pgh_obj_id", "-pgh_id")
        .distinct("pgh_obj_id")
        .select_related("pgh_context")
    )
    found = list(events)
    metadata = {
        event.pgh_obj_id: (event.pgh_context.metadata if event.pgh_context else {}) for event in found
    }
    people = User.objects.in_bulk([about["user"] for about in metadata.values() if about.get("user")])
    return {
        event.pgh_obj_id: Handled(
            people.get(metadata[event.pgh_obj_id].get("user")),
            str(metadata[event.pgh_obj_id].get("action", "")),
            event.pgh_created_at,
        )
        for event in found
    }
