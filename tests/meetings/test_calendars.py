"""Calendars that people subscribe to: secret, without names, and right on every day of the year."""

import datetime
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import Centre, User
from meetings import services
from meetings.calendars import feed_calendar, hashed, meeting_calendar
from meetings.models import CalendarFeed, Meeting, Reassessment
from patients.models import ImagingStudy, Staging
from patients.services import start_line, update_patient
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(make_case: Callable[..., Staging], coordinator: User, oncologist: User) -> Reassessment:
    """A patient 70 days into therapy, with a name that must not leave the building."""
    staging = make_case("2026-011", UNRESECTABLE)
    update_patient(by=coordinator, patient=staging.patient, family_name="Novotna", given_name="Petra")
    start_line(
        by=oncologist, patient=staging.patient, actual_start=day(-70), regimen="FOLFOX", cycle_length_days=14
    )
    return Reassessment.objects.get()


def events(feed: CalendarFeed | bytes) -> dict[str, Any]:
    """The calendar read again, by UID."""
    content = feed if isinstance(feed, bytes) else feed_calendar(feed, timezone.now())
    found = icalendar.Calendar.from_ical(content)
    return {str(event["uid"]): event for event in found.walk("VEVENT")}


def test_a_calendar_is_read_without_signing_in_until_it_is_revoked(
    client: Client, coordinator: User, row: Reassessment
) -> None:
    client.force_login(coordinator)
    page = client.post("/calendars/", {"scope": "own"}).content.decode()
    address = page.split('value="http://testserver')[1].split('"')[0]
    feed = CalendarFeed.objects.get()
    secret = address.removeprefix("/calendar/").removesuffix(".ics")
    assert feed.token_hash == hashed(secret)
    assert secret not in client.get("/calendars/").content.decode()

    stranger = Client()
    answer = stranger.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    assert icalendar.Calendar.from_ical(answer.content)["version"] == "2.0"
    feed.refresh_from_db()
    assert feed.last_read_at is not None
    assert stranger.get(address.replace(secret, secret[:-1] + "~")).status_code == 404

    client.post(f"/calendars/{feed.pk}/revoke/")
    assert stranger.get(address).status_code == 404
    assert "revoked" in client.get("/calendars/").content.decode()


def test_a_calendar_ends_with_the_account_and_belongs_to_its_owner(
    client: Client, coordinator: User, chair: User
) -> None:
    feed, secret = services.make_feed(by=coordinator, scope="board")
    with pytest.raises(PermissionDenied):
        services.revoke_feed(by=chair, feed=feed)
    client.force_login(chair)
    assert client.post(f"/calendars/{feed.pk}/revoke/").status_code == 404
    coordinator.is_active = False
    coordinator.save()
    assert client.get(f"/calendar/{secret}.ics").status_code == 404


def test_what_is_no_calendar_is_told(client: Client, coordinator: User) -> None:
    with pytest.raises(ValidationError) as refused:
        services.make_feed(by=coordinator, scope="everything")
    assert refused.value.message_dict["scope"] == ["'everything' is not allowed; allowed: own, board."]
    client.force_login(coordinator)
    assert client.post("/calendars/", {"scope": ""}).status_code == 422


def test_scans_are_whole_days_and_carry_case_numbers_but_no_names(
    coordinator: User, row: Reassessment, meeting: Meeting
) -> None:
    services.book(by=coordinator, reassessment=row, scan_on=day(4), modality="CT")
    services.add_to_agenda(by=coordinator, meeting=meeting, staging=row.staging)
    feed, _ = services.make_feed(by=coordinator, scope="board")
    content = feed_calendar(feed, timezone.now())
    assert b"Novotna" not in content
    assert b"Petra" not in content
    found = events(content)
    scan = found[f"scan-{row.pk}@crlm-board"]
    assert (scan["dtstart"].dt, scan["dtend"].dt) == (day(4), day(5))
    assert scan["summary"] == "Restaging scan 2026-011"
    assert (scan["status"], int(scan["sequence"])) == ("CONFIRMED", 0)
    assert "2026-011" in found[f"meeting-{meeting.pk}@crlm-board"]["description"]


def test_a_moved_scan_keeps_its_uid_and_counts_up_and_one_called_off_says_so(
    coordinator: User, row: Reassessment
) -> None:
    feed, _ = services.make_feed(by=coordinator, scope="own")
    uid = f"scan-{row.pk}@crlm-board"
    services.book(by=coordinator, reassessment=row, scan_on=day(4), modality="CT")
    first = events(feed)[uid]
    services.book(by=coordinator, reassessment=row, scan_on=day(9), modality="CT")
    moved = events(feed)[uid]
    assert moved["dtstart"].dt == day(9)
    assert int(moved["sequence"]) == int(first["sequence"]) + 1
    assert moved["last-modified"].dt >= first["last-modified"].dt
    assert events(feed)[uid] == moved

    services.mark_not_needed(by=coordinator, reassessment=row, reason="Treated elsewhere")
    off = events(feed)[uid]
    assert (off["status"], off["dtstart"].dt) == ("CANCELLED", day(9))
    assert int(off["sequence"]) == int(moved["sequence"]) + 1


