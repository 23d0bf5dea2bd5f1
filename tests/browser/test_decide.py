"""A standard case decided by keyboard alone, and the pages of deciding without a finding of the checker."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from decisions.documents import import_documents
from decisions.services import run_assessment
from meetings import services
from meetings.models import AgendaItem, BoardDecision
from patients.models import Staging
from tests.browser.conftest import SignIn
from tests.meetings.conftest import RESECTABLE, UNRESECTABLE, day

pytestmark = [pytest.mark.browser, pytest.mark.services]


@pytest.fixture
def put(people: dict[str, User]) -> Callable[..., AgendaItem]:
    """A case on an open meeting whose board reads the advice without a vote."""
    joan = people["joan"]
    services.change_board_settings(
        by=joan, centre=None, advice_after_vote=False, confirm_without_discussion=False
    )
    meeting = services.create_meeting(by=joan, title="Liver board", starts_at=timezone.now())
    services.open_meeting(by=joan, meeting=meeting)

    def put_on(case_id: str, blocks: dict[str, object]) -> AgendaItem:
        given = {**blocks, "case": {"id": case_id, "decision_date": day(-7).isoformat()}}
        assert import_documents(by=joan, documents=[given], stage=True).refused == []
        staging = Staging.objects.get(patient__case_id=case_id)
        run_assessment(staging.versions.get().jobs.get().pk)
        return services.add_to_agenda(by=joan, meeting=meeting, staging=staging)

    return put_on


def press(page: Page, *keys: str) -> int:
    """Press keys one after the other; returns how many."""
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def test_a_standard_case_is_recorded_and_signed_with_two_keys(
    sign_in: SignIn, put: Callable[..., AgendaItem]
) -> None:
    item = put("2026-001", RESECTABLE)
    page = sign_in("helen")
    page.goto(f"/meetings/{item.meeting_id}/room/?item={item.pk}")
    page.wait_for_load_state("networkidle")
    keys = press(page, "1")
    row = page.get_by_role("group", name="To be done, 1")
    expect(row.get_by_label("What")).to_have_value("Liver resection")
    expect(page.get_by_label("Intent")).to_have_value("cure")
    keys += press(page, "d")
    expect(page.locator(".decided")).to_contain_text("Signed by")
    decision = BoardDecision.objects.get()
    assert (decision.outcome, decision.intent, decision.signed_by.username) == ("resection", "cure", "helen")  # type: ignore[union-attr]
    assert decision.elements.get().owner == decision.signed_by
    assert keys == 2


def test_no_two_things_on_the_screen_answer_to_the_same_key(
    sign_in: SignIn, put: Callable[..., AgendaItem]
) -> None:
    item = put("2026-002", UNRESECTABLE)
    page = sign_in("helen")
    page.goto(f"/meetings/{item.meeting_id}/room/?item={item.pk}")
    page.wait_for_load_state("networkidle")
    for chosen in ("", "1"):
        if chosen:
            press(page, chosen)
            expect(page.locator("#comparison")).to_contain_text("deviates")
        visible = page.eval_on_selector_all(
            "[data-key]",
            "all => all.filter(one => one.getClientRects().length).map(one => one.dataset.key.toLowerCase())",
        )
        assert sorted(visible) == sorted(set(visible))
        assert {"m", "z", "l"} & set(visible)


def test_a_deviation_takes_its_reason_by_key_and_a_rationale_without_the_mouse(
    sign_in: SignIn, put: Callable[..., AgendaItem]
) -> None:
    item = put("2026-002", UNRESECTABLE)
    page = sign_in("helen")
    page.goto(f"/meetings/{item.meeting_id}/room/?item={item.pk}")
    page.wait_for_load_state("networkidle")
    press(page, "1")
    expect(page.locator("#comparison")).to_contain_text("deviates")
    press(page, "y", "t", "Tab")
    press(page, "Escape", "m")
    page.keyboard.type("Outflow by reconstruction.")
    press(page, "Control+Enter")
    expect(page.locator(".decided")).to_contain_text("technical")
    decision = BoardDecision.objects.get()
    assert (decision.deviation_reason, decision.rationale) == ("technical", "Outflow by reconstruction.")
    assert decision.signed_at is not None
    press(page, "e")
    page.get_by_label("What is added to the decision").fill("Agreed with the family.")
    press(page, "Control+Enter")
    expect(page.locator(".addendum")).to_contain_text("Agreed with the family.")


def test_deciding_and_the_other_plan_are_accessible_and_fit(
    sign_in: SignIn, put: Callable[..., AgendaItem]
) -> None:
    item = put("2026-003", UNRESECTABLE)
    found: list[str] = []
    for width, height, scheme in ((1920, 1080, "light"), (1280, 800, "dark"), (390, 844, "light")):
        page = sign_in(
            "helen", bypass_csp=True, viewport={"width": width, "height": height}, color_scheme=scheme
        )
        for path in (f"room/?item={item.pk}", f"items/{item.pk}/plan/"):
            page.goto(f"/meetings/{item.meeting_id}/{path}")
            page.wait_for_load_state("networkidle")
            if path.startswith("room"):
                press(page, "1")
                expect(page.get_by_label("Intent")).to_have_value("cure")
            else:
                page.get_by_label("Outflow preserved").select_option("yes")
                expect(page.locator("#plans")).to_contain_text("What differs")
            found += [
                f"{path} {width}: {one['id']} {one['nodes'][0]['html'][:160]}"
                for one in Axe().run(page).response["violations"]
            ]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{path} {width}: wider than the window")
    assert not found, "\n".join(found)
