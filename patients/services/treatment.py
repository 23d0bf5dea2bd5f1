"""Lines of systemic therapy, and procedures; the cycles of a line stand in `cycles`.

A line is for metastatic disease; a drug changed for toxicity stays in the line, progression or the board
starts the next.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max

from accounts.audit import audited
from accounts.models import User
from patients.models import Patient, Procedure, TreatmentCycle, TreatmentLine
from patients.services.constraints import refusals_explained
from patients.services.series import Date, lock_record, refuse_twice
from patients.signals import line_changed, record_changed
from patients.values import clean_columns

LINE_COLUMNS = frozenset(
    {"intent", "regimen", "drugs", "targeted_agent", "cycle_length_days", "planned_start"}
)
"""What `start_line` and `correct_line` take; day 1 and the end have services of their own."""
PROCEDURE_COLUMNS = frozenset({"kind", "planned_on", "done_on", "margin", "margin_mm", "note"})


def _save_line(by: User, line: TreatmentLine) -> TreatmentLine:
    with refusals_explained(line):
        line.save()
    line_changed.send(TreatmentLine, line=line, by=by)
    return line


def start_line(
    *, by: User, patient: Patient, number: int | None = None, actual_start: Date | None = None, **columns: Any
) -> TreatmentLine:
    """Plan a line of systemic therapy, or note one that has begun (`actual_start`, confirmed by `by`).

    `number` is the next one unless given; `columns`: any of `LINE_COLUMNS`. Raises `PermissionDenied`, and
    `ValidationError` by column, and on `number` while an earlier line has no end.
    """
    given = {**columns, "actual_start": actual_start, **({"number": number} if number is not None else {})}
    values = clean_columns(TreatmentLine, given, editable=LINE_COLUMNS | {"number", "actual_start"})
    with audited(by=by, action="start line"):
        lock_record(by, patient)
        last = patient.treatment_lines.aggregate(last=Max("number"))["last"] or 0
        values.setdefault("number", last + 1)
        running = patient.treatment_lines.filter(ended_on__isnull=True, number__lt=values["number"]).first()
        if running is not None:
            raise ValidationError(
                {"number": [f"Line {running.number} has no end yet; allowed: end it, then start the next."]}
            )
        if values["actual_start"] is not None:
            values["start_confirmed_by"] = by
        clean_columns(TreatmentLine, {"number": values["number"]}, editable=frozenset({"number"}))
        return _save_line(by, TreatmentLine(patient=patient, **values))


def correct_line(*, by: User, line: TreatmentLine, **columns: Any) -> TreatmentLine:
    """Correct the plan of a line; raises as `start_line`."""
    values = clean_columns(TreatmentLine, columns, editable=LINE_COLUMNS)
    with audited(by=by, action="correct line"):
        lock_record(by, line.patient)
        for name, value in values.items():
            setattr(line, name, value)
        return _save_line(by, line)


def confirm_line_start(*, by: User, line: TreatmentLine, actual_start: Date) -> TreatmentLine:
    """Confirm day 1 of cycle 1; `by` stands for it. Raises `ValidationError` on `actual_start`."""
    values = clean_columns(
        TreatmentLine, {"actual_start": actual_start}, editable=frozenset({"actual_start"})
    )
    if values["actual_start"] is None:
        raise ValidationError({"actual_start": ["A date is needed; allowed: a date, not in the future."]})
    with audited(by=by, action="confirm line start"):
        lock_record(by, line.patient)
        line.refresh_from_db()
        first = line.cycles.order_by("date").first()
        if first is not None and first.date < values["actual_start"]:
            raise ValidationError(
                {"actual_start": [(f"{values['actual_start']} lies after {first} ({first.date}); "
                                  "allowed: the day of the first cycle or earlier.")]}
            )  # fmt: skip
        line.actual_start = values["actual_start"]
        line.start_confirmed_by = by
        return _save_line(by, line)


def end_line(*, by: User, line: TreatmentLine, ended_on: Date, reason: str) -> TreatmentLine:
    """End a line, with the reason; raises `ValidationError` on `ended_on` or `end_reason`."""
    values = clean_columns(
        TreatmentLine,
        {"ended_on": ended_on, "end_reason": reason},
        editable=frozenset({"ended_on", "end_reason"}),
    )
    with audited(by=by, action="end line"):
        lock_record(by, line.patient)
        line.refresh_from_db()
        last = line.cycles.order_by("-date").first()
        if last is not None and last.date > values["ended_on"]:
            raise ValidationError(
                {"ended_on": [(f"{values['ended_on']} lies before {last} ({last.date}); "
                              "allowed: the day of the last cycle or later.")]}
            )  # fmt: skip
        line.ended_on = values["ended_on"]
        line.end_reason = values["end_reason"]
        return _save_line(by, line)


def _save_procedure(by: User, row: Procedure) -> Procedure:
    same = Procedure.objects.filter(
        patient=row.patient, kind=row.kind, planned_on=row.planned_on, done_on=row.done_on
    )
    refuse_twice(row, "done_on" if row.done_on else "planned_on", same)
    with refusals_explained(row):
        row.save()
    record_changed.send(Procedure, patient=row.patient, by=by)
    return row


def add_procedure(*, by: User, patient: Patient, kind: str, **columns: Any) -> Procedure:
    """Add a procedure, planned (`planned_on`) or done (`done_on`). `columns`: any of `PROCEDURE_COLUMNS`.

    Raises `PermissionDenied`, and `ValidationError` by column.
    """
    values = clean_columns(Procedure, {"kind": kind, **columns}, editable=PROCEDURE_COLUMNS)
    with audited(by=by, action="add procedure"):
        lock_record(by, patient)
        return _save_procedure(by, Procedure(patient=patient, **values))


def correct_procedure(*, by: User, procedure: Procedure, **columns: Any) -> Procedure:
    """Correct a procedure, or note that a planned one was done; raises as `add_procedure`."""
    values = clean_columns(Procedure, columns, editable=PROCEDURE_COLUMNS)
    with audited(by=by, action="correct procedure"):
        lock_record(by, procedure.patient)
        for name, value in values.items():
            setattr(procedure, name, value)
        return _save_procedure(by, procedure)


def remove_treatment_row(*, by: User, row: TreatmentLine | TreatmentCycle | Procedure) -> None:
    """Take back a line, a cycle or a procedure that was entered in error; the audit keeps it.

    Raises `ValidationError` on `line` when the clock hangs on it.
    """
    patient = row.line.patient if isinstance(row, TreatmentCycle) else row.patient
    with audited(by=by, action=f"remove {row._meta.verbose_name}"):
        lock_record(by, patient)
        try:
            row.delete()
        except models.ProtectedError:
            raise ValidationError(
                {"line": [f"{row} is on the conversion clock; allowed: end the line instead."]}
            ) from None
        record_changed.send(type(row), patient=patient, by=by)
