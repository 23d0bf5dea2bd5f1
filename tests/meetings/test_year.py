"""A simulated year: 2,000 patients, outages of scheduler, broker and mail server, nobody lost, nobody told twice."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Centre, User
from meetings.models import Reassessment, Reminder
from meetings.registry import Period, board_windows, days_to_board, miss_rate, spread
from tests.simulation.board import Board
from tests.simulation.mail import Server
from tests.simulation.oracle import ONE_DAY
from tests.simulation.year import DAYS, FIRST, OUTAGES, Year

pytestmark = pytest.mark.django_db
PATIENTS, SAMPLE = 2000, 40
WHOLE = Period(FIRST - 400 * ONE_DAY, FIRST + (DAYS + 400) * ONE_DAY)


def test_in_a_year_of_2000_patients_nobody_is_lost_and_nobody_is_told_twice(
    person: Callable[..., User], north: Centre, settings: Any, record_property: Callable[[str, object], None]
) -> None:
    settings.EMAIL_BACKEND = "tests.simulation.mail.SimulatedBackend"
    south = Centre.objects.create(code="south", name="Southwell")
    people = {
        "coordinator": person("joan", "coordinator", all_centres=True, email="joan@board.example"),
        "chair": person(
            "helen", "chair", all_centres=True, discipline="hpb_surgeon", email="helen@board.example"
        ),
        "oncologist": person(
            "omar", "member", all_centres=True, discipline="medical_oncologist", email="omar@board.example"
        ),
    }
    with timezone.override("Europe/Rome"):
        board = Board(**people)
        year = Year(board, [north, south], patients=PATIENTS, sample=SAMPLE)
        told = year.run()
        today = FIRST + DAYS * ONE_DAY

        # Whom the simulator deleted, the check found; nobody else was ever missing.
        assert told.found == told.deleted

        # Every reminder that has ended tells how, by whom, and why.
        ended = Reassessment.objects.filter(ended_at__isnull=False).select_related("ending_decision")
        for row in ended:
            assert row.ending
            assert row.ended_by_id
            reason = row.ending_reason or row.ending_decision_id or row.ending in ("deceased", "transferred")
            assert reason, f"{row}: {row.ending} without a reason"
        for reminder in Reminder.objects.filter(ended_at__isnull=False):
            assert reminder.ending
            assert reminder.ending_reason

        # The program's figures are the simulator's own.
        windows = board_windows()
        endings = Counter(window.ending for window in windows if window.ending)
        assert endings == Counter(ended.ending for ended in year.book.ended)
        assert len(windows) == year.book.opened
        rate = miss_rate(windows, WHOLE, today)
        assert (rate.part, rate.whole) == year.book.missed(today)
        days = spread(days_to_board(windows, WHOLE))
        notices = year.mailroom.check_year()

    figures = {
        "patients": told.patients,
        "of them ever on the clock": len({window.patient_id for window in windows}),
        "windows": len(windows),
        "windows still open": len(year.book.open),
        "windows ended": ", ".join(f"{count} {ending}" for ending, count in endings.most_common()),
        "miss rate": f"{rate.part} of {rate.whole} ({rate.percent:.1f} %)",
        "days from opening to board": f"median {days.median:g}, quartiles {days.lower:g} and {days.upper:g}",
        "decisions": ", ".join(f"{count} {outcome}" for outcome, count in told.decisions.most_common()),
        "starts moved": told.moved,
        "early scans accepted": told.early,
        "brought forward": told.brought_forward,
        "postponed": told.postponed,
        "died, transferred, came back": f"{told.died}, {told.transferred}, {told.came_back}",
        "nightly checks": f"{told.checks}, {told.killed} killed half-way",
        "windows deleted by hand": f"{told.deleted}, found {told.found}",
        "comparisons of everybody with the simulator's own book": told.comparisons,
        "notices sent": ", ".join(f"{count} {kind}" for kind, count in notices.items()),
        "refusals by the mail server": Server.refused,
        "days on which every overdue case was seen to be told": year.mailroom.told_days,
        "outages survived": ", ".join(
            f"{outage.what} {outage.last - outage.first + 1} days" for outage in OUTAGES
        ),
        "lost": 0,
        "doubled": 0,
    }
    for name, value in figures.items():
        record_property(f"figure: {name}", value)
