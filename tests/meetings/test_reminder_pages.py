"""Where people see reminders and say that one is not needed: the list, the record, the home page."""

import datetime
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from decisions.engine.calendar import add_months
from meetings import services
from meetings.models import Reminder
from meetings.pages.reminders import within_a_year
from meetings.reminders import open_notes, open_reminders
from patients.models import Patient, Staging
from patients.services import add_procedure, add_volumetry, start_line, update_patient
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(make_case: Callable[..., Staging], coordinator: User, oncologist: User) -> Patient:
    """A patient with a birth date, on a second line, whose portal vein was embolised ten weeks ago."""
    patient = make_case("2026-003", UNRESECTABLE).patient
    update_patient(
        by=coordinator, patient=patient, birth_date=datetime.date(1970, 3, 9), family_name="Ferreira",
        given_name="Ana",
    )  # fmt: skip
    add_procedure(by=coordinator, patient=patient, kind="LVD", done_on=day(-70))
    start_line(
        by=oncologist, patient=patient, actual_start=day(-10), regimen="FOLFOX", intent="conversion",
        cycle_length_days=14,
    )  # fmt: skip
    return patient


@pytest.fixture
def as_coordinator(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def text(client: Client, address: str, **query: str) -> str:
    return client.get(address, query).content.decode().replace("\u00a0", " ")


def venous(patient: Patient) -> Reminder:
    return Reminder.objects.get(patient=patient, timeline="T-07")


def test_the_list_shows_two_identifiers_state_source_mark_and_what_ends_it(
    as_coordinator: Client, patient: Patient
) -> None:
    page = text(as_coordinator, "/reminders/")
    assert "2026-003" in page
    assert "Ferreira, Ana" in page
    assert "9 Mar 1970" in page
    assert "49 days over" in page
    assert "T-07, not in the review" in page
    assert "not verified against the original paper" in page
    assert "volumetry on or after the day, or the operation" in page


def test_the_list_is_filtered_by_recipient_and_centre(as_coordinator: Client, patient: Patient) -> None:
    label = "Volumetry after venous deprivation"
    assert label in text(as_coordinator, "/reminders/", **{"for": "radiologist"})
    assert label not in text(as_coordinator, "/reminders/", **{"for": "oncologist"})
    assert "No reminder matches" in text(as_coordinator, "/reminders/", **{"for": "mine"})
    assert "No reminder matches" in text(as_coordinator, "/reminders/", centre="south")
    assert label in text(as_coordinator, "/reminders/", **{"for": "nonsense"})


def test_without_any_reminder_the_list_says_where_they_come_from(as_coordinator: Client) -> None:
    assert "They come by themselves" in text(as_coordinator, "/reminders/")


def test_notes_stand_apart_and_far_ones_are_only_counted(
    as_coordinator: Client, patient: Patient, coordinator: User
) -> None:
    update_patient(by=coordinator, patient=patient, birth_date=add_months(day(30), -12 * 67))
    assert all(not entry.reminder.note for entry in open_reminders(coordinator, day(0)))
    notes = open_notes(coordinator, day(0))
    assert len(notes) == 2
    assert [entry.detail.replace("\u00a0", " ") for entry in within_a_year(notes, day(0))] == ["67 years"]
    page = text(as_coordinator, "/reminders/")
    assert "1 note within a year" in page
    assert "1 later, on the records" in page


def test_not_needed_wants_a_reason_and_a_second_submit_says_what_the_first_did(
    as_coordinator: Client, patient: Patient
) -> None:
    address = reverse("meetings:reminder_not_needed", args=[venous(patient).pk])
    assert "liver venous deprivation" in text(as_coordinator, address)
    short = as_coordinator.post(address, {"reason": "x"})
    assert short.status_code == 422
    assert "allowed: a reason of 3 to 300 characters" in short.content.decode()
    done = as_coordinator.post(f"{address}?back=record", {"reason": "Measured elsewhere"})
    assert done["Location"] == reverse("patients:detail", args=[patient.pk])
    again = as_coordinator.post(address, {"reason": "Measured elsewhere"})
    assert again.status_code == 422
    assert "This reminder ended on" in again.content.decode()
    assert venous(patient).ending_reason == "Measured elsewhere"


def test_a_viewer_reads_and_may_not_end_and_strangers_see_nothing(
    client: Client, viewer: User, patient: Patient, person: Callable[..., User]
) -> None:
    address = reverse("meetings:reminder_not_needed", args=[venous(patient).pk])
    client.force_login(viewer)
    assert address not in text(client, "/reminders/")
    assert client.post(address, {"reason": "Measured elsewhere"}).status_code == 403
    client.force_login(person("far", "coordinator", centre=None))
    assert "2026-003" not in text(client, "/reminders/")
    assert client.get(address).status_code == 403
    client.force_login(person("rules", "rule_admin"))
    assert client.get("/reminders/").status_code == 403
    assert client.get("/reminders/999/not-needed/").status_code == 404


def test_the_record_shows_open_ones_notes_with_why_and_ended_ones_with_who(
    as_coordinator: Client, patient: Patient, coordinator: User
) -> None:
    add_volumetry(by=coordinator, patient=patient, date=day(-2), flr_ml=420)
    page = text(as_coordinator, reverse("patients:detail", args=[patient.pk]))
    assert "Limit of short chemotherapy" in page
    assert "whether transplantation is under consideration" in page
    assert "1 reminder ended" in page
    assert "Volumetry of " in page
    assert "Joan Farrow" in page


def test_the_home_page_shows_what_is_urgent_ones_own_first(
    client: Client, patient: Patient, oncologist: User, coordinator: User
) -> None:
    services.sync_all_reminders()
    client.force_login(coordinator)
    page = text(client, "/")
    assert "Volumetry after venous deprivation" in page
    assert "Best response reached" not in page
    assert reverse("meetings:reminders") in page
