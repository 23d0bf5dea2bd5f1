"""The conversion clock on a Monday morning: by keys, several patients at once, and with a checker of accessibility."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from decisions.documents import import_documents
from decisions.services import run_assessment
from meetings.models import Meeting, MeetingDay, Reassessment
from patients.models import Staging
from patients.services import start_line
from tests.browser.conftest import SignIn
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = [pytest.mark.browser, pytest.mark.services]


@pytest.fixture
def clock(people: dict[str, User]) -> Callable[[], list[Reassessment]]:
    """Three patients on the clock, and a board every week."""

    def make() -> list[Reassessment]:
        MeetingDay.objects.create(first_on=day(-56), starts_at=datetime.time(13), place="Room 2")
        for number, started in enumerate((100, 65, 50), start=1):
            given: dict[str, Any] = {name: dict(block) for name, block in UNRESECTABLE.items()}
            given["case"] = {"id": f"2026-00{number}", "decision_date": day(-7).isoformat()}
            import_documents(by=people["joan"], documents=[given], stage=True)
            staging = Staging.objects.get(patient__case_id=f"2026-00{number}")
            run_assessment(staging.versions.get().jobs.get().pk)
            start_line(
                by=people["omar"], patient=staging.patient, actual_start=day(-started), regimen="FOLFOX",
                cycle_length_days=14,
            )  # fmt: skip
        return list(Reassessment.objects.order_by("patient__case_id"))

    return make


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [f"{item['id']} {item['nodes'][0]['html'][:160]}" for item in found]


def test_two_patients_are_chosen_and_booked_without_the_mouse(
    sign_in: SignIn, clock: Callable[[], list[Reassessment]]
) -> None:
    rows = clock()
    page = sign_in("joan", bypass_csp=True, viewport={"width": 1280, "height": 800})
    page.goto("/reassessments/")
    expect(page.locator("[data-picked]")).to_have_text("None chosen")
    accessible(page)

    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Next patient")
    expect(page.locator("#keys")).to_contain_text("Choose the patient")
    expect(page.locator("#keys")).to_contain_text("Book scan and board for the chosen")
    page.keyboard.press("Escape")

    page.keyboard.press("j")
    expect(page.locator("[data-row]").nth(0).locator("[data-row-link]")).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-row]").nth(1).locator("[data-row-link]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator("[data-picked]")).to_have_text("2 chosen")
    page.keyboard.press("b")
    page.wait_for_url(re.compile(r"/reassessments/book/\?row=\d+&row=\d+"))
    expect(page.locator(".bulk-list > li")).to_have_count(2)
    accessible(page)

    for row in rows[:2]:
        page.locator(f"#modality-{row.pk}").select_option("MRI")
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.locator("main")).to_contain_text("2 done, 0 not done")
    accessible(page)
    booked = Reassessment.objects.filter(scan_booked_on__isnull=False, meeting__isnull=False)
    assert set(booked) == set(rows[:2])
    assert sum(meeting.items.count() for meeting in Meeting.objects.all()) == 2

    page.get_by_role("link", name="To the clock").click()
    page.get_by_label("State").select_option("soon")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url(re.compile(r"state=soon"))
    expect(page.locator("[data-row]")).to_have_count(1)


def test_a_key_on_a_row_means_that_row_and_a_key_on_nobody_says_so(
    sign_in: SignIn, clock: Callable[[], list[Reassessment]]
) -> None:
    rows = clock()
    page = sign_in("joan", bypass_csp=True)
    page.goto("/reassessments/")
    page.keyboard.press("b")
    expect(page.locator("[data-picked]")).to_have_text("Nobody is chosen yet")
    page.keyboard.press("j")
    page.keyboard.press("p")
    page.wait_for_url(re.compile(rf"/reassessments/postpone/\?row={rows[0].pk}$"))
    accessible(page)
    page.get_by_label("Postponed to").fill((timezone.localdate() + datetime.timedelta(days=20)).isoformat())
    page.get_by_label("Reason").fill("Holiday")
    page.get_by_role("button", name="Postpone").click()
    expect(page.locator("main")).to_contain_text("1 done")


def test_days_of_ones_own_are_chosen_by_typing_them(
    sign_in: SignIn, clock: Callable[[], list[Reassessment]]
) -> None:
    row = clock()[2]
    page = sign_in("joan", bypass_csp=True)
    page.goto(f"/reassessments/{row.pk}/book/")
    accessible(page)
    page.get_by_label("Scan on").fill(day(12).isoformat())
    expect(page.locator("#pair-other")).to_be_checked()
    page.get_by_label("Modality").select_option("CT")
    page.get_by_role("button", name=re.compile("Book")).click()
    page.wait_for_url("**/reassessments/")
    row.refresh_from_db()
    assert (row.scan_booked_on, row.meeting) == (day(12), None)