def test_a_booking_that_was_taken_back_is_cancelled(coordinator: User, row: Reassessment) -> None:
    services.book(by=coordinator, reassessment=row, scan_on=day(4), modality="CT")
    ImagingStudy.objects.all().delete()
    Reassessment.objects.update(scan_booked_on=None)
    feed, _ = services.make_feed(by=coordinator, scope="own")
    off = events(feed)[f"scan-{row.pk}@crlm-board"]
    assert (off["status"], off["dtstart"].dt) == ("CANCELLED", day(4))


def test_a_scan_that_was_made_is_not_called_off_when_the_window_ends(
    coordinator: User, row: Reassessment
) -> None:
    services.book(by=coordinator, reassessment=row, scan_on=day(0), modality="CT")
    row.refresh_from_db()
    services.record_scan(by=coordinator, reassessment=row, date=day(0))
    services.mark_not_needed(by=coordinator, reassessment=row, reason="Decided by telephone")
    feed, _ = services.make_feed(by=coordinator, scope="own")
    assert events(feed)[f"scan-{row.pk}@crlm-board"]["status"] == "CONFIRMED"


def test_a_meeting_that_is_gone_is_cancelled_and_a_moved_one_counts_up(coordinator: User) -> None:
    at = timezone.now() + datetime.timedelta(days=7)
    meeting = services.create_meeting(by=coordinator, title="Liver board", starts_at=at, place="Room 2")
    feed, _ = services.make_feed(by=coordinator, scope="board")
    uid = f"meeting-{meeting.pk}@crlm-board"
    assert int(events(feed)[uid]["sequence"]) == 0
    later = at + datetime.timedelta(days=1)
    services.update_meeting(
        by=coordinator, meeting=meeting, title="Liver board", starts_at=later, place="Room 2"
    )
    moved = events(feed)[uid]
    assert (moved["dtstart"].dt, int(moved["sequence"])) == (later.replace(microsecond=0), 1)
    meeting.delete()
    gone = events(feed)[uid]
    assert (gone["status"], int(gone["sequence"])) == ("CANCELLED", 2)


def test_nobody_reads_of_a_centre_whose_patients_they_do_not_see(
    coordinator: User, person: Callable[..., User], row: Reassessment
) -> None:
    services.book(by=coordinator, reassessment=row, scan_on=day(4), modality="CT")
    south = Centre.objects.create(code="south", name="Southwell")
    other = person("sue", "coordinator", centre=south)
    feed, _ = services.make_feed(by=other, scope="board")
    assert events(feed) == {}


def test_ones_own_calendar_holds_ones_own_patients(
    coordinator: User, oncologist: User, row: Reassessment
) -> None:
    services.book(by=coordinator, reassessment=row, scan_on=day(4), modality="CT")
    feed, _ = services.make_feed(by=oncologist, scope="own")
    assert events(feed) == {}
    row.patient.oncologist = oncologist
    row.patient.save()
    assert list(events(feed)) == [f"scan-{row.pk}@crlm-board"]


@pytest.mark.parametrize(
    ("on", "offset"),
    [
        (datetime.date(2026, 3, 28), 1),
        (datetime.date(2026, 3, 29), 2),
        (datetime.date(2026, 10, 24), 2),
        (datetime.date(2026, 10, 25), 1),
    ],
)
def test_a_meeting_begins_at_its_hour_on_the_days_the_clocks_change(
    coordinator: User, settings: Any, on: datetime.date, offset: int
) -> None:
    settings.TIME_ZONE = "Europe/Rome"
    zone = ZoneInfo("Europe/Rome")
    with time_machine.travel(datetime.datetime(2026, 3, 1, tzinfo=zone)), timezone.override(zone):
        at = datetime.datetime.combine(on, datetime.time(13), tzinfo=zone)
        meeting = services.create_meeting(by=coordinator, title="Liver board", starts_at=at)
        found = icalendar.Calendar.from_ical(meeting_calendar(coordinator, meeting))
    event = found.walk("VEVENT")[0]
    start, end = event["dtstart"].dt, event["dtend"].dt
    assert (start.hour, start.utcoffset()) == (13, datetime.timedelta(hours=offset))
    assert end - start == datetime.timedelta(hours=1)
    assert event["dtstart"].params["TZID"] == "Europe/Rome"
    zones = found.walk("VTIMEZONE")
    assert [str(item["tzid"]) for item in zones] == ["Europe/Rome"]


def test_single_appointments_are_files_for_those_who_may_see_the_patient(
    client: Client, coordinator: User, person: Callable[..., User], row: Reassessment, meeting: Meeting
) -> None:
    assert client.get(f"/reassessments/{row.pk}/scan.ics").status_code == 302
    client.force_login(coordinator)
    assert client.get(f"/reassessments/{row.pk}/scan.ics").status_code == 404
    services.book(by=coordinator, reassessment=row, scan_on=day(4), modality="CT")
    scan = client.get(f"/reassessments/{row.pk}/scan.ics")
    assert list(events(scan.content)) == [f"scan-{row.pk}@crlm-board"]
    board = client.get(f"/meetings/{meeting.pk}/meeting.ics")
    assert list(events(board.content)) == [f"meeting-{meeting.pk}@crlm-board"]
    client.force_login(person("eve", "coordinator", centre=None))
    assert client.get(f"/reassessments/{row.pk}/scan.ics").status_code == 403
