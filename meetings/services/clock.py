"""What people do on the conversion clock: start, scan, agenda, not needed. The course of therapy is in `course`."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.audit import audited, last_change
from accounts.models import User
from accounts.rules import require
from meetings.bookings import BOOKING, booked_study
from meetings.models import AgendaItem, Meeting, Reassessment
from meetings.reassessment import answers, end_window, set_window
from meetings.services.agenda import add_to_agenda
from patients.models import Patient, Staging, TreatmentLine
from patients.services import confirm_line_start, correct_study, start_line

DAYS_AHEAD = 366


def locked_reassessment(reassessment: Reassessment) -> Reassessment:
    """The reassessment as it is now; raises `ValidationError` on `reassessment` when it has ended.

    The patient is held first, as every change of the record does, so that the two never wait for each other.
    """
    Patient.objects.select_for_update().get(pk=reassessment.patient_id)
    row = (
        Reassessment.objects.select_for_update(of=("self",))
        .select_related("patient", "decision", "line")
        .get(pk=reassessment.pk)
    )
    if row.ended_at is not None:
        raise ValidationError(
            {
                "reassessment": [
                    f"This reassessment ended on {timezone.localtime(row.ended_at):%d %b %Y} "
                    f"({row.get_ending_display().lower()}), by {row.ended_by}; nothing of it changes any more."
                ]
            }
        )
    return row


@contextmanager
def as_seen(reassessment: Reassessment, seen: int | None) -> Iterator[None]:
    """Do the work inside only when nobody has changed the reassessment since `seen` (`state_seen`; None: any).

    Holds the row, so that of two people at once the second is told what the first did. Raises
    `ValidationError` on `reassessment`.
    """
    with transaction.atomic():
        row = locked_reassessment(reassessment)
        change = last_change(row)
        if seen is not None and change is not None and change.event != seen:
            raise ValidationError(
                {
                    "reassessment": [
                        f"This reassessment has changed since you opened the form ({change.words}). "
                        "It is shown above as it is now; send again to go on."
                    ]
                }
            )
        yield


def state_seen(reassessment: Reassessment) -> int | None:
    """The state in which somebody sees a reassessment, for `as_seen`; None when nothing is recorded of it."""
    change = last_change(reassessment)
    return change.event if change is not None else None


def reason_of(text: str, field: str = "reason") -> str:
    """A reason of 3 to 300 characters, trimmed; raises `ValidationError` on `field`."""
    reason = text.strip()
    if not 3 <= len(reason) <= 300:
        raise ValidationError(
            {field: [f"{len(reason)} characters; allowed: a reason of 3 to 300 characters."]}
        )
    return reason


def day_between(
    field: str, value: datetime.date | None, *, first: datetime.date | None, last: datetime.date, ends: str
) -> datetime.date:
    """`value` when it lies between both days; raises `ValidationError` on `field` with what is allowed."""
    if value is None:
        raise ValidationError({field: ["A date is needed; allowed: a date as YYYY-MM-DD."]})
    if (first is not None and value < first) or value > last:
        since = f"from {first.isoformat()} " if first else ""
        raise ValidationError({field: [f"{value.isoformat()} is not allowed; allowed: {since}{ends}."]})
    return value


def confirm_start(
    *,
    by: User,
    reassessment: Reassessment,
    started_on: datetime.date,
    cycle_length_days: int | None = None,
) -> Reassessment:
    """Confirm day 1 of cycle 1; `by` stands for it, the window becomes firm, and the line begins in the record.

    Raises `PermissionDenied`, and `ValidationError` on `started_on`, `cycle_length_days` or `reassessment`.
    """
    require(by, "meetings.change_reassessment", reassessment)
    with audited(by=by, action="confirm start of therapy"):
        row = locked_reassessment(reassessment)
        today = timezone.localdate()
        decided = timezone.localdate(row.decision.item.meeting.starts_at) if row.decision else None
        day = day_between("started_on", started_on, first=decided, last=today, ends="to today")
        if cycle_length_days is not None:
            row.cycle_length_days = cycle_length_days
        row.actual_start, row.start_confirmed_by = day, by
        try:
            row.clean_fields(include_only(row, "cycle_length_days"))
        except ValidationError as error:
            messages = {"cycle_length_days": [f"{cycle_length_days} is not allowed; allowed: 7 to 42 days."]}
            raise ValidationError(messages) from error
        row.line = _begin_line(by, row, day)
        set_window(row)
        row.save()
    return row


def include_only(row: Reassessment, name: str) -> list[str]:
    """The names of all other fields, for `clean_fields`."""
    return [field.name for field in row._meta.concrete_fields if field.name != name]


def _begin_line(by: User, row: Reassessment, day: datetime.date) -> TreatmentLine | None:
    """The line of the record that this therapy is: begun, or written down; None while another one runs."""
    lines = row.patient.treatment_lines
    planned = lines.filter(actual_start__isnull=True, ended_on__isnull=True).order_by("-number").first()
    if planned is not None:
        return confirm_line_start(by=by, line=planned, actual_start=day)
    running = lines.filter(ended_on__isnull=True).order_by("-number").first()
    if running is not None:
        return running if running.actual_start == day else None
    first, _, rest = (part.strip() for part in row.regimen.partition("+"))
    codes = TreatmentLine._meta.get_field("regimen").codes
    known = next((code for code in codes if code.lower() == first.lower()), None)
    return start_line(
        by=by,
        patient=row.patient,
        regimen=known or "other",
        drugs=(rest if known else row.regimen)[:120],
        intent=_INTENTS.get(row.decision.outcome if row.decision else ""),
        cycle_length_days=row.cycle_length_days,
        actual_start=day,
    )


_INTENTS = {
    "conversion": "conversion",
    "continue": "conversion",
    "neoadjuvant": "neoadjuvant",
    "palliative": "palliative",
}


def record_scan(*, by: User, reassessment: Reassessment, date: datetime.date) -> Reassessment:
    """Note the day of the restaging scan that was done; the booked examination of the record becomes that scan.

    Raises `ValidationError` on `date`: also for a scan before the window, which a clinician may accept
    (`accept_early_scan`).
    """
    require(by, "meetings.change_reassessment", reassessment)
    with audited(by=by, action="record restaging scan"):
        row = locked_reassessment(reassessment)
        first = begun(row) + datetime.timedelta(days=1)
        day = day_between("date", date, first=first, last=timezone.localdate(), ends="to today")
        if not answers(row, day):
            raise ValidationError(
                {
                    "date": [
                        f"The scan of {day.isoformat()} lies before the window; allowed: from "
                        f"{row.due_from.isoformat()} to today, or an early scan that a clinician accepts."
                    ]
                }
            )
        study = booked_study(row)
        if study is not None:
            # What was written for the booking is no report of the scan.
            report = "" if study.report.startswith(BOOKING) else study.report
            correct_study(by=by, study=study, date=day, booked=False, report=report)
            row = locked_reassessment(reassessment)
        if day != row.scan_done_on:
            row.scan_done_on = day
            if day >= row.due_from:
                row.scan_accepted_by = None
            row.save()
    return row


def begun(row: Reassessment) -> datetime.date:
    """Day 1; raises `ValidationError` on `reassessment` while nobody has confirmed it."""
    if row.actual_start is None:
        raise ValidationError(
            {"reassessment": ["Day 1 of the therapy is not confirmed; allowed: confirm the start first."]}
        )
    return row.actual_start


def mark_not_needed(*, by: User, reassessment: Reassessment, reason: str) -> Reassessment:
    """End a reassessment without a decision; `by` stands for it. Raises `ValidationError` on `reason`."""
    require(by, "meetings.change_reassessment", reassessment)
    text = reason_of(reason)
    with audited(by=by, action="reassessment not needed"):
        row = locked_reassessment(reassessment)
        end_window(row, by=by, ending=Reassessment.Ending.NOT_NEEDED, reason=text)
    return row


def put_on_agenda(*, by: User, reassessment: Reassessment, meeting: Meeting) -> AgendaItem:
    """Put the patient's newest staging on an agenda; raises as `add_to_agenda`, and when there is none."""
    require(by, "meetings.change_reassessment", reassessment)
    staging = newest_staging(reassessment)
    if staging is None:
        raise ValidationError({"reassessment": ["This patient has no staging; allowed: open one first."]})
    return add_to_agenda(by=by, meeting=meeting, staging=staging, reason=AgendaItem.Reason.REASSESSMENT)


def newest_staging(reassessment: Reassessment) -> Staging | None:
    """The newest staging in use of the patient, draft or staged."""
    stagings = Staging.objects.filter(patient=reassessment.patient_id, withdrawn_at__isnull=True)
    return stagings.select_related("patient__centre").order_by("-date", "-pk").first()
