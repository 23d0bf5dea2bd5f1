"""What is booked for a reassessment, by whom, and which days could be booked."""

import datetime
from dataclasses import dataclass
from typing import Any, cast

from django.utils import timezone

from accounts.models import User
from decisions.engine.thresholds import ThresholdSet
from decisions.rulebooks import current_thresholds
from meetings.clock import IMAGING, cycles_of
from meetings.meeting_days import AHEAD, BoardDay, board_days, public_holidays
from meetings.models import Meeting, Reassessment
from meetings.reassessment import window_of
from meetings.scheduling import (
    CycleLimit,
    Plan,
    Suggestion,
    described,
    projected_start,
    suggest,
    what_can_be_met,
)
from patients.models import ImagingStudy
from patients.wording import day

BOOKING = "Booked: "
"""How the report of an examination begins while it is only booked: place and note follow."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion and the board that it means; `key` names the pair in a form."""

    suggestion: Suggestion
    board: BoardDay

    @property
    def key(self) -> str:
        scan = self.suggestion.scan
        return f"{scan.isoformat() if scan else ''}/{self.board.key}"


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be booked for one reassessment: the best pairs, the days of the board, and what is not met."""

    plan: Plan
    offers: list[Offer]
    boards: list[BoardDay]
    shortfall: str


@dataclass(frozen=True, slots=True)
class Booked:
    """What is booked now. `token` changes with every booking; `by` and `at` are those of the last one."""

    scan_on: datetime.date | None
    study: ImagingStudy | None
    meeting: Meeting | None
    by: User | None
    at: datetime.datetime | None

    @property
    def token(self) -> str:
        study = f"{self.study.pk}:{self.study.modality}" if self.study else ""
        return f"{self.scan_on or ''}|{study}|{self.meeting.pk if self.meeting else ''}"

    @property
    def words(self) -> str:
        """'MRI 21 Apr 2026, board 30 Apr 2026'; '' when nothing is booked."""
        parts = []
        if self.scan_on is not None:
            parts.append(f"{self.study.get_modality_display() if self.study else 'scan'} {day(self.scan_on)}")
        if self.meeting is not None:
            parts.append(f"board {day(timezone.localtime(self.meeting.starts_at))}")
        return ", ".join(parts)

    @property
    def who(self) -> str:
        """'Joan Farrow at 09:12', or the day when it was not today; '' when that is not on record."""
        if self.by is None or self.at is None:
            return ""
        at = timezone.localtime(self.at)
        when = f"at {at:%H:%M}" if at.date() == timezone.localdate() else f"on {day(at)}"
        return f"{self.by} {when}"


def booked_study(reassessment: Reassessment) -> ImagingStudy | None:
    """The examination in the record that is this booking."""
    if reassessment.scan_booked_on is None:
        return None
    return (
        ImagingStudy.objects.filter(
            patient=reassessment.patient_id,
            booked=True,
            date=reassessment.scan_booked_on,
            modality__in=IMAGING,
        )
        .order_by("-pk")
        .first()
    )


def booked_for(reassessment: Reassessment) -> Booked:
    """What is booked for it as it stands in memory, and who booked it last by the audit."""
    row = reassessment
    meeting = row.meeting if row.meeting and row.meeting.state != Meeting.State.CLOSED else None
    by, at = _last_change(row) if row.scan_booked_on or meeting else (None, None)
    return Booked(row.scan_booked_on, booked_study(row), meeting, by, at)


def _last_change(row: Reassessment) -> tuple[User | None, datetime.datetime | None]:
    """Who last changed the booking, and when, from the audit events of the row."""
    events = (
        cast("Any", Reassessment)
        .pgh_event_model.objects.filter(pgh_obj_id=row.pk)
        .select_related("pgh_context")
        .order_by("-pgh_id")
    )
    last = None
    for event in events:
        if (event.scan_booked_on, event.meeting_id) != (row.scan_booked_on, row.meeting_id):
            break
        last = event
    if last is None:
        return None, None
    user = last.pgh_context.metadata.get("user") if last.pgh_context else None
    return User.objects.filter(pk=user).first() if user else None, last.pgh_created_at


def plan_of(reassessment: Reassessment, today: datetime.date) -> Plan:
    """What the days for this reassessment depend on, as it stands today."""
    thresholds = current_thresholds(reassessment.patient)
    window = window_of(reassessment)
    brought = reassessment.brought_forward_on
    last = max(window.end, window.cycle_end or window.end, today + AHEAD)
    return Plan(
        today=today,
        window=window,
        scan_from=min(window.start, brought) if brought else window.start,
        report_days=int(thresholds.value("SCAN_REPORT_DAYS")),
        holidays=public_holidays(today, last),
        cycle_limit=_cycle_limit(reassessment, thresholds),
        scan_done_on=reassessment.scan_done_on,
    )


def _cycle_limit(row: Reassessment, thresholds: ThresholdSet) -> CycleLimit | None:
    length = row.cycle_length_days or (row.line.cycle_length_days if row.line else None)
    start = (row.line.actual_start if row.line else None) or row.actual_start
    if length is None or start is None or (row.line is not None and row.line.ended_on is not None):
        return None
    line = row.line.number if row.line else None
    name = "SHORT_CHEMO_L1_LT" if line in (1, None) else "SHORT_CHEMO_L2_LT"
    threshold = thresholds.get(name)
    number = int(thresholds.value(name))
    cycles = cycles_of(row)
    reached = next((cycle.date for cycle in cycles if cycle.number >= number), None)
    last = (cycles[-1].number, cycles[-1].date) if cycles else None
    begins = reached or projected_start(number, start=start, cycle_length_days=length, last=last)
    return CycleLimit(number, line, begins, threshold.source, threshold.verified)


def offers_for(reassessment: Reassessment, today: datetime.date, *, plan: Plan | None = None) -> Offers:
    """The best days for this reassessment, best first, and all days of the board within half a year."""
    plan = plan or plan_of(reassessment, today)
    boards = board_days(reassessment.patient.centre_id, today, today + AHEAD)
    by_day: dict[datetime.date, BoardDay] = {}
    for board in boards:
        by_day.setdefault(board.on, board)
    suggestions = suggest(plan, by_day)
    offers = [Offer(pair, by_day[pair.board]) for pair in suggestions]
    return Offers(plan, offers, boards, what_can_be_met(suggestions, plan))


def offer_of(offers: Offers, scan: datetime.date | None, board: BoardDay) -> Offer:
    """A pair that a person chose, with what is to be said about it."""
    return Offer(described(offers.plan, scan, board.on), board)
