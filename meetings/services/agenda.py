"""The agenda of a meeting: which stagings, in which order."""

from django.core.exceptions import ValidationError
from django.db.models import Max

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from decisions.engine.facts import FACTS
from meetings.live import announce
from meetings.models import AgendaItem, Meeting, Reassessment, RoomEvent
from meetings.selectors import next_planned
from meetings.services.meetings import locked, refuse_closed
from patients.models import Staging

Kind = RoomEvent.Kind


def add_to_agenda(
    *,
    by: User,
    meeting: Meeting,
    staging: Staging,
    reason: str = AgendaItem.Reason.BY_HAND,
    late: bool = False,
) -> AgendaItem:
    """Put a staging at the end of the agenda; one that was withdrawn comes back.

    `late`: once the agenda stood; whatever comes after the meeting was opened is late. Raises
    `PermissionDenied`, and `ValidationError` on `staging` (on it already, withdrawn, of another centre) or
    `meeting` (closed).
    """
    require(by, "meetings.manage_meeting", meeting)
    require(by, "patients.view_patient", staging)
    with audited(by=by, action="put on agenda"):
        meeting = locked(meeting)
        refuse_closed(meeting)
        if staging.withdrawn_at is not None:
            raise ValidationError({"staging": ["This staging was withdrawn; allowed: one that is in use."]})
        if meeting.centre_id is not None and staging.patient.centre_id != meeting.centre_id:
            raise ValidationError(
                {
                    "staging": [
                        f"Case {staging.patient.case_id} belongs to {staging.patient.centre}, the meeting to "
                        f"{meeting.centre}; allowed: cases of that centre, or a meeting of all centres."
                    ]
                }
            )
        last = meeting.items.aggregate(last=Max("position"))["last"] or 0
        late = late or meeting.state == Meeting.State.OPEN
        item = meeting.items.filter(staging=staging).first()
        if item is None:
            item = AgendaItem.objects.create(
                meeting=meeting, staging=staging, position=last + 1, reason=reason, added_by=by, late=late
            )
            announce(meeting=meeting, kind=Kind.AGENDA, by=by, item=item)
            return item
        if item.state != AgendaItem.State.WITHDRAWN:
            raise ValidationError(
                {
                    "staging": [
                        f"Case {staging.patient.case_id} is on this agenda already (place {item.position})."
                    ]
                }
            )
        item.state, item.state_note, item.position = AgendaItem.State.WAITING, "", last + 1
        item.late = late
        item.save()
        announce(meeting=meeting, kind=Kind.AGENDA, by=by, item=item)
    return item


def move_item(*, by: User, item: AgendaItem, position: int) -> AgendaItem:
    """Give a case another place; the others move up or down. Raises `ValidationError` on `position`."""
    require(by, "meetings.manage_meeting", item.meeting)
    with audited(by=by, action="order agenda"):
        refuse_closed(locked(item.meeting))
        others = list(AgendaItem.objects.filter(meeting=item.meeting_id).order_by("position"))
        if not 1 <= position <= len(others):
            raise ValidationError({"position": [f"{position} is not allowed; allowed: 1 to {len(others)}."]})
        moved = next(other for other in others if other.pk == item.pk)
        others.remove(moved)
        others.insert(position - 1, moved)
        if _number(others):
            announce(meeting=item.meeting, kind=Kind.AGENDA, by=by)
    return moved


def _number(items: list[AgendaItem]) -> bool:
    """Count the places from 1; whether that moved anything."""
    moved = False
    for place, item in enumerate(items, start=1):
        if item.position != place:
            item.position, moved = place, True
            item.save(update_fields=["position"])
    return moved


def remove_from_agenda(*, by: User, item: AgendaItem, note: str = "") -> None:
    """Take a case off: it is gone while the meeting is planned, and stays as withdrawn once it was opened.

    It stays as withdrawn as well when somebody was asked to vote on it before the meeting.
    Raises `ValidationError` on `item` when the board has decided it, and on `note` when one is needed.
    """
    require(by, "meetings.manage_meeting", item.meeting)
    with audited(by=by, action="take off agenda"):
        meeting = locked(item.meeting)
        refuse_closed(meeting)
        item = locked_item(item)
        if item.state == AgendaItem.State.DECIDED:
            raise ValidationError({"item": ["The board has decided this case; it stays on the agenda."]})
        # Whoever is off the agenda has no board any more: the clock must not say otherwise.
        Reassessment.objects.filter(
            patient=item.staging.patient_id, meeting=meeting, ended_at__isnull=True
        ).update(meeting=None)
        if meeting.state == Meeting.State.PLANNED and not item.vote_rounds.exists():
            item.delete()
            announce(meeting=meeting, kind=Kind.AGENDA, by=by)
        else:
            item.state, item.state_note = AgendaItem.State.WITHDRAWN, _needed("note", note)
            item.save()
            announce(meeting=meeting, kind=Kind.WITHDRAWN, by=by, item=item, details={"why": item.state_note})
        _number(list(AgendaItem.objects.filter(meeting=meeting).order_by("position")))


