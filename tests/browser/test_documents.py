"""After the meeting, in a browser: drafts are read, edited, released; tasks end; pages are accessible."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from meetings.models import BoardDocument, DecisionElement, Meeting
from patients.models import Patient

pytestmark = [pytest.mark.browser, pytest.mark.services]
SIZES = [(1920, 1080), (1280, 800), (390, 844)]


def desk(browser: Browser, address: str, who: str, complaints: list[str], **options: Any) -> Page:
    # The checker is put into the page, which the policy of the pages would rightly refuse.
    page = browser.new_context(base_url=address, bypass_csp=True, **options).new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill("demo-board")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    return page


def test_a_clinician_releases_by_keyboard_and_tasks_end_and_every_page_is_accessible(
    browser: Browser, live_server: Any, transactional_db: None, settings: Any
) -> None:
    settings.DEMO = True
    call_command("load_demo", verbosity=0)
    meeting = Meeting.objects.get(state="closed")
    complaints: list[str] = []
    page = desk(browser, live_server.url, "surgeon", complaints, viewport={"width": 1280, "height": 800})

    # The minutes wait first; the surgeon adds a remark, reads the letter, and releases both by keyboard.
    page.goto(f"/meetings/{meeting.pk}/documents/")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Minutes of the meeting")
    page.get_by_label("Remarks").fill("Next board on Thursday. #emph[x] <b>")
    page.get_by_role("button", name="Save the text").click()
    expect(page.get_by_role("article")).to_contain_text("Next board on Thursday. #emph[x] <b>")
    for _ in range(3):
        page.keyboard.press("r")
        page.get_by_role("dialog").get_by_role("button", name="Release").click()
        expect(page.get_by_text("Released: ")).to_be_visible()
    expect(page.get_by_text("0 drafts to release")).to_be_visible()
    surgeon = User.objects.get(username="surgeon")
    assert BoardDocument.objects.filter(released_by=surgeon).count() == 3
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF of Minutes of the meeting").click()
    assert download.value.suggested_filename.endswith("-v1.pdf")

    # A task ends with one press; another one with a reason.
    element = DecisionElement.objects.get(kind="work_up")
    coordinator = desk(
        browser, live_server.url, "coordinator", complaints, viewport={"width": 1280, "height": 800}
    )
    coordinator.goto("/tasks/")
    coordinator.get_by_role("button", name=element.detail).click()
    expect(coordinator.get_by_text("Noted on case")).to_be_visible()
    coordinator.get_by_role("link", name="Otherwise").click()
    coordinator.get_by_text("Not done", exact=True).click()
    coordinator.get_by_label("Why, if not as decided").select_option("patient")
    coordinator.get_by_role("button", name="Save").click()
    expect(coordinator.get_by_text("50.0")).to_be_visible()

    # The record shows what became of it, fetched into its panel.
    patient = Patient.objects.get(stagings__agenda_items__decision__elements=element)
    coordinator.goto(f"/patients/{patient.pk}/")
    expect(
        coordinator.locator("section", has_text="What the boards decided").get_by_text("done", exact=True)
    ).to_be_visible()

    summary = BoardDocument.objects.filter(kind="summary").latest("pk")
    addresses = [
        f"/meetings/{meeting.pk}/documents/", f"/documents/{summary.pk}/", "/tasks/?of=all",
        f"/documents/{BoardDocument.objects.get(kind='minutes').pk}/", f"/patients/{patient.pk}/decisions/",
        f"/tasks/{element.pk}/end/", f"/patients/{patient.pk}/", "/",
    ]  # fmt: skip
    found: list[str] = []
    for (width, height), scheme in [*((size, "light") for size in SIZES), (SIZES[1], "dark")]:
        reader = desk(
            browser, live_server.url, "coordinator", complaints,
            viewport={"width": width, "height": height}, color_scheme=scheme,
        )  # fmt: skip
        for path in addresses:
            answer = reader.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            reader.wait_for_load_state("networkidle")
            violations = Axe().run(reader).response["violations"]
            found += [
                f"{path} {width} {scheme}: {item['id']} {item['nodes'][0]['html'][:160]}"
                for item in violations
            ]
            if reader.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{path} {width}: wider than the window")
        reader.context.close()
    assert not found, "\n".join(found)
    assert complaints == []
