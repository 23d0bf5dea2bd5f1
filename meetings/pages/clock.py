"""The conversion clock page: groups, strips on one axis, filters, and the list as CSV."""

import csv
import datetime
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from meetings.clock import ORDER, ClockEntry
from meetings.drawings.clock import ClockAxis, draw_axis, draw_strip
from patients.drawings.shapes import Figure

TITLES = {
    "overdue": ("Overdue", "the window has closed"),
    "due": ("Due", "the window is open"),
    "soon": ("Soon", "the window opens within weeks"),
    "later": ("Later", ""),
    "awaiting_start": ("Awaiting start", "day 1 is not confirmed, the window is provisional"),
}
COLUMNS = (
    "case", "hospital_number", "centre", "state", "days", "regimen", "start", "start_confirmed", "window_from",
    "window_to", "due_from", "overdue_after", "scan_booked", "scan_done", "next_step", "board",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One patient and their strip."""

    entry: ClockEntry
    strip: list[Figure]


@dataclass(frozen=True, slots=True)
class ClockGroup:
    """The patients who stand at one point."""

    code: str
    title: str
    words: str
    lines: list[ClockLine]


def groups_of(
    entries: Sequence[ClockEntry], today: datetime.date
) -> tuple[list[ClockGroup], ClockAxis | None]:
    """The groups that have somebody, and the axis that all strips share; no axis without patients."""
    if not entries:
        return [], None
    axis = draw_axis([entry.row for entry in entries], today)
    groups = []
    for code in ORDER:
        lines = [
            ClockLine(entry, draw_strip(entry.row, axis, prefix=f"r{entry.reassessment.pk}-"))
            for entry in entries
            if entry.status == code
        ]
        if lines:
            groups.append(ClockGroup(code, *TITLES[code], lines))
    return groups, axis


def filtered(
    entries: Iterable[ClockEntry], *, centre: str, mine: Any, nothing_booked: bool
) -> list[ClockEntry]:
    """Those of a centre (by code), those for whom a person is responsible, those without a scan or a board."""
    found = list(entries)
    if centre:
        found = [entry for entry in found if entry.patient.centre.code == centre]
    if mine is not None:
        found = [
            entry for entry in found if mine.pk in (entry.patient.surgeon_id, entry.patient.oncologist_id)
        ]
    if nothing_booked:
        found = [entry for entry in found if nothing_is_booked(entry)]
    return found


def nothing_is_booked(entry: ClockEntry) -> bool:
    """True when the next step has no date yet."""
    if entry.step == "scan":
        return entry.reassessment.scan_booked_on is None
    return entry.step == "board" and entry.agenda_item is None


def as_csv(entries: Iterable[ClockEntry]) -> str:
    """The list as CSV; a text that a spreadsheet would take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow([_safe(value) for value in _cells(entry)])
    return out.getvalue()


def _cells(entry: ClockEntry) -> list[Any]:
    row, board = entry.reassessment, entry.agenda_item
    return [
        entry.patient.case_id, entry.patient.hospital_number, entry.patient.centre.name, entry.status,
        entry.late_days or "", row.regimen, row.actual_start or row.planned_start,
        "yes" if row.actual_start else "no", row.window_start, row.window_end, row.due_from, row.overdue_after,
        row.scan_booked_on, row.scan_done_on, entry.step, board.meeting.starts_at.date() if board else "",
    ]  # fmt: skip


def _safe(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
