"""The clock as a list for spreadsheets: CSV and XLSX. No cell can act as a formula."""

import csv
import datetime
import io
import re
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from meetings.clock import ClockEntry

COLUMNS = (
    "case", "hospital_number", "centre", "state", "days", "regimen", "start", "start_confirmed", "cycles_given",
    "last_scan", "last_scan_modality", "window_from", "window_to", "cycles_from", "cycles_to", "due_from",
    "overdue_after", "brought_forward", "postponed_to", "scan_booked", "scan_booked_modality", "scan_done",
    "next_step", "board", "surgeon", "oncologist",
)  # fmt: skip
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(entries: Iterable[ClockEntry]) -> str:
    """The list as CSV; a text that a spreadsheet would take for a formula is quoted, what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow([_text(value) for value in _cells(entry)])
    return out.getvalue()


def as_xlsx(entries: Iterable[ClockEntry], today: datetime.date) -> bytes:
    """The list as a workbook: real dates and numbers, the head row kept in sight."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = f"Clock {today.isoformat()}"
    sheet.append(list(COLUMNS))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for entry in entries:
        sheet.append([_cell(value) for value in _cells(entry)])
    for number, name in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, len(name) + 2)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(entry: ClockEntry) -> list[Any]:
    row, board, last, booked = entry.reassessment, entry.board, entry.last_scan, entry.booked_scan
    return [
        entry.patient.case_id, entry.patient.hospital_number, entry.patient.centre.name, entry.status,
        entry.late_days or None, row.regimen, row.actual_start or row.planned_start,
        "yes" if row.actual_start else "no", entry.cycles_given,
        last.date if last else None, last.modality if last else None, row.window_start, row.window_end,
        row.cycle_start, row.cycle_end, row.due_from, row.overdue_after, row.brought_forward_on, row.postponed_to,
        row.scan_booked_on, booked.modality if booked else None, row.scan_done_on, entry.step,
        timezone.localdate(board.starts_at) if board else None,
        str(entry.patient.surgeon or ""), str(entry.patient.oncologist or ""),
    ]  # fmt: skip


def _text(value: Any) -> str:
    return "" if value is None else str(_cell(value))


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    clean = _NOT_IN_XML.sub("", value)
    return f"'{clean}" if clean.startswith(_BEGINS_A_FORMULA) else clean
