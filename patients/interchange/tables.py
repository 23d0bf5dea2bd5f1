"""Tables (CSV, XLSX) through a profile into case documents. Pure: no database, no vocabulary of its own.

What a cell means is said by the profile alone; whether the value is allowed is said by the importer that
stores the documents.
"""

import csv
import datetime
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from patients.interchange.profile import ColumnRule, Profile, code

MAX_ROWS = 100_000


class TableError(ValueError):
    """A table that cannot be read with its profile; the message names the columns or the file."""


@dataclass(slots=True)
class Table:
    """A table as read: its columns and its rows of cells, in the order of the file."""

    columns: list[str]
    rows: list[list[Any]]


@dataclass(slots=True)
class Documents:
    """What came out: `documents` with the number of the row of each (1 is the first below the heading).

    `refused`: cells that the profile cannot read; their row has no document. `ignored`: what fills nothing,
    and why.
    """

    documents: list[dict[str, Any]] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0


def read_table(content: bytes, name: str) -> Table:
    """The table of a CSV or XLSX file (by the ending of `name`; the first sheet). Raises `TableError`."""
    ending = Path(name).suffix.lower()
    if ending in (".xlsx", ".xlsm"):
        rows = _xlsx_rows(content, name)
    elif ending in (".csv", ".tsv", ".txt"):
        rows = _csv_rows(content, name)
    else:
        raise TableError(f"'{name}' is not a table that can be read; allowed: .csv, .tsv, .txt, .xlsx.")
    filled = [row for row in rows if any(code(cell) for cell in row)]
    if not filled:
        raise TableError(f"'{name}' is empty; allowed: a heading and rows.")
    if len(filled) > MAX_ROWS:
        raise TableError(f"'{name}' has {len(filled) - 1} rows; allowed: {MAX_ROWS}.")
    columns = [str(cell or "").strip() for cell in filled[0]]
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise TableError(f"'{name}' has the column {', '.join(twice)} twice; allowed: once.")
    return Table(columns, filled[1:])


def _csv_rows(content: bytes, name: str) -> list[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(f"'{name}' is not UTF-8 text ({error}).") from error
    heading = text.splitlines()[0] if text else ""
    delimiter = max((",", ";", "\t"), key=heading.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)]
    except csv.Error as error:
        raise TableError(f"'{name}' is not a table: {error}.") from error


def _xlsx_rows(content: bytes, name: str) -> list[list[Any]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, ValueError) as error:
        raise TableError(f"'{name}' is not a spreadsheet that can be read ({error}).") from error


def documents_from(table: Table, profile: Profile) -> Documents:
    """One case document for each row.

    Raises `TableError` naming every column that the profile needs and the table lacks, or that the table
    has and the profile does not speak of.
    """
    _check_columns(table.columns, profile)
    result = Documents(read=len(table.rows))
    present = [column for column in table.columns if column in profile.ignored]
    result.ignored = [
        {"record": None, "path": column, "reason": profile.ignored[column]} for column in present
    ]
    for number, cells in enumerate(table.rows, start=1):
        if len(cells) != len(table.columns):
            message = f"The row has {len(cells)} cells; allowed: {len(table.columns)}, as the heading."
            result.refused.append({"record": number, "path": "", "value": None, "message": message})
            continue
        row = dict(zip(table.columns, cells, strict=True))
        document, refused = _document(row, profile, number, result.ignored)
        if refused:
            result.refused += refused
        else:
            result.documents.append(document)
            result.records.append(number)
    return result


def _document(
    row: dict[str, Any], profile: Profile, number: int, ignored: list[dict[str, Any]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The document of one row, and what is wrong with its cells; adds to `ignored` what states nothing."""
    document: dict[str, Any] = {}
    refused = []
    for rule in profile.rules:
        cell = row[rule.column]
        if code(cell) in profile.missing:
            continue
        if _states_nothing(rule, cell):
            reason = f"{rule.column} is {code(cell)}: {rule.reason}"
            ignored.append({"record": number, "path": rule.fact, "reason": reason})
            continue
        try:
            _put(document, rule.fact, _value(rule, cell))
        except ValueError as error:
            message = f"{rule.column}: {error}"
            refused.append({"record": number, "path": rule.fact, "value": _shown(cell), "message": message})
    for fact, value in profile.constants.items():
        _put(document, fact, value)
    return document, refused


def _check_columns(columns: Sequence[str], profile: Profile) -> None:
    problems = []
    lacking = [column for column in profile.columns if column not in columns]
    if lacking:
        problems.append(
            f"lacks the column{_s(lacking)} {', '.join(lacking)}, which profile '{profile.name}' needs"
        )
    known = {*profile.columns, *profile.ignored}
    strange = [column or "(no name)" for column in columns if column not in known]
    if strange:
        problems.append(
            f"has the column{_s(strange)} {', '.join(strange)}, of which the profile says nothing"
        )
    if problems:
        raise TableError(
            f"The table {'; it '.join(problems)}. Found: {', '.join(columns)}. "
            "Allowed: the columns of the profile, with others named under 'ignored'."
        )


def _s(items: Iterable[Any]) -> str:
    return "" if len(list(items)) == 1 else "s"


def _states_nothing(rule: ColumnRule, cell: Any) -> bool:
    if code(cell) in rule.no_value:
        return True
    return rule.values is not None and code(cell) in rule.values and rule.values[code(cell)] is None


def _value(rule: ColumnRule, cell: Any) -> Any:
    if rule.values is not None:
        if code(cell) not in rule.values:
            raise ValueError(
                f"'{code(cell)}' is not a code of this column; allowed: {', '.join(rule.values)}."
            )
        return rule.values[code(cell)]
    if rule.kind in ("number", "whole"):
        return _number(rule, cell)
    if rule.kind == "date":
        return _date(rule, cell)
    if rule.kind == "list":
        return [part.strip() for part in str(cell).split(",") if part.strip()]
    return code(cell) if isinstance(cell, float) else str(cell).strip()


def _number(rule: ColumnRule, cell: Any) -> int | float:
    try:
        number = Decimal(str(cell).strip())
    except ArithmeticError:
        raise ValueError(f"'{cell}' is not a number; allowed: a number with a decimal point.") from None
    if isinstance(cell, bool) or not number.is_finite():
        raise ValueError(f"'{cell}' is not a number; allowed: a number with a decimal point.")
    number *= rule.factor or 1
    whole = number == number.to_integral_value()
    if rule.kind == "whole" and not whole:
        raise ValueError(f"'{cell}' is not a whole number; allowed: a whole number.")
    return int(number) if whole else float(number)


def _date(rule: ColumnRule, cell: Any) -> str:
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    text = str(cell).strip()
    shape = rule.date_format or "%Y-%m-%d"
    try:
        return datetime.datetime.strptime(text, shape).date().isoformat()
    except ValueError:
        raise ValueError(f"'{text}' is not a date as {shape}.") from None


def _put(document: dict[str, Any], fact: str, value: Any) -> None:
    *path, key = fact.split(".")
    block = document
    for step in path:
        block = block.setdefault(step, {})
    block[key] = value


def _shown(cell: Any) -> Any:
    return cell if isinstance(cell, (str, int, float, bool)) or cell is None else str(cell)
