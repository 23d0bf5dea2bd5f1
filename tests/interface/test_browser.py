"""The parts of the pages in a real browser: readable for all, usable by keyboard, under the strict policy."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.services]

SIZES = [(1920, 1080), (1280, 800), (390, 844)]


@pytest.fixture
def sheet(new_context: Any) -> Page:
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto("/components/")
    page.evaluate("document.activeElement.blur()")
    return page


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_is_accessible_in_every_theme_and_size(
    new_context: Any, width: int, height: int, scheme: str
) -> None:
    # The test puts its checker into the page, which the policy of the pages would rightly refuse.
    context = new_context(viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto("/components/")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_pages_keep_the_policy_that_the_server_sends(new_context: Any) -> None:
    page = new_context().new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    response = page.goto("/components/")
    page.wait_for_load_state("networkidle")
    assert response is not None
    assert "unsafe" not in response.headers["content-security-policy"]
    assert complaints == []


def test_a_slash_goes_to_the_search_and_a_question_mark_lists_the_keys(sheet: Page) -> None:
    sheet.keyboard.press("/")
    expect(sheet.locator("#find")).to_be_focused()
    sheet.keyboard.type("?/n")
    expect(sheet.locator("#find")).to_have_value("?/n")
    sheet.locator("h1").click()
    sheet.keyboard.press("?")
    expect(sheet.locator("#keys")).to_contain_text("Next page")


def test_single_keys_can_be_switched_off(sheet: Page) -> None:
    sheet.keyboard.press("?")
    sheet.get_by_label("Use single keys").uncheck()
    sheet.keyboard.press("Escape")
    sheet.locator("h1").click()
    sheet.keyboard.press("/")
    expect(sheet.locator("#find")).not_to_be_focused()


def test_a_theme_is_remembered_and_there_from_the_first_paint(sheet: Page) -> None:
    sheet.locator(".menu > summary").click()
    sheet.locator(".menu").get_by_label("Projector").check()
    sheet.goto("/components/", wait_until="commit")
    sheet.wait_for_selector("h1", state="attached")
    assert sheet.evaluate("document.documentElement.dataset.theme") == "projector"


def test_a_click_on_the_drawn_liver_chooses_the_segment(sheet: Page) -> None:
    sheet.locator('[data-pick-for="light-segment"][data-pick-segment="IVb"]').click()
    expect(sheet.locator("#light-segment")).to_have_value("IVb")
    expect(sheet.locator("#light-segment")).to_be_focused()


def test_choosing_in_the_list_marks_the_segment_on_the_drawing(sheet: Page) -> None:
    sheet.locator("#light-segment").select_option("II")
    marked = sheet.locator('[data-pick-for="light-segment"][aria-current]')
    expect(marked).to_have_attribute("data-pick-segment", "II")


def test_without_script_a_segment_is_a_link(new_context: Any) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/components/")
    page.locator('[data-pick-for="light-segment"][data-pick-segment="IVb"]').click()
    assert page.url.endswith("#light-segment")


def test_a_confirmation_names_the_patient_and_what_will_happen(sheet: Page) -> None:
    sheet.evaluate(
        """() => {
            const form = document.createElement("form");
            form.dataset.confirm = "The staging is taken off the agenda.";
            form.dataset.confirmAction = "Withdraw";
            const button = document.createElement("button");
            button.id = "withdraw";
            button.name = "sent";
            button.value = "1";
            form.append(button);
            document.querySelector("main").prepend(form);
        }"""
    )
    sheet.locator("#withdraw").click()
    dialog = sheet.locator("#confirm")
    expect(dialog).to_contain_text("Lindholm, Karin")
    expect(dialog).to_contain_text("2026-014")
    expect(dialog).to_contain_text("The staging is taken off the agenda.")
    dialog.get_by_role("button", name="Cancel").click()
    assert "sent" not in sheet.url
    sheet.locator("#withdraw").click()
    dialog.get_by_role("button", name="Withdraw").click()
    sheet.wait_for_url("**/components/?sent=1")


def test_a_page_with_unsent_input_is_not_left_without_asking(sheet: Page) -> None:
    sheet.evaluate("document.querySelector('form:has(#light-size)').dataset.guard = ''")
    sheet.locator("#light-size").fill("38")
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    sheet.on("dialog", stay)
    sheet.close(run_before_unload=True)
    sheet.wait_for_timeout(300)
    assert asked == ["beforeunload"]


def test_patient_and_notice_head_and_foot_every_printed_sheet(sheet: Page) -> None:
    sheet.emulate_media(media="print")
    display = "selector => getComputedStyle(document.querySelector(selector)).display"
    assert sheet.evaluate(display, ".print-line") == "table-header-group"
    assert sheet.evaluate(display, ".foot") == "table-footer-group"
    assert sheet.evaluate(display, ".masthead") == "none"
    expect(sheet.locator(".print-line")).to_contain_text("born 12\u00a0May\u00a01964 · case 2026-014")
    expect(sheet.locator(".foot")).to_contain_text("Not certified as a medical device")
