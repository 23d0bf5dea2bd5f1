"""The conversion clock as it is read: who is overdue, due, soon, later, or awaiting the start."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import Role, User
from decisions.engine.thresholds import ThresholdSet
from decisions.models import Assessment
from decisions.pages.advice import liver_state
from decisions.rulebooks import InForce
from meetings.drawings.clock import ClockRow
from meetings.models import AgendaItem, BoardDecision, Meeting, Reassessment
from meetings.voting import closed_items
from patients.cycles import projected
from patients.drawings.course import Cycle, Event, Window
from patients.models import ImagingStudy, Patient, Staging, StagingVersion, TreatmentCycle
from patients.selectors import visible_patients
from patients.wording import counted

IMAGING = ("CT", "MRI", "EOB_MRI", "PET_CT", "CEUS")
"""What a restaging scan can be; ultrasound during an operation is none."""
PROJECTED_CYCLES = 12
"""So many cycles are drawn ahead at most."""

Status = Literal["overdue", "due", "soon", "later", "awaiting_start"]
Step = Literal["start", "scan", "board"]
ORDER: tuple[Status, ...] = ("overdue", "due", "soon", "later", "awaiting_start")


@dataclass(frozen=True, slots=True)
class ClockEntry:
    """One patient on the clock.

    `late_days` is positive only when overdue; `step` is what comes next; `row` is what the strip draws;
    `agenda_item` is the case that waits on a meeting to come; `liver_class` is the newest assessment's,
    '' while the advice on that case is closed until the vote.
    `due_from` is the day on which the case was brought forward when that is earlier than the window.
    `cycles_given` is None while it is not known; `last_scan` is the newest examination that was done,
    `booked_scan` the one that is booked, as the record has them.
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
    cycles_given: int | None = None
    last_scan: ImagingStudy | None = None
    booked_scan: ImagingStudy | None = None

    @property
    def board(self) -> Meeting | None:
        """The meeting that is booked for the patient, or on whose agenda the case waits."""
        booked = self.reassessment.meeting
        if booked is not None and booked.state != Meeting.State.CLOSED:
            return booked
        return self.agenda_item.meeting if self.agenda_item else None

    @property
    def nothing_booked(self) -> bool:
        """True when the next step has no date yet."""
        if self.step == "scan":
            return self.reassessment.scan_booked_on is None
        return self.step == "board" and self.board is None

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
    due_from = due_from_of(reassessment)
    if today >= due_from:
        return "due"
    soon = datetime.timedelta(days=int(thresholds.value("REASSESS_SOON_DAYS")))
    return "soon" if today >= due_from - soon else "later"


def due_from_of(reassessment: Reassessment) -> datetime.date:
    """The first day of the window, or the day on which the case was brought forward when that is earlier."""
    brought = reassessment.brought_forward_on
    return min(reassessment.due_from, brought) if brought else reassessment.due_from


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
    return f"due in {counted((due_from_of(reassessment) - today).days, 'day')}"


def _step(reassessment: Reassessment) -> Step:
    if reassessment.actual_start is None:
        return "start"
    return "scan" if reassessment.scan_done_on is None else "board"


def is_mine(patient: Patient, user: User, centres: Collection[int]) -> bool:
    """True for the patient's surgeon and oncologist; a coordinator's patients are those of their centres."""
    if user.pk in (patient.surgeon_id, patient.oncologist_id):
        return True
    return user.has_role(Role.COORDINATOR) and patient.centre_id in centres


def own_patients(user: User) -> Q:
    """The same as a condition on patients."""
    own = Q(surgeon=user) | Q(oncologist=user)
    return own | Q(centre__in=user.centres.all()) if user.has_role(Role.COORDINATOR) else own


def visible_reassessments(user: User) -> QuerySet[Reassessment]:
    """The open reassessments of the patients whom this user may see."""
    return open_reassessments().filter(patient__in=visible_patients(user))


def open_reassessments() -> QuerySet[Reassessment]:
    """Every open reassessment, with all that a row of the clock reads, in two queries whatever their number."""
    return (
        Reassessment.objects.filter(ended_at__isnull=True)
        .select_related(
            "patient__centre", "patient__surgeon", "patient__oncologist", "line", "decision__item__meeting",
            "start_confirmed_by", "staging", "meeting", "postponed_by", "brought_forward_by",
        )
        .prefetch_related(Prefetch("line__cycles", TreatmentCycle.objects.order_by("number")))
    )  # fmt: skip


