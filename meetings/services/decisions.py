"""The board's decision on a case, and what becomes of its elements."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from decisions.models import Assessment
from decisions.selectors import latest_frozen
from meetings.comparison import compare, open_facts
from meetings.decided import follow_decision, refuse_leaving_without_reason
from meetings.elements import cleaned_elements, replace_elements, say_the_same
from meetings.live import announce
from meetings.models import AgendaItem, BoardDecision, DecisionAddendum, RoomEvent
from meetings.quorum import warnings_on
from meetings.services.agenda import locked_item
from meetings.services.meetings import locked, refuse_closed
from meetings.services.reminders import sync_reminders
from meetings.services.votes import open_advice
from patients.models import StagingVersion

LONGEST_ADDENDUM = 4000
"""Characters of one addendum."""


class StaleDecisionError(Exception):
    """Somebody else saved a decision on this case in between: `current` (None when there is none)."""

    def __init__(self, current: BoardDecision | None) -> None:
        self.current = current
        who = (
            f"{current.recorded_by} saved revision {current.revision}" if current else "there is no decision"
        )
        super().__init__(f"The decision has changed since this form was opened: {who}.")


class DeviatesError(ValidationError):
    """The outcome deviates from the advice and no reason was given; the advice is open from now on."""


@contextmanager
def _advice_opens_when_it_deviates(by: User, item: AgendaItem) -> Iterator[None]:
    """Who is asked why the outcome deviates must see from what: the advice opens, and the room's event says how."""
    try:
        yield
    except DeviatesError:
        open_advice(by=by, item=item, deciding=True)
        raise


def record_decision(
    *,
    by: User,
    item: AgendaItem,
    expected_revision: int,
    outcome: str,
    rationale: str = "",
    deviation_reason: str = "",
    dissent: str = "",
    intent: str = "",
    provisional: bool | None = None,
    elements: Iterable[Mapping[str, Any]] = (),
    sign: bool = False,
) -> BoardDecision:
    """Record the board's decision on the version that is staged now, or revise the one recorded; `sign` signs it.

    `expected_revision` is the revision that the form was opened on, 0 for none. Each element has `kind` and
    `detail`, and may have `responsible`, `owner` (User), `missing_fact`, `deadline`, `planned_start`,
    `cycle_length_days`. Whether it follows the advice is worked out, not asked; `provisional` None: it is while
    facts are missing that could change the answer. The same form sent twice records once: the decision comes
    back with `repeated` set. What the sources say of who is not there (G-02) is written into the room's event
    and refuses nothing. Raises `PermissionDenied`; `StaleDecisionError` when somebody else was faster;
    `ValidationError` on `meeting`, `item`, `decision` (signed), `outcome`, `intent`, `elements.0.detail` …; and,
    when all else is well, `DeviatesError` on `deviation_reason`: a closed advice is opened by it.
    """
    require(by, "meetings.record_decision", item)
    if sign:
        require(by, "meetings.sign_decision", item)
    return _record(
        by=by, item=item, expected_revision=expected_revision, outcome=outcome, rationale=rationale,
        deviation_reason=deviation_reason, dissent=dissent, intent=intent, provisional=provisional,
        elements=elements, sign=sign,
    )  # fmt: skip


def record_confirmed(
    *,
    by: User,
    item: AgendaItem,
    outcome: str,
    rationale: str = "",
    intent: str = "",
    elements: Iterable[Mapping[str, Any]] = (),
) -> BoardDecision:
    """Record what a surgeon and an oncologist confirmed without discussion; for `services.confirmations`.

    That has checked who confirmed what. Everything follows as after any decision; the chair signs it. Raises as
    `record_decision`.
    """
    require(by, "meetings.confirm_case", item)
    return _record(
        by=by, item=item, expected_revision=0, outcome=outcome, rationale=rationale, intent=intent,
        elements=elements, without_discussion=True,
    )  # fmt: skip


