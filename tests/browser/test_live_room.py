"""A meeting with several signed-in browsers on two web processes: follow, vote blind, reveal, and miss nothing."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from accounts.models import User
from decisions.documents import import_documents
from decisions.services import run_assessment
from meetings import services
from meetings.models import AgendaItem, Attendance, Meeting, Vote, VoteRound
from patients.models import Staging
from tests.meetings.conftest import RESECTABLE, day
from tests.plugins.web import StartWeb, Web, session_of

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.xdist_group("worker")]
SLOW = 60_000
Enter = Callable[..., Page]


@pytest.fixture
def web(people: dict[str, User], start_web: StartWeb) -> Web:
    people["marek"] = User.objects.create_user(
        "marek", roles=["member"], first_name="Marek", last_name="Osei", discipline="radiologist"
    )
    people["marek"].centres.set(people["joan"].centres.all())
    return start_web(2)


@pytest.fixture
def items(people: dict[str, User]) -> list[AgendaItem]:
    """Three cases on an open meeting."""
    joan = people["joan"]
    planned = services.create_meeting(by=joan, title="Liver board", starts_at=timezone.now())
    found = []
    for case_id in ("2026-001", "2026-002", "2026-003"):
        given = {**RESECTABLE, "case": {"id": case_id, "decision_date": day(-7).isoformat()}}
        assert import_documents(by=joan, documents=[given], stage=True).refused == []
        staging = Staging.objects.get(patient__case_id=case_id)
        run_assessment(staging.versions.get().jobs.get().pk)
        found.append(services.add_to_agenda(by=joan, meeting=planned, staging=staging))
    services.open_meeting(by=joan, meeting=planned)
    return found


@pytest.fixture
def enter(browser: Browser, web: Web, items: list[AgendaItem], people: dict[str, User]) -> Iterator[Enter]:
    """Somebody signed in, in the room (or at `path`), in a browser of one's own."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def arrive(name: str, path: str = "room/", **options: Any) -> Page:
        context = browser.new_context(base_url=web.url, **options)
        contexts.append(context)
        context.add_cookies([{**session_of(people[name]), "url": web.url}])
        page = context.new_page()
        page.set_default_timeout(SLOW)
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/meetings/{items[0].meeting_id}/{path}")
        return page

    yield arrive
    for context in contexts:
        context.close()
    # What a killed process leaves in the browser's console is what the test is about.
    allowed = ("422", "ERR_CONNECTION", "ERR_INCOMPLETE", "ERR_EMPTY", "ERR_SOCKET")
    assert [text for text in complaints if not any(word in text for word in allowed)] == []


def shows(page: Page, case: str) -> None:
    """The page shows this case, under its own patient's banner and address."""
    expect(page.get_by_role("heading", name=f"Case {case}", exact=True)).to_be_visible(timeout=SLOW)
    expect(page.locator("[data-patient]").first).to_contain_text(case)
    expect(page).to_have_title(re.compile(case))


def press(page: Page, key: str) -> None:
    """A key, outside of any input."""
    page.locator("body").press(key)


