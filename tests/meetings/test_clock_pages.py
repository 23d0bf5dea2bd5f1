"""The conversion clock as coordinators see and use it."""

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from meetings.models import Meeting, Reassessment
from patients.models import Staging
from patients.services import start_line
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(make_case: Callable[..., Staging], oncologist: User) -> Reassessment:
    """A patient 100 days into conversion therapy."""
    staging = make_case("2026-003", UNRESECTABLE)
    start_line(
        by=oncologist, patient=staging.patient, actual_start=day(-100), regimen="CAPOX", drugs="bevacizumab",
        cycle_length_days=21,
    )  # fmt: skip
    return Reassessment.objects.get()


@pytest.fixture
def as_coordinator(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def address(name: str, row: Reassessment) -> str:
    return reverse(f"meetings:{name}", args=[row.pk])


def test_an_overdue_patient_stands_first_with_the_one_thing_to_do(
    as_coordinator: Client, row: Reassessment
) -> None:
    page = as_coordinator.get("/reassessments/").content.decode()
    assert "Overdue" in page
    assert "CAPOX + bevacizumab" in page
    assert "no scan booked" in page
    assert address("book_scan", row) in page


def test_the_clock_is_empty_in_words(as_coordinator: Client) -> None:
    assert "Nobody is on the clock" in as_coordinator.get("/reassessments/").content.decode()


def test_filters_leave_only_those_asked_for(as_coordinator: Client, row: Reassessment) -> None:
    assert "2026-003" in as_coordinator.get("/reassessments/", {"show": "unbooked"}).content.decode()
    mine = as_coordinator.get("/reassessments/", {"show": "mine"}).content.decode()
    assert "Nobody on the clock matches" in mine


def test_a_scan_is_booked_then_done_and_a_wrong_day_is_told_with_what_is_allowed(
    as_coordinator: Client, row: Reassessment
) -> None:
    wrong = as_coordinator.post(address("book_scan", row), {"date": "1999-01-01"})
    assert wrong.status_code == 422
    assert "1999-01-01 is not allowed; allowed: from" in wrong.content.decode()
    assert as_coordinator.post(address("book_scan", row), {"date": "tomorrow"}).status_code == 422
    as_coordinator.post(address("book_scan", row), {"date": day(3).isoformat()})
    future = as_coordinator.post(address("scan_done", row), {"date": day(3).isoformat()})
    assert future.status_code == 422
    as_coordinator.post(address("scan_done", row), {"date": day(-1).isoformat()})
    row.refresh_from_db()
    assert (row.scan_booked_on, row.scan_done_on) == (day(3), day(-1))


def test_not_needed_wants_a_reason_and_a_second_submit_says_what_the_first_did(
    as_coordinator: Client, row: Reassessment
) -> None:
    assert as_coordinator.post(address("not_needed", row), {"reason": ""}).status_code == 422
    assert as_coordinator.post(address("not_needed", row), {"reason": "Treated elsewhere"}).status_code == 302
    again = as_coordinator.post(address("not_needed", row), {"reason": "Treated elsewhere"})
    assert again.status_code == 422
    assert "nothing of it changes any more" in again.content.decode()


def test_a_patient_goes_on_an_agenda_from_the_clock(
    as_coordinator: Client, row: Reassessment, meeting: Meeting
) -> None:
    assert "Liver board" in as_coordinator.get(address("to_agenda", row)).content.decode()
    as_coordinator.post(address("to_agenda", row), {"meeting": meeting.pk})
    assert meeting.items.get().staging.patient == row.patient


def test_the_list_comes_as_csv_and_no_cell_can_act_as_a_formula(
    as_coordinator: Client, row: Reassessment
) -> None:
    Reassessment.objects.update(regimen="=HYPERLINK(1)")
    answer = as_coordinator.get("/reassessments/list.csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert lines[0]["case"] == "2026-003"
    assert lines[0]["state"] == "overdue"
    assert lines[0]["regimen"] == "'=HYPERLINK(1)"


def test_a_viewer_sees_the_clock_and_changes_nothing(client: Client, viewer: User, row: Reassessment) -> None:
    client.force_login(viewer)
    page = client.get("/reassessments/").content.decode()
    assert "2026-003" in page
    assert "Book scan" not in page
    for name in ("confirm_start", "book_scan", "scan_done", "not_needed", "to_agenda"):
        assert client.get(address(name, row)).status_code == 403


def test_people_of_another_centre_cannot_reach_the_patient(
    client: Client, person: Callable[..., User], row: Reassessment
) -> None:
    client.force_login(person("eve", "coordinator", centre=None))
    assert "2026-003" not in client.get("/reassessments/").content.decode()
    assert client.get(address("book_scan", row)).status_code == 403
