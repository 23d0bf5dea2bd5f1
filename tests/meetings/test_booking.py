"""Booking the restaging scan and the board in one go, by people who work at the same time."""

import datetime
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils import timezone

from accounts.models import Centre, User
from meetings import services
from meetings.bookings import booked_for, offers_for
from meetings.clock import clock_rows
from meetings.meeting_days import board_days, days_of, public_holidays
from meetings.models import Meeting, MeetingDay, Reassessment
from patients.models import ImagingStudy, Staging
from patients.services import add_study, start_line
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def weekly(db: None) -> MeetingDay:
    """A board every week, from eight weeks ago, on today's weekday."""
    return MeetingDay.objects.create(first_on=day(-56), starts_at=datetime.time(13), place="Room 2")


@pytest.fixture
def on_clock(make_case: Callable[..., Staging], oncologist: User) -> Callable[..., Reassessment]:
    def make(case_id: str, started: int = 50) -> Reassessment:
        staging = make_case(case_id, UNRESECTABLE)
        start_line(
            by=oncologist, patient=staging.patient, actual_start=day(-started), regimen="FOLFOX",
            intent="conversion", cycle_length_days=14,
        )  # fmt: skip
        return Reassessment.objects.get(patient=staging.patient)

    return make


def test_scan_and_board_are_booked_in_one_go(
    coordinator: User, on_clock: Callable[..., Reassessment], weekly: MeetingDay
) -> None:
    row = on_clock("C-1")
    booked = services.book(
        by=coordinator, reassessment=row, scan_on=day(9), modality="MRI", meeting_on=day(14), place="Room 3",
        note="no metal",
    )  # fmt: skip
    row.refresh_from_db()
    meeting = Meeting.objects.get()
    study = ImagingStudy.objects.get(patient=row.patient)
    assert (study.date, study.modality, study.booked, study.report) == (
        day(9), "MRI", True, "Booked: Room 3; no metal",
    )  # fmt: skip
    assert (row.scan_booked_on, row.meeting) == (day(9), meeting)
    assert timezone.localtime(meeting.starts_at).strftime("%H:%M") == "13:00"
    assert (timezone.localdate(meeting.starts_at), meeting.place) == (day(14), "Room 2")
    item = meeting.items.get()
    assert (item.staging.patient, item.reason) == (row.patient, "reassessment")
    assert booked.by == coordinator
    assert "MRI" in booked.words


def test_booking_again_moves_the_scan_and_the_case_and_doubles_nothing(
    coordinator: User, on_clock: Callable[..., Reassessment], weekly: MeetingDay
) -> None:
    row = on_clock("C-1")
    services.book(
        by=coordinator, reassessment=row, scan_on=day(9), modality="MRI", meeting_on=day(14), note="no metal"
    )
    services.book(by=coordinator, reassessment=row, scan_on=day(16), modality="CT", meeting_on=day(21))
    study = ImagingStudy.objects.get(patient=row.patient)
    assert (study.date, study.modality, study.report) == (day(16), "CT", "Booked: no metal")
    first, second = Meeting.objects.order_by("starts_at")
    assert (first.items.count(), second.items.count()) == (0, 1)
    row.refresh_from_db()
    assert row.meeting == second
    # The scan alone moves, and the board stays.
    services.book(by=coordinator, reassessment=row, scan_on=day(17), modality="CT")
    row.refresh_from_db()
    assert (row.scan_booked_on, row.meeting) == (day(17), second)


def test_a_case_put_on_an_agenda_by_hand_stays_there(
    coordinator: User, on_clock: Callable[..., Reassessment], weekly: MeetingDay, meeting: Meeting
) -> None:
    row = on_clock("C-1")
    services.add_to_agenda(by=coordinator, meeting=meeting, staging=row.staging)
    services.book(by=coordinator, reassessment=row, scan_on=day(9), modality="MRI", meeting_on=day(14))
    assert meeting.items.count() == 1


def test_a_scan_that_was_booked_in_the_record_is_the_one_that_is_moved(
    coordinator: User, on_clock: Callable[..., Reassessment]
) -> None:
    row = on_clock("C-1")
    add_study(by=coordinator, patient=row.patient, date=day(4), modality="CT", booked=True)
    row.refresh_from_db()
    services.book(by=coordinator, reassessment=row, scan_on=day(9), modality="MRI")
    assert [study.date for study in row.patient.studies.all()] == [day(9)]


