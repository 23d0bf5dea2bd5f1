"""What people do on the conversion clock."""

import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from meetings.bookings import BOOKING, booked_study
from meetings.models import AgendaItem, Meeting, Reassessment
from meetings.reassessment import end_window, set_window
from meetings.services.agenda import add_to_agenda
from patients.models import Staging, TreatmentLine
from patients.services import confirm_line_start, correct_study, end_line, start_line
from patients.services.series import lock_record

DAYS_AHEAD = 366


def _locked(reassessment: Reassessment) -> Reassessment:
    """The reassessment as it is now; raises `ValidationError` on `reassessment` when it has ended."""
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


def _day(
    field: str, value: datetime.date | None, *, first: datetime.date | None, last: datetime.date, ends: str
) -> datetime.date:
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
        row = _locked(reassessment)
        today = timezone.localdate()
        decided = timezone.localdate(row.decision.item.meeting.starts_at) if row.decision else None
        day = _day("started_on", started_on, first=decided, last=today, ends="to today")
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

    Raises `ValidationError` on `date`.
    """
    require(by, "meetings.change_reassessment", reassessment)
    with audited(by=by, action="record restaging scan"):
        lock_record(by, reassessment.patient)
        row = _locked(reassessment)
        day = _day("date", date, first=_begun(row), last=timezone.localdate(), ends="to today")
        study = booked_study(row)
        if study is not None:
            # What was written for the booking is no report of the scan.
            report = "" if study.report.startswith(BOOKING) else study.report
            correct_study(by=by, study=study, date=day, booked=False, report=report)
            row = _locked(reassessment)
        row.scan_done_on = day
        row.save()
    return row


def _begun(row: Reassessment) -> datetime.date:
    if row.actual_start is None:
        raise ValidationError(
            {"reassessment": ["Day 1 of the therapy is not confirmed; allowed: confirm the start first."]}
        )
    return row.actual_start


def mark_not_needed(*, by: User, reassessment: Reassessment, reason: str) -> Reassessment:
    """End a reassessment without a decision; `by` stands for it. Raises `ValidationError` on `reason`."""
    require(by, "meetings.change_reassessment", reassessment)
    text = reason.strip()
    if not 3 <= len(text) <= 300:
        raise ValidationError(
            {"reason": [f"{len(text)} characters; allowed: a reason of 3 to 300 characters."]}
        )
    with audited(by=by, action="reassessment not needed"):
        row = _locked(reassessment)
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


def postpone(*, by: User, reassessment: Reassessment, to: datetime.date, reason: str) -> Reassessment:
    """Note what was agreed with the patient; window and status stay. Raises `ValidationError` on `to`, `reason`."""
    require(by, "meetings.change_reassessment", reassessment)
    text = reason.strip()
    if not 3 <= len(text) <= 300:
        raise ValidationError(
            {"reason": [f"{len(text)} characters; allowed: a reason of 3 to 300 characters."]}
        )
    with audited(by=by, action="postpone reassessment"):
        row = _locked(reassessment)
        today = timezone.localdate()
        last = today + datetime.timedelta(days=DAYS_AHEAD)
        row.postponed_to = _day("to", to, first=today, last=last, ends=f"to {last.isoformat()}")
        row.postponed_by, row.postponed_reason = by, text
        row.save()
    return row


def stop_therapy(
    *, by: User, reassessment: Reassessment, ended_on: datetime.date, reason: str
) -> Reassessment:
    """End the line and bring the case forward; the patient stays on the clock.

    Raises `ValidationError` on `ended_on`, `reason` or `reassessment`.
    """
    require(by, "meetings.change_reassessment", reassessment)
    text = reason.strip()
    if not 3 <= len(text) <= 300:
        raise ValidationError(
            {"reason": [f"{len(text)} characters; allowed: a reason of 3 to 300 characters."]}
        )
    with audited(by=by, action="stop therapy"):
        row = _locked(reassessment)
        day = _day("ended_on", ended_on, first=_begun(row), last=timezone.localdate(), ends="to today")
        if row.line is not None and row.line.ended_on is None:
            end_line(by=by, line=row.line, ended_on=day, reason=text)
            row = _locked(reassessment)
        row.brought_forward_on, row.brought_forward_by = timezone.localdate(), by
        row.brought_forward_reason = text
        row.save()
    return row