def defer_item(*, by: User, item: AgendaItem, note: str = "", missing_fact: str = "") -> AgendaItem:
    """Put a case off, with the reason or the fact that it waits for (by its name in the vocabulary).

    Raises `ValidationError` on `note`, `missing_fact`, `item` (decided) or `meeting`.
    """
    if missing_fact and missing_fact not in FACTS:
        raise ValidationError(
            {"missing_fact": [f"{missing_fact!r} is no fact; allowed: the name of a fact of the vocabulary."]}
        )
    if missing_fact and not note.strip():
        note = f"Until known: {FACTS[missing_fact].label}"[:200]
    require(by, "meetings.manage_meeting", item.meeting)
    with audited(by=by, action="defer case"):
        refuse_closed(locked(item.meeting))
        item = locked_item(item)
        if item.state == AgendaItem.State.DECIDED:
            raise ValidationError({"item": ["The board has decided this case; change the decision instead."]})
        item.state, item.state_note = AgendaItem.State.DEFERRED, _needed("note", note)
        item.missing_fact = missing_fact
        item.save()
        announce(meeting=item.meeting, kind=Kind.DEFERRED, by=by, item=item, details={"why": item.state_note})
    return item


def defer_to_next(
    *, by: User, item: AgendaItem, note: str = "", missing_fact: str = ""
) -> tuple[AgendaItem, AgendaItem | None]:
    """Put a case off and on the agenda of the next planned meeting; raises as `defer_item`.

    Returns the case as it was put off, and its place on the next agenda: None while no other meeting is planned,
    or when the case waits there already. Until then it proposes itself.
    """
    require(by, "meetings.manage_meeting", item.meeting)
    with audited(by=by, action="defer case to the next meeting"):
        deferred = defer_item(by=by, item=item, note=note, missing_fact=missing_fact)
        after = next_planned(deferred)
        if after is None or after.items.filter(staging=deferred.staging_id).exists():
            return deferred, None
        placed = add_to_agenda(
            by=by, meeting=after, staging=deferred.staging, reason=AgendaItem.Reason.DEFERRED
        )
    return deferred, placed


def bring_back(*, by: User, item: AgendaItem) -> AgendaItem:
    """Take a deferral back: the case waits again here, and leaves the next agenda if the deferral put it there.

    Raises `ValidationError` on `item` when it is not deferred, or on `meeting` once that is closed.
    """
    require(by, "meetings.manage_meeting", item.meeting)
    with audited(by=by, action="bring case back"):
        meeting = locked(item.meeting)
        refuse_closed(meeting)
        item = locked_item(item)
        if item.state != AgendaItem.State.DEFERRED:
            raise ValidationError(
                {"item": [f"Case {item.staging.patient.case_id} is not deferred; allowed: a deferred case."]}
            )
        for other in AgendaItem.objects.filter(
            staging=item.staging_id,
            state=AgendaItem.State.WAITING,
            reason=AgendaItem.Reason.DEFERRED,
            meeting__state=Meeting.State.PLANNED,
            meeting__starts_at__gt=meeting.starts_at,
        ).select_related("meeting"):
            remove_from_agenda(by=by, item=other, note="Discussed by the meeting before")
        item.state, item.state_note, item.missing_fact = AgendaItem.State.WAITING, "", ""
        item.save()
        announce(meeting=meeting, kind=Kind.AGENDA, by=by, item=item)
    return item


def locked_item(item: AgendaItem) -> AgendaItem:
    """The item as it is now, held until the transaction ends."""
    return (
        AgendaItem.objects.select_for_update(of=("self",))
        .select_related("meeting", "staging__patient")
        .get(pk=item.pk)
    )


def _needed(field: str, text: str) -> str:
    if not text.strip():
        raise ValidationError({field: ["A reason is needed; allowed: a text of 1 to 200 characters."]})
    if len(text.strip()) > 200:
        raise ValidationError({field: [f"{len(text.strip())} characters; allowed: at most 200."]})
    return text.strip()