def test_whoever_comes_second_is_told_who_booked_what_and_confirms_to_change_it(
    coordinator: User, chair: User, on_clock: Callable[..., Reassessment], weekly: MeetingDay
) -> None:
    row = on_clock("C-1")
    seen = booked_for(row).token
    services.book(by=chair, reassessment=row, scan_on=day(9), modality="MRI", meeting_on=day(14), seen=seen)
    with pytest.raises(services.BookedMeanwhileError) as told:
        services.book(by=coordinator, reassessment=row, scan_on=day(16), modality="CT", seen=seen)
    assert "Helen Castle at" in str(told.value)
    assert "booked MRI" in str(told.value)
    row.refresh_from_db()
    assert row.scan_booked_on == day(9)
    services.book(
        by=coordinator, reassessment=row, scan_on=day(16), modality="CT", meeting_on=day(21),
        seen=told.value.current.token,
    )  # fmt: skip
    row.refresh_from_db()
    assert row.scan_booked_on == day(16)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"scan_on": day(-3), "modality": "CT"}, "scan_on", "is not allowed; allowed: from"),
        ({"scan_on": day(500), "modality": "CT"}, "scan_on", "is not allowed; allowed: from"),
        ({"scan_on": day(9), "modality": "X-ray"}, "modality", "'X-ray' is not allowed; allowed: CT, MRI"),
        (
            {"scan_on": day(9), "modality": "CT", "meeting_on": day(13)},
            "meeting_on",
            "is no day of the board",
        ),
        ({"scan_on": day(9), "modality": "CT", "meeting_on": day(7)}, "meeting_on", "meets before the scan"),
        ({"scan_on": day(9), "modality": "CT", "note": "x" * 400}, "note", "400 characters"),
        ({}, "scan_on", "Nothing to book"),
    ],
)
def test_what_cannot_be_booked_is_told_in_words_and_nothing_is_half_booked(
    coordinator: User,
    on_clock: Callable[..., Reassessment],
    weekly: MeetingDay,
    given: dict[str, Any],
    field: str,
    words: str,
) -> None:
    row = on_clock("C-1")
    with pytest.raises(ValidationError) as refused:
        services.book(by=coordinator, reassessment=row, **given)
    assert words in refused.value.message_dict[field][0]
    row.refresh_from_db()
    assert (row.scan_booked_on, row.meeting) == (None, None)
    assert not ImagingStudy.objects.exists()
    assert not Meeting.objects.exists()


def test_nobody_books_who_may_not(
    viewer: User, oncologist: User, on_clock: Callable[..., Reassessment], weekly: MeetingDay
) -> None:
    row = on_clock("C-1")
    with pytest.raises(PermissionDenied):
        services.book(by=viewer, reassessment=row, scan_on=day(9), modality="CT")
    with pytest.raises(PermissionDenied):
        services.book(by=oncologist, reassessment=row, scan_on=day(9), modality="CT", meeting_on=day(14))
    services.book(by=oncologist, reassessment=row, scan_on=day(9), modality="CT")


def test_a_window_that_has_ended_or_not_begun_is_not_booked(
    coordinator: User, on_clock: Callable[..., Reassessment]
) -> None:
    row = on_clock("C-1")
    services.mark_not_needed(by=coordinator, reassessment=row, reason="Treated elsewhere")
    with pytest.raises(ValidationError) as refused:
        services.book(by=coordinator, reassessment=row, scan_on=day(9), modality="CT")
    assert "nothing of it changes any more" in refused.value.message_dict["reassessment"][0]


def test_after_the_scan_only_the_board_is_booked(
    coordinator: User, on_clock: Callable[..., Reassessment], weekly: MeetingDay
) -> None:
    row = on_clock("C-1", 80)
    services.record_scan(by=coordinator, reassessment=row, date=day(-1))
    row.refresh_from_db()
    offers = offers_for(row, day(0))
    assert offers.offers
    assert all(offer.suggestion.scan is None for offer in offers.offers)
    with pytest.raises(ValidationError):
        services.book(by=coordinator, reassessment=row, scan_on=day(9), modality="CT")
    services.book(by=coordinator, reassessment=row, meeting_on=day(7))
    row.refresh_from_db()
    assert timezone.localdate(row.meeting.starts_at) == day(7)


def test_whoever_is_taken_off_the_agenda_has_no_board_any_more(
    coordinator: User, on_clock: Callable[..., Reassessment], weekly: MeetingDay
) -> None:
    row = on_clock("C-1")
    services.book(by=coordinator, reassessment=row, scan_on=day(9), modality="MRI", meeting_on=day(14))
    services.remove_from_agenda(by=coordinator, item=Meeting.objects.get().items.get())
    assert [entry.board for entry in clock_rows(coordinator, day(0))] == [None]


