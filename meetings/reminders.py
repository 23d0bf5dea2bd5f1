"""The dated reminders of part D (T-04 to T-18): what is asked of whom, by when, and for what event it waits.

T-01 to T-03 are one `Reassessment`; see `clock.py`. What a patient's reminders should be is reckoned from the
newest staged case, brought up to date by the record; `services/reminders.py` makes the stored rows follow.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Discipline, Role, User
from decisions.case_facts.recist import RESTAGING_MODALITIES
from decisions.case_facts.today import CaseToday, cases_today
from decisions.engine.logic import Context
from decisions.engine.thresholds import ThresholdSet
from decisions.engine.timelines import (
    BY_ID,
    Events,
    LineCourse,
    Occasion,
    Timeline,
    occasions,
    under_consideration,
)
from decisions.rulebooks import InForce, current_thresholds
from meetings.models import BoardDecision, DecisionElement, Reminder
from patients.models import Patient, Procedure, Staging
from patients.selectors import visible_patients
from patients.wording import NBSP, counted, day

State = Literal["overdue", "due", "soon", "later"]
ORDER: tuple[State, ...] = ("overdue", "due", "soon", "later")
URGENT = frozenset(ORDER[:3])
STORED = frozenset({"reminder", "note", "note_or_reminder"})
"""The timelines that are kept as `Reminder` rows."""
Key = tuple[str, str]
"""Timeline and occasion."""


# ------------------------------------------------------------------------------------------- what is asked
@dataclass(frozen=True, slots=True)
class Reckoning:
    """What the facts of a patient, as of a day, ask for: by timeline and occasion.

    `transplantation`: whether it is under consideration, None when nothing tells.
    """

    staging: Staging
    ctx: Context
    events: Events
    asked: dict[Key, tuple[Timeline, Occasion]]

    @property
    def transplantation(self) -> bool | None:
        return under_consideration(self.ctx, self.events)


def reckon(patients: Sequence[int], today: datetime.date) -> dict[int, Reckoning]:
    """The reckoning of each patient (by primary key) who has a staged case, in a fixed number of queries."""
    held = InForce()
    cases = cases_today(patients, today)
    boards = _boards(cases, today)
    centres = dict(Patient.objects.filter(pk__in=cases).values_list("pk", "centre"))
    return {
        pk: _reckoned(case, boards[pk], today, held.thresholds(centres[pk])) for pk, case in cases.items()
    }


def _reckoned(
    case: CaseToday, boards: list[tuple[datetime.date, str]], today: datetime.date, thresholds: ThresholdSet
) -> Reckoning:
    ctx = Context(case.facts, thresholds)
    series = case.series
    events = Events(
        today=today,
        volumetries=tuple(row.date for row in series.volumetries),
        studies=tuple(row.date for row in series.studies if row.modality in RESTAGING_MODALITIES),
        procedures=tuple((row.kind, row.date) for row in series.procedures),
        lines=tuple(LineCourse(row.number, row.start, row.ended_on, row.drugs) for row in series.lines),
        boards=tuple(day for day, _ in boards),
        last_outcome=boards[-1][1] if boards else "",
    )
    asked = {
        (timeline.id, occasion.key): (timeline, occasion)
        for timeline, occasion in occasions(ctx, events)
        if timeline.kept in STORED
    }
    return Reckoning(case.version.staging, ctx, events, asked)


def _boards(patients: Iterable[int], today: datetime.date) -> dict[int, list[tuple[datetime.date, str]]]:
    """Of each patient the days on which the board decided, with the outcome, in order."""
    rows = BoardDecision.objects.filter(item__staging__patient__in=list(patients)).values_list(
        "item__staging__patient", "item__meeting__starts_at", "outcome"
    )
    found: dict[int, list[tuple[datetime.date, str]]] = defaultdict(list)
    for patient, starts_at, outcome in rows.order_by("item__meeting__starts_at", "pk"):
        found[patient].append((timezone.localdate(starts_at), outcome))
    return found


# ------------------------------------------------------------------------------------------- what is shown
@dataclass(frozen=True, slots=True)
class ReminderEntry:
    """A reminder as it is shown: `label` what it asks, `words` how near it is, `trigger` what
    it hangs on, `closes` the event it waits for.

    `state` is `overdue`, `due`, `soon` or `later`, and `late_days` positive only when overdue. `verified`:
    'yes', 'memory', 'engine_choice' or 'external'.
    """

    reminder: Reminder
    patient: Patient
    label: str
    detail: str
    state: State
    late_days: int
    words: str
    trigger: str
    closes: str
    source: str
    verified: str
    warning: str = ""
    """What is planned against it; only of the wait before an operation (T-18)."""


OPERATION = "T-18"
OPERATIONS = (
    Procedure.Kind.LIVER_RESECTION,
    Procedure.Kind.TSH,
    Procedure.Kind.ALPPS,
    Procedure.Kind.TRANSPLANT,
)


def planned_operations(rows: Iterable[Reminder]) -> dict[int, list[datetime.date]]:
    """The days of operations on the liver that are planned, by patient, of those whose reminder waits for one.

    From the record (a procedure that is planned and not done), and from the board (the last day of an open element).
    """
    patients = {row.patient_id for row in rows if row.timeline == OPERATION}
    found: dict[int, list[datetime.date]] = defaultdict(list)
    if not patients:
        return found
    record = Procedure.objects.filter(
        patient__in=patients, kind__in=OPERATIONS, done_on__isnull=True, planned_on__isnull=False
    )
    board = DecisionElement.objects.filter(
        decision__item__staging__patient__in=patients,
        kind=DecisionElement.Kind.SURGERY,
        result=DecisionElement.Result.OPEN,
        deadline__isnull=False,
    )
    days = [
        *record.values_list("patient", "planned_on"),
        *board.values_list("decision__item__staging__patient", "deadline"),
    ]
    for patient, on in days:
        assert on is not None  # the queries say so
        found[patient].append(on)
    return found


def _too_early(reminder: Reminder, planned: Iterable[datetime.date]) -> str:
    """That the operation is planned before the wait is over; '' otherwise. Days before the last dose are history."""
    if reminder.timeline != OPERATION:
        return ""
    early = min((on for on in planned if reminder.triggered_on < on < reminder.window_end), default=None)
    if early is None:
        return ""
    short = counted((reminder.window_end - early).days, "day")
    return f"The operation is planned by {day(early)}, {short} before the wait is over"


def state_on(reminder: Reminder, today: datetime.date, thresholds: ThresholdSet) -> State:
    """Where a reminder stands on a day; both ends of its window belong to it."""
    if today > reminder.window_end:
        return "overdue"
    if today >= reminder.window_start:
        return "due"
    soon = datetime.timedelta(days=int(thresholds.value("REASSESS_SOON_DAYS")))
    return "soon" if today >= reminder.window_start - soon else "later"


def _words(reminder: Reminder, state: State, today: datetime.date) -> str:
    if state == "overdue":
        return f"{counted((today - reminder.window_end).days, 'day')} over"
    if state == "due":
        days = (reminder.window_end - today).days
        last = "today" if reminder.window_start == reminder.window_end else "last day"
        return f"{counted(days, 'day')} left" if days else last
    return f"in {_distance(today, reminder.window_start)}"


def _distance(today: datetime.date, to: datetime.date) -> str:
    """Days up to two months, then whole months, then whole years."""
    days = (to - today).days
    months = 12 * (to.year - today.year) + to.month - today.month - (to.day < today.day)
    if days <= 60:
        return counted(days, "day")
    return counted(months, "month") if months < 24 else counted(months // 12, "year")


def entry_of(
    reminder: Reminder,
    today: datetime.date,
    thresholds: ThresholdSet | None = None,
    operations: Mapping[int, Sequence[datetime.date]] = {},
) -> ReminderEntry:
    """The reminder in words, as of a day; `operations`: what `planned_operations` found for it."""
    thresholds = thresholds or current_thresholds(reminder.patient)
    timeline = BY_ID[reminder.timeline]
    occasion = Occasion(reminder.occasion, reminder.triggered_on, reminder.window_start, reminder.window_end)
    state = state_on(reminder, today, thresholds)
    return ReminderEntry(
        reminder=reminder,
        patient=reminder.patient,
        label=timeline.label,
        detail=timeline.detail(occasion).replace(" ", NBSP),
        state=state,
        late_days=max(0, (today - reminder.window_end).days),
        words=_words(reminder, state, today),
        trigger=timeline.trigger,
        closes=timeline.closes,
        source=timeline.source,
        verified=timeline.verified,
        warning=_too_early(reminder, operations.get(reminder.patient_id, ())),
    )


def _visible(user: User) -> QuerySet[Reminder]:
    rows = Reminder.objects.filter(patient__in=visible_patients(user), ended_at__isnull=True)
    return rows.select_related("patient__centre", "patient__surgeon", "patient__oncologist", "staging")


def _entries(rows: Iterable[Reminder], today: datetime.date) -> list[ReminderEntry]:
    """Overdue first (longest first), then by the day that comes first."""
    held, rows = InForce(), list(rows)
    operations = planned_operations(rows)
    entries = [entry_of(row, today, held.thresholds(row.patient.centre_id), operations) for row in rows]
    return sorted(
        entries,
        key=lambda entry: (
            ORDER.index(entry.state),
            -entry.late_days,
            entry.reminder.window_end if entry.state == "due" else entry.reminder.window_start,
            entry.reminder.pk,
        ),
    )


def open_reminders(user: User, today: datetime.date) -> list[ReminderEntry]:
    """Every open reminder of the patients whom the user may see; notes, which ask nobody, are not among them."""
    return _entries(_visible(user).filter(note=False), today)


def open_notes(user: User, today: datetime.date) -> list[ReminderEntry]:
    """Every open note of the patients whom the user may see, the next one first."""
    return _entries(_visible(user).filter(note=True), today)


@dataclass(frozen=True, slots=True)
class PatientReminders:
    """All reminders of one patient: open ones, open notes, and those that have ended, the last first.

    `transplantation`: whether it is under consideration, None when nothing tells; notes that would become
    reminders say so.
    """

    reminders: list[ReminderEntry]
    notes: list[ReminderEntry]
    ended: list[ReminderEntry]
    transplantation: bool | None

    @property
    def hanging(self) -> bool:
        """True when a note would be a reminder if transplantation were under consideration."""
        return any(BY_ID[entry.reminder.timeline].kept == "note_or_reminder" for entry in self.notes)


def reminders_of(patient: Patient, today: datetime.date) -> PatientReminders:
    """The reminders of one patient; who may read the record is the caller's question."""
    rows = list(patient.reminders.select_related("patient", "ended_by"))
    entries = _entries((row for row in rows if row.ended_at is None), today)
    thresholds = current_thresholds(patient)
    ended = sorted(
        (row for row in rows if row.ended_at), key=lambda row: (row.ended_at, row.pk), reverse=True
    )
    reckoning = reckon([patient.pk], today).get(patient.pk)
    return PatientReminders(
        reminders=[entry for entry in entries if not entry.reminder.note],
        notes=[entry for entry in entries if entry.reminder.note],
        ended=[entry_of(row, today, thresholds) for row in ended],
        transplantation=reckoning.transplantation if reckoning else None,
    )


