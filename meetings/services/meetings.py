"""Meetings: planned, opened, closed, and who is there."""

import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.audit import audited
from accounts.models import Centre, Discipline, User
from accounts.rules import require, sees_centre
from meetings.live import announce
from meetings.models import AgendaItem, Attendance, Meeting, RoomEvent
from meetings.reveal import reveal_what_is_in

FARTHEST = datetime.timedelta(days=366)
"""A meeting is planned for the next year at most, and never for the past."""
Kind = RoomEvent.Kind
NOT_DISCUSSED = "Not discussed before the meeting closed"


def create_meeting(
    *,
    by: User,
    title: str,
    starts_at: datetime.datetime,
    place: str = "",
    centre: Centre | None = None,
    allow_past: bool = False,
) -> Meeting:
    """Plan a meeting. Without `centre` it is everybody's.

    `allow_past` is for meetings that are entered afterwards. Raises `PermissionDenied`, and
    `ValidationError` on `title`, `starts_at`, `place` or `centre`.
    """
    meeting = Meeting(created_by=by)
    require(by, "meetings.manage_meeting")
    with audited(by=by, action="plan meeting"):
        _fill(by, meeting, title, starts_at, place, centre, earliest=None if allow_past else _today())
        meeting.save()
    return meeting


def update_meeting(
    *,
    by: User,
    meeting: Meeting,
    title: str,
    starts_at: datetime.datetime,
    place: str = "",
    centre: Centre | None = None,
) -> Meeting:
    """Change a meeting that is not closed; raises as `create_meeting`, and on `meeting` once it is closed."""
    require(by, "meetings.manage_meeting", meeting)
    with audited(by=by, action="change meeting"):
        meeting = locked(meeting)
        refuse_closed(meeting)
        earliest = None if starts_at == meeting.starts_at else _today()
        _fill(by, meeting, title, starts_at, place, centre, earliest=earliest)
        meeting.save()
    return meeting


def _today() -> datetime.datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def _fill(
    by: User,
    meeting: Meeting,
    title: str,
    starts_at: datetime.datetime,
    place: str,
    centre: Centre | None,
    *,
    earliest: datetime.datetime | None,
) -> None:
    meeting.title, meeting.starts_at = title.strip(), starts_at
    meeting.place, meeting.centre = place.strip(), centre
    problems: dict[str, list[str]] = {}
    try:
        meeting.clean_fields(exclude=["created_by", "state"])
    except ValidationError as error:
        problems = {name: list(messages) for name, messages in error.message_dict.items()}
    last = timezone.now() + FARTHEST
    if earliest is not None and not earliest <= starts_at <= last:
        problems["starts_at"] = [
            f"{timezone.localtime(starts_at):%d %b %Y %H:%M} is not allowed; "
            f"allowed: from today to {timezone.localtime(last):%d %b %Y}."
        ]
    if centre is not None and not sees_centre(by, centre.pk):
        problems["centre"] = [
            f"{centre} is not one of your centres; allowed: a centre whose patients you see."
        ]
    if problems:
        raise ValidationError(problems)


def locked(meeting: Meeting) -> Meeting:
    """The meeting as it is now, held until the transaction ends."""
    return Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)


def refuse_closed(meeting: Meeting) -> None:
    """Raise `ValidationError` on `meeting` when it is closed."""
    if meeting.state == Meeting.State.CLOSED:
        assert meeting.closed_at is not None
        closed = timezone.localtime(meeting.closed_at)
        raise ValidationError(
            {
                "meeting": [
                    f"{meeting} was closed by {meeting.closed_by} on {closed:%d %b %Y at %H:%M}; nothing of it "
                    "changes any more. Allowed: put the case on the agenda of another meeting."
                ]
            }
        )


def open_meeting(*, by: User, meeting: Meeting) -> Meeting:
    """Open the room; doing it twice changes nothing. Raises `ValidationError` on `meeting` once it is closed."""
    require(by, "meetings.manage_meeting", meeting)
    with audited(by=by, action="open meeting"):
        meeting = locked(meeting)
        refuse_closed(meeting)
        if meeting.state == Meeting.State.PLANNED:
            meeting.state, meeting.opened_at = Meeting.State.OPEN, timezone.now()
            meeting.current_item = (
                meeting.current_item or meeting.items.exclude(state=AgendaItem.State.WITHDRAWN).first()
            )
            meeting.save()
            announce(meeting=meeting, kind=Kind.OPENED, by=by, item=meeting.current_item)
    return meeting


