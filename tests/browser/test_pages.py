"""Every page of the demonstration board: accessible, inside the window, and without a complaint of the browser."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, Page

from meetings.models import Meeting, Reassessment, Reminder
from patients.models import Patient, Staging, StagingVersion

pytestmark = [pytest.mark.browser, pytest.mark.services]
SIZES = [(1920, 1080), (1280, 800), (390, 844)]


def addresses() -> dict[str, str]:
    """One page of each kind, with as much on it as the demonstration has."""
    meeting = Meeting.objects.filter(state="planned").earliest("starts_at")
    staged = Staging.objects.get(patient__case_id="2026-014", kind="restaging")
    draft = StagingVersion.objects.filter(state="draft").latest("pk").staging
    row = Reassessment.objects.filter(ended_at=None, scan_booked_on=None).latest("pk")
    return {
        "home": "/",
        "patients": "/patients/",
        "new patient": "/patients/new/",
        "record": f"/patients/{Patient.objects.get(case_id='2026-014').pk}/",
        "history": f"/patients/{Patient.objects.get(case_id='2026-014').pk}/history/",
        "case": f"/stagings/{staged.pk}/",
        "entry": f"/stagings/{draft.pk}/",
        "stage": f"/stagings/{draft.pk}/stage/",
        "amend": f"/stagings/{staged.pk}/amend/",
        "import": "/import/",
        "rulebook": "/rulebook/",
        "meetings": "/meetings/",
        "agenda": f"/meetings/{meeting.pk}/",
        "late": f"/meetings/{meeting.pk}/agenda/late/?q=26",
        "room": f"/meetings/{meeting.pk}/room/",
        "wall": f"/meetings/{meeting.pk}/wall/",
        "clock": "/reassessments/",
        "registry": "/registry/",
        "windows": "/registry/windows/",
        "cycles": f"/reassessments/{Reassessment.objects.get(patient__case_id='2026-014').pk}/cycles/",
        "stopped": f"/reassessments/{row.pk}/stopped/",
        "reminders": "/reminders/",
        "reminder not needed": f"/reminders/{Reminder.objects.filter(ended_at=None).latest('pk').pk}/not-needed/",
        "booking": f"/reassessments/{row.pk}/book/",
        "several": "/reassessments/book/?"
        + "&".join(
            f"row={key}" for key in Reassessment.objects.filter(ended_at=None).values_list("pk", flat=True)
        ),
        "call list": "/reassessments/calls/",
        "calendars": "/calendars/",
    }


def opened(browser: Browser, address: str, **options: Any) -> tuple[Page, list[str]]:
    # The checker is put into the page, which the policy of the pages would rightly refuse.
    page = browser.new_context(base_url=address, bypass_csp=True, **options).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    page.get_by_label("Username").fill("coordinator")
    page.get_by_label("Password").fill("demo-board")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    return page, complaints


def test_every_page_is_accessible_and_fits_in_every_size(
    browser: Browser, live_server: Any, transactional_db: None, settings: Any
) -> None:
    settings.DEMO = True
    call_command("load_demo", verbosity=0)
    found: list[str] = []
    for (width, height), scheme in [*((size, "light") for size in SIZES), (SIZES[1], "dark")]:
        page, complaints = opened(
            browser, live_server.url, viewport={"width": width, "height": height}, color_scheme=scheme
        )
        for name, path in addresses().items():
            where = f"{name}, {width} px, {scheme}"
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, where
            page.wait_for_load_state("networkidle")
            found += [f"{where}: {item['id']} {item['nodes'][0]['html'][:160]}" for item in _violations(page)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{where}: wider than the window")
        found += [f"{width} px: {text}" for text in complaints]
        page.context.close()
    assert not found, "\n".join(found)


def _violations(page: Page) -> list[dict[str, Any]]:
    return list(Axe().run(page).response["violations"])
