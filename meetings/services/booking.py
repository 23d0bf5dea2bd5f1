"""Booking the restaging scan and the board after it, in one go.

Locks are taken in the order meeting day, meetings, patient, reassessment: as the room and the record do.
"""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from meetings.bookings import BOOKING, Booked, booked_for, booked_study
from meetings.clock import IMAGING
from meetings.meeting_days import AHEAD, board_days, days_of
from meetings.models import AgendaItem, Meeting, MeetingDay, Reassessment
from meetings.services.agenda import add_to_agenda, remove_from_agenda
from meetings.services.clock import DAYS_AHEAD, begun, day_between, locked_reassessment, newest_staging
from meetings.services.meetings import create_meeting, locked, refuse_closed
from patients.models import ImagingStudy, Patient
from patients.services import add_study, correct_study
from patients.services.series import lock_record
from patients.wording import day, listing


class BookedMeanwhileError(Exception):
    """Somebody else booked in between: `current` is what is booked now, by whom and when."""

    def __init__(self, current: Booked) -> None:
        self.current = current
        who = f"{current.who} booked" if current.who else "Somebody booked"
        what = current.words or "that nothing is booked any more"
        super().__init__(f"{who} {what} since this page was opened.")


def book(
    *,
    by: User,
    reassessment: Reassessment,
    scan_on: datetime.date | None = None,
    modality: str = "",
    meeting: Meeting | None = None,
    meeting_on: datetime.date | None = None,
    place: str = "",
    note: str = "",
    seen: str | None = None,
) -> Booked:
    """Book the scan, the board, or both; what was booked before is moved, never doubled.

    The scan becomes a booked examination of the record (`place` and `note` stand there until it is done). The
    board is `meeting`, or the one of the day `meeting_on`, which is planned when a regular day has none yet; the
    newest staging goes on its agenda. `seen` is the token of `Booked` that the person saw; None: not asked.

    Raises `PermissionDenied`; `BookedMeanwhileError` when `seen` is not what is booked now; `ValidationError` on
    `scan_on`, `modality`, `meeting_on`, `note` or `reassessment`.
    """
    require(by, "meetings.change_reassessment", reassessment)
    if meeting is not None or meeting_on is not None:
        require(by, "meetings.manage_meeting", meeting)
    elif scan_on is None:
        raise ValidationError(
            {"scan_on": ["Nothing to book; allowed: a day for the scan, a board, or both."]}
        )
    with audited(by=by, action="book scan and board" if scan_on else "book board"):
        patient = reassessment.patient
        target = _meeting_for(by, patient, meeting, meeting_on)
        earlier = _hold([target, Reassessment.objects.get(pk=reassessment.pk).meeting])
        lock_record(by, patient)
        row = locked_reassessment(reassessment)
        before = booked_for(row)
        if seen is not None and seen != before.token:
            raise BookedMeanwhileError(before)
        _check_days(row, scan_on, target)
        if scan_on is not None:
            _write_study(by, row, scan_on, modality, _remark(place, note))
            row = locked_reassessment(reassessment)
            row.scan_booked_on = scan_on  # type: ignore[assignment]
        if target is not None:
            _leave_agenda(by, row, [held for held in earlier if held.pk != target.pk])
            row.meeting = target
            _enter_agenda(by, row, target)
        row.save(update_fields=["scan_booked_on", "meeting"])
    return booked_for(row)


def _meeting_for(
    by: User, patient: Patient, meeting: Meeting | None, on: datetime.date | None
) -> Meeting | None:
    """The meeting that is meant; a regular day gets its meeting once, however many ask at the same time."""
    if meeting is not None or on is None:
        return meeting
    of_centre = Q(centre__isnull=True) | Q(centre=patient.centre_id)
    list(MeetingDay.objects.select_for_update(of=("self",)).filter(of_centre).order_by("pk"))
    found = board_days(patient.centre_id, on, on)
    if not found:
        today = timezone.localdate()
        coming = board_days(patient.centre_id, today, today + AHEAD)[:4]
        allowed = listing(day(board.on) for board in coming) or "a meeting that is planned first"
        raise ValidationError(
            {"meeting_on": [f"{on.isoformat()} is no day of the board; allowed: {allowed}."]}
        )
    if found[0].meeting is not None:
        return found[0].meeting
    regular = found[0].regular
    assert regular is not None
    assert on in days_of(regular, on, on)
    return create_meeting(
        by=by, title=regular.title, starts_at=found[0].starts_at, place=regular.place, centre=regular.centre
    )


