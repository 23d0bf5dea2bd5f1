"""The conversion clock as it is read: who is overdue, due, soon, later, or awaiting the start."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from decisions.engine.thresholds import ThresholdSet
from decisions.pages.advice import liver_state
from decisions.rulebooks import current_thresholds
from meetings.drawings.clock import ClockRow
from meetings.models import AgendaItem, BoardDecision, Meeting, Reassessment
from meetings.reassessment import newest_assessment
from patients.cycles import coming_cycles
from patients.drawings.course import Cycle, Event, Window
from patients.models import Patient, TreatmentCycle
from patients.selectors import visible_patients
from patients.wording import counted

Status = Literal["overdue", "due", "soon", "later", "awaiting_start"]
Step = Literal["start", "scan", "board"]
ORDER: tuple[Status, ...] = ("overdue", "due", "soon", "later", "awaiting_start")


@dataclass(frozen=True, slots=True)
class ClockEntry:
    """One patient on the clock.

    `late_days` is positive only when overdue; `step` is what comes next; `row` is what the strip draws;
    `agenda_item` is the case that waits on a meeting to come; `liver_class` is the newest assessment's.
    """

    reassessment: Reassessment
    patient: Patient
    status: Status
    late_days: int
    day_words: str
    window: Window
    due_from: datetime.date
    overdue_after: datetime.date
    step: Step
    liver_class: str
    agenda_item: AgendaItem | None
    row: ClockRow

    @property
    def regimen(self) -> str:
        """The therapy in words; '' when it is not known."""
        return self.reassessment.regimen


def status_on(reassessment: Reassessment, today: datetime.date, thresholds: ThresholdSet) -> Status:
    """Where a reassessment stands; an unconfirmed start is overdue a week after the plan (design, 3.6)."""
    if reassessment.actual_start is None:
        assert reassessment.planned_start is not None
        grace = datetime.timedelta(days=int(thresholds.value("START_CONFIRM_GRACE_DAYS")))
        return "overdue" if today > reassessment.planned_start + grace else "awaiting_start"
    if today > reassessment.overdue_after:
        return "overdue"
    if today >= reassessment.due_from:
        return "due"
    soon = datetime.timedelta(days=int(thresholds.value("REASSESS_SOON_DAYS")))
    return "soon" if today >= reassessment.due_from - soon else "later"


def _limit(reassessment: Reassessment, thresholds: ThresholdSet) -> datetime.date:
    if reassessment.actual_start is None:
        assert reassessment.planned_start is not None
        return reassessment.planned_start + datetime.timedelta(
            days=int(thresholds.value("START_CONFIRM_GRACE_DAYS"))
        )
    # Once the scan is done the wait is for the board, and counts from the scan.
    return max(reassessment.overdue_after, reassessment.scan_done_on or reassessment.overdue_after)


def _day_words(reassessment: Reassessment, status: Status, late: int, today: datetime.date) -> str:
    if status == "overdue":
        if reassessment.actual_start is None:
            return f"start not confirmed, {counted(late, 'day')} over"
        scanned = reassessment.scan_done_on
        if scanned is not None and scanned > reassessment.overdue_after:
            return f"{counted(late, 'day')} since the scan, no board"
        return f"{counted(late, 'day')} over"
    if status == "awaiting_start":
        assert reassessment.planned_start is not None
        days = (reassessment.planned_start - today).days
        if days == 0:
            return "planned to start today"
        if days < 0:
            return f"planned start {counted(-days, 'day')} ago"
        return f"planned to start in {counted(days, 'day')}"
    if status == "due":
        days = (reassessment.overdue_after - today).days
        return "last day" if days == 0 else f"{counted(days, 'day')} left"
    return f"due in {counted((reassessment.due_from - today).days, 'day')}"


def _step(reassessment: Reassessment) -> Step:
    if reassessment.actual_start is None:
        return "start"
    return "scan" if reassessment.scan_done_on is None else "board"


def visible_reassessments(user: User) -> QuerySet[Reassessment]:
    """The open reassessments of the patients whom this user may see."""
    return (
        Reassessment.objects.filter(ended_at__isnull=True, patient__in=visible_patients(user))
        .select_related(
            "patient__centre", "patient__surgeon", "patient__oncologist", "line", "decision__item__meeting",
            "start_confirmed_by", "staging",
        )
        .prefetch_related(Prefetch("line__cycles", TreatmentCycle.objects.order_by("number")))
    )  # fmt: skip


def clock_rows(
    user: User, today: datetime.date, *, reassessments: Iterable[Reassessment] | None = None
) -> list[ClockEntry]:
    """Everybody on the clock whom the user may see: overdue first (longest first), then by the day that counts."""
    thresholds = current_thresholds()
    rows = list(visible_reassessments(user) if reassessments is None else reassessments)
    patients = [row.patient_id for row in rows]
    boards, waiting = _boards(patients), _waiting(patients)
    entries = [
        _entry(row, today, thresholds, boards.get(row.patient_id, []), waiting.get(row.patient_id))
        for row in rows
    ]
    return sorted(
        entries,
        key=lambda entry: (ORDER.index(entry.status), -entry.late_days, entry.due_from, entry.patient.pk),
    )


def count_by_status(entries: Iterable[ClockEntry]) -> dict[Status, int]:
    """How many stand where, every status named."""
    found = Counter(entry.status for entry in entries)
    return {status: found[status] for status in ORDER}


def _boards(patients: list[int]) -> dict[int, list[datetime.date]]:
    decisions = BoardDecision.objects.filter(item__staging__patient__in=patients).values_list(
        "item__staging__patient", "item__meeting__starts_at"
    )
    found: dict[int, list[datetime.date]] = {}
    for patient, starts_at in decisions:
        found.setdefault(patient, []).append(starts_at.date())
    return found


def _waiting(patients: list[int]) -> dict[int, AgendaItem]:
    items = (
        AgendaItem.objects.filter(staging__patient__in=patients, state=AgendaItem.State.WAITING)
        .exclude(meeting__state=Meeting.State.CLOSED)
        .select_related("meeting", "staging")
        .order_by("-meeting__starts_at")
    )
    return {item.staging.patient_id: item for item in items}


def _entry(
    row: Reassessment,
    today: datetime.date,
    thresholds: ThresholdSet,
    boards: list[datetime.date],
    waiting: AgendaItem | None,
) -> ClockEntry:
    status = status_on(row, today, thresholds)
    late = max(0, (today - _limit(row, thresholds)).days) if status == "overdue" else 0
    window = Window(
        row.window_start, row.window_end, row.cycle_start, row.cycle_end, late=status == "overdue"
    )
    assessment = newest_assessment(row.patient)
    return ClockEntry(
        reassessment=row,
        patient=row.patient,
        status=status,
        late_days=late,
        day_words=_day_words(row, status, late, today),
        window=window,
        due_from=row.due_from,
        overdue_after=row.overdue_after,
        step=_step(row),
        liver_class=liver_state(assessment.result) if assessment else "",
        agenda_item=waiting,
        row=_drawn(row, window, boards, waiting, today),
    )


def _drawn(
    row: Reassessment,
    window: Window,
    boards: list[datetime.date],
    waiting: AgendaItem | None,
    today: datetime.date,
) -> ClockRow:
    start = row.actual_start or row.planned_start
    assert start is not None
    scans = []
    if row.scan_done_on:
        scans.append(Event(row.scan_done_on, "Scan"))
    elif row.scan_booked_on:
        scans.append(Event(row.scan_booked_on, "Scan", planned=True))
    events = [Event(day, "Board") for day in sorted(set(boards))]
    if waiting is not None:
        events.append(Event(waiting.meeting.starts_at.date(), "Board", planned=True))
    cycles = (
        [Cycle(cycle.number, cycle.date, cycle.outcome) for cycle in row.line.cycles.all()]
        if row.line
        else []
    )
    return ClockRow(
        label=row.patient.case_id,
        start=start,
        window=window,
        start_confirmed=row.actual_start is not None,
        cycles=[cycle for cycle in cycles if cycle.date >= start],
        planned_cycles=coming_cycles(row.line, today, until=row.overdue_after) if row.line else [],
        scans=scans,
        boards=events,
    )
