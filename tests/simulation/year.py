"""The year: what happens to each patient, day by day, and what the program does by itself meanwhile."""

import datetime
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import Centre
from decisions.services import run_assessment, unassessed_jobs
from meetings import services
from meetings.models import ClockCheck, Meeting, Reassessment
from meetings.upkeep import reconcile
from tests.simulation.board import Board, Case
from tests.simulation.notices import Mailroom
from tests.simulation.oracle import ONE_DAY, Book, Expected

FIRST = datetime.date(2031, 9, 1)
DAYS = 366
"""With 29 February 2032, and both changes of the clocks in between."""
WEDNESDAY, MONDAY = 2, 0
COURSE = hasattr(services, "accept_early_scan")
"""The services for a therapy that does not run as planned are there."""


@dataclass(frozen=True, slots=True)
class Outage:
    """First and last day, counted from the first of the year."""

    what: str
    first: int
    last: int


OUTAGES = (
    Outage("scheduler", 66, 77),
    Outage("broker", 121, 124),
    Outage("mail server", 160, 164),
    Outage("scheduler", 205, 206),
    Outage("mail server", 205, 208),
    Outage("broker", 289, 290),
)
DELETED_ON = (40, 70, 151, 262, 331)
"""Days on which somebody deletes a window past the program."""
KILLED_ON = (98, 240)
"""Days on which the nightly check is killed half-way."""


@dataclass(slots=True)
class Told:
    """What the year came to."""

    patients: int = 0
    moved: int = 0
    early: int = 0
    brought_forward: int = 0
    postponed: int = 0
    died: int = 0
    transferred: int = 0
    came_back: int = 0
    deleted: int = 0
    found: int = 0
    unassessed: int = 0
    checks: int = 0
    killed: int = 0
    comparisons: int = 0
    decisions: Counter[str] = field(default_factory=Counter)


