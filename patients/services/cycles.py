"""The cycles of a line, one or many at once."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from accounts.audit import audited, last_change
from accounts.models import User
from patients.cycles import NEEDS_REASON, WHY
from patients.models import TreatmentCycle, TreatmentLine
from patients.services.series import Date, lock_record
from patients.services.treatment import end_line
from patients.signals import cycles_recorded, line_changed
from patients.values import clean_columns

CYCLE_COLUMNS = frozenset({"number", "date", "outcome", "reason"})


def state_of(cycle: TreatmentCycle | None) -> str:
    """What is recorded of a cycle, as one text: a form that was opened on it hands it back as `seen`."""
    return f"{cycle.date.isoformat()}|{cycle.outcome}|{cycle.reason}" if cycle is not None else ""


def record_cycles(
    *,
    by: User,
    line: TreatmentLine,
    rows: Sequence[Mapping[str, Any]],
    ended_on: Date | None = None,
    end_reason: str = "",
) -> list[TreatmentCycle]:
    """Write cycles of a line that has begun, all or none, and end the line when `ended_on` is given.

    Each row has `number` and `date`, and may have `outcome` ('' is not known), `reason` (needed unless the
    cycle was given as planned) and `seen` (`state_of` when the row was read: somebody else's record in
    between is told, not overwritten). Only what differs from the record is written. Returns the cycles
    written. Raises `PermissionDenied`, and `ValidationError` on `line`, `rows.<position>.<column>`,
    `ended_on`, `end_reason`.
    """
    with audited(by=by, action="record cycles"):
        lock_record(by, line.patient)
        line.refresh_from_db()
        known = {cycle.number: cycle for cycle in line.cycles.all()}
        wanted = _wanted(line, known, rows)
        if line.actual_start is None and wanted:
            raise ValidationError({"line": [f"{line} has not begun; allowed: confirm day 1 first."]})
        written = [_write(line, known.get(values["number"]), values) for values in wanted]
        if written:
            line_changed.send(TreatmentLine, line=line, by=by)
            cycles_recorded.send(TreatmentCycle, line=line, cycles=written, by=by)
        if ended_on is not None:
            end_line(by=by, line=line, ended_on=ended_on, reason=end_reason)
    return written


def record_cycle(
    *, by: User, line: TreatmentLine, number: int | str, date: Date, outcome: str = "", reason: str = ""
) -> TreatmentCycle:
    """Write one cycle of a line that has begun (a second time corrects it). An empty `outcome` is not known.

    Raises `PermissionDenied`, and `ValidationError` by column.
    """
    row = {"number": number, "date": date, "outcome": outcome, "reason": reason}
    try:
        record_cycles(by=by, line=line, rows=[row])
    except ValidationError as error:
        columns = {name.removeprefix("rows.0."): texts for name, texts in error.message_dict.items()}
        raise ValidationError(columns) from error
    return TreatmentCycle.objects.get(line=line, number=number)


def _wanted(
    line: TreatmentLine, known: Mapping[int, TreatmentCycle], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The rows that change something, clean; one `ValidationError` with all that is wrong."""
    errors: dict[str, list[str]] = {}
    wanted: list[dict[str, Any]] = []
    places: list[str] = []
    for position, row in enumerate(rows):
        place = f"rows.{position}."
        given = {"outcome": "", "reason": "", **{k: v for k, v in row.items() if k != "seen"}}
        try:
            values = clean_columns(TreatmentCycle, given, editable=CYCLE_COLUMNS, prefix=place)
        except ValidationError as error:
            errors |= error.message_dict
            continue
        current = known.get(values["number"])
        if state_of(current) == _state(values):
            continue
        problem = _meanwhile(current, row) or _without_reason(values)
        if problem:
            errors[place + problem[0]] = [problem[1]]
        if any(values["number"] == other["number"] for other in wanted):
            errors[f"{place}number"] = [f"Cycle {values['number']} stands here twice; allowed: once."]
        wanted.append(values)
        places.append(place)
    errors = {**_out_of_order(line, known, wanted, places), **errors}
    if errors:
        raise ValidationError(errors)
    return wanted


def _state(values: Mapping[str, Any]) -> str:
    return f"{values['date'].isoformat()}|{values['outcome']}|{values['reason']}"


def _meanwhile(current: TreatmentCycle | None, row: Mapping[str, Any]) -> tuple[str, str] | None:
    if "seen" not in row or row["seen"] == state_of(current):
        return None
    if current is None:
        return "outcome", "This cycle was taken back meanwhile; send again to record it."
    change = last_change(current)
    who = str(change.by) if change and change.by else "Somebody"
    what = current.get_outcome_display().lower() if current.outcome else "without an outcome"
    return "outcome", (
        f"{who} recorded this cycle meanwhile: {current.date.isoformat()}, {what}"
        f"{f' ({current.reason})' if current.reason else ''}. Send again to replace that."
    )


def _without_reason(values: Mapping[str, Any]) -> tuple[str, str] | None:
    if values["outcome"] not in NEEDS_REASON or values["reason"]:
        return None
    outcome = TreatmentCycle.Outcome(values["outcome"]).label.lower()
    return "reason", f"A cycle {outcome} needs a reason; allowed: {', '.join(WHY.values())}."


def _out_of_order(
    line: TreatmentLine,
    known: Mapping[int, TreatmentCycle],
    wanted: Sequence[Mapping[str, Any]],
    places: Sequence[str],
) -> dict[str, list[str]]:
    """Days outside the line, and days that are not in the order of the numbers, by place."""
    days: dict[int, datetime.date] = {number: cycle.date for number, cycle in known.items()}
    days |= {values["number"]: values["date"] for values in wanted}
    first = line.actual_start or datetime.date.min
    last = line.ended_on or datetime.date.max
    errors: dict[str, list[str]] = {}
    for values, place in zip(wanted, places, strict=True):
        number, day = values["number"], values["date"]
        before = max((days[other] for other in days if other < number), default=None)
        after = min((days[other] for other in days if other > number), default=None)
        allowed = None
        if not first <= day <= last:
            allowed = f"from {first}" + (f" to {line.ended_on}" if line.ended_on else " on")
        elif before is not None and before >= day:
            other = max(other for other in days if other < number and days[other] == before)
            allowed = f"a day after cycle {other} ({before})"
        elif after is not None and after <= day:
            other = min(other for other in days if other > number and days[other] == after)
            allowed = f"a day before cycle {other} ({after})"
        if allowed:
            errors[f"{place}date"] = [f"{day} is not allowed; allowed: {allowed}."]
    return errors


def _write(line: TreatmentLine, cycle: TreatmentCycle | None, values: Mapping[str, Any]) -> TreatmentCycle:
    cycle = cycle or TreatmentCycle(line=line, number=values["number"])
    for name in ("date", "outcome", "reason"):
        setattr(cycle, name, values[name])
    cycle.save()
    return cycle
