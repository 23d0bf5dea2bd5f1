"""Booking and bulk actions as coordinators see and use them."""

import datetime
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from meetings import services
from meetings.models import Meeting, MeetingDay, Reassessment
from patients.models import Staging
from patients.services import start_line
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def weekly(db: None) -> MeetingDay:
    return MeetingDay.objects.create(first_on=day(-56), starts_at=datetime.time(13), place="Room 2")


@pytest.fixture
def rows(make_case: Callable[..., Staging], oncologist: User, weekly: MeetingDay) -> list[Reassessment]:
    """Three patients 50 days into therapy."""
    for case in ("C-1", "C-2", "C-3"):
        start_line(
            by=oncologist, patient=make_case(case, UNRESECTABLE).patient, actual_start=day(-50),
            regimen="FOLFOX", cycle_length_days=14,
        )  # fmt: skip
    return list(Reassessment.objects.order_by("patient__case_id"))


@pytest.fixture
def as_coordinator(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def pair(scan: int, board: int) -> str:
    return f"{day(scan).isoformat()}/{day(board).isoformat()}"


def test_the_page_suggests_days_and_books_the_chosen_pair(
    as_coordinator: Client, rows: list[Reassessment]
) -> None:
    address = reverse("meetings:book", args=[rows[0].pk])
    page = as_coordinator.get(address).content.decode()
    assert "inside both windows" in page
    assert 'name="pair"' in page
    given = {"pair": pair(15, 21), "modality": "MRI", "seen": "||", "place": "Room 3"}
    assert as_coordinator.post(address, given).status_code == 302
    rows[0].refresh_from_db()
    assert rows[0].scan_booked_on == day(15)
    again = as_coordinator.get(address).content.decode()
    assert "Booked now" in again
    assert "Joan Farrow at" in again


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "No days were chosen"),
        ({"pair": "never/ever"}, "never/ever"),
        ({"pair": "other", "modality": "MRI"}, "Nothing to book"),
        ({"pair": "other", "scan_on": "soon", "modality": "MRI"}, "This is no date; allowed: a date as YYYY-MM-DD."),
        ({"pair": pair(15, 21)}, "is not allowed; allowed: CT, MRI"),
        ({"pair": "other", "scan_on": "1999-01-01", "modality": "MRI"}, "1999-01-01 is not allowed; allowed: from"),
        ({"pair": "other", "scan_on": day(3).isoformat(), "board": "m0", "modality": "MRI"}, "m0"),
    ],
)  # fmt: skip
def test_a_wrong_booking_is_shown_again_with_what_is_allowed(
    as_coordinator: Client, rows: list[Reassessment], given: dict[str, str], words: str
) -> None:
    answer = as_coordinator.post(reverse("meetings:book", args=[rows[0].pk]), {"seen": "||", **given})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Meeting.objects.exists()


def test_the_second_coordinator_sees_what_the_first_booked_and_confirms_to_change_it(
    as_coordinator: Client, chair: User, rows: list[Reassessment]
) -> None:
    address = reverse("meetings:book", args=[rows[0].pk])
    services.book(by=chair, reassessment=rows[0], scan_on=day(10), modality="CT", meeting_on=day(14))
    given = {"pair": pair(15, 21), "modality": "MRI", "seen": "||"}
    told = as_coordinator.post(address, given)
    assert told.status_code == 422
    page = told.content.decode()
    assert "Helen Castle at" in page
    assert "Change the booking" in page
    assert f'value="{pair(15, 21)}" checked' in page
    rows[0].refresh_from_db()
    assert rows[0].scan_booked_on == day(10)
    seen = page.split('name="seen" value="')[1].split('"')[0]
    assert as_coordinator.post(address, {**given, "seen": seen}).status_code == 302
    rows[0].refresh_from_db()
    assert rows[0].scan_booked_on == day(15)


