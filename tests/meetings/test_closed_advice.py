"""The advice stays closed until the vote on every page, and a decision that deviates opens it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from decisions.selectors import latest_assessment
from meetings import services
from meetings.models import AdviceLook, AgendaItem, BoardDecision, Meeting, RoomEvent
from meetings.voting import advice_is_open, closed_for, round_state
from patients.models import Staging
from patients.services import start_line
from tests.decisions.rulebooks import drafted
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db
CLASS = 'class="tag is-yes"'
NO_ELEMENTS = {"element-TOTAL_FORMS": "0", "element-INITIAL_FORMS": "0"}


@pytest.fixture
def planned(coordinator: User, make_case: Callable[..., Staging]) -> AgendaItem:
    """A resectable case on the agenda of a meeting to come."""
    meeting = services.create_meeting(
        by=coordinator, title="Next board", starts_at=timezone.now() + timezone.timedelta(days=2)
    )
    return services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("2026-031"))


@pytest.fixture
def difficult(coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]) -> AgendaItem:
    """A case that the advice calls unresectable, on the open meeting's agenda."""
    return services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("C-1", UNRESECTABLE))


def see(client: Client, user: User, name: str, *args: int, **asked: Any) -> str:
    client.force_login(user)
    answer = client.get(reverse(name, args=args), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def typed(**more: str) -> dict[str, str]:
    return {"revision": "0", "outcome": "resection", "shown_outcome": "resection", **NO_ELEMENTS, **more}


def decision(item: AgendaItem) -> str:
    return reverse("meetings:decision", args=[item.meeting_id, item.pk])


# ------------------------------------------------------------------------------- who sees it, and where
def test_home_and_agenda_show_no_class_before_the_vote_and_still_what_is_missing(
    client: Client, coordinator: User, oncologist: User, viewer: User, planned: AgendaItem
) -> None:
    for user in (coordinator, oncologist, viewer):
        for page in (
            see(client, user, "meetings:home"),
            see(client, user, "meetings:detail", planned.meeting_id),
        ):
            assert "after the vote" in page
            assert "resectable</span>" not in page
    services.change_board_settings(
        by=coordinator, centre=None, advice_after_vote=False, confirm_without_discussion=False
    )
    page = see(client, oncologist, "meetings:detail", planned.meeting_id)
    assert "after the vote" not in page
    assert "resectable</span>" in page


def test_how_many_cases_can_be_decided_is_told_without_saying_what_of_any(
    client: Client, coordinator: User, planned: AgendaItem
) -> None:
    assert "1 ready" in see(client, coordinator, "meetings:detail", planned.meeting_id)


def test_the_clock_shows_no_class_of_a_case_that_waits_for_its_vote(
    client: Client, coordinator: User, oncologist: User, make_case: Callable[..., Staging]
) -> None:
    staging = make_case("C-2", UNRESECTABLE, date=day(-5))
    start_line(by=oncologist, patient=staging.patient, actual_start=day(-60), cycle_length_days=14)
    assert "unresectable" in see(client, oncologist, "meetings:clock").lower()
    meeting = services.create_meeting(by=coordinator, title="Next", starts_at=timezone.now())
    services.add_to_agenda(by=coordinator, meeting=meeting, staging=staging)
    assert "unresectable" not in see(client, oncologist, "meetings:clock").lower()


def test_the_case_page_keeps_the_advice_from_those_who_vote_and_shows_it_to_the_coordinator(
    client: Client, coordinator: User, oncologist: User, viewer: User, planned: AgendaItem
) -> None:
    staging = planned.staging
    assert [not closed_for(user, staging) for user in (coordinator, viewer, oncologist)] == [
        True,
        True,
        False,
    ]
    assert "14 definitions of resectability" in see(client, coordinator, "decisions:staging", staging.pk)
    page = see(client, oncologist, "decisions:staging", staging.pk)
    assert "closed until the vote" in page
    assert "the vote of Next board" in page
    for leak in ("14 definitions", "verdict", "What would change", "assessment.json"):
        assert leak not in page
    part = client.get(reverse("decisions:assessment", args=[staging.pk]), headers={"HX-Request": "true"})
    assert "14 definitions" not in part.content.decode()
    refused = client.get(reverse("decisions:assessment_json", args=[staging.pk]))
    assert refused.status_code == 403
    stored = latest_assessment(staging)
    assert stored is not None
    by_program = client.get(f"/api/assessments/{stored.pk}/")
    assert by_program.status_code == 403
    assert "waits for the vote" in by_program.content.decode()


def test_a_member_opens_the_advice_for_themselves_and_that_is_recorded(
    client: Client, chair: User, oncologist: User, planned: AgendaItem
) -> None:
    staging = planned.staging
    client.force_login(oncologist)
    address = reverse("meetings:look_at_advice", args=[staging.pk])
    assert client.get(address).status_code == 405
    for _ in range(2):
        assert client.post(address).status_code == 302
    look = AdviceLook.objects.get()
    assert (look.item, look.by) == (planned, oncologist)
    assert "14 definitions of resectability" in see(client, oncologist, "decisions:staging", staging.pk)
    assert closed_for(chair, staging)
    assert not advice_is_open(planned), "the room stays as it was"


def test_the_reveal_tells_how_many_had_read_the_advice_and_names_nobody(
    client: Client, chair: User, coordinator: User, oncologist: User, planned: AgendaItem
) -> None:
    services.look_at_advice(by=oncologist, staging=planned.staging)
    round = services.open_vote(by=chair, item=planned, question="resectable", before_meeting=True)
    for voter in (chair, oncologist):
        services.cast_vote(by=voter, round=round, choice="yes")
    services.open_meeting(by=coordinator, meeting=planned.meeting)
    assert round_state(round, chair).had_read == 0, "before the reveal nothing is told"
    round = services.reveal_vote(by=chair, round=round)
    assert round_state(round, chair).had_read == 1
    page = see(client, chair, "meetings:room", planned.meeting_id, item=planned.pk)
    assert "1 of them had read the advice before" in page


def test_the_case_page_opens_with_the_reveal_with_the_decision_and_when_the_case_is_off_the_agenda(
    chair: User, coordinator: User, oncologist: User, item: AgendaItem, planned: AgendaItem
) -> None:
    assert closed_for(oncologist, item.staging)
    round = services.open_vote(by=chair, item=item, question="resectable")
    services.cast_vote(by=oncologist, round=round, choice="yes")
    assert closed_for(oncologist, item.staging), "a vote that is in is not a reveal"
    services.reveal_vote(by=chair, round=round)
    assert not closed_for(oncologist, item.staging)
    assert closed_for(oncologist, planned.staging)
    services.remove_from_agenda(by=coordinator, item=planned)
    assert not closed_for(oncologist, planned.staging)


def test_who_may_not_see_the_patient_does_not_ask_for_the_advice(
    person: Callable[..., User], planned: AgendaItem
) -> None:
    with pytest.raises(PermissionDenied):
        services.look_at_advice(by=person("zoe", "member", centre=None), staging=planned.staging)


# --------------------------------------------------------------------------------- deciding while it is closed
def test_a_decision_without_any_vote_that_follows_is_recorded_at_once_and_opens_the_advice(
    chair: User, item: AgendaItem
) -> None:
    recorded = services.record_decision(by=chair, item=item, expected_revision=0, outcome="resection")
    assert recorded.comparison == "follows"
    item.refresh_from_db()
    assert advice_is_open(item)


def test_nothing_of_the_advice_is_said_while_an_outcome_is_chosen_and_the_advice_is_closed(
    client: Client, chair: User, difficult: AgendaItem
) -> None:
    client.force_login(chair)
    look = reverse("meetings:decision-look", args=[difficult.meeting_id, difficult.pk])
    for outcome in ("resection", "conversion", "work_up"):
        page = client.post(look, typed(outcome=outcome), headers={"HX-Request": "true"}).content.decode()
        assert "The advice is closed" in page
        for leak in ("deviates from", "could change the answer", "Reason for deviating", "Provisional by"):
            assert leak not in page
    # What a deferred case waits for is offered by name, not by how useful it would be.
    waits = page.split('name="element-0-missing_fact"')[1].split("</select>")[0]
    labels = [part.split("<")[0] for part in waits.split('">')[1:]][1:]
    assert labels == sorted(labels)
    assert "selected" not in waits.replace('value="" selected', "")


def test_a_decision_that_deviates_is_asked_why_and_only_then_is_the_advice_open(
    client: Client, chair: User, difficult: AgendaItem
) -> None:
    client.force_login(chair)
    answer = client.post(decision(difficult), typed(rationale="Outflow by graft.", advice_closed="1"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This outcome deviates from the advice" in page
    assert "Outflow by graft." in page
    assert "14 definitions of resectability" in page, "the advice is open by now"
    assert not BoardDecision.objects.exists()
    event = RoomEvent.objects.get(item=difficult, kind="advice", details__opened=True)
    assert (event.by, event.details["deciding"]) == (chair, True)
    saved = client.post(decision(difficult), typed(deviation_reason="technical"))
    assert saved.status_code == 302
    assert BoardDecision.objects.get().deviation_reason == "technical"


def test_a_decision_with_another_mistake_opens_nothing(
    client: Client, chair: User, difficult: AgendaItem
) -> None:
    client.force_login(chair)
    rows = {"element-TOTAL_FORMS": "1", "element-0-kind": "systemic", "element-0-detail": "FOLFOX"}
    wrong = {**rows, "element-0-cycle_length_days": "99", "advice_closed": "1"}
    answer = client.post(decision(difficult), typed(**wrong))
    assert answer.status_code == 422
    assert "deviates from the advice" not in answer.content.decode()
    assert not advice_is_open(difficult)
    with pytest.raises(ValidationError):
        services.record_decision(by=chair, item=difficult, expected_revision=0, outcome="whim")
    assert not RoomEvent.objects.filter(kind="advice", details__opened=True).exists()


def test_a_box_that_nobody_could_see_does_not_say_that_nothing_is_open(
    client: Client, chair: User, coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    blocks = {"liver": {"lesion_count": 2, "distribution": "unilobar"}, "ehd": {"present": False}}
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("C-3", blocks))
    client.force_login(chair)
    client.post(decision(item), typed(advice_closed="1"))
    assert BoardDecision.objects.get().provisional, "facts are missing that could change the answer"


# ------------------------------------------------------------------------------------------ trouble in the room
def test_a_chair_whose_browser_was_closed_comes_back_to_the_case_its_votes_and_its_decision(
    client: Client, chair: User, oncologist: User, coordinator: User, meeting: Meeting, item: AgendaItem
) -> None:
    services.show_item(by=chair, meeting=meeting, item=item)
    round = services.open_vote(by=chair, item=item, question="resectable")
    services.cast_vote(by=chair, round=round, choice="yes")
    room = reverse("meetings:room", args=[meeting.pk])
    client.force_login(chair)
    assert "2026-001" in client.get(room).content.decode()
    client.logout()
    # Meanwhile the others go on: the meeting is not the chair's browser.
    services.cast_vote(by=oncologist, round=round, choice="yes")
    elsewhere = Client()
    elsewhere.force_login(chair)
    page = elsewhere.get(room).content.decode()
    assert "Case 2026-001" in page
    assert "2 of 2" in page
    services.reveal_vote(by=chair, round=round)
    recorded = services.record_decision(by=chair, item=item, expected_revision=0, outcome="resection")
    again = Client()
    again.force_login(chair)
    assert f'name="revision" value="{recorded.revision}"' in again.get(room).content.decode()


def test_closed_advice_is_closed_under_every_rulebook_and_to_a_replay(
    client: Client, oncologist: User, coordinator: User, planned: AgendaItem
) -> None:
    for asked in ({"rulebook": "1"}, {"as_of": str(day(0))}):
        page = see(client, oncologist, "decisions:staging", planned.staging_id, **asked)
        assert "closed until the vote" in page
        for leak in ("14 definitions", "not the current advice", "Under another rulebook"):
            assert leak not in page
    address = reverse("decisions:replay", args=[planned.staging_id])
    assert client.get(address).status_code == 403
    assert "Run again" not in page
    client.force_login(coordinator)
    assert client.get(address).status_code == 200


def test_a_case_on_both_sides_of_a_draft_is_closed_as_well(
    client: Client, oncologist: User, coordinator: User, person: Callable[..., User], planned: AgendaItem
) -> None:
    version = planned.staging.versions.get()
    draft = drafted(person("tomas", "rule_admin"), LT_AGE_LT=65)
    address = reverse("decisions:draft_case", args=[draft.pk, version.pk])
    client.force_login(oncologist)
    assert client.get(address).status_code == 403
    client.force_login(coordinator)
    assert client.get(address).status_code == 200