def _record(
    *,
    by: User,
    item: AgendaItem,
    expected_revision: int,
    outcome: str,
    rationale: str = "",
    deviation_reason: str = "",
    dissent: str = "",
    intent: str = "",
    provisional: bool | None = None,
    elements: Iterable[Mapping[str, Any]] = (),
    sign: bool = False,
    without_discussion: bool = False,
) -> BoardDecision:
    rows = list(elements)
    with _advice_opens_when_it_deviates(by, item), audited(by=by, action="record decision"):
        meeting = locked(item.meeting)
        item = locked_item(item)
        current = BoardDecision.objects.select_for_update(of=("self",)).filter(item=item).first()
        version = latest_frozen(item.staging)
        assessment = _assessment_of(version) if version else None
        if provisional is None:
            provisional = bool(open_facts(assessment.result if assessment else None, outcome))
        said = {
            "outcome": outcome, "rationale": rationale.strip(), "dissent": dissent.strip(), "intent": intent,
            "provisional": provisional,
        }  # fmt: skip
        again = {**said, "deviation_reason": deviation_reason}
        if current is not None and _is_repeated(current, by, expected_revision, again, rows):
            current.repeated = True
            return _signed(current, by) if sign and current.signed_at is None else current
        refuse_closed(meeting)
        if item.state == AgendaItem.State.WITHDRAWN:
            raise ValidationError({"item": [_taken_off(item)]})
        if version is None:
            raise ValidationError(
                {"item": [f"Case {item.staging.patient.case_id} is not staged; allowed: stage it first."]}
            )
        if current is not None:
            _refuse_signed(current)
        if (current.revision if current else 0) != expected_revision:
            raise StaleDecisionError(current)
        decision = current or BoardDecision(item=item, revision=0)
        decision.item = item
        decision.staging_version, decision.assessment = version, assessment
        for name, value in said.items():
            setattr(decision, name, value)
        decision.recorded_by, decision.revision = by, decision.revision + 1
        # Whoever revises it in the room has discussed it.
        decision.without_discussion = without_discussion
        if outcome not in BoardDecision.Outcome.values:
            raise ValidationError({"outcome": [_one_of(outcome, BoardDecision.Outcome.values)]})
        if intent not in BoardDecision.Intent.values:
            raise ValidationError({"intent": [_one_of(intent, BoardDecision.Intent.values)]})
        refuse_leaving_without_reason(decision)
        cleaned = cleaned_elements(decision, rows)
        # Last: whoever is told that it deviates has decided already, and only the reason is lacking.
        _compared(decision, assessment, deviation_reason)
        decision.save()
        replace_elements(decision, cleaned)
        item.state, item.state_note = AgendaItem.State.DECIDED, ""
        item.save()
        follow_decision(decision, by=by)
        sync_reminders(item.staging.patient, by=by)
        announce(
            meeting=meeting,
            kind=RoomEvent.Kind.DECIDED,
            by=by,
            item=item,
            details={"revision": decision.revision, "warnings": warnings_on(meeting, outcome)},
        )
        return _signed(decision, by) if sign else decision


def _taken_off(item: AgendaItem) -> str:
    case = item.staging.patient.case_id
    why = f" ({item.state_note})" if item.state_note else ""
    return f"Case {case} was taken off the agenda meanwhile{why}; allowed: put it back on, then record again."


def _is_repeated(
    current: BoardDecision, by: User, expected: int, said: Mapping[str, Any], rows: list[Mapping[str, Any]]
) -> bool:
    """The form that made this revision, sent once more: same person, same revision before, same words."""
    if current.revision != expected + 1 or current.recorded_by_id != by.pk:
        return False
    deviates = current.comparison == BoardDecision.Comparison.DEVIATES
    asked = {name: value for name, value in said.items() if deviates or name != "deviation_reason"}
    if any(getattr(current, name) != value for name, value in asked.items()):
        return False
    try:
        return say_the_same(current, cleaned_elements(current, rows))
    except ValidationError:
        return False