def _hold(meetings: Iterable[Meeting | None]) -> list[Meeting]:
    """The meetings as they are now, held in one order until the transaction ends."""
    return [locked(meeting) for meeting in sorted({m for m in meetings if m is not None}, key=lambda m: m.pk)]


def _check_days(row: Reassessment, scan_on: datetime.date | None, target: Meeting | None) -> None:
    begun(row)
    today = timezone.localdate()
    if scan_on is not None:
        last = today + datetime.timedelta(days=DAYS_AHEAD)
        day_between("scan_on", scan_on, first=today, last=last, ends=f"to {last.isoformat()}")
        if row.scan_done_on is not None:
            raise ValidationError(
                {
                    "scan_on": [
                        f"The restaging scan was done on {day(row.scan_done_on)}; allowed: book the board alone."
                    ]
                }
            )
    if target is not None:
        refuse_closed(target)
    booked = row.meeting if row.meeting and row.meeting.state != Meeting.State.CLOSED else None
    board = target or booked
    scan = scan_on or row.scan_done_on or row.scan_booked_on
    if board is not None and scan is not None and timezone.localdate(board.starts_at) < scan:
        raise ValidationError(
            {
                "meeting_on": [
                    f"The board of {day(timezone.localtime(board.starts_at))} meets before the scan of "
                    f"{day(scan)}; allowed: a board on that day or later."
                ]
            }
        )


def _remark(place: str, note: str) -> str:
    parts = [part.strip() for part in (place, note) if part.strip()]
    text = "; ".join(parts)
    if len(text) > 300:
        raise ValidationError({"note": [f"{len(text)} characters with the place; allowed: at most 300."]})
    return f"{BOOKING}{text}" if text else ""


def _write_study(by: User, row: Reassessment, on: datetime.date, modality: str, remark: str) -> None:
    if modality not in IMAGING:
        raise ValidationError({"modality": [f"{modality!r} is not allowed; allowed: {', '.join(IMAGING)}."]})
    same = ImagingStudy.objects.filter(patient=row.patient, date=on, modality=modality, booked=True).first()
    study = booked_study(row) or same
    try:
        if study is None:
            add_study(by=by, patient=row.patient, date=on, modality=modality, booked=True, report=remark)
        else:
            report = remark or study.report
            correct_study(by=by, study=study, date=on, modality=modality, report=report)
    except ValidationError as error:
        messages = error.message_dict
        raise ValidationError(
            {"scan_on" if name == "date" else name: messages[name] for name in messages}
        ) from error


def _leave_agenda(by: User, row: Reassessment, meetings: list[Meeting]) -> None:
    """The case leaves the agenda on which the earlier booking had put it; one put on by hand stays."""
    for item in AgendaItem.objects.filter(
        meeting__in=meetings,
        meeting__state=Meeting.State.PLANNED,
        staging__patient=row.patient,
        state=AgendaItem.State.WAITING,
        reason=AgendaItem.Reason.REASSESSMENT,
    ).select_related("meeting"):
        remove_from_agenda(by=by, item=item)


def _enter_agenda(by: User, row: Reassessment, meeting: Meeting) -> None:
    staging = newest_staging(row)
    if staging is None:
        return
    item = meeting.items.filter(staging=staging).first()
    if item is None or item.state == AgendaItem.State.WITHDRAWN:
        add_to_agenda(by=by, meeting=meeting, staging=staging, reason=AgendaItem.Reason.REASSESSMENT)
