"""What people do on the clock when therapy does not run as planned: early scans, forward, later, stopped."""

import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from decisions.rulebooks import current_thresholds
from meetings.models import Reassessment
from meetings.reassessment import mark_brought_forward
from meetings.services.clock import DAYS_AHEAD, begun, day_between, locked_reassessment, reason_of
from patients.services import end_line
from patients.wording import day


def accept_early_scan(*, by: User, reassessment: Reassessment, date: datetime.date) -> Reassessment:
    """Count a scan made up to EARLY_SCAN_DAYS before the window as the restaging scan; `by` stands for it.

    For members and chairs with a clinical discipline. Raises `PermissionDenied`, and `ValidationError` on
    `date` or `reassessment`.
    """
    require(by, "meetings.accept_early_scan", reassessment)
    with audited(by=by, action="accept early scan"):
        row = locked_reassessment(reassessment)
        days = int(current_thresholds(row.patient).value("EARLY_SCAN_DAYS"))
        last = min(row.due_from - datetime.timedelta(days=1), timezone.localdate())
        first = max(row.due_from - datetime.timedelta(days=days), begun(row) + datetime.timedelta(days=1))
        if first > last:
            raise ValidationError(
                {
                    "date": [
                        f"No scan can be accepted as early yet; allowed: one from {first.isoformat()} on "
                        f"({days} days before the window)."
                    ]
                }
            )
        ends = f"to {last.isoformat()} (at most {days} days before the window)"
        row.scan_done_on = day_between("date", date, first=first, last=last, ends=ends)
        row.scan_accepted_by = by
        row.save()
    return row


def take_back_scan(*, by: User, reassessment: Reassessment) -> Reassessment:
    """The scan that is noted as done is not the one of this window; examinations in the record stay.

    Raises `ValidationError` on `reassessment` when none is noted.
    """
    require(by, "meetings.change_reassessment", reassessment)
    with audited(by=by, action="take restaging scan back"):
        row = locked_reassessment(reassessment)
        if row.scan_done_on is None:
            raise ValidationError(
                {"reassessment": ["No scan is noted as done; allowed: note one, then take it back."]}
            )
        row.scan_done_on = None  # type: ignore[assignment]
        row.scan_accepted_by = None
        row.save()
    return row


def bring_forward(*, by: User, reassessment: Reassessment, reason: str) -> Reassessment:
    """Ask for the board from today on, whatever the window says; `by` stands for the reason.

    Raises `ValidationError` on `reason`, and on `reassessment` when somebody has done so already.
    """
    require(by, "meetings.change_reassessment", reassessment)
    text = reason_of(reason)
    with audited(by=by, action="bring reassessment forward"):
        row = locked_reassessment(reassessment)
        if not mark_brought_forward(row, by=by, reason=text):
            assert row.brought_forward_on is not None
            raise ValidationError(
                {
                    "reassessment": [
                        f"{row.brought_forward_by} brought this case forward on {day(row.brought_forward_on)} "
                        f"({row.brought_forward_reason}); that stays until the board decides."
                    ]
                }
            )
    return row


def postpone(*, by: User, reassessment: Reassessment, to: datetime.date, reason: str) -> Reassessment:
    """Note that scan and board were put off to a day, and why. The window stays where it is.

    Raises `ValidationError` on `to` or `reason`.
    """
    require(by, "meetings.change_reassessment", reassessment)
    text = reason_of(reason)
    with audited(by=by, action="postpone reassessment"):
        row = locked_reassessment(reassessment)
        today = timezone.localdate()
        tomorrow, last = today + datetime.timedelta(days=1), today + datetime.timedelta(days=DAYS_AHEAD)
        row.postponed_to = day_between("to", to, first=tomorrow, last=last, ends=f"to {last.isoformat()}")
        row.postponed_by, row.postponed_reason = by, text
        row.save()
    return row


def stop_therapy(
    *, by: User, reassessment: Reassessment, ended_on: datetime.date, reason: str
) -> Reassessment:
    """Note that the therapy was stopped: its line ends in the record, and the case is brought forward.

    The patient stays on the clock until the board has decided. Raises `ValidationError` on `ended_on`,
    `reason` or `reassessment`.
    """
    require(by, "meetings.change_reassessment", reassessment)
    text = reason_of(reason)
    with audited(by=by, action="stop therapy"):
        row = locked_reassessment(reassessment)
        first = row.actual_start if not row.from_scan else None
        stopped = day_between("ended_on", ended_on, first=first, last=timezone.localdate(), ends="to today")
        line = row.line
        if line is not None and line.ended_on is not None:
            raise ValidationError(
                {"reassessment": [f"{line} ended on {day(line.ended_on)} already ({line.end_reason})."]}
            )
        if line is not None:
            end_line(by=by, line=line, ended_on=stopped, reason=text[:120])
            row = locked_reassessment(row)
        mark_brought_forward(row, by=by, reason=f"Therapy stopped on {day(stopped)}: {text}")
    return row