def test_a_meeting_is_followed_voted_and_revealed_on_every_screen(
    enter: Enter, items: list[AgendaItem]
) -> None:
    chair, remote, other = enter("helen"), enter("omar"), enter("marek")
    wall = enter("joan", "wall/")
    for page in (chair, remote, other):
        shows(page, "2026-001")
        page.evaluate("window.stayed = true")
        press(page, "h")
    expect(chair.locator("#room-here")).to_contain_text("3 of 7 disciplines", timeout=SLOW)
    expect(chair.locator("#room-here")).to_contain_text("4 people here", timeout=SLOW)
    assert Attendance.objects.count() == 3

    press(chair, "r")
    for page in (remote, other):
        expect(page.get_by_role("button", name="Borderline")).to_be_visible(timeout=SLOW)
        expect(page.locator("#room-advice")).to_contain_text("closed until the vote")
    press(remote, "2")
    expect(remote.locator(".ballot__mine")).to_contain_text("Borderline")
    for page in (chair, other):
        expect(page.locator(".ballot__head")).to_contain_text("1 of 3 in", timeout=SLOW)
        assert "Borderline" not in page.locator(".ballot .votes").inner_text()
    expect(wall.locator(".wall__votes")).to_contain_text("1 of 3 in", timeout=SLOW)
    press(other, "1")
    expect(chair.locator(".ballot__head")).to_contain_text("2 of 3 in", timeout=SLOW)
    press(chair, "1")
    for page in (chair, remote, other):
        expect(page.locator(".answers")).to_contain_text("Omar", timeout=SLOW)
        expect(page.locator(".ballot__head")).to_contain_text("split, to be discussed")
        expect(page.get_by_role("heading", name="14 definitions of resectability")).to_be_visible(
            timeout=SLOW
        )
    expect(wall.locator(".wall__votes")).to_contain_text("2 resectable", timeout=SLOW)

    press(chair, "n")
    for page in (chair, remote, other):
        shows(page, "2026-002")
        assert page.evaluate("window.stayed"), "the page was not loaded anew"
    expect(wall.locator(".wall__ask")).to_contain_text("2026-002", timeout=SLOW)
    assert Meeting.objects.get().current_item == items[1]


def test_one_who_looks_elsewhere_is_told_what_the_chair_shows_and_comes_back_by_one_key(enter: Enter) -> None:
    chair, remote = enter("helen"), enter("omar")
    press(remote, "n")
    shows(remote, "2026-002")
    expect(remote.locator("#room-here")).to_contain_text("looking elsewhere, the chair shows 2026-001")
    shows(chair, "2026-001")
    chair.locator("[data-open]", has_text="2026-003").click()
    shows(chair, "2026-003")
    expect(remote.locator("#room-here")).to_contain_text("the chair shows 2026-003", timeout=SLOW)
    shows(remote, "2026-002")
    press(remote, "f")
    shows(remote, "2026-003")
    expect(remote.locator("#room-here")).to_contain_text("following the chair")


def test_the_chair_may_look_at_a_case_alone(enter: Enter, items: list[AgendaItem]) -> None:
    chair, remote = enter("helen"), enter("omar")
    press(chair, "f")
    expect(chair.locator("[data-lead]")).to_contain_text("you look alone")
    press(chair, "n")
    shows(chair, "2026-002")
    expect(chair.locator("#room-here")).to_contain_text("the room sees 2026-001")
    shows(remote, "2026-001")
    press(chair, "w")
    shows(remote, "2026-002")


def test_nothing_typed_is_thrown_away_when_the_room_moves_on_or_somebody_decides(
    enter: Enter, items: list[AgendaItem], people: dict[str, User]
) -> None:
    chair = enter("helen")
    chair.get_by_label("Rationale").fill("Typed for three minutes.")
    services.show_item(by=people["joan"], meeting=items[0].meeting, item=items[1])
    note = chair.locator("[data-room-moved]")
    expect(note).to_contain_text("The room has moved on to case 2026-002", timeout=SLOW)
    shows(chair, "2026-001")
    services.record_decision(by=people["helen"], item=items[0], expected_revision=0, outcome="surveillance")
    expect(chair.locator("[data-room-newer]")).to_contain_text("changed the decision", timeout=SLOW)
    expect(chair.get_by_label("Rationale")).to_have_value("Typed for three minutes.")
    note.get_by_role("link").click()
    shows(chair, "2026-002")


def test_a_web_process_that_dies_costs_no_screen_anything(
    enter: Enter, web: Web, items: list[AgendaItem], people: dict[str, User]
) -> None:
    pages = [enter("omar"), enter("marek"), enter("helen")]
    for page in pages:
        page.evaluate("window.stayed = true")
    round = services.open_vote(by=people["helen"], item=items[0], question="resectable")
    for page in pages:
        expect(page.locator("#ballot-resectable")).to_be_visible(timeout=SLOW)
    # Each process is killed once, so that every stream breaks at least once, and things happen meanwhile.
    web.kill(0)
    services.cast_vote(by=people["omar"], round=round, choice="yes")
    for page in pages:
        expect(page.locator("#ballot-resectable .ballot__head")).to_contain_text("1 of", timeout=SLOW)
    web.start()
    web.kill(1)
    services.cast_vote(by=people["marek"], round=round, choice="no")
    services.reveal_vote(by=people["helen"], round=round)
    services.show_item(by=people["joan"], meeting=items[0].meeting, item=items[2])
    for page in pages:
        shows(page, "2026-003")
        assert page.evaluate("window.stayed")
        expect(page.locator("[data-room-lost]")).to_have_count(0)
    assert Vote.objects.count() == 2
    assert VoteRound.objects.get().revealed_at is not None


