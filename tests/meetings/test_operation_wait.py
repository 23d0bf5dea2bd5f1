"""The wait before an operation (T-18): an operation that is planned too early is warned of."""

import datetime
from collections.abc import Callable

import pytest

from accounts.models import User
from meetings import services
from meetings.digests import reminder_line
from meetings.models import Meeting, Reminder
from meetings.reminders import open_reminders
from patients.models import Patient, Staging
from patients.services import add_procedure, correct_procedure
from tests.meetings.conftest import RESECTABLE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def waits(make_case: Callable[..., Staging], coordinator: User) -> Patient:
    """A patient with an operation planned whose last cycle with bevacizumab was two weeks ago."""
    given = {
        **RESECTABLE,
        "treatment": {
            "current_line": 1, "regimen": "FOLFOX", "targeted_agent": True, "intent": "conversion",
            "current_start_date": day(-90).isoformat(), "last_chemo_date": day(-14).isoformat(),
        },
    }  # fmt: skip
    given["plan"] = {**RESECTABLE["plan"], "surgery_planned": True}
    return make_case("C-18", given).patient


def warning_of(user: User) -> str:
    return next(entry.warning for entry in open_reminders(user, day(0)) if entry.reminder.timeline == "T-18")


def test_an_operation_planned_before_the_wait_is_over_is_warned_of(waits: Patient, coordinator: User) -> None:
    over = Reminder.objects.get(patient=waits, timeline="T-18").window_end
    assert warning_of(coordinator) == ""
    planned = over - datetime.timedelta(days=9)
    procedure = add_procedure(by=coordinator, patient=waits, kind="liver_resection", planned_on=planned)
    assert "9 days before the wait is over" in warning_of(coordinator).replace("\xa0", " ")
    correct_procedure(by=coordinator, procedure=procedure, planned_on=over)
    assert warning_of(coordinator) == ""


def test_an_operation_that_the_board_asked_for_too_early_is_warned_of_until_it_is_done_or_changed(
    waits: Patient, coordinator: User, chair: User, meeting: Meeting
) -> None:
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=waits.stagings.get())
    early = Reminder.objects.get(patient=waits, timeline="T-18").window_end - datetime.timedelta(days=3)
    decision = services.record_decision(
        by=chair, item=item, expected_revision=0, outcome="resection", deviation_reason="technical",
        elements=[{"kind": "surgery", "detail": "Liver resection", "deadline": early}],
    )  # fmt: skip
    assert "3 days before the wait is over" in warning_of(coordinator).replace("\xa0", " ")
    line = reminder_line(next(e for e in open_reminders(coordinator, day(0)) if e.warning))
    assert line is not None
    assert "3 days before the wait is over" in line.what
    services.end_element(
        by=chair, element=decision.elements.get(), result="changed", on=day(0), code="other", reason="Later"
    )
    assert warning_of(coordinator) == ""


def test_an_operation_of_long_ago_is_no_plan_against_the_wait(waits: Patient, coordinator: User) -> None:
    add_procedure(by=coordinator, patient=waits, kind="liver_resection", planned_on=day(-200))
    add_procedure(by=coordinator, patient=waits, kind="ablation", planned_on=day(2))
    assert warning_of(coordinator) == ""
