"""The board's decision on a case, and what becomes of its elements."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from decisions.models import Assessment
from decisions.selectors import latest_frozen
from meetings.comparison import compare
from meetings.decided import follow_decision, refuse_leaving_without_reason
from meetings.live import announce
from meetings.models import AgendaItem, BoardDecision, DecisionElement, RoomEvent
from meetings.quorum import warnings_on
from meetings.services.agenda import locked_item
from meetings.services.meetings import locked, refuse_closed
from patients.models import StagingVersion

ELEMENT_FIELDS = ("kind", "detail", "responsible", "deadline", "planned_start", "cycle_length_days")


class StaleDecisionError(Exception):
    """Somebody else saved a decision on this case in between: `current` (None when there is none)."""

    def __init__(self, current: BoardDecision | None) -> None:
        self.current = current
        who = (
            f"{current.recorded_by} saved revision {current.revision}" if current else "there is no decision"
        )
        super().__init__(f"The decision has changed since this form was opened: {who}.")


def record_decision(
    *,
    by: User,
    item: AgendaItem,
    expected_revision: int,
    outcome: str,
    rationale: str = "",
    deviation_reason: str = "",
    dissent: str = "",
    provisional: bool = False,
    elements: Iterable[Mapping[str, Any]] = (),
) -> BoardDecision:
    """Record the board's decision on the version that is staged now, or revise the one recorded.

    What the sources say of who is not there (G-02) is written into the room's event and refuses nothing.
    `expected_revision` is the revision that the form was opened on, 0 for none. Each element has `kind` and
    `detail`, and may have `responsible`, `deadline`, `planned_start`, `cycle_length_days`. Whether it follows
    the advice is worked out, not asked. Raises `PermissionDenied`; `StaleDecisionError` when somebody else was
    faster; `ValidationError` on `meeting`, `item`, `outcome`, `deviation_reason`, `elements.0.detail` …
    """
    require(by, "meetings.record_decision", item)
    rows = list(elements)
    with audited(by=by, action="record decision"):
        meeting = locked(item.meeting)
        refuse_closed(meeting)
        item = locked_item(item)
        if item.state == AgendaItem.State.WITHDRAWN:
            raise ValidationError({"item": ["This case was taken off the agenda; allowed: put it back on."]})
        version = latest_frozen(item.staging)
        if version is None:
            raise ValidationError(
                {"item": [f"Case {item.staging.patient.case_id} is not staged; allowed: stage it first."]}
            )
        current = BoardDecision.objects.select_for_update(of=("self",)).filter(item=item).first()
        if (current.revision if current else 0) != expected_revision:
            raise StaleDecisionError(current)
        assessment = _assessment_of(version)
        decision = current or BoardDecision(item=item, revision=0)
        decision.staging_version, decision.assessment = version, assessment
        decision.outcome, decision.rationale = outcome, rationale.strip()
        decision.dissent, decision.provisional = dissent.strip(), provisional
        decision.recorded_by, decision.revision = by, decision.revision + 1
        _compared(decision, assessment, deviation_reason)
        refuse_leaving_without_reason(decision)
        cleaned = _cleaned(decision, rows)
        decision.save()
        _replace_elements(decision, cleaned)
        item.state, item.state_note = AgendaItem.State.DECIDED, ""
        item.save()
        follow_decision(decision, by=by)
        announce(
            meeting=meeting,
            kind=RoomEvent.Kind.DECIDED,
            by=by,
            item=item,
            details={"revision": decision.revision, "warnings": warnings_on(meeting, outcome)},
        )
    return decision


def _assessment_of(version: StagingVersion) -> Assessment | None:
    return version.assessments.order_by("-created_at", "-pk").first()


def _compared(decision: BoardDecision, assessment: Assessment | None, reason: str) -> None:
    if decision.outcome not in BoardDecision.Outcome.values:
        raise ValidationError({"outcome": [_one_of(decision.outcome, BoardDecision.Outcome.values)]})
    found = compare(assessment.result if assessment else None, decision.outcome)
    decision.comparison = found.code
    decision.deviation_reason = reason if found.code == BoardDecision.Comparison.DEVIATES else ""
    if found.code == BoardDecision.Comparison.DEVIATES:
        allowed = BoardDecision.DeviationReason.values
        if not reason:
            raise ValidationError(
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


def _cleaned(decision: BoardDecision, rows: list[Mapping[str, Any]]) -> list[DecisionElement]:
    problems: dict[str, list[str]] = {}
    cleaned = []
    meeting_day = timezone.localdate(decision.item.meeting.starts_at)
    for position, row in enumerate(rows):
        unknown = set(row) - set(ELEMENT_FIELDS) - {"id"}
        if unknown:
            raise TypeError(f"unknown fields of a decision's element: {', '.join(sorted(unknown))}")
        element = DecisionElement(**{name: row[name] for name in ELEMENT_FIELDS if row.get(name) is not None})
        try:
            element.clean_fields(exclude=["decision"])
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                problems[f"elements.{position}.{name}"] = list(messages)
        for name in ("planned_start", "deadline"):
            day = getattr(element, name)
            if isinstance(day, datetime.date) and day < meeting_day - datetime.timedelta(days=31):
                problems[f"elements.{position}.{name}"] = [
                    f"{day.isoformat()} lies long before the meeting ({meeting_day.isoformat()}); "
                    "allowed: a day from a month before it on."
                ]
        cleaned.append(element)
    systemic = [element for element in cleaned if element.kind == DecisionElement.Kind.SYSTEMIC]
    if len(systemic) > 1:
        problems["elements"] = [f"{len(systemic)} systemic therapies; allowed: one in a decision."]
    if problems:
        raise ValidationError(problems)
    return cleaned


def _replace_elements(decision: BoardDecision, cleaned: list[DecisionElement]) -> None:
    """Elements that say the same stay what they are (done stays done); the others are written anew."""
    kept: set[int] = set()
    existing = list(decision.elements.all())
    for element in cleaned:
        same = next(
            (old for old in existing if old.pk not in kept and all(
                getattr(old, name) == getattr(element, name) for name in ELEMENT_FIELDS)),
            None,
        )  # fmt: skip
        if same is not None:
            kept.add(same.pk)
            continue
        element.decision = decision
        element.save()
        kept.add(element.pk)
    decision.elements.exclude(pk__in=kept).delete()


def end_element(
    *, by: User, element: DecisionElement, result: str, on: datetime.date, reason: str = ""
) -> DecisionElement:
    """Note that an element was done, changed or not done, on a day, with a reason for the last two.

    Raises `ValidationError` on `result`, `on` or `reason`.
    """
    item = element.decision.item
    require(by, "meetings.draft_decision", item)
    results = [value for value in DecisionElement.Result.values if value != DecisionElement.Result.OPEN]
    if result not in results:
        raise ValidationError({"result": [_one_of(result, results)]})
    if on > timezone.localdate():
        raise ValidationError({"on": [f"{on.isoformat()} lies in the future; allowed: a day up to today."]})
    if result != DecisionElement.Result.DONE and not reason.strip():
        raise ValidationError({"reason": ["A reason is needed; allowed: a text of 1 to 200 characters."]})
    with audited(by=by, action="end element of decision"):
        row = DecisionElement.objects.select_for_update().get(pk=element.pk)
        row.result, row.result_on, row.result_reason = result, on, reason.strip()[:200]
        row.save()
    return row