def test_a_case_that_is_withdrawn_while_open_says_so_and_its_vote_closes(
    enter: Enter, items: list[AgendaItem], people: dict[str, User]
) -> None:
    remote = enter("omar")
    services.open_vote(by=people["helen"], item=items[0], question="resectable")
    expect(remote.get_by_role("button", name="Borderline")).to_be_visible(timeout=SLOW)
    services.remove_from_agenda(by=people["joan"], item=items[0], note="Scan not read")
    expect(remote.locator("#votes")).to_contain_text("taken off the agenda: Scan not read", timeout=SLOW)
    expect(remote.get_by_role("button", name="Borderline")).to_have_count(0)
    expect(remote.locator("#room-rail")).not_to_contain_text("2026-001", timeout=SLOW)
    expect(remote.locator("#decision")).to_contain_text("taken off the agenda Scan not read", timeout=SLOW)


def test_a_screen_that_was_on_its_way_to_one_case_ends_at_the_newest(
    enter: Enter, items: list[AgendaItem], people: dict[str, User]
) -> None:
    remote = enter("omar")
    shows(remote, "2026-001")
    held: list[Route] = []
    remote.route(f"**/room/?item={items[1].pk}", lambda route: held.append(route))
    services.show_item(by=people["helen"], meeting=items[0].meeting, item=items[1])
    expect(remote.locator("#room")).to_have_attribute("data-shown", str(items[1].pk), timeout=SLOW)
    services.show_item(by=people["helen"], meeting=items[0].meeting, item=items[2])
    expect(remote.locator("#room")).to_have_attribute("data-shown", str(items[2].pk), timeout=SLOW)
    remote.wait_for_timeout(200)
    held[0].continue_()
    shows(remote, "2026-003")


def test_who_types_a_decision_is_told_that_the_case_was_taken_off_and_keeps_what_was_typed(
    enter: Enter, items: list[AgendaItem], people: dict[str, User]
) -> None:
    chair = enter("helen")
    chair.get_by_label("Rationale").fill("Half a sentence")
    services.remove_from_agenda(by=people["joan"], item=items[0], note="Scan not read")
    expect(chair.locator("#room-notes")).to_contain_text("This case was taken off the agenda.", timeout=SLOW)
    expect(chair.get_by_label("Rationale")).to_have_value("Half a sentence")


def test_the_live_room_is_accessible_in_every_size_and_state(
    enter: Enter, items: list[AgendaItem], people: dict[str, User]
) -> None:
    found: list[str] = []
    services.open_vote(by=people["helen"], item=items[1], question="strategy")
    revealed = services.open_vote(by=people["helen"], item=items[2], question="resectable")
    services.cast_vote(by=people["omar"], round=revealed, choice="yes")
    services.cast_vote(by=people["helen"], round=revealed, choice="no")
    services.reveal_vote(by=people["helen"], round=revealed)
    for width, height, scheme in ((1920, 1080, "light"), (1280, 800, "dark"), (390, 844, "light")):
        page = enter(
            "helen", viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True
        )
        for item in items:
            page.goto(f"/meetings/{item.meeting_id}/room/?item={item.pk}")
            page.locator("#room-here summary").click()
            violations = Axe().run(page).response["violations"]
            found += [f"{width} {item}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in violations]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{width} {item}: wider than the window")
    page.goto("/board/settings/")
    found += [f"settings: {one['id']}" for one in Axe().run(page).response["violations"]]
    assert not found, "\n".join(found)
