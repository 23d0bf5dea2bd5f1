"""The page of the board's own figures, as clinicians read it."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Centre, User
from meetings import services
from meetings.models import BoardDecision, ClockCheck, DecisionElement, Meeting, Reassessment
from meetings.upkeep import reconcile
from patients.models import RecordAccess, Staging
from patients.services import start_line
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def missed(make_case: Callable[..., Staging], oncologist: User) -> Reassessment:
    """A patient whose window ran out without a board."""
    staging = make_case("2026-003", UNRESECTABLE, date=day(-130))
    start_line(by=oncologist, patient=staging.patient, actual_start=day(-120), cycle_length_days=14)
    return Reassessment.objects.get()


@pytest.fixture
def decided(
    make_case: Callable[..., Staging], coordinator: User, chair: User, meeting: Meeting
) -> BoardDecision:
    """A decision with two elements, one of them not done."""
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("2026-001"))
    decision = services.record_decision(
        by=chair, item=item, expected_revision=0, outcome="resection",
        elements=[{"kind": "surgery", "detail": "Right hemihepatectomy"}, {"kind": "work_up", "detail": "PET"}],
    )  # fmt: skip
    element = decision.elements.get(kind="surgery")
    services.end_element(
        by=chair, element=element, result="not_done", on=day(0), code="patient", reason="Declined on the ward"
    )
    return decision


def read(client: Client, user: User, address: str = "/registry/", **asked: str) -> str:
    """The page as text, blanks and no-break spaces made one."""
    client.force_login(user)
    answer = client.get(address, asked)
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("\xa0", " "))


def test_the_miss_rate_of_few_windows_is_told_as_numbers(
    client: Client, coordinator: User, missed: Reassessment
) -> None:
    page = read(client, coordinator)
    assert "1 of 1" in page
    assert "miss rate" not in page
    assert "1 missed of 1 window." in page


def test_every_figure_has_its_place_and_its_definition(client: Client, coordinator: User) -> None:
    client.force_login(coordinator)
    page = client.get("/registry/").content.decode()
    for anchor in (
        "windows", "time-to-board", "advice", "carried-out", "put-off", "minutes", "agreement", "clock-check",
    ):  # fmt: skip
        assert f'id="{anchor}"' in page
        assert f'href="#{anchor}"' in page
    assert "on or before its last day, by the date of the meeting" in page


def test_an_empty_board_says_so_in_words(client: Client, coordinator: User) -> None:
    page = read(client, coordinator)
    assert "No window was decided or ran out in this period." in page
    assert "No meeting of this period has decided a case." in page
    assert "No check has run yet." in page


def test_what_became_of_decisions_is_counted_with_the_reasons(
    client: Client, coordinator: User, decided: BoardDecision
) -> None:
    page = read(client, coordinator, last=day(1).isoformat())
    assert "not done 1 of 1 Patient&#x27;s wish 1" in page
    assert "still open 1" in page
    assert "follows the advice 1 of 1" in page
    assert DecisionElement.objects.count() == 2


def test_minutes_a_case_and_the_agreement_of_the_members_come_from_what_happened_in_the_room(
    client: Client,
    coordinator: User,
    chair: User,
    oncologist: User,
    meeting: Meeting,
    make_case: Callable[..., Staging],
) -> None:
    for number, choices in enumerate((("yes", "yes"), ("no", "no"), ("yes", "no"))):
        item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case(f"2026-00{number}"))
        services.show_item(by=chair, meeting=meeting, item=item)
        round = services.open_vote(by=chair, item=item, question="resectable")
        for voter, choice in zip((chair, oncologist), choices, strict=True):
            services.cast_vote(by=voter, round=round, choice=choice)
        services.reveal_vote(by=chair, round=round)
    services.close_meeting(by=chair, meeting=meeting)
    page = read(client, coordinator, last=day(1).isoformat())
    assert "median 1 min" in page
    assert "cases 3" in page
    # Krippendorff's alpha of these six answers: 1 - (n - 1) * disagreement / (n_yes * n_no) = 1 - 5 * 2 / 18 ...
    assert "Resectable 0.44 3 2" in page


def test_a_case_that_was_put_off_is_counted_with_the_reason(
    client: Client, coordinator: User, chair: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("2026-001"))
    services.defer_item(by=chair, item=item, note="No recent scan")
    assert "deferred 1 of 1 No recent scan 1" in read(client, coordinator, last=day(1).isoformat())


def test_the_windows_behind_a_figure_are_listed_with_two_identifiers(
    client: Client, coordinator: User, missed: Reassessment
) -> None:
    page = read(client, coordinator, "/registry/windows/", standing="missed")
    assert "Windows: missed" in page
    assert "2026-003" in page
    assert "no decision" in page
    assert "No window matches." in read(client, coordinator, "/registry/windows/", standing="in_time")


def test_people_of_another_centre_see_neither_the_window_nor_its_count(
    client: Client, person: Callable[..., User], missed: Reassessment
) -> None:
    south = Centre.objects.create(code="south", name="Southwell")
    eve = person("eve", "viewer", centre=south)
    assert "No window was decided or ran out" in read(client, eve)
    assert "2026-003" not in read(client, eve, "/registry/windows/")
    Reassessment.objects.all().delete()
    reconcile(timezone.now())
    page = read(client, eve)
    assert "2026-003" not in page
    assert "1 patient of other centres" in page


def test_who_holds_no_clinical_role_sees_none_of_it(client: Client, person: Callable[..., User]) -> None:
    client.force_login(person("adam", "administrator"))
    for address in ("", "windows/", "figures.csv", "windows.csv"):
        assert client.get(f"/registry/{address}").status_code == 403


def test_a_period_that_cannot_be_is_refused_in_words(client: Client, coordinator: User) -> None:
    client.force_login(coordinator)
    for asked, words in (
        ({"first": "2026-02-30"}, "This is no date; allowed: a date as YYYY-MM-DD."),
        ({"first": "2026-03-01", "last": "2026-02-01"}, "2026-03-01 is not allowed; allowed: a day up to"),
        ({"first": "1990-01-01", "last": "2026-02-01"}, "allowed: at most 10 years before the end"),
        ({"centre": "nowhere"}, "This is no centre of yours"),
    ):
        for address in ("/registry/", "/registry/windows/"):
            answer = client.get(address, asked)
            assert answer.status_code == 422
            assert words in answer.content.decode()


def test_a_chosen_period_leaves_out_what_was_settled_outside_it(
    client: Client, coordinator: User, missed: Reassessment
) -> None:
    last = missed.overdue_after
    inside = read(client, coordinator, first=last.isoformat(), last=last.isoformat())
    assert "1 of 1" in inside
    after = (day(-1)).isoformat()
    assert "No window was decided or ran out" in read(client, coordinator, first=after, last=after)


def test_the_check_names_who_was_missing_and_a_late_check_is_said_to_be_late(
    client: Client, coordinator: User, missed: Reassessment
) -> None:
    Reassessment.objects.all().delete()
    reconcile(timezone.now())
    page = read(client, coordinator)
    assert "somebody was missing" in page
    assert "2026-003 systemic therapy since" in page
    assert "1 , 1 put back" in page
    ClockCheck.objects.update(ran_at=timezone.now() - timezone.timedelta(days=3))
    assert "The scheduler or the worker may be down." in read(client, coordinator)


def test_figures_and_windows_travel_as_csv_under_the_case_number_only(
    client: Client, coordinator: User, missed: Reassessment
) -> None:
    patient = missed.patient
    patient.family_name, patient.hospital_number = "Hartwell", "N-1"
    patient.save()
    client.force_login(coordinator)
    text = client.get("/registry/windows.csv", {"standing": "missed"}).content.decode()
    (row,) = list(csv.DictReader(io.StringIO(text)))
    assert (row["case"], row["standing"]) == ("2026-003", "missed")
    assert "Hartwell" not in text
    assert RecordAccess.objects.filter(patient=patient, path="/registry/windows.csv").exists()
    figures = list(csv.DictReader(io.StringIO(client.get("/registry/figures.csv").content.decode())))
    board = [row for row in figures if row["centre"] == ""]
    assert len(board) == 12
    assert sum(int(row["missed"]) for row in board) == 1
    assert {row["centre"] for row in figures} == {"", "Northgate"}


def test_a_reason_that_a_spreadsheet_would_run_is_quoted(
    client: Client, coordinator: User, missed: Reassessment
) -> None:
    services.mark_not_needed(by=coordinator, reassessment=missed, reason="=HYPERLINK()")
    client.force_login(coordinator)
    text = client.get("/registry/windows.csv").content.decode()
    (row,) = list(csv.DictReader(io.StringIO(text)))
    assert row["reason"] == "'=HYPERLINK()"
