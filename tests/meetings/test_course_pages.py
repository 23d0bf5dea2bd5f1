"""The small pages of the clock where therapy does not run as planned, and the cycles of the line."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from meetings import services
from meetings.models import Reassessment
from patients.models import Staging
from patients.services import start_line
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(make_case: Callable[..., Staging], oncologist: User) -> Reassessment:
    """A patient 50 days into conversion therapy."""
    staging = make_case("2026-003", UNRESECTABLE)
    start_line(
        by=oncologist, patient=staging.patient, actual_start=day(-50), regimen="FOLFOX", cycle_length_days=14,
    )  # fmt: skip
    return Reassessment.objects.get()


def address(name: str, row: Reassessment) -> str:
    return reverse(f"meetings:{name}", args=[row.pk])


def post(client: Client, name: str, row: Reassessment, **data: Any) -> Any:
    page = client.get(address(name, row))
    return client.post(address(name, row), {"seen": page.context["seen"], **data})


def test_a_case_is_brought_forward_put_off_and_stopped_each_with_a_reason(
    client: Client, coordinator: User, row: Reassessment
) -> None:
    client.force_login(coordinator)
    for name, data in (
        ("bring_forward", {}),
        ("postpone", {"to": day(9).isoformat()}),
        ("stop_therapy", {"ended_on": day(-1).isoformat()}),
    ):
        assert post(client, name, row, **data, reason="").status_code == 422
        answer = post(client, name, row, **data, reason="CEA rising, agreed by phone")
        assert answer.status_code == 302, name
    row.refresh_from_db()
    assert (row.brought_forward_on, row.postponed_to, row.line.ended_on) == (day(0), day(9), day(-1))
    text = client.get(address("not_needed", row)).content.decode()
    assert "CEA rising, agreed by phone" in text
    assert row.ended_at is None


def test_an_early_scan_is_accepted_by_a_clinician_and_not_by_the_coordinator(
    client: Client, coordinator: User, oncologist: User, row: Reassessment
) -> None:
    client.force_login(coordinator)
    assert client.get(address("accept_early_scan", row)).status_code == 403
    client.force_login(oncologist)
    assert "board's own choice" in client.get(address("accept_early_scan", row)).content.decode().replace(
        "&#x27;", "'"
    )
    assert post(client, "accept_early_scan", row, date=day(-30).isoformat()).status_code == 422
    assert post(client, "accept_early_scan", row, date=day(-2).isoformat()).status_code == 302
    row.refresh_from_db()
    assert (row.scan_done_on, row.scan_accepted_by) == (day(-2), oncologist)
    client.force_login(coordinator)
    assert post(client, "take_back_scan", row).status_code == 302
    row.refresh_from_db()
    assert (row.scan_done_on, row.scan_accepted_by) == (None, None)


def test_of_two_people_at_once_the_second_is_told_and_asked(
    client: Client, coordinator: User, oncologist: User, row: Reassessment
) -> None:
    client.force_login(coordinator)
    seen = client.get(address("postpone", row)).context["seen"]
    services.postpone(by=oncologist, reassessment=row, to=day(9), reason="On holiday")
    answer = client.post(
        address("postpone", row), {"seen": seen, "to": day(12).isoformat(), "reason": "Wants to wait"}
    )
    assert answer.status_code == 422
    assert "Omar Reyes, postpone reassessment" in answer.content.decode()
    row.refresh_from_db()
    assert row.postponed_to == day(9)
    again = {"seen": answer.context["seen"], "to": day(12).isoformat(), "reason": "Wants to wait"}
    assert client.post(address("postpone", row), again).status_code == 302
    row.refresh_from_db()
    assert row.postponed_to == day(12)


def test_cycles_are_recorded_from_the_clock_with_the_day_of_the_seventh(
    client: Client, coordinator: User, row: Reassessment
) -> None:
    client.force_login(coordinator)
    page = client.get(address("cycles", row))
    text = page.content.decode()
    assert "Cycle no. 7 of those given, the first past the short course" in text
    assert "section 3.2 ref 40" in text
    data = {"cycle-TOTAL_FORMS": "1", "cycle-INITIAL_FORMS": "1", "cycle-0-number": "1", "cycle-0-seen": "",
            "cycle-0-date": day(-50).isoformat(), "cycle-0-outcome": "reduced", "cycle-0-why": "toxicity"}  # fmt: skip
    answer = client.post(address("cycles", row), data, follow=True)
    assert "1\N{NO-BREAK SPACE}cycle saved." in answer.content.decode()
    assert "The case is brought forward to the board. Cycle 1 of" in answer.content.decode()
    row.refresh_from_db()
    assert "Cycle 1" in row.brought_forward_reason
    assert row.brought_forward_by == coordinator


def test_cycles_of_a_therapy_without_a_line_have_no_place_yet(
    client: Client, coordinator: User, make_case: Callable[..., Staging]
) -> None:
    make_case("C-1", {**UNRESECTABLE, "treatment": {"current_start_date": day(-30).isoformat()}})
    client.force_login(coordinator)
    text = client.get(address("cycles", Reassessment.objects.get())).content.decode()
    assert "no line of the record" in text


@pytest.mark.parametrize("name", ["cycles", "bring_forward", "postpone", "stop_therapy", "take_back_scan"])
def test_people_who_may_not_change_the_clock_are_refused(
    client: Client, viewer: User, person: Callable[..., User], row: Reassessment, name: str
) -> None:
    for user in (viewer, person("eve", "coordinator", centre=None)):
        client.force_login(user)
        assert client.get(address(name, row)).status_code == 403
        assert client.post(address(name, row), {}).status_code == 403
