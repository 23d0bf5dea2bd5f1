"""The room on a screen: what decides stands in view, lesions go by mouse, finger and key, and nobody is shut out."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from decisions.documents import import_documents
from decisions.services import run_assessment
from meetings import services
from meetings.models import AgendaItem
from patients import services as record
from patients.models import Staging
from tests.browser.conftest import SignIn
from tests.meetings.conftest import RESECTABLE, day

pytestmark = [pytest.mark.browser, pytest.mark.services]
SIZES = ((1920, 1080, "light"), (1280, 800, "dark"), (390, 844, "light"))


@pytest.fixture
def case(people: dict[str, User]) -> AgendaItem:
    """A case with three lesions that were measured twice, a planned resection, and the advice open."""
    joan = people["joan"]
    services.change_board_settings(
        by=joan, centre=None, advice_after_vote=False, confirm_without_discussion=False
    )
    meeting = services.create_meeting(by=joan, title="Liver board", starts_at=timezone.now())
    services.open_meeting(by=joan, meeting=meeting)
    lesions = [
        {"id": "L1", "segment": "VII", "diameter_mm": 38, "baseline_diameter_mm": 62},
        {"id": "L2", "segment": "III", "diameter_mm": 4, "baseline_diameter_mm": 9},
        {"id": "L10", "segment": "V", "diameter_mm": 14, "baseline_diameter_mm": 12},
    ]
    given = {
        **RESECTABLE,
        "lesions": lesions,
        "volumetry": {"flr_pct": 29.6},
        "case": {"id": "2026-001", "decision_date": day(-7).isoformat()},
    }
    assert import_documents(by=joan, documents=[given], stage=True).refused == []
    staging = Staging.objects.get(patient__case_id="2026-001")
    run_assessment(staging.versions.get().jobs.get().pk)
    for offset, sizes in ((-90, (62, 9, 12)), (-8, (38, 4, 14))):
        study = record.add_study(by=joan, patient=staging.patient, date=day(offset), modality="MRI")
        measured = dict(zip(("L1", "L2", "L10"), sizes, strict=True))
        record.measure_lesions(by=joan, study=study, diameters=measured, targets=["L1"])
    record.add_volumetry(
        by=joan, patient=staging.patient, date=day(-9), planned_resection="right hepatectomy", flr_ml=505
    )
    return services.add_to_agenda(by=joan, meeting=meeting, staging=staging)


def enter(page: Page, case: AgendaItem, more: str = "") -> None:
    page.goto(f"/meetings/{case.meeting_id}/room/?item={case.pk}{more}")
    page.wait_for_load_state("networkidle")


def test_lesions_open_by_click_and_go_on_by_key(sign_in: SignIn, case: AgendaItem) -> None:
    page = sign_in("helen", viewport={"width": 1920, "height": 1080})
    enter(page, case)
    box = page.locator("#room-lesions")
    page.locator(".liver a[data-lesion-link=L2] .hit").click()
    expect(box.get_by_role("heading", name="L2, segment III")).to_be_visible()
    expect(page.locator(".liver a[data-lesion-link=L2]")).to_have_attribute("aria-current", "true")
    page.keyboard.press("ArrowRight")  # in the picture the arrows move, and Enter opens
    expect(page.locator(".liver a[data-lesion-link=L10]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box.get_by_role("heading", name="L10, segment V")).to_be_visible()
    assert "lesion=L10" in page.url
    page.reload()
    expect(box.get_by_role("heading", name="L10, segment V")).to_be_visible()
    page.keyboard.press("q")
    expect(box.get_by_role("table", name="Lesions, diameters in mm")).to_be_visible()
    page.keyboard.press("q")
    expect(box.get_by_role("heading", name="L1, segment VII")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(box.get_by_role("heading", name="L2, segment III")).to_be_visible()
    expect(box.get_by_role("table", name="Sizes of L2")).to_contain_text("−56")


def test_a_decision_that_is_being_typed_survives_a_look_at_a_lesion(
    sign_in: SignIn, case: AgendaItem
) -> None:
    page = sign_in("helen", viewport={"width": 1280, "height": 800})
    enter(page, case)
    page.get_by_label("Rationale").fill("Large remnant.")
    page.locator(".liver a[data-lesion-link=L1]").click()
    expect(page.get_by_role("heading", name="L1, segment VII")).to_be_visible()
    expect(page.get_by_label("Rationale")).to_have_value("Large remnant.")


def test_what_decides_is_in_view_without_scrolling(sign_in: SignIn, case: AgendaItem) -> None:
    page = sign_in("helen", viewport={"width": 1920, "height": 1080})
    enter(page, case)
    foot = page.locator(".room__foot").bounding_box()
    assert foot is not None
    for part in (".room__brief", ".pictures", "#room-remnant", "#room-facts", ".course", ".verdicts", ".two"):
        box = page.locator(part).first.bounding_box()
        assert box is not None, part
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= foot["y"] + 1, part
    assert foot["y"] + foot["height"] <= 1081


def test_the_form_of_the_decision_leaves_most_of_a_small_screen_to_the_case(
    sign_in: SignIn, case: AgendaItem
) -> None:
    page = sign_in("helen", viewport={"width": 1280, "height": 800})
    enter(page, case)
    page.keyboard.press("2")
    expect(page.get_by_label("Intent")).to_be_visible()
    foot = page.locator(".room__foot").bounding_box()
    assert foot is not None
    assert foot["height"] <= 320


def test_the_projector_fits_its_picture(sign_in: SignIn, case: AgendaItem, people: dict[str, User]) -> None:
    services.show_item(by=people["helen"], meeting=case.meeting, item=case)
    for width, height in ((1920, 1080), (1280, 720)):
        page = sign_in("helen", viewport={"width": width, "height": height}, bypass_csp=True)
        page.goto(f"/meetings/{case.meeting_id}/wall/")
        strip = page.locator(".wall__strip").bounding_box()
        assert strip is not None
        assert strip["y"] + strip["height"] <= height + 1
        assert page.locator(".wall :is(a, button, input, select)").count() == 0
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found] == []


def test_lesions_and_decision_are_accessible_and_fit(sign_in: SignIn, case: AgendaItem) -> None:
    found: list[str] = []
    for width, height, scheme in SIZES:
        page = sign_in(
            "helen", bypass_csp=True, viewport={"width": width, "height": height}, color_scheme=scheme
        )
        for more in ("", "&lesion=L1"):
            enter(page, case, more)
            found += [
                f"{more} {width}: {one['id']} {one['nodes'][0]['html'][:160]}"
                for one in Axe().run(page).response["violations"]
            ]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{more} {width}: wider than the window")
    assert not found, "\n".join(found)


def test_without_script_a_lesion_is_a_link(sign_in: SignIn, case: AgendaItem) -> None:
    signed = sign_in("helen")
    cookies = signed.context.cookies()
    browser = signed.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(
        f"{signed.url.split('/')[0]}//{signed.url.split('/')[2]}/meetings/{case.meeting_id}/room/?item={case.pk}"
    )
    page.locator("#room-lesions").get_by_role("link", name="L1", exact=True).click()
    expect(page.get_by_role("heading", name="L1, segment VII")).to_be_visible()
    context.close()