def test_the_booked_scan_becomes_the_scan_that_was_done(
    coordinator: User, on_clock: Callable[..., Reassessment]
) -> None:
    row = on_clock("C-1", 80)
    services.book(by=coordinator, reassessment=row, scan_on=day(0), modality="MRI", place="Room 3")
    services.record_scan(by=coordinator, reassessment=row, date=day(-1))
    study = ImagingStudy.objects.get(patient=row.patient)
    assert (study.date, study.modality, study.booked, study.report) == (day(-1), "MRI", False, "")
    row.refresh_from_db()
    assert row.scan_done_on == day(-1)


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_at_once_make_one_meeting(
    coordinator: User, chair: User, on_clock: Callable[..., Reassessment], weekly: MeetingDay
) -> None:
    rows = [on_clock("C-1"), on_clock("C-2")]
    ready = threading.Barrier(2)
    problems: list[BaseException] = []

    def work(by: User, row: Reassessment) -> None:
        try:
            ready.wait(timeout=30)
            services.book(by=by, reassessment=row, scan_on=day(9), modality="CT", meeting_on=day(14))
        except BaseException as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip((coordinator, chair), rows, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert problems == []
    assert Meeting.objects.get().items.count() == 2


# ------------------------------------------------------------------------------------------------ the days
def test_a_planned_meeting_takes_the_place_of_the_regular_one_and_a_closed_one_is_not_offered(
    coordinator: User, chair: User, weekly: MeetingDay, north: Centre
) -> None:
    at = timezone.make_aware(datetime.datetime.combine(day(7), datetime.time(9)))
    planned = services.create_meeting(by=coordinator, title="Moved board", starts_at=at)
    found = board_days(north.pk, day(1), day(21))
    assert [board.on for board in found] == [day(7), day(14), day(21)]
    assert (found[0].meeting, found[0].key) == (planned, f"m{planned.pk}")
    services.open_meeting(by=chair, meeting=planned)
    services.close_meeting(by=chair, meeting=planned)
    assert [board.on for board in board_days(north.pk, day(1), day(21))] == [day(14), day(21)]


def test_the_board_of_another_centre_is_not_offered(north: Centre, weekly: MeetingDay) -> None:
    south = Centre.objects.create(code="south", name="Southwell")
    MeetingDay.objects.create(centre=south, first_on=day(1), starts_at=datetime.time(9))
    assert {board.centre_id for board in board_days(north.pk, day(0), day(30))} == {None}
    assert {board.centre_id for board in board_days(south.pk, day(0), day(30))} == {None, south.pk}


def test_a_fortnightly_board_keeps_its_rhythm_and_its_end() -> None:
    first = datetime.date(2026, 1, 8)
    regular = MeetingDay(
        first_on=first, starts_at=datetime.time(13), every_weeks=2, last_on=datetime.date(2026, 3, 5)
    )
    found = days_of(regular, datetime.date(2026, 2, 1), datetime.date(2026, 12, 31))
    assert found == [datetime.date(2026, 2, 5), datetime.date(2026, 2, 19), datetime.date(2026, 3, 5)]
    assert days_of(regular, datetime.date(2025, 1, 1), first) == [first]


def test_a_regular_board_begins_at_its_hour_in_winter_and_in_summer(
    weekly: MeetingDay, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Rome"
    weekly.first_on = datetime.date(2026, 3, 26)
    weekly.save()
    with timezone.override("Europe/Rome"):
        found = board_days(None, datetime.date(2026, 3, 26), datetime.date(2026, 4, 2))
    assert [board.starts_at.utcoffset() for board in found] == [
        datetime.timedelta(hours=1), datetime.timedelta(hours=2),
    ]  # fmt: skip


def test_holidays_are_those_of_the_region_and_none_without_one(settings: Any) -> None:
    settings.HOLIDAYS = "GB-ENG"
    found = public_holidays(datetime.date(2026, 12, 1), datetime.date(2027, 1, 31))
    assert found[datetime.date(2026, 12, 25)] == "Christmas Day"
    assert datetime.date(2027, 1, 1) in found
    settings.HOLIDAYS = ""
    assert public_holidays(datetime.date(2026, 1, 1), datetime.date(2026, 12, 31)) == {}
