"""Who is there, and what the sources say of who is not: evaluated live, shown and kept, never a block."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Discipline, User
from meetings import services
from meetings.models import AgendaItem, Attendance, BoardDecision, Meeting, RoomEvent
from meetings.quorum import WANTED, fired, quorum_of

NO_ELEMENTS = {"element-TOTAL_FORMS": "0", "element-INITIAL_FORMS": "0"}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.sampled_from(Discipline.values)))
def test_a_notice_stands_exactly_while_one_of_the_seven_is_missing(present: set[str]) -> None:
    rules = [rule for rule, _ in fired(present)]
    missing = [words for code, words in WANTED.items() if code not in present]
    if not missing:
        assert rules == []
    elif "hpb_surgeon" not in present:
        assert rules == ["G-02"]
    else:
        [(rule, text)] = fired(present)
        assert rule == "G-03"
        assert all(words in text for words in missing)


@pytest.mark.django_db
def test_attendance_is_live_and_never_a_frozen_fact(
    coordinator: User, chair: User, oncologist: User, meeting: Meeting
) -> None:
    assert quorum_of(meeting).without_surgeon
    for person in (chair, oncologist):
        services.record_attendance(by=coordinator, meeting=meeting, user=person)
    found = quorum_of(meeting)
    assert not found.without_surgeon
    assert found.present_of_seven == 2
    assert "geneticist" in found.missing
    services.remove_attendance(by=coordinator, meeting=meeting, user=chair)
    assert quorum_of(meeting).notices[0].startswith("No liver surgeon is noted as present.")


@pytest.mark.django_db
def test_lung_metastases_without_a_thoracic_opinion_are_noted_with_who_is_here(
    coordinator: User, person: Callable[..., User], meeting: Meeting
) -> None:
    result = {"rules": {"LUNG-07": "fired"}}
    assert "no thoracic surgeon is noted as present" in quorum_of(meeting, result).notices[-1]
    thoracic = person("tess", "member", discipline="thoracic_surgeon")
    services.record_attendance(by=coordinator, meeting=meeting, user=thoracic)
    assert "a thoracic surgeon is here" in quorum_of(meeting, result).notices[-1]
    assert "thoracic" not in " ".join(quorum_of(meeting, {"rules": {"LUNG-07": "indeterminate"}}).notices)


@pytest.mark.django_db
def test_a_member_says_i_am_here_by_one_key_and_only_in_an_open_meeting(
    client: Client, coordinator: User, oncologist: User, viewer: User, item: AgendaItem
) -> None:
    client.force_login(oncologist)
    room = reverse("meetings:room", args=[item.meeting_id])
    assert 'data-key="h"' in client.get(room).content.decode()
    client.post(reverse("meetings:join", args=[item.meeting_id]))
    client.post(reverse("meetings:join", args=[item.meeting_id]))
    assert Attendance.objects.get().discipline == "medical_oncologist"
    assert 'data-key="h"' not in client.get(room).content.decode()
    with pytest.raises(PermissionDenied):
        services.join_meeting(by=viewer, meeting=item.meeting)
    services.close_meeting(by=coordinator, meeting=item.meeting)
    with pytest.raises(ValidationError, match="was closed by"):
        services.join_meeting(by=coordinator, meeting=item.meeting)


def _decide(client: Client, item: AgendaItem, outcome: str) -> Any:
    address = reverse("meetings:decision", args=[item.meeting_id, item.pk])
    return client.post(address, {"revision": "0", "outcome": outcome, **NO_ELEMENTS}, follow=True)


@pytest.mark.django_db
def test_a_decision_on_resectability_without_a_liver_surgeon_is_warned_of_kept_and_not_blocked(
    client: Client, chair: User, item: AgendaItem
) -> None:
    client.force_login(chair)
    address = reverse("meetings:decision", args=[item.meeting_id, item.pk])
    while_choosing = client.get(address, {"outcome": "resection"}, headers={"HX-Request": "true"})
    assert "No liver surgeon is noted as present" in while_choosing.content.decode()
    page = _decide(client, item, "resection").content.decode()
    assert BoardDecision.objects.get().outcome == "resection"
    event = RoomEvent.objects.get(kind="decided")
    assert [warning["rule"] for warning in event.details["warnings"]] == ["G-02"]
    assert "G-02" in page.split('class="decided"')[1]


@pytest.mark.django_db
@pytest.mark.parametrize(("there", "outcome"), [(True, "resection"), (False, "work_up")])
def test_with_a_surgeon_there_or_another_kind_of_decision_nothing_is_warned_of(
    there: bool, outcome: str, client: Client, chair: User, item: AgendaItem
) -> None:
    if there:
        services.join_meeting(by=chair, meeting=item.meeting)
    client.force_login(chair)
    _decide(client, item, outcome)
    assert RoomEvent.objects.get(kind="decided").details["warnings"] == []