def close_meeting(*, by: User, meeting: Meeting) -> Meeting:
    """Close the meeting. Cases that wait are deferred with that reason, so that none is forgotten.

    Doing it twice changes nothing. Raises `ValidationError` on `meeting` when it was never opened.
    """
    require(by, "meetings.manage_meeting", meeting)
    with audited(by=by, action="close meeting"):
        meeting = locked(meeting)
        if meeting.state == Meeting.State.CLOSED:
            return meeting
        if meeting.state == Meeting.State.PLANNED:
            raise ValidationError({"meeting": ["This meeting was not opened yet; allowed: open it first."]})
        for item in meeting.items.filter(state=AgendaItem.State.WAITING):
            item.state, item.state_note = AgendaItem.State.DEFERRED, NOT_DISCUSSED
            item.save()
        meeting.state, meeting.closed_at, meeting.closed_by = Meeting.State.CLOSED, timezone.now(), by
        meeting.save()
        announce(meeting=meeting, kind=Kind.CLOSED, by=by)
    return meeting


def show_item(*, by: User, meeting: Meeting, item: AgendaItem) -> Meeting:
    """Show this case to the room: every screen that follows opens it, with the votes that all present cast before.

    Raises `ValidationError` on `item` when it is not of this meeting, or was taken off its agenda.
    """
    require(by, "meetings.manage_meeting", meeting)
    with audited(by=by, action="show case"):
        meeting = locked(meeting)
        refuse_closed(meeting)
        if item.meeting_id != meeting.pk:
            raise ValidationError({"item": [f"{item} is not on this agenda; allowed: a case of {meeting}."]})
        item = AgendaItem.objects.select_related("staging__patient").get(pk=item.pk)
        if item.state == AgendaItem.State.WITHDRAWN:
            raise ValidationError(
                {
                    "item": [
                        f"Case {item.staging.patient.case_id} was taken off the agenda ({item.state_note}); "
                        "allowed: a case that is on it."
                    ]
                }
            )
        if meeting.current_item_id != item.pk:
            meeting.current_item = item
            meeting.save()
            announce(meeting=meeting, kind=Kind.SHOWN, by=by, item=item)
        if meeting.state == Meeting.State.OPEN:
            item.meeting = meeting
            reveal_what_is_in(meeting, item)
    return meeting


def record_attendance(*, by: User, meeting: Meeting, user: User, discipline: str = "") -> Attendance:
    """`user` is there, for `discipline` (their own unless given); a second time corrects the discipline.

    Raises `ValidationError` on `meeting` (closed), `user` or `discipline`.
    """
    require(by, "meetings.manage_meeting", meeting)
    return _attend(by, meeting, user, discipline)


def join_meeting(*, by: User, meeting: Meeting) -> Attendance:
    """`by` says "I am here", for their own discipline; twice changes nothing.

    Raises `PermissionDenied`, and `ValidationError` on `meeting` while it is not open.
    """
    require(by, "meetings.join_meeting", meeting)
    with audited(by=by, action="join meeting"):
        meeting = locked(meeting)
        refuse_closed(meeting)
        if meeting.state == Meeting.State.PLANNED:
            raise ValidationError(
                {
                    "meeting": [
                        f"{meeting} is not open yet; allowed: once the chair or the coordinator opens it."
                    ]
                }
            )
        there = Attendance.objects.filter(meeting=meeting, user=by).first()
        return there or _attend(by, meeting, by, "")


def _attend(by: User, meeting: Meeting, user: User, discipline: str) -> Attendance:
    chosen = discipline or user.discipline
    if chosen and chosen not in Discipline.values:
        raise ValidationError(
            {"discipline": [f"{chosen!r} is not allowed; allowed: one of {', '.join(Discipline.values)}."]}
        )
    if not user.is_active or not user.has_perm("meetings.view_meeting", meeting):
        raise ValidationError({"user": [f"{user} does not see this meeting; allowed: its own people."]})
    with audited(by=by, action="record attendance"):
        refuse_closed(locked(meeting))
        before = Attendance.objects.filter(meeting=meeting, user=user).first()
        if before is not None and before.discipline == chosen:
            return before
        attendance, _ = Attendance.objects.update_or_create(
            meeting=meeting, user=user, defaults={"discipline": chosen}
        )
        announce(meeting=meeting, kind=Kind.ATTENDANCE, by=by)
    return attendance


def remove_attendance(*, by: User, meeting: Meeting, user: User) -> None:
    """`user` was not there after all; nothing happens when that is known already."""
    require(by, "meetings.manage_meeting", meeting)
    with audited(by=by, action="remove attendance"):
        refuse_closed(locked(meeting))
        deleted, _ = Attendance.objects.filter(meeting=meeting, user=user).delete()
        if deleted:
            announce(meeting=meeting, kind=Kind.ATTENDANCE, by=by)
