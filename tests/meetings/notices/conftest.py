"""What the tests of notices share: people with addresses, and patients on the clock."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Centre, User
from meetings.models import Reassessment
from patients.models import Patient

WEDNESDAY = datetime.datetime(2040, 3, 14, 9, 0, tzinfo=datetime.UTC)
"""A working morning, after the day on which the rulebook came into force, whenever the tests run."""
OnClock = Callable[..., Reassessment]


def travel(now: datetime.datetime) -> time_machine.travel:
    """Stand still at `now`."""
    return time_machine.travel(now, tick=False)


def later(**units: float) -> datetime.datetime:
    """So long after the Wednesday."""
    return WEDNESDAY + datetime.timedelta(**units)


@pytest.fixture
def joan(person: Callable[..., User]) -> User:
    return person("joan", "coordinator", first_name="Joan", last_name="Farrow", email="joan@example.org")


@pytest.fixture
def helen(person: Callable[..., User]) -> User:
    return person("helen", "chair", first_name="Helen", last_name="Castle", email="helen@example.org")


@pytest.fixture
def omar(person: Callable[..., User]) -> User:
    return person(
        "omar", "member", first_name="Omar", last_name="Reyes", discipline="medical_oncologist",
        email="omar@example.org",
    )  # fmt: skip


@pytest.fixture
def marek(person: Callable[..., User]) -> User:
    return person(
        "marek", "member", first_name="Marek", last_name="Osei", discipline="hpb_surgeon",
        email="marek@example.org",
    )  # fmt: skip


@pytest.fixture
def on_clock(north: Centre) -> OnClock:
    """A patient on the clock whose window ended `over` days ago (negative: it ends in so many days)."""

    def make(case_id: str, over: int, *, today: datetime.date | None = None, **columns: Any) -> Reassessment:
        end = (today or timezone.localdate(WEDNESDAY)) - datetime.timedelta(days=over)
        opened = end - datetime.timedelta(days=30)
        started = end - datetime.timedelta(days=90)
        patient = Patient.objects.create(
            case_id=case_id, family_name="Secret", given_name="Name", birth_date=datetime.date(1950, 2, 3),
            centre=columns.pop("centre", north), surgeon=columns.pop("surgeon", None),
            oncologist=columns.pop("oncologist", None),
        )  # fmt: skip
        starter, _ = User.objects.get_or_create(username="starter")
        return Reassessment.objects.create(
            patient=patient, actual_start=started, start_confirmed_by=starter, window_start=opened,
            window_end=end, due_from=opened, overdue_after=end, **columns,
        )  # fmt: skip

    return make