def clock_rows(
    user: User, today: datetime.date, *, reassessments: Iterable[Reassessment] | None = None
) -> list[ClockEntry]:
    """Everybody on the clock whom the user may see: overdue first (longest first), then by the day that counts."""
    held = InForce()
    rows = list(visible_reassessments(user) if reassessments is None else reassessments)
    patients = [row.patient_id for row in rows]
    waiting = _waiting(patients)
    found = _Around(_boards(patients), waiting, _classes(patients), _studies(patients))
    # Until the vote no page says what the engine says; see `voting.closed_items`.
    closed = closed_items(waiting.values())
    for patient, item in waiting.items():
        if item.pk in closed:
            found.classes.pop(patient, None)
    entries = [_entry(row, today, held.thresholds(row.patient.centre_id), found) for row in rows]
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
        found.setdefault(patient, []).append(timezone.localdate(starts_at))
    return found


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around the reassessments, by patient, read at once for all."""

    boards: dict[int, list[datetime.date]]
    waiting: dict[int, AgendaItem]
    classes: dict[int, str]
    studies: dict[int, list[ImagingStudy]]


TECHNIQUE = "result__explanations__derived__technical_ok"


def _classes(patients: list[int]) -> dict[int, str]:
    """The class of the liver by the newest staged case, as `newest_assessment` reads it for one patient."""
    staged = Staging.objects.filter(
        patient__in=patients, withdrawn_at__isnull=True, versions__state=StagingVersion.State.FROZEN
    )
    newest = staged.order_by("patient_id", "-date", "-pk").distinct("patient_id").values_list("pk", flat=True)
    assessments = (
        Assessment.objects.filter(
            staging_version__staging__in=list(newest),
            staging_version__state=StagingVersion.State.FROZEN,
        )
        .order_by("staging_version__staging__patient_id", "-created_at", "-pk")
        .distinct("staging_version__staging__patient_id")
        # An assessment is a quarter of a megabyte, of which the clock shows one word.
        .values_list("staging_version__staging__patient_id", "result__liver_class", TECHNIQUE)
    )
    return {
        patient: liver_state({"liver_class": found, "explanations": {"derived": {"technical_ok": technique}}})
        for patient, found, technique in assessments
    }


def _studies(patients: list[int]) -> dict[int, list[ImagingStudy]]:
    found: dict[int, list[ImagingStudy]] = {}
    studies = ImagingStudy.objects.filter(patient__in=patients, modality__in=IMAGING).defer("report")
    for study in studies.order_by("-date", "-pk"):
        found.setdefault(study.patient_id, []).append(study)
    return found


def _waiting(patients: list[int]) -> dict[int, AgendaItem]:
    items = (
        AgendaItem.objects.filter(staging__patient__in=patients, state=AgendaItem.State.WAITING)
        .exclude(meeting__state=Meeting.State.CLOSED)
        .select_related("meeting", "staging")
        .order_by("-meeting__starts_at")
    )
    return {item.staging.patient_id: item for item in items}


def _entry(row: Reassessment, today: datetime.date, thresholds: ThresholdSet, around: _Around) -> ClockEntry:
    status = status_on(row, today, thresholds)
    late = max(0, (today - _limit(row, thresholds)).days) if status == "overdue" else 0
    window = Window(
        row.window_start, row.window_end, row.cycle_start, row.cycle_end, late=status == "overdue"
    )
    waiting = around.waiting.get(row.patient_id)
    studies = around.studies.get(row.patient_id, [])
    booked = [study for study in studies if study.booked]
    return ClockEntry(
        reassessment=row,
        patient=row.patient,
        status=status,
        late_days=late,
        day_words=_day_words(row, status, late, today),
        window=window,
        due_from=due_from_of(row),
        overdue_after=row.overdue_after,
        step=_step(row),
        liver_class=around.classes.get(row.patient_id, ""),
        agenda_item=waiting,
        row=_drawn(row, window, around.boards.get(row.patient_id, []), waiting, today),
        cycles_given=cycles_given(row),
        last_scan=next((study for study in studies if not study.booked), None),
        booked_scan=next((study for study in booked if study.date == row.scan_booked_on), None),
    )


def cycles_of(row: Reassessment) -> list[TreatmentCycle]:
    """The cycles on record of the line that runs, in order; empty without a line."""
    return list(row.line.cycles.all()) if row.line else []


def cycles_given(row: Reassessment) -> int | None:
    """How many cycles were given; None when none is on record, one is missing or has no outcome."""
    cycles = cycles_of(row)
    if not cycles or any(cycle.outcome == "" for cycle in cycles):
        return None
    if [cycle.number for cycle in cycles] != list(range(1, len(cycles) + 1)):
        return None
    return sum(cycle.outcome != TreatmentCycle.Outcome.OMITTED for cycle in cycles)


def planned_cycles(row: Reassessment, today: datetime.date) -> list[datetime.date]:
    """Day 1 of the cycles to come while the window lasts, reckoned from the last on record (else day 1)."""
    if row.line is not None and row.line.ended_on is not None:
        return []
    length = row.cycle_length_days or (row.line.cycle_length_days if row.line else None)
    recorded = [(cycle.number, cycle.date) for cycle in cycles_of(row)]
    end = max(row.window_end, row.cycle_end or row.window_end)
    start = row.actual_start or row.planned_start
    coming = projected(start, length, recorded, today, until=end)
    return [cycle.date for cycle in coming if today <= cycle.date <= end]


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
    events = [Event(on, "Board") for on in sorted(set(boards)) if on >= start]
    ahead = {waiting.meeting.starts_at} if waiting is not None else set()
    if row.meeting is not None and row.meeting.state != Meeting.State.CLOSED:
        ahead.add(row.meeting.starts_at)
    events += [Event(on, "Board", planned=True) for on in sorted({timezone.localdate(at) for at in ahead})]
    cycles = [Cycle(cycle.number, cycle.date, cycle.outcome) for cycle in cycles_of(row)]
    return ClockRow(
        label=row.patient.case_id,
        start=start,
        window=window,
        start_confirmed=row.actual_start is not None,
        cycles=[cycle for cycle in cycles if cycle.date >= start],
        planned_cycles=planned_cycles(row, today),
        scans=scans,
        boards=events,
    )
