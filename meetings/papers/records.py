"""The rows that documents are composed from, selected once (`meetings/documents.py`), read-only after that."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from meetings.models import (
    AgendaItem,
    Attendance,
    BoardDecision,
    Confirmation,
    DecisionAddendum,
    DecisionElement,
    LetterTemplate,
    Meeting,
    Reassessment,
    RoomEvent,
)
from patients.models import Patient, Staging


@dataclass(frozen=True, slots=True)
class Tally:
    """A vote that was revealed: the question, how many chose what, most first, and whether they were split.

    Never who chose it.
    """

    question: str
    counts: Sequence[tuple[str, int]]
    split: bool = False


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case of a meeting: what the board saw (`document`, `result`; empty when it was never staged),
    and what it decided. `minutes` is how long it was on the screen, None when nobody knows; `confirmations` are
    whose word stands behind a decision without discussion.
    `letter`: the centre's own sentences for its letters.
    """

    item: AgendaItem
    staging: Staging
    patient: Patient
    document: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    decision: BoardDecision | None = None
    elements: Sequence[DecisionElement] = ()
    addenda: Sequence[DecisionAddendum] = ()
    votes: Sequence[Tally] = ()
    reassessment: Reassessment | None = None
    minutes: int | None = None
    letter: LetterTemplate = field(default_factory=LetterTemplate)
    confirmations: Sequence[Confirmation] = ()


@dataclass(frozen=True, slots=True)
class MeetingRecord:
    """A closed meeting with its cases in the order of the agenda; `day` is its local date."""

    meeting: Meeting
    day: datetime.date
    began: str
    closed: str
    attendances: Sequence[Attendance] = ()
    cases: Sequence[CaseRecord] = ()


def minutes_by_item(events: Iterable[RoomEvent], closed_at: datetime.datetime | None) -> dict[int, int]:
    """How many minutes each case was on the screen, rounded up, by the primary key of its item.

    A case is on the screen from the event that shows it until the next one, or until the meeting closed.
    Without `closed_at` the last one is not counted.
    """
    seconds: dict[int, float] = {}
    current: int | None = None
    since: datetime.datetime | None = None
    for event in events:
        if event.kind not in (RoomEvent.Kind.OPENED, RoomEvent.Kind.SHOWN, RoomEvent.Kind.CLOSED):
            continue
        if current is not None and since is not None:
            seconds[current] = seconds.get(current, 0) + (event.at - since).total_seconds()
        current = event.item_id if event.kind != RoomEvent.Kind.CLOSED else None
        since = event.at
    if current is not None and since is not None and closed_at is not None:
        seconds[current] = seconds.get(current, 0) + max(0.0, (closed_at - since).total_seconds())
    return {item: max(1, -int(-total // 60)) for item, total in seconds.items()}