RECIPIENTS: dict[str, Reminder.Recipient] = {
    Discipline.MEDICAL_ONCOLOGIST: Reminder.Recipient.ONCOLOGIST,
    Discipline.HPB_SURGEON: Reminder.Recipient.SURGEON,
    Discipline.RADIOLOGIST: Reminder.Recipient.RADIOLOGIST,
    Discipline.INTERVENTIONAL_RADIOLOGIST: Reminder.Recipient.RADIOLOGIST,
    Discipline.TRANSPLANT_SURGEON: Reminder.Recipient.TRANSPLANT,
}
"""Whose reminders a discipline answers for; coordinators and chairs have theirs by role."""


def recipients_of(user: User) -> frozenset[str]:
    """The recipients as whom the user is spoken to."""
    found: set[str] = set()
    if user.has_role(Role.COORDINATOR):
        found.add(Reminder.Recipient.COORDINATOR)
    if user.has_role(Role.CHAIR):
        found.add(Reminder.Recipient.BOARD)
    recipient = RECIPIENTS.get(user.discipline)
    if recipient is not None:
        found.add(recipient)
    return frozenset(found)


def own_first(entries: Iterable[ReminderEntry], user: User) -> list[ReminderEntry]:
    """The same entries, those that speak to the user before the others."""
    own = recipients_of(user)
    return sorted(entries, key=lambda entry: entry.reminder.recipient not in own)
