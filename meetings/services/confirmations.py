"""Standard cases confirmed without discussion: prepared by a person, confirmed by two, pulled back by any of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from meetings.confirming import NEEDED, against_confirming, is_switched_on, standing_of, why_void
from meetings.elements import ELEMENT_FIELDS, cleaned_elements
from meetings.live import announce
from meetings.models import AgendaItem, BoardDecision, Confirmation, Meeting, PreparedDecision, RoomEvent
from meetings.services.agenda import locked_item
from meetings.services.decisions import record_confirmed
from meetings.services.meetings import locked, refuse_closed

DATES = ("deadline", "planned_start")


def prepare_confirmation(
    *,
    by: User,
    item: AgendaItem,
    outcome: str,
    intent: str = "",
    rationale: str = "",
    elements: Iterable[Mapping[str, Any]] = (),
) -> PreparedDecision:
    """Prepare the decision on a standard case; confirmations of an earlier text no longer count.

    `elements` as for `record_decision`. Raises `PermissionDenied`, and `ValidationError` on `meeting` (closed,
    or its board discusses every case), `item` (what stands in the way, decided, pulled back), `outcome` or
    `elements.0.detail` …
    """
    require(by, "meetings.draft_decision", item)
    if outcome not in BoardDecision.Outcome.values:
        allowed = ", ".join(BoardDecision.Outcome.values)
        raise ValidationError({"outcome": [f"{outcome!r} is not allowed; allowed: one of {allowed}."]})
    with audited(by=by, action="prepare for confirmation"):
        meeting, item = _open_case(item)
        assessment, current, votes = standing_of(item)
        against = against_confirming(
            assessment.result if assessment else None, outcome, current=current, votes=votes
        )
        if against or assessment is None:
            raise ValidationError({"item": [_must_be_discussed(item, against)]})
        earlier = PreparedDecision.objects.select_for_update(of=("self",)).filter(item=item).first()
        if earlier is not None and earlier.pulled_back_at is not None:
            raise ValidationError({"item": [_pulled_back(earlier)]})
        draft = BoardDecision(item=item, outcome=outcome, intent=intent)
        rows = [_as_json(row) for row in cleaned_elements(draft, list(elements))]
        if intent not in BoardDecision.Intent.values:
            allowed = ", ".join(BoardDecision.Intent.values)
            raise ValidationError({"intent": [f"{intent!r} is not allowed; allowed: one of {allowed}."]})
        prepared = earlier or PreparedDecision(item=item)
        prepared.assessment, prepared.outcome, prepared.intent = assessment, outcome, intent
        prepared.rationale, prepared.elements, prepared.prepared_by = rationale.strip(), rows, by
        prepared.save()
        item.confirmations.all().delete()
        announce(meeting=meeting, kind=RoomEvent.Kind.AGENDA, by=by, item=item)
    return prepared


def withdraw_prepared(*, by: User, item: AgendaItem) -> None:
    """Take what was prepared back; the case is discussed as any other. Twice changes nothing."""
    require(by, "meetings.draft_decision", item)
    with audited(by=by, action="withdraw from confirmation"):
        meeting, item = _open_case(item)
        item.confirmations.all().delete()
        deleted, _ = PreparedDecision.objects.filter(item=item, pulled_back_at__isnull=True).delete()
        if deleted:
            announce(meeting=meeting, kind=RoomEvent.Kind.AGENDA, by=by, item=item)


def confirm_case(*, by: User, item: AgendaItem, seen: str) -> BoardDecision | None:
    """A surgeon or an oncologist confirms what was prepared; with both, it is recorded as the board's decision.

    `seen` is the state that the person saw (`state_of`). Confirming twice changes nothing. Returns the decision
    once it is recorded. Raises `PermissionDenied`, and `ValidationError` on `meeting`, or on `item` when nothing
    is prepared, it was changed meanwhile, pulled back, or is void.
    """
    require(by, "meetings.confirm_case", item)
    with audited(by=by, action="confirm without discussion"):
        meeting, item = _open_case(item, decided_too=True)
        decision: BoardDecision | None = BoardDecision.objects.filter(item=item).first()
        if decision is not None and decision.without_discussion and item.confirmations.filter(by=by).exists():
            return decision
        _refuse_over(item)
        prepared = PreparedDecision.objects.select_for_update(of=("self",)).filter(item=item).first()
        if prepared is None:
            raise ValidationError({"item": ["Nothing is prepared for this case any more; it is discussed."]})
        if prepared.pulled_back_at is not None:
            raise ValidationError({"item": [_pulled_back(prepared)]})
        if state_of(prepared) != seen:
            raise ValidationError(
                {
                    "item": [
                        f"{prepared.prepared_by} has changed what is prepared since you opened the page; nothing "
                        "was confirmed. Read it again, then confirm."
                    ]
                }
            )
        against = why_void(prepared, item)
        if against:
            raise ValidationError({"item": [_must_be_discussed(item, against)]})
        Confirmation.objects.get_or_create(item=item, by=by, defaults={"discipline": by.discipline})
        given = set(item.confirmations.values_list("discipline", flat=True))
        if not set(NEEDED) <= given:
            announce(meeting=meeting, kind=RoomEvent.Kind.AGENDA, by=by, item=item)
            return None
        return record_confirmed(
            by=by,
            item=item,
            outcome=prepared.outcome,
            intent=prepared.intent,
            rationale=prepared.rationale,
            elements=[_from_json(row) for row in prepared.elements],
        )


def pull_back(*, by: User, item: AgendaItem) -> None:
    """Bring a case back into discussion; from then on this meeting discusses it. Twice changes nothing.

    Raises `PermissionDenied`, and `ValidationError` on `meeting`, or on `item` once it is decided.
    """
    if not by.has_perm("meetings.draft_decision", item):
        require(by, "meetings.confirm_case", item)
    with audited(by=by, action="pull back into discussion"):
        meeting, item = _open_case(item)
        prepared = PreparedDecision.objects.select_for_update(of=("self",)).filter(item=item).first()
        if prepared is None or prepared.pulled_back_at is not None:
            return
        prepared.pulled_back_at, prepared.pulled_back_by = timezone.now(), by
        prepared.save()
        announce(meeting=meeting, kind=RoomEvent.Kind.AGENDA, by=by, item=item)


def state_of(prepared: PreparedDecision) -> str:
    """The state of what is prepared, as a form carries it."""
    return f"{prepared.pk}-{prepared.assessment_id}-{prepared.prepared_at.timestamp()}"


def _open_case(item: AgendaItem, *, decided_too: bool = False) -> tuple[Meeting, AgendaItem]:
    """Meeting and case, held; raises `ValidationError` when the meeting is closed or its board discusses all."""
    meeting = locked(item.meeting)
    refuse_closed(meeting)
    if not is_switched_on(meeting):
        raise ValidationError(
            {
                "meeting": [
                    "This board discusses every case; allowed: once its settings let cases be confirmed."
                ]
            }
        )
    item = locked_item(item)
    if not decided_too:
        _refuse_over(item)
    return meeting, item


def _refuse_over(item: AgendaItem) -> None:
    if item.state != AgendaItem.State.WAITING:
        raise ValidationError(
            {
                "item": [
                    f"Case {item.staging.patient.case_id} is {item.get_state_display().lower()}; allowed: a case "
                    "that waits."
                ]
            }
        )


def _must_be_discussed(item: AgendaItem, against: list[str]) -> str:
    return f"Case {item.staging.patient.case_id} must be discussed. {' '.join(against)}"


def _pulled_back(prepared: PreparedDecision) -> str:
    assert prepared.pulled_back_at is not None
    when = timezone.localtime(prepared.pulled_back_at)
    return (
        f"{prepared.pulled_back_by} brought this case back into discussion on {when:%d %b %Y at %H:%M}; "
        "allowed: decide it in the room."
    )


def _as_json(element: Any) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in ELEMENT_FIELDS:
        value = getattr(element, name)
        if value in (None, ""):
            continue
        row[name] = value.pk if name == "owner" else value.isoformat() if name in DATES else value
    return row


def _from_json(row: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(row)
    if "owner" in found:
        found["owner"] = User.objects.filter(pk=found["owner"]).first()
    for name in DATES:
        if name in found:
            found[name] = parse_date(found[name])
    return found
