"""The agenda as it is read before and after a meeting: each case with what is missing and what was decided."""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from decisions.pages.advice import asks_of, liver_state
from decisions.pages.case_page import Advice, advice_on
from decisions.selectors import latest_frozen
from meetings.models import AgendaItem, BoardDecision, Meeting
from meetings.selectors import agenda_of
from meetings.voting import closed_items
from patients.models import Patient, Staging

MISSING_SHOWN = 2


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """One case on an agenda. `state` is draft, queued, running, failed or done; `missing` the facts that matter
    most, `missing_more` how many others there are. `liver_class` is '' while the advice is `closed` until the vote.
    """

    item: AgendaItem
    staging: Staging
    patient: Patient
    state: str
    liver_class: str
    missing: list[str]
    missing_more: int
    decision: BoardDecision | None
    first: bool
    last: bool
    closed: bool
    ready: bool
    """Assessed, with the resectability of the liver decided."""


def agenda_rows(meeting: Meeting, user: User) -> list[AgendaRow]:
    """The cases of a meeting that the user may see, in order."""
    items = agenda_of(meeting, user)
    closed, last = closed_items(items), len(items) - 1
    return [
        _row(item, first=place == 0, last=place == last, closed=item.pk in closed)
        for place, item in enumerate(items)
    ]


def _row(item: AgendaItem, *, first: bool, last: bool, closed: bool) -> AgendaRow:
    version = latest_frozen(item.staging)
    found: Advice | None = advice_on(version) if version else None
    result: dict[str, Any] = found.result if found else {}
    liver_class = liver_state(result) if result else ""
    asks = [ask.label for ask in asks_of(result)] if result else []
    return AgendaRow(
        item=item,
        staging=item.staging,
        patient=item.staging.patient,
        state=found.state if found else "draft",
        liver_class="" if closed else liver_class,
        missing=asks[:MISSING_SHOWN],
        missing_more=max(0, len(asks) - MISSING_SHOWN),
        decision=getattr(item, "board_decision", None),
        first=first,
        last=last,
        closed=closed and bool(result),
        ready=found is not None and found.state == "done" and liver_class != "indeterminate",
    )
