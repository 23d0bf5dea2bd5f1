"""Notices in the browser: an absence is chosen, a mail that failed is sent again; every size is accessible."""

import datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from meetings.models import Notice, NoticePreference
from tests.browser.conftest import SignIn

pytestmark = [pytest.mark.browser, pytest.mark.services]
SIZES = [(1920, 1080), (1280, 800), (390, 844)]


@pytest.fixture
def addressed(people: dict[str, User]) -> dict[str, User]:
    """The same people, with mail addresses."""
    for name, user in people.items():
        user.email = f"{name}@example.org"
        user.save()
    return people


def notice(user: User, state: str, days_ago: int = 0, **columns: Any) -> Notice:
    now = timezone.now()
    day = timezone.localdate(now) - datetime.timedelta(days=days_ago)
    return Notice.objects.create(
        kind="digest", key=f"digest:{user.pk}:{day}", recipient=user, address=user.email, day=day,
        subject="1 overdue, 2 due: CRLM Board", text="What is due today\n\n2026-001: 3 days over\n", html="<p></p>",
        contents={"reassessments": [], "reminders": []}, state=state, next_attempt_at=now, claimed_at=now,
        sent_at=now if state == "sent" else None, **columns,
    )  # fmt: skip


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {item['nodes'][0]['html'][:160]}" for item in found]


def test_the_pages_are_accessible_and_fit_in_every_size(sign_in: SignIn, addressed: dict[str, User]) -> None:
    joan, omar = addressed["joan"], addressed["omar"]
    today = timezone.localdate()
    sent = notice(joan, "sent")
    notice(omar, "failed", error="The mail server refused the address (550 no such user).", attempts=1)
    notice(omar, "unclear", days_ago=1, error="The sender stopped.", attempts=1)
    notice(addressed["helen"], "waiting", stands_in_for=omar)
    NoticePreference.objects.create(
        user=omar, away_from=today, away_until=today + datetime.timedelta(days=6), cover=joan
    )
    found = []
    for (width, height), scheme in [*((size, "light") for size in SIZES), (SIZES[1], "dark")]:
        page = sign_in(
            "joan", viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True
        )
        for address in ("/notices/", "/notices/preferences/", f"/notices/{sent.pk}/", "/"):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            where = f"{address} {width} {scheme}"
            found += [f"{where}: {text}" for text in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{where}: wider than the window")
    assert not found, "\n".join(found)


def test_an_absence_is_chosen_and_both_are_told(sign_in: SignIn, addressed: dict[str, User]) -> None:
    today = timezone.localdate()
    page = sign_in("omar")
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="Notices and absence").click()
    page.get_by_label("First day away").fill(today.isoformat())
    page.get_by_label("Last day away").fill((today - datetime.timedelta(days=1)).isoformat())
    page.get_by_label("Who reads for you").select_option(label="Joan Farrow")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("allowed: from")
    # What was typed stands there still.
    expect(page.get_by_label("Who reads for you")).to_have_value(str(addressed["joan"].pk))
    page.get_by_label("Last day away").fill((today + datetime.timedelta(days=2)).isoformat())
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Joan Farrow is sent your notices.")).to_be_visible()
    other = sign_in("joan")
    expect(other.get_by_text("You stand in for Omar")).to_be_visible()


def test_a_mail_that_failed_is_sent_again_after_a_question(
    sign_in: SignIn, addressed: dict[str, User]
) -> None:
    failed = notice(addressed["omar"], "failed", error="The mail server does not answer.", attempts=16)
    page = sign_in("joan")
    page.goto("/notices/?state=failed")
    page.get_by_role("button", name="Send again to Omar").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("as it was written then")
    dialog.get_by_role("button", name="Cancel").click()
    assert Notice.objects.get(pk=failed.pk).state == "failed"
    page.get_by_role("button", name="Send again to Omar").click()
    dialog.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("waits to be sent again")).to_be_visible()
    assert Notice.objects.get(pk=failed.pk).state == "waiting"
