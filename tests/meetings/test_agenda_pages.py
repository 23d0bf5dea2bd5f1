"""Home, meetings and the agenda, as their users see them."""

import datetime
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from meetings import services
from meetings.models import AgendaItem, Meeting
from patients.models import Staging
from patients.services import start_line
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_coordinator(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def text(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return page.content.decode()


def test_home_shows_the_next_meeting_what_is_due_and_what_is_on_no_agenda(
    as_coordinator: Client, item: AgendaItem, make_case: Callable[..., Staging], oncologist: User
) -> None:
    waiting = make_case("2026-077", UNRESECTABLE)
    start_line(by=oncologist, patient=waiting.patient, actual_start=day(-100), regimen="FOLFOX")
    page = text(as_coordinator, "/")
    assert "Next meeting: Liver board" in page
    assert "no scan booked" in page
    assert "Waiting for a board" in page


def test_home_is_calm_when_nothing_waits_and_for_roles_without_patients(
    as_coordinator: Client, person: Callable[..., User]
) -> None:
    assert "Nobody is due." in text(as_coordinator, "/")
    as_coordinator.force_login(person("rule", "rule_admin", centre=None))
    assert "hold no patients" in text(as_coordinator, "/")


def test_a_meeting_is_planned_and_a_day_in_the_past_is_told_with_everything_typed_kept(
    as_coordinator: Client,
) -> None:
    past = {"title": "Extra board", "starts_at": "2001-02-03T09:00", "place": "Room 9"}
    refused = as_coordinator.post(reverse("meetings:new"), past)
    assert refused.status_code == 422
    assert "allowed: from today" in refused.content.decode()
    assert "Room 9" in refused.content.decode()
    soon = (timezone.localtime() + datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    done = as_coordinator.post(reverse("meetings:new"), {**past, "starts_at": soon})
    assert done.status_code == 302
    assert Meeting.objects.get().title == "Extra board"
    assert "Extra board" in text(as_coordinator, reverse("meetings:list"))
    assert (
        as_coordinator.post(reverse("meetings:new"), {"title": "X", "starts_at": "soon"}).status_code == 422
    )


def test_a_case_is_added_by_its_number_and_a_wrong_number_is_told(
    as_coordinator: Client, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    make_case("2026-050")
    add = reverse("meetings:add", args=[meeting.pk])
    assert (
        "There is no case &#x27;nope&#x27;"
        in as_coordinator.post(add, {"case": "nope"}, follow=True).content.decode()
    )
    assert "2026-050" in as_coordinator.post(add, {"case": "2026-050"}, follow=True).content.decode()
    again = as_coordinator.post(add, {"case": "2026-050"}, follow=True).content.decode()
    assert "on this agenda already" in again
    assert meeting.items.count() == 1


def test_cases_move_and_come_off_and_a_bad_place_is_told(
    as_coordinator: Client, coordinator: User, item: AgendaItem, make_case: Callable[..., Staging]
) -> None:
    second = services.add_to_agenda(by=coordinator, meeting=item.meeting, staging=make_case("2026-002"))
    move = reverse("meetings:move", args=[item.meeting_id, second.pk])
    as_coordinator.post(move, {"position": "1"})
    second.refresh_from_db()
    assert second.position == 1
    assert "allowed: 1 to 2" in as_coordinator.post(move, {"position": "9"}, follow=True).content.decode()
    remove = reverse("meetings:remove", args=[item.meeting_id, second.pk])
    assert "A reason is needed" in as_coordinator.post(remove, {}, follow=True).content.decode()
    as_coordinator.post(remove, {"note": "Scan missing"})
    second.refresh_from_db()
    assert second.state == "withdrawn"


def test_people_are_noted_as_there_and_the_missing_liver_surgeon_is_named(
    as_coordinator: Client, chair: User, meeting: Meeting
) -> None:
    detail = reverse("meetings:detail", args=[meeting.pk])
    assert "No liver surgeon is noted as present" in text(as_coordinator, detail)
    note = reverse("meetings:attendance", args=[meeting.pk])
    as_coordinator.post(note, {"user": chair.pk, "present": "yes"})
    assert "No liver surgeon" not in text(as_coordinator, detail)
    as_coordinator.post(note, {"user": chair.pk, "present": "no"})
    assert not meeting.attendances.exists()
    assert "A person is needed" in as_coordinator.post(note, {}, follow=True).content.decode()


def test_a_meeting_opens_into_the_room_and_closes_into_a_read_only_agenda(
    as_coordinator: Client, coordinator: User, make_case: Callable[..., Staging]
) -> None:
    planned = services.create_meeting(by=coordinator, title="Board", starts_at=timezone.now())
    services.add_to_agenda(by=coordinator, meeting=planned, staging=make_case("2026-002"))
    opened = as_coordinator.post(reverse("meetings:open", args=[planned.pk]))
    assert opened.headers["Location"] == reverse("meetings:room", args=[planned.pk])
    closed = as_coordinator.post(reverse("meetings:close", args=[planned.pk]), follow=True).content.decode()
    assert "The meeting is closed." in closed
    assert "Take off" not in closed


def test_a_viewer_reads_the_agenda_and_changes_nothing(
    client: Client, viewer: User, item: AgendaItem
) -> None:
    client.force_login(viewer)
    assert "2026-001" in text(client, reverse("meetings:detail", args=[item.meeting_id]))
    for name in ("open", "close", "add"):
        assert client.post(
            reverse(f"meetings:{name}", args=[item.meeting_id]), {"staging": 1}
        ).status_code in (403, 404)
    assert client.get(reverse("meetings:new")).status_code == 403


def test_nobody_sees_anything_without_signing_in(client: Client, item: AgendaItem) -> None:
    for name in ("detail", "room", "wall"):
        answer = client.get(reverse(f"meetings:{name}", args=[item.meeting_id]))
        assert answer.status_code == 302
        assert "/accounts/login/" in answer.headers["Location"]
