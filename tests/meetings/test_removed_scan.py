"""A scan that is taken out of the record: the window that it had fulfilled waits again, and somebody is told."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.audit import last_change
from accounts.models import User
from decisions.rulebooks import InForce
from decisions.selectors import latest_assessment
from meetings.digests import clock_line
from meetings.models import Reassessment
from meetings.notices import late_entries
from meetings.reassessment import follow_assessment
from patients.models import Patient, Staging
from patients.services import add_study, remove_row, start_line
from patients.wording import day as day_in_words
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def on_therapy(make_case: Callable[..., Staging], oncologist: User) -> Callable[..., Patient]:
    """A patient with an unresectable liver under a line that began so many days ago."""

    def make(case_id: str, started: int) -> Patient:
        patient = make_case(case_id, UNRESECTABLE, date=day(-started - 5)).patient
        start_line(
            by=oncologist, patient=patient, actual_start=day(-started), regimen="FOLFOX", intent="conversion",
            cycle_length_days=14,
        )  # fmt: skip
        return patient

    return make


def window(patient: Patient) -> Reassessment:
    return Reassessment.objects.get(patient=patient, ended_at__isnull=True)


@pytest.fixture
def scanned(on_therapy: Callable[..., Patient], coordinator: User) -> Patient:
    """A patient whose window was fulfilled by an examination of the record."""
    patient = on_therapy("C-1", 75)
    add_study(by=coordinator, patient=patient, date=day(-5), modality="CT")
    assert window(patient).scan_done_on == day(-5)
    return patient


def test_a_scan_taken_out_of_the_record_puts_the_patient_back_to_waiting_for_it_and_that_is_kept(
    scanned: Patient, coordinator: User
) -> None:
    remove_row(by=coordinator, row=scanned.studies.get())
    row = window(scanned)
    assert (row.scan_done_on, row.removed_scan_on, row.lost_its_scan) == (None, day(-5), True)
    change = last_change(row)
    assert change is not None
    assert "Joan Farrow" in change.words


def test_the_coordinator_is_told_on_the_clock_and_in_the_digest_why_it_waits_again(
    client: Client, scanned: Patient, coordinator: User
) -> None:
    remove_row(by=coordinator, row=scanned.studies.get())
    client.force_login(coordinator)
    for address in ("/reassessments/", "/"):
        assert "was taken out of the record" in client.get(address).content.decode()
    entry = next(iter(late_entries(day(0), InForce())))
    words = f"the scan of {day_in_words(day(-5))} was taken out of the record"
    assert words.replace("\xa0", " ") in clock_line(entry).what
    add_study(by=coordinator, patient=scanned, date=day(-2), modality="MRI")
    assert (window(scanned).scan_done_on, window(scanned).lost_its_scan) == (day(-2), False)
    assert "was taken out of the record" not in client.get("/reassessments/").content.decode()


def test_another_scan_in_the_window_takes_the_place_of_the_one_that_was_taken_out(
    scanned: Patient, coordinator: User
) -> None:
    add_study(by=coordinator, patient=scanned, date=day(-3), modality="MRI")
    remove_row(by=coordinator, row=scanned.studies.get(date=day(-3)))
    assert (window(scanned).scan_done_on, window(scanned).lost_its_scan) == (day(-5), False)


def test_a_scan_taken_out_of_the_record_does_not_come_back_from_what_was_staged_before(
    on_therapy: Callable[..., Patient], make_case: Callable[..., Staging], coordinator: User
) -> None:
    patient = on_therapy("C-1", 75)
    study = add_study(by=coordinator, patient=patient, date=day(-4), modality="CT")
    staging = make_case(
        "C-1", {**UNRESECTABLE, "imaging": {"restaging_date": day(-4).isoformat()}}, date=day(-3)
    )
    remove_row(by=coordinator, row=study)
    assessment = latest_assessment(staging)
    assert assessment is not None
    follow_assessment(assessment)
    assert window(patient).scan_done_on is None


def test_an_examination_that_was_not_the_scan_of_the_window_changes_nothing_when_it_is_taken_out(
    scanned: Patient, coordinator: User
) -> None:
    ultrasound = add_study(by=coordinator, patient=scanned, date=day(-5), modality="CEUS")
    remove_row(by=coordinator, row=ultrasound)
    assert window(scanned).scan_done_on == day(-5)


def test_a_booked_scan_taken_out_of_the_record_is_booked_no_more(
    on_therapy: Callable[..., Patient], coordinator: User
) -> None:
    patient = on_therapy("C-1", 75)
    booked = add_study(by=coordinator, patient=patient, date=day(3), modality="CT", booked=True)
    assert window(patient).scan_booked_on == day(3)
    remove_row(by=coordinator, row=booked)
    assert window(patient).scan_booked_on is None
