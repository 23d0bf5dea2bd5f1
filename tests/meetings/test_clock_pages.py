"""The conversion clock as coordinators see and use it."""

import csv
import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import User
from meetings.models import ClockCheck, Meeting, Reassessment
from patients.models import Patient, RecordAccess, Staging
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
    assert address("book", row) in page


def test_the_clock_is_empty_in_words(as_coordinator: Client) -> None:
    assert "Nobody is on the clock" in as_coordinator.get("/reassessments/").content.decode()


def test_filters_leave_only_those_asked_for_and_stay_in_the_address(
    as_coordinator: Client, row: Reassessment, oncologist: User
) -> None:
    def found(**asked: str) -> bool:
        answer = as_coordinator.get("/reassessments/", asked)
        assert answer.status_code == 200
        return "Choose 2026-003" in answer.content.decode()

    assert found(show="unbooked")
    assert found(show="mine")  # a coordinator's patients are those of their centres
    assert found(state="overdue", centre="north")
    assert not found(state="later")
    assert not found(clinician=str(oncologist.pk))
    Patient.objects.update(oncologist=oncologist)
    assert found(clinician=str(oncologist.pk))
    as_coordinator.force_login(oncologist)
    assert found(show="mine")
    page = as_coordinator.get("/reassessments/", {"show": "mine"}).content.decode()
    assert "?show=mine&amp;state=overdue" in page


def test_a_filter_that_does_not_exist_is_told_and_hides_nobody(
    as_coordinator: Client, row: Reassessment
) -> None:
    answer = as_coordinator.get("/reassessments/", {"state": "lost"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert (
        "state &#x27;lost&#x27; is not allowed; allowed: awaiting_start, due, later, overdue, soon." in page
    )
    assert "Choose 2026-003" in page
    for name in ("list.csv", "list.xlsx"):
        refused = as_coordinator.get(f"/reassessments/{name}", {"state": "lost"})
        assert (refused.status_code, refused["Content-Type"]) == (422, "text/plain")


def test_a_scan_that_was_made_is_noted_and_a_wrong_day_is_told_with_what_is_allowed(
    as_coordinator: Client, row: Reassessment
) -> None:
    future = as_coordinator.post(address("scan_done", row), {"date": day(3).isoformat()})
    assert future.status_code == 422
    assert "is not allowed; allowed: from" in future.content.decode()
    as_coordinator.post(address("scan_done", row), {"date": day(-1).isoformat()})
    row.refresh_from_db()
    assert row.scan_done_on == day(-1)


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
    assert lines[0]["cycles_given"] == ""  # not known is not nought


def test_the_workbook_holds_the_same_list_with_real_dates_and_no_formula(
    as_coordinator: Client, row: Reassessment
) -> None:
    Reassessment.objects.update(regimen="=HYPERLINK(1)")
    answer = as_coordinator.get("/reassessments/list.xlsx", {"state": "overdue"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    head, line = ([cell.value for cell in cells] for cells in sheet.iter_rows())
    found = dict(zip(head, line, strict=True))
    assert (found["case"], found["regimen"]) == ("2026-003", "'=HYPERLINK(1)")
    assert found["overdue_after"].date() == row.overdue_after
    assert all(cell.data_type != "f" for cells in sheet.iter_rows() for cell in cells)
    empty = load_workbook(
        io.BytesIO(as_coordinator.get("/reassessments/list.xlsx", {"state": "later"}).content)
    )
    assert empty.active.max_row == 1


def test_the_head_says_whether_anybody_was_missing_at_the_last_check(
    as_coordinator: Client, row: Reassessment
) -> None:
    def head() -> str:
        return as_coordinator.get("/reassessments/").content.decode()

    assert "no check has run yet" in head()
    ClockCheck.objects.create(on_therapy=1, on_clock=1)
    assert "everyone has an open reminder, checked" in head()
    ClockCheck.objects.create(on_therapy=1, on_clock=0, missing=[{"case_id": "2026-009"}], opened=1)
    assert "was without an open reminder" in head()


def test_the_call_list_says_whom_to_call_what_for_and_who_was_last(
    as_coordinator: Client, row: Reassessment, oncologist: User
) -> None:
    Patient.objects.update(phone="555 0141", referring_doctor="Dr M. Osei")
    page = as_coordinator.get("/reassessments/calls/").content.decode()
    for words in ("555 0141", "Dr M. Osei", "A day for the restaging scan", "Omar Reyes", "start line"):
        assert words in page, words
    Patient.objects.update(phone="", referring_doctor="")
    assert "no phone" in as_coordinator.get("/reassessments/calls/").content.decode()
    assert RecordAccess.objects.filter(patient=row.patient, path="/reassessments/calls/").count() == 2
    Reassessment.objects.update(scan_booked_on=day(-2))
    assert "Was the scan of" in as_coordinator.get("/reassessments/calls/").content.decode()


def test_a_viewer_sees_the_clock_and_changes_nothing(client: Client, viewer: User, row: Reassessment) -> None:
    client.force_login(viewer)
    page = client.get("/reassessments/").content.decode()
    assert "2026-003" in page
    assert "Book" not in page.replace("Booked", "")
    for name in ("confirm_start", "book", "scan_done", "not_needed", "to_agenda"):
        assert client.get(address(name, row)).status_code == 403


def test_people_of_another_centre_cannot_reach_the_patient(
    client: Client, person: Callable[..., User], row: Reassessment
) -> None:
    client.force_login(person("eve", "coordinator", centre=None))
    assert "2026-003" not in client.get("/reassessments/").content.decode()
    assert client.get(address("book", row)).status_code == 403


def test_the_list_asks_the_database_no_more_for_many_patients_than_for_one(
    as_coordinator: Client, row: Reassessment, make_case: Callable[..., Staging], oncologist: User
) -> None:
    as_coordinator.get("/reassessments/")
    with CaptureQueriesContext(connection) as one:
        as_coordinator.get("/reassessments/")
    for case in ("2026-004", "2026-005"):
        start_line(
            by=oncologist,
            patient=make_case(case, UNRESECTABLE).patient,
            actual_start=day(-60),
            regimen="CAPOX",
        )
    with CaptureQueriesContext(connection) as three:
        page = as_coordinator.get("/reassessments/").content.decode()
    assert "2026-005" in page
    assert len(three) == len(one)