def test_several_are_booked_at_once_and_each_is_reported(
    as_coordinator: Client, coordinator: User, chair: User, rows: list[Reassessment]
) -> None:
    address = reverse("meetings:bulk_book")
    keys = [row.pk for row in rows]
    listed = as_coordinator.get(address, {"row": keys}).content.decode()
    assert "3\u00a0patients chosen" in listed
    assert Reassessment.objects.filter(scan_booked_on__isnull=False).count() == 0
    services.book(by=chair, reassessment=rows[1], scan_on=day(10), modality="CT", meeting_on=day(14))
    given = {"row": keys}
    for row in rows:
        given |= {f"pair-{row.pk}": pair(15, 21), f"modality-{row.pk}": "MRI", f"seen-{row.pk}": "||"}
    given[f"pair-{rows[2].pk}"] = "none"
    report = as_coordinator.post(address, given).content.decode()
    assert "1 done, 1 not done, 1 left out" in report
    assert "Helen Castle at" in report
    assert [row.scan_booked_on for row in Reassessment.objects.order_by("patient__case_id")] == [
        day(15), day(10), None,
    ]  # fmt: skip


def test_who_is_booked_already_is_left_alone_unless_somebody_chooses(
    as_coordinator: Client, chair: User, rows: list[Reassessment]
) -> None:
    services.book(by=chair, reassessment=rows[0], scan_on=day(10), modality="CT", meeting_on=day(14))
    page = as_coordinator.get(reverse("meetings:bulk_book"), {"row": rows[0].pk}).content.decode()
    assert f'name="pair-{rows[0].pk}" value="none" checked' in page
    assert "leave as it is booked" in page


def test_several_go_on_one_agenda(as_coordinator: Client, rows: list[Reassessment]) -> None:
    address = reverse("meetings:bulk_agenda")
    assert "Liver board" in as_coordinator.get(address, {"row": rows[0].pk}).content.decode()
    assert as_coordinator.post(address, {"row": rows[0].pk, "board": "someday"}).status_code == 422
    given: dict[str, object] = {"row": [row.pk for row in rows[:2]], "board": day(7).isoformat()}
    given |= {f"seen-{row.pk}": "||" for row in rows}
    assert "2 done, 0 not done" in as_coordinator.post(address, given).content.decode()
    assert Meeting.objects.get().items.count() == 2


def test_postponing_wants_a_reason_and_moves_no_window(
    as_coordinator: Client, rows: list[Reassessment]
) -> None:
    address = reverse("meetings:bulk_postpone")
    empty = as_coordinator.post(address, {"row": rows[0].pk, "to": day(30).isoformat(), "reason": ""})
    assert empty.status_code == 422
    given = {"row": rows[0].pk, "to": day(30).isoformat(), "reason": "Holiday of the patient"}
    assert "1 done" in as_coordinator.post(address, given).content.decode()
    row = Reassessment.objects.get(pk=rows[0].pk)
    assert (row.postponed_to, row.overdue_after) == (day(30), rows[0].overdue_after)
    page = as_coordinator.get("/reassessments/").content.decode()
    assert "Holiday of the patient" in page


def test_a_stopped_therapy_brings_the_case_forward_and_keeps_the_patient(
    as_coordinator: Client, rows: list[Reassessment]
) -> None:
    address = reverse("meetings:bulk_stop")
    given = {"row": rows[0].pk, "ended_on": day(-1).isoformat(), "reason": "Progression"}
    assert "1 done" in as_coordinator.post(address, given).content.decode()
    row = Reassessment.objects.get(pk=rows[0].pk)
    assert (row.ended_at, row.brought_forward_on) == (None, day(0))
    listed = as_coordinator.get("/reassessments/", {"state": "due"}).content.decode()
    assert "Choose C-1" in listed
    assert "brought forward" in listed


def test_nobody_chosen_is_told_and_strangers_are_left_out(
    as_coordinator: Client, person: Callable[..., User], rows: list[Reassessment]
) -> None:
    address = reverse("meetings:bulk_book")
    assert "Nobody was chosen" in as_coordinator.get(address).content.decode()
    odd = as_coordinator.get(address, {"row": ["x", "-1", "9" * 30, "999999"]}).content.decode()
    assert "no longer on the clock, or not yours to see" in odd
    as_coordinator.force_login(person("eve", "coordinator", centre=None))
    page = as_coordinator.get(address, {"row": [row.pk for row in rows]}).content.decode()
    assert "C-1" not in page


def test_a_viewer_gets_none_of_the_pages(client: Client, viewer: User, rows: list[Reassessment]) -> None:
    client.force_login(viewer)
    for name in ("bulk_book", "bulk_agenda", "bulk_postpone", "bulk_stop"):
        assert client.get(reverse(f"meetings:{name}"), {"row": rows[0].pk}).status_code == 403
    assert 'name="row"' not in client.get("/reassessments/").content.decode()
