"""The conversion clock page: groups, strips on one axis, filters, and what stands in the head."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from accounts.models import User
from meetings.clock import ORDER, ClockEntry, is_mine
from meetings.drawings.clock import ClockAxis, ClockRow, draw_axis, draw_strip
from meetings.models import ClockCheck
from meetings.registry import Period, board_windows, miss_rate
from patients.drawings.course import Event
from patients.drawings.shapes import Figure
from patients.wording import EN_DASH, counted, day, day_short

TITLES = {
    "overdue": ("Overdue", "the window has closed"),
    "due": ("Due", "the window is open"),
    "soon": ("Soon", "the window opens within weeks"),
    "later": ("Later", ""),
    "awaiting_start": ("Awaiting start", "day 1 is not confirmed, the window is provisional"),
}


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One patient, their strip, and both windows in words ('' where the length of a cycle is not known)."""

    entry: ClockEntry
    strip: list[Figure]
    window: str
    cycles: str


@dataclass(frozen=True, slots=True)
class ClockGroup:
    """The patients who stand at one point."""

    code: str
    title: str
    words: str
    lines: list[ClockLine]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which patients are shown; empty shows everybody. `clinician` is the key of a user."""

    show: str = ""
    centre: str = ""
    clinician: str = ""
    state: str = ""

    @property
    def any(self) -> bool:
        return bool(self.show or self.centre or self.clinician or self.state)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters may be set to, and how many patients each segment has."""

    centres: list[tuple[str, str]]
    clinicians: list[tuple[str, str]]
    everybody: int
    unbooked: int
    mine: int
    problems: list[str] = field(default_factory=list)


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
            ClockLine(
                entry,
                draw_strip(entry.row, axis, prefix=f"r{entry.reassessment.pk}-"),
                _span(entry.reassessment.window_start, entry.reassessment.window_end, today),
                _span(entry.reassessment.cycle_start, entry.reassessment.cycle_end, today),
            )
            for entry in entries
            if entry.status == code
        ]
        if lines:
            title, words = TITLES[code]
            told = sum(line.entry.reassessment.escalated_at is not None for line in lines)
            if code == "overdue" and told:
                words += f"; the chair was told of {told}"
            groups.append(ClockGroup(code, title, words, lines))
    return groups, axis


def _span(start: datetime.date | None, end: datetime.date | None, today: datetime.date) -> str:
    """'7 Oct – 7 Nov', with the year of the end where it is not this one."""
    if start is None or end is None:
        return ""
    return f"{day_short(start)} {EN_DASH} {day_short(end) if end.year == today.year else day(end)}"


def pair_strip(
    row: ClockRow, axis: ClockAxis, scan: datetime.date | None, board: datetime.date | None, *, prefix: str
) -> list[Figure]:
    """The strip of a patient with a scan and a board as they would be booked."""
    scans = [Event(scan, "Scan", planned=True)] if scan else list(row.scans)
    boards = [event for event in row.boards if not event.planned]
    if board:
        boards.append(Event(board, "Board", planned=True))
    return draw_strip(replace(row, scans=scans, boards=boards), axis, prefix=prefix)


def read_filters(
    given: Any, entries: Sequence[ClockEntry], user: User, centres: Iterable[Any]
) -> tuple[Filters, Choices]:
    """The filters of an address, and what each may be; a value that is not allowed is told and left out."""
    own = set(user.centres.values_list("pk", flat=True))
    clinicians = {
        str(person.pk): str(person)
        for entry in entries
        for person in (entry.patient.surgeon, entry.patient.oncologist)
        if person is not None
    }
    asked = given.get("clinician", "").strip()
    if asked not in clinicians and asked.isascii() and asked.isdigit() and len(asked) < 10:
        # A shared address stays good when the clinician has nobody on the clock any more.
        clinicians |= {str(person.pk): str(person) for person in User.objects.filter(pk=int(asked))}
    of_centre = {centre.code: centre.name for centre in centres}
    allowed = {
        "show": {"unbooked": "nothing booked", "mine": "mine"},
        "centre": of_centre,
        "clinician": clinicians,
        "state": {code: TITLES[code][0].lower() for code in ORDER},
    }
    problems, kept = [], {}
    for name, values in allowed.items():
        value = given.get(name, "").strip()
        if value and value not in values:
            codes = ", ".join(sorted(values)) or "none here"
            problems.append(f"{name} {value!r} is not allowed; allowed: {codes}. Everybody is shown instead.")
        kept[name] = value if value in values else ""
    choices = Choices(
        centres=sorted(of_centre.items(), key=lambda item: item[1]),
        clinicians=sorted(clinicians.items(), key=lambda item: item[1]),
        everybody=len(entries),
        unbooked=sum(entry.nothing_booked for entry in entries),
        mine=sum(is_mine(entry.patient, user, own) for entry in entries),
        problems=problems,
    )
    return Filters(**kept), choices


def filtered(entries: Iterable[ClockEntry], filters: Filters, user: User) -> list[ClockEntry]:
    """Those whom the filters leave."""
    own = set(user.centres.values_list("pk", flat=True))
    tests = {
        "show": lambda entry: (
            entry.nothing_booked if filters.show == "unbooked" else is_mine(entry.patient, user, own)
        ),
        "centre": lambda entry: entry.patient.centre.code == filters.centre,
        "clinician": lambda entry: (
            filters.clinician in (str(entry.patient.surgeon_id), str(entry.patient.oncologist_id))
        ),
        "state": lambda entry: entry.status == filters.state,
    }
    asked = [test for name, test in tests.items() if getattr(filters, name)]
    return [entry for entry in entries if all(test(entry) for test in asked)]


def last_check() -> ClockCheck | None:
    """The newest reconciliation; None when none has run."""
    return ClockCheck.objects.order_by("-ran_at", "-pk").first()


def missing_words(check: ClockCheck | None) -> str:
    """'2 patients were missing and were put on'; '' when everyone had an open reminder, or none has run."""
    if check is None or not check.missing:
        return ""
    number = len(check.missing)
    return f"{counted(number, 'patient')} {'was' if number == 1 else 'were'} without an open reminder"


def missed_words(user: User, today: datetime.date) -> str:
    """'1 of 41 windows missed this year': no board decision by the end, over all that ended (see `registry`)."""
    year = Period(datetime.date(today.year, 1, 1), today)
    share = miss_rate(board_windows(user), year, today)
    if not share.whole:
        return ""
    percent = "" if share.percent is None else f" ({share.percent:.1f} %)"
    return f"{share.part} of {counted(share.whole, 'window')} missed this year{percent}"