class Year:
    """Runs the days in order. `run` raises `AssertionError` on the first day on which something is wrong."""

    def __init__(
        self, board: Board, centres: list[Centre], *, patients: int, sample: int, seed: int = 7
    ) -> None:
        self.board, self.centres, self.seed = board, centres, seed
        self.random = random.Random(seed)
        self.book, self.told = Book(), Told(patients=patients)
        self.cases = [self._case(number, sample) for number in range(patients)]
        self.waiting_for_advice: set[str] = set()
        self.forgotten: dict[str, Case] = {}
        self.gone: set[str] = set()
        self.heading: set[str] = set()
        self.agenda: list[tuple[Case, str, datetime.date | None]] = []
        self.today = FIRST
        self._events: list[tuple[datetime.date, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.mailroom = Mailroom(self)

    def _case(self, number: int, sample: int) -> Case:
        chance = self.random.random()
        template = "resectable" if chance < 0.08 else "not known" if chance < 0.2 else "unresectable"
        return Case(
            case_id=f"S-{number:04d}",
            real=number % max(len(range(2000)) // max(sample, 1), 1) == 0 if sample else False,
            template=template,
            length=self.random.choice((14, 14, 21)),
            centre=self.random.choice(self.centres),
        )

    # ---------------------------------------------------------------------------------------- the calendar
    def run(self) -> Told:
        """All days."""
        weeks: dict[int, list[Case]] = {}
        for case in self.cases:
            weeks.setdefault(self.random.randrange(DAYS // 7 - 2), []).append(case)
        with time_machine.travel(self._at(0, 0), tick=False) as self.traveller:
            for number in range(DAYS):
                self.number, self.today = number, FIRST + number * ONE_DAY
                self._night()
                self.mailroom.morning()
                self._go_to(9)
                if self.today.weekday() == MONDAY:
                    self._arrivals(weeks.pop(number // 7, []))
                    self._analyse()
                while self._events and self._events[0][0] <= self.today:
                    heapq.heappop(self._events)[2]()
                if self.today.weekday() == WEDNESDAY:
                    self._go_to(14)
                    self._meet()
                if number in DELETED_ON:
                    self._delete_a_window()
                self._go_to(18)
                self._workers()
                self.mailroom.evening()
                if self.today.weekday() == MONDAY or number == DAYS - 1:
                    self._compare()
            self._last_night()
        return self.told

    def up(self, what: str) -> bool:
        """True when nothing of this name is down today."""
        return not any(
            outage.what == what and outage.first <= self.number <= outage.last for outage in OUTAGES
        )

    def _at(self, hour: int, minute: int) -> datetime.datetime:
        return timezone.make_aware(
            datetime.datetime.combine(self.today, datetime.time(hour, minute)),
            timezone.get_current_timezone(),
        )

    def _go_to(self, hour: int, minute: int = 0) -> None:
        self.traveller.move_to(self._at(hour, minute))

    def later(self, days: int, act: Callable[..., None], case: Case, *more: Any) -> None:
        """Do it so many days from today, unless the patient is gone by then."""

        def happen() -> None:
            if case.case_id not in self.gone:
                act(case, *more)

        heapq.heappush(self._events, (self.today + max(days, 1) * ONE_DAY, next(self._order), happen))

    # -------------------------------------------------------------------- what the program does by itself
    def _night(self) -> None:
        if not (self.up("scheduler") and self.up("broker")):
            return
        self._go_to(3)
        if self.number in KILLED_ON:
            self._killed_half_way()
        self._check()

    def _check(self) -> None:
        check = reconcile(timezone.now())
        self.told.checks += 1
        missing = [entry for entry in check.missing if entry["case_id"] not in self.waiting_for_advice]
        self.told.unassessed += len(check.missing) - len(missing)
        self.told.found += len(missing)
        still = [entry for entry in missing if not entry["mended"]]
        assert not still, f"{self.today}: without a reminder after the check: {still}"

    def _killed_half_way(self) -> None:
        from meetings import upkeep

        class Killed(BaseException):
            pass

        def die() -> None:
            raise Killed

        kept, upkeep.refresh = upkeep.refresh, die  # type: ignore[assignment]
        before = ClockCheck.objects.count()
        try:
            reconcile(timezone.now())
        except Killed:
            self.told.killed += 1
        finally:
            upkeep.refresh = kept
        assert ClockCheck.objects.count() == before + 1

    def _workers(self) -> None:
        """The sweep queues what has no assessment; the workers assess it."""
        if not self.board.jobs_wait or not (self.up("scheduler") and self.up("broker")):
            return
        for job in unassessed_jobs():
            assert run_assessment(job.pk) is not None
        self.board.jobs_wait = False
        self.waiting_for_advice.clear()

    def _last_night(self) -> None:
        self.number, self.today = DAYS, FIRST + DAYS * ONE_DAY
        self._go_to(3)
        check = reconcile(timezone.now())
        assert check.missing == [], check.missing

    @staticmethod
    def _analyse() -> None:
        """What the database does by itself between transactions; the whole test is one."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    # ------------------------------------------------------------------------------------- the comparison
    def _compare(self) -> None:
        """The clock holds exactly those who must be on it, each with the right window."""
        rows = {
            row.patient.case_id: row
            for row in Reassessment.objects.filter(ended_at__isnull=True).select_related("patient")
        }
        late = self.waiting_for_advice
        must = {name for name in self.book.open if name not in late}
        hidden = self.hidden
        lost, uncalled = must - set(rows) - hidden, set(rows) - set(self.book.open)
        assert not lost, f"{self.today}: lost {sorted(lost)}: {self._stories(lost)}"
        assert not uncalled, f"{self.today}: on the clock without cause {self._stories(uncalled)}"
        for name in must - hidden:
            row, window = rows[name], self.book.open[name]
            have = (row.due_from, row.overdue_after, row.actual_start is None)
            want = (window.due_from, window.overdue_after, window.planned)
            assert have == want, f"{self.today}: {name}: {have} is not {want}: {self._stories({name})}"
        self.told.comparisons += 1

    hidden: set[str] = set()
    """Those whose window somebody has deleted, until the next check."""

    def _stories(self, names: set[str]) -> list[str]:
        stories = {case.case_id: case.story for case in self.cases}
        return [f"{name}: {'; '.join(stories[name][-8:])}" for name in sorted(names)[:3]]

    def _delete_a_window(self) -> None:
        firm = [name for name, window in self.book.open.items() if not window.planned]
        name = self.random.choice(sorted(set(firm) - self.waiting_for_advice))
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM meetings_reassessment WHERE ended_at IS NULL AND patient_id = "
                "(SELECT id FROM patients_patient WHERE case_id = %s)",
                [name],
            )
        self.told.deleted += 1
        self._note(name, "window deleted by hand")
        if not (self.up("scheduler") and self.up("broker")):
            # Nobody runs the check tonight; an administrator does, by hand.
            self._go_to(20)
        self._check()

    # ------------------------------------------------------------------------------------------- arrivals
    def _arrivals(self, cases: list[Case]) -> None:
        """This week's new patients are staged; their therapy begins by one of three ways."""
        stated = [case for case in cases if self.random.random() < 0.15 and case.template != "resectable"]
        for case in stated:
            case.stated_start = self.today - self.random.randrange(1, 25) * ONE_DAY
        assessed = self.up("broker")
        self.board.register(cases, self.today, assessed=assessed)
        for case in cases:
            if case.real or not assessed:
                self.waiting_for_advice.add(case.case_id)
            self._hazards(case)
            if case.template == "resectable":
                # A resectable liver under neoadjuvant therapy is not on the clock.
                self.later(self.random.randrange(1, 7), self._start_resectable, case)
            elif case in stated:
                assert case.stated_start is not None
                self._note(case, f"staged under therapy since {case.stated_start}")
                self._begin(case, Expected(case.stated_start, case.length))
            elif self.random.random() < 0.6:
                self.later(self.random.randrange(1, 7), self._start_line, case)
            else:
                self._note(case, "to the board")
                self.agenda.append((case, "conversion", None))

    def _hazards(self, case: Case) -> None:
        died = int(self.random.expovariate(1 / 1500))
        moved_away = int(self.random.expovariate(1 / 4000))
        if died < DAYS:
            self.later(died, self._leave, case, "deceased")
        if moved_away < DAYS:
            self.later(moved_away, self._leave, case, "transferred")

    def _start_resectable(self, case: Case) -> None:
        self.board.start(case, self.today)

    def _start_line(self, case: Case) -> None:
        """A line began, and is written down a few days late at times."""
        day = self.today - self.random.choice((0, 0, 0, 1, 3)) * ONE_DAY
        self.board.start(case, day)
        self._note(case, f"line since {day}")
        self._begin(case, Expected(day, case.length))
        if self.random.random() < 0.1:
            self.later(self.random.randrange(2, 12), self._move_start, case, case.line)

    def _move_start(self, case: Case, line: Any) -> None:
        window = self.book.open.get(case.case_id)
        if window is None or window.planned or case.line is None or case.line != line:
            return
        if window.start != line.actual_start:
            return
        day = min(window.start + self.random.choice((-6, -3, 2, 5)) * ONE_DAY, self.today)
        self.board.move_start(case, day)
        case.line.refresh_from_db()
        self._note(case, f"day 1 was {day}, not {window.start}")
        window.start = day
        self.told.moved += 1

    def _begin(self, case: Case, window: Expected) -> None:
        """A window is open; what will become of it."""
        self.book.begin(case.case_id, window)
        self._plan(case, window)

    def _plan(self, case: Case, window: Expected) -> None:
        chance = self.random.random()
        if chance < 0.09:
            self.later(self.random.randrange(20, 50), self._progression, case, window)
        elif COURSE and chance < 0.14:
            self.later(self.random.randrange(20, 55), self._toxicity, case, window)
        elif COURSE and chance < 0.22:
            early = (window.due_from - self.today).days - self.random.randrange(1, 12)
            self.later(early, self._early_scan, case, window)
        elif chance < 0.34:
            # Nobody books anything until somebody is reminded.
            self.later((window.due_from - self.today).days, self._forget, case, window)
        else:
            if COURSE and chance < 0.42:
                self.later((window.due_from - self.today).days - 5, self._postpone, case, window)
            self._scan_in(case, window, self.random.randrange(0, 16))

    def _scan_in(self, case: Case, window: Expected, delay: int) -> None:
        self.later((window.scan_from - self.today).days + delay, self._scan, case, window)

    def _is_open(self, case: Case, window: Expected) -> bool:
        """The window still waits for something to happen."""
        return self.book.open.get(case.case_id) is window and case.case_id not in self.heading

    # ---------------------------------------------------------------------------------------- the window
    def _scan(self, case: Case, window: Expected) -> None:
        if not self._is_open(case, window) or window.planned:
            return
        if self.today < window.scan_from:
            # Day 1 was moved meanwhile, and the appointment with it.
            self._scan_in(case, window, 1)
            return
        self.forgotten.pop(case.case_id, None)
        self.board.scan(case, self.today)
        self._note(case, f"scan {self.today}")
        self._to_board(case, "restaged", self.today)

    def _to_board(self, case: Case, why: str, scanned: datetime.date | None) -> None:
        """On the agenda once the scan is reported."""
        self.heading.add(case.case_id)
        self.later(4 if scanned else 1, self._put_on, case, why, scanned)

    def _put_on(self, case: Case, why: str, scanned: datetime.date | None) -> None:
        if case.case_id in self.heading:
            self.agenda.append((case, why, scanned))

    def _early_scan(self, case: Case, window: Expected) -> None:
        if not self._is_open(case, window) or window.planned:
            return
        if not window.due_from - 14 * ONE_DAY <= self.today < window.due_from:
            self._scan_in(case, window, 3)
            return
        self.board.on_clock(case, services.accept_early_scan, date=self.today)  # type: ignore[attr-defined]
        self._note(case, f"early scan {self.today}")
        self.told.early += 1
        self._to_board(case, "restaged", self.today)

    def _forget(self, case: Case, window: Expected) -> None:
        if self._is_open(case, window):
            self.forgotten[case.case_id] = case
            self._note(case, "nobody books")

    def remembered(self, case: Case) -> None:
        """Somebody was reminded: what is missing is done within days."""
        window = self.book.open.get(case.case_id)
        if self.forgotten.pop(case.case_id, None) is None or window is None:
            return
        self._note(case, "remembered")
        act = self._confirm if window.planned else self._scan
        self.later(self.random.randrange(2, 9), act, case, window)

    def _postpone(self, case: Case, window: Expected) -> None:
        if self._is_open(case, window) and not window.planned:
            to = self.today + self.random.randrange(7, 28) * ONE_DAY
            self.board.on_clock(case, services.postpone, to=to, reason="Holiday")  # type: ignore[attr-defined]
            self.told.postponed += 1

    def _progression(self, case: Case, window: Expected) -> None:
        """A scan before the window shows progression: the case goes to the board."""
        if not self._is_open(case, window) or window.planned or self.today >= window.due_from:
            if self._is_open(case, window) and not window.planned:
                self._scan_in(case, window, 2)
            return
        self._note(case, f"progression {self.today}")
        if COURSE:
            if case.real:
                self.board.on_clock(case, services.bring_forward, reason="Progression")  # type: ignore[attr-defined]
            self.told.brought_forward += 1
        self._to_board(case, "progression", self.today)

    def _toxicity(self, case: Case, window: Expected) -> None:
        """The therapy is stopped; the patient stays on the clock, and the case is brought forward."""
        if not self._is_open(case, window) or window.planned or case.line is None:
            if self._is_open(case, window) and not window.planned:
                self._scan_in(case, window, 2)
            return
        self._note(case, f"stopped {self.today}")
        self.board.on_clock(
            case,
            services.stop_therapy,
            ended_on=self.today,
            reason="Toxicity",  # type: ignore[attr-defined]
        )
        case.line = None
        self.told.brought_forward += 1
        self._to_board(case, "stopped", None)

    # ----------------------------------------------------------------------------------------- the board
    def _meet(self) -> None:
        """Everybody on the agenda is staged anew, and decided."""
        agenda = [row for row in self.agenda if row[0].case_id not in self.gone]
        self.agenda = []
        restaged = [row for row in agenda if row[1] in ("restaged", "progression", "stopped")]
        scans = {case.case_id: scanned for case, _, scanned in restaged if scanned is not None}
        progression = {case.case_id for case, why, _ in restaged if why == "progression"}
        assessed = self.up("broker")
        self.board.stage(
            [case for case, _, _ in restaged], self.today, assessed=assessed, scanned=scans,
            progression=progression,
        )  # fmt: skip
        meeting = self.board.convene()
        for case, why, scanned in agenda:
            self._decide(meeting, case, why, scanned)
        services.close_meeting(by=self.board.chair, meeting=meeting)

    def _decide(self, meeting: Meeting, case: Case, why: str, scanned: datetime.date | None) -> None:
        if self.random.random() < 0.07:
            self.board.defer(meeting, case, "No radiologist in the room")
            self.agenda.append((case, why, scanned))
            self.told.decisions["deferred"] += 1
            self._note(case, f"deferred {self.today}")
            return
        self.heading.discard(case.case_id)
        choose = {"conversion": self._conversion, "progression": self._switch, "stopped": self._after_stop}
        choose.get(why, self._after_scan)(meeting, case, scanned)

    def _record(
        self, meeting: Meeting, case: Case, outcome: str, element: dict[str, Any] | None = None
    ) -> None:
        self.board.decide(meeting, case, outcome, element, "Discussed with the patient")
        self.told.decisions[outcome] += 1
        self._note(case, f"{outcome} {self.today}")

    def _conversion(self, meeting: Meeting, case: Case, scanned: datetime.date | None) -> None:
        """Therapy to start: provisional until somebody confirms day 1."""
        planned = self.today + self.random.randrange(3, 15) * ONE_DAY
        element = {
            "kind": "systemic", "detail": "FOLFIRI + bevacizumab", "planned_start": planned,
            "cycle_length_days": case.length,
        }  # fmt: skip
        self._record(meeting, case, "conversion", element)
        window = Expected(planned, case.length, planned=True)
        self.book.begin(case.case_id, window)
        self._note(case, f"planned for {planned}")
        days = (planned - self.today).days
        chance = self.random.random()
        if chance < 0.05:
            self.later(days + self.random.randrange(10, 30), self._never_started, case, window)
        elif chance < 0.15:
            self.later(days, self._forget, case, window)
        else:
            self.later(days + self.random.choice((-2, 0, 0, 0, 1, 4, 9, 14)), self._confirm, case, window)

    def _confirm(self, case: Case, window: Expected) -> None:
        if not self._is_open(case, window) or not window.planned:
            return
        self.forgotten.pop(case.case_id, None)
        self.board.confirm(case, self.today)
        window.start, window.planned = self.today, False
        self._note(case, f"day 1 confirmed {self.today}")
        self._plan(case, window)

    def _never_started(self, case: Case, window: Expected) -> None:
        if self._is_open(case, window):
            self.board.not_needed(case, "The patient declined chemotherapy")
            self.book.end(case.case_id, "not_needed", self.today)
            self._note(case, "declined")

    def _switch(self, meeting: Meeting, case: Case, scanned: datetime.date | None) -> None:
        """Another line: what was open ends, the next awaits its start."""
        self.board.stop(case, self.today, "Progression")
        self.book.end(case.case_id, "decided" if COURSE else "superseded", self.today)
        case.stated_start = None
        self._conversion(meeting, case, scanned)

    def _after_stop(self, meeting: Meeting, case: Case, scanned: datetime.date | None) -> None:
        if self.random.random() < 0.5:
            self._switch(meeting, case, scanned)
        else:
            self._leave_clock(meeting, case, "palliative")

    def _after_scan(self, meeting: Meeting, case: Case, scanned: datetime.date | None) -> None:
        """The board looks at the scan of the window."""
        assert scanned is not None
        chance = self.random.random()
        if chance < 0.48:
            element = {"kind": "systemic", "detail": "goes on", "cycle_length_days": case.length}
            self._record(meeting, case, "continue", element if chance < 0.44 or not COURSE else None)
            self.book.end(case.case_id, "decided", self.today)
            self._begin(case, Expected(scanned, case.length))
        elif chance < 0.62:
            self.book.end(case.case_id, "decided", self.today)
            self.board.stop(case, self.today, "Next line")
            case.stated_start = None
            self._conversion(meeting, case, scanned)
        elif COURSE and chance < 0.66:
            self._record(meeting, case, "work_up")
            self._to_board(case, "restaged", scanned)
        else:
            self._leave_clock(meeting, case, "resection" if chance < 0.86 else "palliative")

    def _leave_clock(self, meeting: Meeting, case: Case, outcome: str) -> None:
        self._record(meeting, case, outcome)
        self.book.end(case.case_id, "decided", self.today)
        self.later(self.random.randrange(1, 10), self._stop_after, case)

    def _stop_after(self, case: Case) -> None:
        self.board.stop(case, self.today, "As the board decided")

    # ------------------------------------------------------------------------------------ those who leave
    def _leave(self, case: Case, status: str) -> None:
        self.gone.add(case.case_id)
        self.heading.discard(case.case_id)
        self.forgotten.pop(case.case_id, None)
        self.board.leave(case, status, self.today)
        self._note(case, f"{status} {self.today}")
        setattr(self.told, "died" if status == "deceased" else "transferred", self._count(status) + 1)
        window = self.book.open.get(case.case_id)
        if window is not None:
            self.book.end(case.case_id, status, self.today)
            if COURSE and status == "transferred" and not window.planned and self.random.random() < 0.3:
                back = self.today + self.random.randrange(3, 20) * ONE_DAY
                heapq.heappush(self._events, (back, next(self._order), lambda: self._come_back(case, window)))

    def _count(self, status: str) -> int:
        return self.told.died if status == "deceased" else self.told.transferred

    def _come_back(self, case: Case, window: Expected) -> None:
        """The transfer was an error: the patient is on the clock as before."""
        self.gone.discard(case.case_id)
        self.board.leave(case, "alive", None)
        self.book.take_back(case.case_id, window)
        self._note(case, f"came back {self.today}")
        self.told.came_back += 1
        self._scan_in(case, window, 3)

    def _note(self, case: Case | str, words: str) -> None:
        if isinstance(case, str):
            case = self.cases[int(case[2:])]
        case.story.append(words)
