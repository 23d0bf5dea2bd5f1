"""The agenda by keyboard alone: chosen, moved, put off, proposed; two clinicians confirm a standard case."""

import datetime
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from decisions.documents import import_documents
from decisions.services import run_assessment
from meetings import services
from meetings.models import AgendaItem, BoardDecision, Meeting
from patients.models import Patient, Staging
from tests.browser.conftest import SignIn
from tests.meetings.conftest import RESECTABLE, STANDARD

pytestmark = [pytest.mark.browser, pytest.mark.services]


def case(by: User, case_id: str, blocks: dict[str, Any], name: str) -> Staging:
    on = timezone.localdate() - datetime.timedelta(days=7)
    document = {block: dict(facts) for block, facts in blocks.items()}
    document["case"] = {**document.get("case", {}), "id": case_id, "decision_date": on.isoformat()}
    import_documents(by=by, documents=[document], stage=True)
    staging = Staging.objects.get(patient__case_id=case_id)
    run_assessment(staging.versions.latest("number").jobs.get().pk)
    Patient.objects.filter(pk=staging.patient_id).update(family_name=name, given_name="Edith")
    return staging


@pytest.fixture
def meeting(people: dict[str, User]) -> Meeting:
    joan = people["joan"]
    services.change_board_settings(
        by=joan, centre=None, advice_after_vote=True, confirm_without_discussion=True
    )
    begins = timezone.now() + datetime.timedelta(hours=1)
    planned = services.create_meeting(by=joan, title="Liver board", starts_at=begins)
    services.create_meeting(by=joan, title="Next", starts_at=begins + datetime.timedelta(days=7))
    for case_id, blocks, name in (
        ("2026-001", RESECTABLE, "Hartwell"),
        ("2026-002", RESECTABLE, "Hartnell"),
        ("2026-043", STANDARD, "Marsh"),
    ):
        services.add_to_agenda(by=joan, meeting=planned, staging=case(joan, case_id, blocks, name))
    case(joan, "2026-090", RESECTABLE, "Novotna")
    return planned


def order(meeting: Meeting) -> list[str]:
    items = AgendaItem.objects.filter(meeting=meeting).order_by("position")
    return [item.staging.patient.case_id for item in items.select_related("staging__patient")]


def test_the_coordinator_builds_the_agenda_by_keyboard(sign_in: SignIn, meeting: Meeting) -> None:
    page = sign_in("joan", viewport={"width": 1280, "height": 800})
    page.goto(f"/meetings/{meeting.pk}/")
    expect(page.get_by_text("like 2026-002 Hartnell, Edith: similar surname")).to_be_visible()

    # J chooses a row; M and U move it, and it stays the chosen one.
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("m")
    assert order(meeting) == ["2026-002", "2026-001", "2026-043"]
    expect(page.get_by_role("link", name="2026-001", exact=True)).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("u")
    assert order(meeting) == ["2026-001", "2026-002", "2026-043"]

    # X puts it off with the fact that it lacks most, and X brings it back.
    with page.expect_navigation():
        page.keyboard.press("x")
    expect(page.get_by_text("Case 2026-001 is deferred (Until known:")).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("x")
    expect(page.get_by_text("The case is discussed here after all.")).to_be_visible()

    # A puts the first that proposes itself on.
    expect(page.get_by_text("no board has had it")).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("a")
    assert order(meeting)[-1] == "2026-090"

    # The keys are told where all keys are told.
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Choose the next row")


def test_a_case_is_added_late_from_the_room_by_keyboard(
    sign_in: SignIn, meeting: Meeting, people: dict[str, User]
) -> None:
    services.open_meeting(by=people["joan"], meeting=meeting)
    page = sign_in("joan", viewport={"width": 1280, "height": 800})
    page.goto(f"/meetings/{meeting.pk}/room/")
    expect(page.get_by_text("Not to be taken for 2026-002 Hartnell, Edith: similar surname")).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("l")
    page.keyboard.type("novot")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    with page.expect_navigation():
        page.keyboard.press("1")
    expect(page.locator("#room-rail")).to_contain_text("2026-090")
    assert AgendaItem.objects.get(staging__patient__case_id="2026-090").late


def test_surgeon_and_oncologist_confirm_a_standard_case_each_on_their_own_screen(
    sign_in: SignIn, meeting: Meeting, people: dict[str, User]
) -> None:
    joan = sign_in("joan", viewport={"width": 1280, "height": 800})
    joan.goto(f"/meetings/{meeting.pk}/")
    joan.get_by_role("button", name="Prepare 2026-043").click()
    for name in ("helen", "omar"):
        page = sign_in(name, viewport={"width": 390, "height": 844})
        page.goto(f"/meetings/{meeting.pk}/")
        page.keyboard.press("y")
        dialog = page.locator("#confirm")
        expect(dialog).to_contain_text("Marsh, Edith")
        expect(dialog).to_contain_text("Conversion therapy, then reassess")
        assert BoardDecision.objects.count() == 0
        dialog.get_by_role("button", name="Confirm").click()
        page.wait_for_load_state()
    expect(page.get_by_text("confirmed without discussion").first).to_be_visible()
    assert BoardDecision.objects.get().without_discussion


def test_everything_works_without_javascript(sign_in: SignIn, meeting: Meeting) -> None:
    page = sign_in("joan", java_script_enabled=False, viewport={"width": 1280, "height": 800})
    page.goto(f"/meetings/{meeting.pk}/")
    page.get_by_role("button", name="Move 2026-001 down").click()
    assert order(meeting)[0] == "2026-002"
    page.locator(".proposals").get_by_role("button", name="Put on the agenda").click()
    assert order(meeting)[-1] == "2026-090"