def _refuse_signed(decision: BoardDecision) -> None:
    if decision.signed_at is not None:
        when = timezone.localtime(decision.signed_at)
        raise ValidationError(
            {
                "decision": [
                    f"{decision.signed_by} signed this decision on {when:%d %b %Y at %H:%M}; nothing of it changes "
                    "any more. Allowed: an addendum."
                ]
            }
        )


def sign_decision(*, by: User, decision: BoardDecision, expected_revision: int) -> BoardDecision:
    """Sign a decision as the chair; from then on it does not change. Signing it twice changes nothing.

    Also after the meeting was closed. Raises `PermissionDenied`, and `StaleDecisionError` when somebody has
    revised what the signer saw.
    """
    require(by, "meetings.sign_decision", decision.item)
    with audited(by=by, action="sign decision"):
        locked(decision.item.meeting)
        row = BoardDecision.objects.select_for_update(of=("self",)).get(pk=decision.pk)
        if row.revision != expected_revision:
            raise StaleDecisionError(row)
        if row.signed_at is not None:
            row.repeated = True
            return row
        return _signed(row, by)


def _signed(decision: BoardDecision, by: User) -> BoardDecision:
    decision.signed_at, decision.signed_by = timezone.now(), by
    decision.save(update_fields=["signed_at", "signed_by"])  # when it was recorded stays
    announce(
        meeting=decision.item.meeting,
        kind=RoomEvent.Kind.SIGNED,
        by=by,
        item=decision.item,
        details={"revision": decision.revision},
    )
    return decision


def add_addendum(*, by: User, decision: BoardDecision, text: str) -> DecisionAddendum:
    """Add to a signed decision; the same text sent twice in a row by the same person is added once.

    Raises `PermissionDenied`, and `ValidationError` on `text`, or `decision` while it is not signed.
    """
    require(by, "meetings.sign_decision", decision.item)
    said = text.strip()
    if not 1 <= len(said) <= LONGEST_ADDENDUM:
        raise ValidationError(
            {"text": [f"{len(said)} characters; allowed: a text of 1 to {LONGEST_ADDENDUM} characters."]}
        )
    with audited(by=by, action="add addendum"):
        meeting = locked(decision.item.meeting)
        row = BoardDecision.objects.select_for_update(of=("self",)).get(pk=decision.pk)
        if row.signed_at is None:
            raise ValidationError(
                {"decision": ["This decision is not signed yet; allowed: change it itself."]}
            )
        last = row.addenda.last()
        if last is not None and (last.text, last.by_id) == (said, by.pk):
            return last
        addendum = DecisionAddendum.objects.create(decision=row, text=said, by=by)
        announce(
            meeting=meeting,
            kind=RoomEvent.Kind.SIGNED,
            by=by,
            item=decision.item,
            details={"revision": row.revision, "addendum": row.addenda.count()},
        )
    return addendum


def _assessment_of(version: StagingVersion) -> Assessment | None:
    return version.assessments.order_by("-created_at", "-pk").first()


def _compared(decision: BoardDecision, assessment: Assessment | None, reason: str) -> None:
    found = compare(assessment.result if assessment else None, decision.outcome)
    decision.comparison = found.code
    decision.deviation_reason = reason if found.code == BoardDecision.Comparison.DEVIATES else ""
    if found.code == BoardDecision.Comparison.DEVIATES:
        allowed = BoardDecision.DeviationReason.values
        if not reason:
            raise DeviatesError(
                {
                    "deviation_reason": [
                        f"This outcome deviates from the advice. {found.why} "
                        f"A reason is needed; allowed: {', '.join(BoardDecision.DeviationReason.labels)}."
                    ]
                }
            )
        if reason not in allowed:
            raise ValidationError({"deviation_reason": [_one_of(reason, allowed)]})


def _one_of(value: Any, allowed: Iterable[str]) -> str:
    if value in ("", None):
        return f"A choice is needed; allowed: one of {', '.join(allowed)}."
    return f"{value!r} is not allowed; allowed: one of {', '.join(allowed)}."
