"""Standard cases for confirmation without discussion, as the page of a meeting shows them."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from decisions.models import Assessment
from meetings.comparison import compare
from meetings.confirming import (
    Confirmed,
    against_confirming,
    confirmable,
    confirmed_by,
    is_switched_on,
    may_confirm,
    standing_of,
    why_void,
)
from meetings.models import AgendaItem, BoardDecision, DecisionElement, Meeting, PreparedDecision
from meetings.services import state_of
from meetings.similar import Likeness
from patients.models import Patient
from patients.wording import day

Outcome = BoardDecision.Outcome


@dataclass(frozen=True, slots=True)
class ForConfirmation:
    """A case with what is prepared for it, whose word is there, and what this user may do."""

    item: AgendaItem
    patient: Patient
    prepared: PreparedDecision
    seen: str
    outcome: str
    elements: list[str]
    why: str
    given: list[Confirmed]
    void: list[str]
    may_confirm: bool
    may_pull_back: bool
    similar: Sequence[Likeness] = ()


@dataclass(frozen=True, slots=True)
class CouldBePrepared:
    """A case that nothing stands in the way of: a person may prepare one of `outcomes`.

    `detail` is the option that the sources support, offered as the words of what is to be done.
    """

    item: AgendaItem
    patient: Patient
    outcomes: list[tuple[str, str]]
    why: str
    detail: str


@dataclass(frozen=True, slots=True)
class ToDiscuss:
    """A case that must be discussed, and why."""

    item: AgendaItem
    patient: Patient
    why: list[str]


@dataclass(slots=True)
class Confirming:
    """The part of the page; all empty where the board discusses every case."""

    on: bool = False
    prepared: list[ForConfirmation] = field(default_factory=list)
    could_be: list[CouldBePrepared] = field(default_factory=list)
    pulled_back: list[PreparedDecision] = field(default_factory=list)
    to_discuss: list[ToDiscuss] = field(default_factory=list)
    done: list[ForConfirmation] = field(default_factory=list)


def confirming_page(meeting: Meeting, user: User, rows: Sequence[Any]) -> Confirming:
    """What is prepared, what could be, and what must be discussed; `rows` are the page's agenda rows."""
    if not is_switched_on(meeting):
        return Confirming()
    page = Confirming(on=True)
    prepared = {
        row.item_id: row
        for row in PreparedDecision.objects.filter(item__meeting=meeting).select_related(
            "prepared_by", "pulled_back_by", "item__staging__patient"
        )
    }
    may_prepare = meeting.state != Meeting.State.CLOSED and user.has_perm("meetings.draft_decision", meeting)
    for row in rows:
        item: AgendaItem = row.item
        item.meeting = meeting
        text = prepared.get(item.pk)
        confirmed_already = row.decision is not None and row.decision.without_discussion
        if text is not None and confirmed_already:
            page.done.append(_for_confirmation(item, text, user, row.similar, over=True))
        elif item.state != AgendaItem.State.WAITING:
            continue
        elif text is not None and text.pulled_back_at is not None:
            page.pulled_back.append(text)
        elif text is not None:
            page.prepared.append(_for_confirmation(item, text, user, row.similar, over=False))
        elif may_prepare:
            _sort_in(page, item)
    return page


def _sort_in(page: Confirming, item: AgendaItem) -> None:
    assessment, current, votes = standing_of(item)
    result = assessment.result if assessment else None
    patient = item.staging.patient
    outcomes = confirmable(result, current=current, votes=votes)
    if outcomes:
        compared = compare(result, outcomes[0])
        labels = [option for _, option, status in compared.options if status == "supported"]
        page.could_be.append(
            CouldBePrepared(
                item,
                patient,
                [(code, str(Outcome(code).label)) for code in outcomes],
                compared.why,
                labels[0] if labels else "",
            )
        )
    else:
        # What every outcome would meet; an outcome of its own adds nothing here.
        why = against_confirming(result, "", current=current, votes=votes)
        page.to_discuss.append(ToDiscuss(item, patient, why[:-1] if len(why) > 1 else why))


def _for_confirmation(
    item: AgendaItem, prepared: PreparedDecision, user: User, similar: Sequence[Likeness], *, over: bool
) -> ForConfirmation:
    given = confirmed_by(item.confirmations.select_related("by"))
    void = [] if over else why_void(prepared, item)
    open_ = not over and item.meeting.state != Meeting.State.CLOSED
    own = any(one.by is not None and one.by.by_id == user.pk for one in given)
    spoken = any(one.by is not None and one.discipline == user.discipline for one in given)
    assessment = Assessment.objects.get(pk=prepared.assessment_id)
    may, leads = open_ and may_confirm(user, item), user.has_perm("meetings.draft_decision", item)
    return ForConfirmation(
        item=item,
        patient=item.staging.patient,
        prepared=prepared,
        seen=state_of(prepared),
        outcome=prepared.get_outcome_display(),
        elements=[_words(row) for row in prepared.elements],
        # Who neither prepares nor confirms does not read the advice before the vote.
        why=compare(assessment.result, prepared.outcome).why if may or leads else "",
        given=given,
        void=void,
        may_confirm=may and not void and not own and not spoken,
        may_pull_back=open_ and (may or leads),
        similar=similar,
    )


def _words(row: dict[str, Any]) -> str:
    """'Systemic therapy: Conversion therapy, Medical oncology, starts 10 Dec 2026, by 10 Dec 2026'."""
    kind = DecisionElement.Kind(row["kind"]).label
    parts = [f"{kind}: {row['detail']}" if row.get("detail") else str(kind)]
    if row.get("responsible"):
        parts.append(str(row["responsible"]))
    for name, word in (("planned_start", "planned start"), ("deadline", "by")):
        if row.get(name):
            parts.append(f"{word} {day(datetime.date.fromisoformat(row[name]))}")
    return ", ".join(parts)
