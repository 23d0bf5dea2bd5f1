"""Tables of cycles in: one row a cycle of a line that has begun (`case_id, line, number, date, outcome, reason`).

The cells are read as those of every table (`patients.interchange.tables`), the rows written by the one service
that writes cycles.
"""

from contextlib import nullcontext
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from decisions.documents import Report
from decisions.interchange import UnreadableError
from patients.interchange.profile import ColumnRule, Profile
from patients.interchange.tables import Table, TableError, documents_from, read_table
from patients.models import TreatmentCycle, TreatmentLine
from patients.selectors import visible_patients
from patients.services import record_cycles, state_of

NEEDED = {"case_id": "text", "number": "whole", "date": "date", "outcome": "text"}
OPTIONAL = {"line": "whole", "reason": "text"}
Row = dict[str, Any]


def import_cycles(*, by: User, content: bytes, filename: str, dry_run: bool = False) -> Report:
    """Import the cycles of a CSV or XLSX table; every cycle goes in or is refused, the others are in all the same.

    `line` is the number of the line; without it the line that runs is meant. `outcome` is given, delayed,
    reduced or omitted, or empty when it is not known; all but the first need a `reason`, such as
    'toxicity: neutropenia'. The same cycle again corrects it. `dry_run` reports the same and stores nothing.
    Raises `UnreadableError` when the table cannot be read, and `PermissionDenied`.
    """
    require(by, "decisions.import_cases")
    try:
        table = read_table(content, filename)
        made = documents_from(table, _profile(table))
    except TableError as error:
        raise UnreadableError(str(error)) from error
    report = Report(read=made.read, refused=list(made.refused), ignored=made.ignored)
    with transaction.atomic() if dry_run else nullcontext():
        for line, rows in _by_line(by, list(zip(made.records, made.documents, strict=True)), report):
            _store(by, line, rows, report)
        if dry_run:
            transaction.set_rollback(True)
    report.refused.sort(key=lambda item: item["record"])
    return report


def _profile(table: Table) -> Profile:
    """What each column is; a column that is none of ours is left out and named in the report."""
    kinds = NEEDED | {name: kind for name, kind in OPTIONAL.items() if name in table.columns}
    return Profile(
        name="cycles",
        title="Cycles of systemic therapy",
        source="",
        licence="",
        missing=frozenset({""}),
        rules=tuple(ColumnRule(name, name, kind=kind) for name, kind in kinds.items()),
        ignored={
            name: "It says nothing of a cycle." for name in table.columns if name not in NEEDED | OPTIONAL
        },
    )


def _by_line(
    by: User, records: list[tuple[int, Row]], report: Report
) -> list[tuple[TreatmentLine, list[tuple[int, Row]]]]:
    """The rows by the line that they belong to; what belongs to none is refused."""
    cases = {row.get("case_id") for _, row in records}
    lines: dict[str, list[TreatmentLine]] = {
        patient.case_id: list(patient.treatment_lines.all())
        for patient in visible_patients(by).filter(case_id__in=cases).prefetch_related("treatment_lines")
    }
    found: dict[int, tuple[TreatmentLine, list[tuple[int, Row]]]] = {}
    for record, row in records:
        case_id = row.get("case_id")
        problem = _problem(row, lines)
        if problem is not None:
            path, message = problem
            report.refused.append(
                {"record": record, "path": path, "value": row.get(path), "message": message}
            )
            continue
        line = _line(lines[str(case_id)], row)
        assert line is not None
        found.setdefault(line.pk, (line, []))[1].append((record, row))
    return list(found.values())


def _problem(row: Row, lines: dict[str, list[TreatmentLine]]) -> tuple[str, str] | None:
    """Why a row belongs to no line: the column, and the sentence."""
    for name in ("case_id", "number", "date"):
        if name not in row:
            return name, f"A value is needed; allowed: {_ALLOWED[name]}."
    if row["case_id"] not in lines:
        return "case_id", f"There is no case '{row['case_id']}' that you see; allowed: the number of a case."
    if _line(lines[row["case_id"]], row) is None:
        known = [str(line.number) for line in lines[row["case_id"]]]
        if "line" in row:
            return (
                "line",
                f"{row['line']} is no line of this case; allowed: {', '.join(known) or 'none is recorded'}.",
            )
        return "line", f"No line of this case runs; allowed: {', '.join(known) or 'none is recorded'}."
    return None


_ALLOWED = {
    "case_id": "the number of a case",
    "number": "a whole number from 1 to 60",
    "date": "a date as YYYY-MM-DD",
}


def _line(lines: list[TreatmentLine], row: Row) -> TreatmentLine | None:
    if "line" in row:
        return next((line for line in lines if line.number == row["line"]), None)
    running = [line for line in lines if line.ended_on is None and line.actual_start is not None]
    return max(running, key=lambda line: line.number, default=None)


def _store(by: User, line: TreatmentLine, rows: list[tuple[int, Row]], report: Report) -> None:
    """Write the cycles of one line; those that are wrong are refused, and the others written without them."""
    while rows:
        before = {cycle.number: state_of(cycle) for cycle in TreatmentCycle.objects.filter(line=line)}
        cycles = [
            {
                "number": row["number"],
                "date": row["date"],
                "outcome": str(row.get("outcome", "")).strip().lower(),
                "reason": row.get("reason", ""),
            }
            for _, row in rows
        ]
        try:
            with audited(by=by, action="import cycles", source="import"):
                written = {cycle.number for cycle in record_cycles(by=by, line=line, rows=cycles)}
        except (ValidationError, PermissionDenied) as error:
            rows = _refused(error, rows, report)
            continue
        for row in cycles:
            if row["number"] not in written:
                report.unchanged += 1
            elif row["number"] in before:
                report.updated += 1
            else:
                report.created += 1
        return


def _refused(
    error: ValidationError | PermissionDenied, rows: list[tuple[int, Row]], report: Report
) -> list[tuple[int, Row]]:
    """Report what is wrong, and return the rows that are left."""
    by_place = error.message_dict if isinstance(error, ValidationError) else {"case_id": [str(error)]}
    wrong: set[int] = set()
    for place, texts in by_place.items():
        block, _, rest = place.partition(".")
        position, _, column = rest.partition(".")
        hit = [int(position)] if block == "rows" and position.isdecimal() else list(range(len(rows)))
        for index in hit:
            wrong.add(index)
            record, row = rows[index]
            path = column or place
            report.refused += [
                {"record": record, "path": path, "value": row.get(path), "message": text} for text in texts
            ]
    return [row for index, row in enumerate(rows) if index not in wrong]
