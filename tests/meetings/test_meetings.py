"""Meetings and their agendas: planned, ordered, opened, closed; nothing is lost when one closes."""

import datetime
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import Centre, User
from meetings import services
from meetings.models import AgendaItem, Meeting
from meetings.proposals import proposals_for
from meetings.selectors import agenda_of, next_meeting, visible_meetings
from patients.models import Staging

pytestmark = pytest.mark.django_db


def refused(error: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    return error.value.message_dict


def order(meeting: Meeting) -> list[str]:
    return [item.staging.patient.case_id for item in agenda_of(meeting)]


def test_a_meeting_of_the_past_or_of_a_far_future_is_refused_with_what_is_allowed(coordinator: User) -> None:
    for days in (-1, 400):
        with pytest.raises(ValidationError) as error:
            services.create_meeting(
                by=coordinator, title="Board", starts_at=timezone.now() + datetime.timedelta(days=days)
            )
        assert "allowed: from today" in refused(error)["starts_at"][0]
    assert not Meeting.objects.exists()


def test_a_viewer_plans_nothing(viewer: User) -> None:
    with pytest.raises(PermissionDenied):
        services.create_meeting(by=viewer, title="Board", starts_at=timezone.now())


def test_a_meeting_is_only_for_a_centre_of_ones_own(coordinator: User) -> None:
    elsewhere = Centre.objects.create(code="south", name="Southwell")
    with pytest.raises(ValidationError) as error:
        services.create_meeting(by=coordinator, title="Board", starts_at=timezone.now(), centre=elsewhere)
    assert "centre" in refused(error)


def test_cases_keep_the_order_that_people_gave_them(
    coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    items = [
        services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case(f"C-{n}"))
        for n in (1, 2, 3)
    ]
    services.move_item(by=coordinator, item=items[2], position=1)
    assert order(meeting) == ["C-3", "C-1", "C-2"]
    services.move_item(by=coordinator, item=items[2], position=2)
    assert order(meeting) == ["C-1", "C-3", "C-2"]
    with pytest.raises(ValidationError) as error:
        services.move_item(by=coordinator, item=items[0], position=4)
    assert "allowed: 1 to 3" in refused(error)["position"][0]


def test_a_case_is_on_an_agenda_only_once(coordinator: User, item: AgendaItem) -> None:
    with pytest.raises(ValidationError) as error:
        services.add_to_agenda(by=coordinator, meeting=item.meeting, staging=item.staging)
    assert "on this agenda already" in refused(error)["staging"][0]


def test_a_withdrawn_case_says_why_and_can_come_back(coordinator: User, item: AgendaItem) -> None:
    with pytest.raises(ValidationError):
        services.remove_from_agenda(by=coordinator, item=item)
    services.remove_from_agenda(by=coordinator, item=item, note="Scan not read yet")
    item.refresh_from_db()
    assert (item.state, item.state_note) == ("withdrawn", "Scan not read yet")
    services.add_to_agenda(by=coordinator, meeting=item.meeting, staging=item.staging)
    item.refresh_from_db()
    assert item.state == "waiting"


def test_before_the_meeting_opens_a_case_is_simply_taken_off(
    coordinator: User, make_case: Callable[..., Staging]
) -> None:
    planned = services.create_meeting(by=coordinator, title="Board", starts_at=timezone.now())
    first = services.add_to_agenda(by=coordinator, meeting=planned, staging=make_case("C-1"))
    services.add_to_agenda(by=coordinator, meeting=planned, staging=make_case("C-2"))
    services.remove_from_agenda(by=coordinator, item=first)
    assert [(item.position, item.staging.patient.case_id) for item in agenda_of(planned)] == [(1, "C-2")]


def test_closing_defers_the_cases_that_waited_and_twice_changes_nothing(
    coordinator: User, item: AgendaItem
) -> None:
    closed = services.close_meeting(by=coordinator, meeting=item.meeting)
    again = services.close_meeting(by=coordinator, meeting=item.meeting)
    item.refresh_from_db()
    assert item.state == "deferred"
    assert "Not discussed" in item.state_note
    assert again.closed_at == closed.closed_at


def test_a_closed_meeting_refuses_every_change_and_says_who_closed_it(
    coordinator: User, item: AgendaItem, make_case: Callable[..., Staging]
) -> None:
    meeting = services.close_meeting(by=coordinator, meeting=item.meeting)
    other = make_case("2026-002")
    changes: list[Callable[[], object]] = [
        lambda: services.add_to_agenda(by=coordinator, meeting=meeting, staging=other),
        lambda: services.move_item(by=coordinator, item=item, position=1),
        lambda: services.remove_from_agenda(by=coordinator, item=item, note="why"),
        lambda: services.defer_item(by=coordinator, item=item, note="why"),
        lambda: services.record_attendance(by=coordinator, meeting=meeting, user=coordinator),
        lambda: services.show_item(by=coordinator, meeting=meeting, item=item),
        lambda: services.open_meeting(by=coordinator, meeting=meeting),
    ]
    for change in changes:
        with pytest.raises(ValidationError) as error:
            change()
        assert "closed by Joan Farrow" in refused(error)["meeting"][0]


def test_a_deferred_case_is_proposed_again_and_a_decided_one_is_not(
    coordinator: User, chair: User, item: AgendaItem, make_case: Callable[..., Staging]
) -> None:
    decided = services.add_to_agenda(by=coordinator, meeting=item.meeting, staging=make_case("C-9"))
    services.record_decision(by=chair, item=decided, expected_revision=0, outcome="resection")
    services.close_meeting(by=coordinator, meeting=item.meeting)
    following = services.create_meeting(by=coordinator, title="Next", starts_at=timezone.now())
    assert [one.staging.pk for one in proposals_for(coordinator, following).open] == [item.staging_id]


def test_attendance_is_kept_by_discipline_and_a_second_entry_corrects_it(
    coordinator: User, chair: User, meeting: Meeting
) -> None:
    services.record_attendance(by=coordinator, meeting=meeting, user=chair)
    services.record_attendance(by=coordinator, meeting=meeting, user=chair, discipline="transplant_surgeon")
    assert [row.discipline for row in meeting.attendances.all()] == ["transplant_surgeon"]
    with pytest.raises(ValidationError) as error:
        services.record_attendance(by=coordinator, meeting=meeting, user=chair, discipline="chef")
    assert "hpb_surgeon" in refused(error)["discipline"][0]


def test_people_see_the_meetings_of_their_centres_and_of_all(
    coordinator: User, meeting: Meeting, person: Callable[..., User], north: Centre
) -> None:
    own = services.create_meeting(by=coordinator, title="Own", starts_at=timezone.now(), centre=north)
    stranger = person("eve", "member", centre=None)
    assert list(visible_meetings(stranger)) == [meeting]
    assert set(visible_meetings(coordinator)) == {meeting, own}
    assert next_meeting(coordinator, timezone.now()) == meeting
