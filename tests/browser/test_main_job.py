"""The main job as people do it: from a new patient to a recorded decision and the conversion clock."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from decisions.models import Assessment
from meetings.models import BoardDecision, Reassessment
from patients.models import FactEntry, RecordAccess, Staging
from tests.browser.conftest import SignIn
from tests.plugins.workers import StartWorker

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.xdist_group("worker")]
SLOW = 60_000


def answer(page: Page, fact: str, key: str) -> None:
    """Answer a row by its key, as somebody does who does not touch the mouse."""
    row = page.locator(f'[data-fact="{fact}"]')
    row.locator("input:visible").first.focus()
    with page.expect_response(re.compile(r"/facts/")):
        page.keyboard.press(key)
    expect(page.locator(f'[data-fact="{fact}"] .fact__clear')).to_have_count(1)


def fill(page: Page, fact: str, value: str) -> None:
    """Type a value and leave the input."""
    with page.expect_response(re.compile(r"/facts/")):
        page.locator(f'[data-fact="{fact}"] input[type=text]').fill(value)
        page.keyboard.press("Tab")


def register(page: Page) -> None:
    page.keyboard.press("a")
    page.wait_for_url("**/patients/new/")
    page.get_by_label("Case number").fill("2026-101")
    page.get_by_label("Family name").fill("Aalto")
    page.get_by_label("Given name").fill("Maija")
    page.get_by_label("Date of birth").fill("1961-05-10")
    page.get_by_label("Question to the board").fill("Convert, or resect in two stages?")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(re.compile(r"/stagings/\d+/$"))


def enter(page: Page) -> None:
    for segment, size in (("VII", "64"), ("III", "22")):
        page.locator(f'#lesions-drawing [data-pick-segment="{segment}"]').click()
        row = page.locator("tbody.lesion-row").last
        expect(row).to_be_visible()
        with page.expect_response(re.compile(r"/lesions/L\d/")):
            row.get_by_label("Now, mm").fill(size)
            page.keyboard.press("Tab")
    with page.expect_response(re.compile(r"/lesions/complete/")):
        page.locator("#lesions-complete").check()
    expect(page.locator('[data-fact="liver.lesion_count"]')).to_contain_text("2")
    answer(page, "plan.r0_feasible", "n")
    answer(page, "plan.r0_r1_feasible", "n")
    answer(page, "plan.complete_resection_feasible", "n")
    answer(page, "plan.outflow_preserved", "n")
    answer(page, "ehd.present", "n")
    answer(page, "liver.ivc_involved", "u")
    fill(page, "labs.cea_ng_ml", "85")


def test_from_a_new_patient_to_a_decision_and_the_clock(sign_in: SignIn, start_worker: StartWorker) -> None:
    page = sign_in("joan")
    register(page)
    enter(page)
    page.reload()
    assert FactEntry.objects.filter(name="liver.ivc_involved", state="not_known").exists()
    expect(page.locator("#entry-panel")).to_contain_text("unresectable")

    page.get_by_role("link", name=re.compile("Stage the case")).first.click()
    page.get_by_role("button", name=re.compile("Stage the case")).click()
    expect(page.locator("#advice")).to_contain_text("waits for its turn")
    start_worker()
    expect(page.get_by_role("heading", name="14 definitions of resectability")).to_be_visible(timeout=SLOW)
    staging = Staging.objects.get()
    assert Assessment.objects.get().staging_version.staging == staging
    adam = page.locator("#D04")
    expect(adam).to_contain_text("not met")
    adam.locator("summary").click()
    expect(adam.locator(".trace")).to_be_visible()

    page.goto("/meetings/")
    page.keyboard.press("a")
    page.get_by_label("Starts").fill(timezone.localtime().strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name=re.compile("meeting", re.IGNORECASE)).last.click()
    page.get_by_role("button", name=re.compile(r"Put on the agenda\s*: 2026-101")).click()
    expect(page.locator("tbody")).to_contain_text("after the vote")
    agenda = page.url
    page.wait_for_load_state("networkidle")
    page.keyboard.press("o")
    page.wait_for_url("**/room/**")

    room = sign_in("helen")
    room.goto(page.url)
    expect(room.get_by_role("heading", name="Case 2026-101", exact=True)).to_be_visible()
    room.keyboard.press("4")  # conversion, as in the vote on the strategy
    row = room.get_by_role("group", name="To be done, 1")
    expect(row.get_by_label("What")).to_have_value("Conversion therapy")
    room.get_by_label("Rationale").fill("Outflow not preserved; again after the scan.")
    row.get_by_label("What").fill("FOLFOXIRI and bevacizumab")
    row.get_by_label("Day 1 planned").fill(timezone.localdate().isoformat())
    row.get_by_label("Cycle, days").fill("14")
    room.get_by_role("button", name=re.compile("^Record S")).click()
    expect(room.locator(".decided")).to_contain_text("Conversion therapy")
    decision = BoardDecision.objects.get()
    assert (decision.outcome, decision.recorded_by.username) == ("conversion", "helen")
    assert RecordAccess.objects.filter(user__username="helen", patient=staging.patient).exists()

    page.goto(agenda)
    expect(page.locator("tbody")).to_contain_text("unresectable")
    page.goto("/reassessments/")
    expect(page.locator("main")).to_contain_text("2026-101")
    expect(page.locator("main")).to_contain_text("awaiting start")
    assert Reassessment.objects.get().patient == staging.patient


def test_what_two_people_type_at_once_is_never_lost(sign_in: SignIn) -> None:
    first = sign_in("joan")
    register(first)
    second = sign_in("omar")
    second.goto(first.url)
    fill(first, "labs.cea_ng_ml", "85")
    second.locator('[data-fact="labs.cea_ng_ml"] input[type=text]').fill("58")
    with second.expect_response(re.compile(r"/facts/")) as refused:
        second.keyboard.press("Tab")
    assert refused.value.status == 422
    row = second.locator('[data-fact="labs.cea_ng_ml"]')
    expect(row).to_contain_text("Meanwhile")
    expect(row.locator("input[type=text]")).to_have_value("58")
