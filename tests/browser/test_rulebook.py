"""A change of the rulebook in the browser: drafted, seen live, sent, sent back, approved, in force, and rolled back."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import Centre, User
from decisions.engine.thresholds import default
from decisions.models import RulebookDraft
from decisions.previews import impact_of, sides_of
from decisions.rulebooks import current_rulebook
from tests.browser.conftest import PASSWORD, SignIn
from tests.decisions.rulebooks import drafted, stage_cohort

pytestmark = [pytest.mark.browser, pytest.mark.services]
SIZES = ((1920, 1080), (1280, 800), (390, 844))


@pytest.fixture
def board(people: dict[str, User]) -> dict[str, User]:
    """Somebody who writes rules, somebody who approves them, and forty staged cases."""
    described = {"tomas": ("rule_admin", "Tomas", "Reyes"), "wanda": ("approver", "Wanda", "Nowak")}
    for name, (role, first, last) in described.items():
        people[name] = User.objects.create_user(
            name, password=PASSWORD, roles=[role, "viewer"], first_name=first, last_name=last
        )
        people[name].centres.add(Centre.objects.get(code="north"))
    stage_cohort(people["joan"], 40)
    return people


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [f"{item['id']} {item['nodes'][0]['html'][:160]}" for item in found]


def moved(page: Page, threshold: str, value: str) -> None:
    """Type a number and wait for its impact."""
    with page.expect_response(re.compile(r"/impact/\?.*live=1")):
        page.locator(f"#value-{threshold}").fill(value)


def test_a_change_goes_the_whole_way_and_back(sign_in: SignIn, board: dict[str, User]) -> None:
    author, approver = sign_in("tomas"), sign_in("wanda")

    author.goto("/rulebook/")
    author.get_by_role("link", name="Change Normal liver: inadequate below").click()
    author.get_by_label("Title").fill("Remnant limits")
    author.get_by_role("button", name="Begin the draft").click()
    author.wait_for_url(re.compile(r"/rulebook/drafts/\d+/\?threshold=FLR_NORMAL_LOW"))
    address = author.url.partition("?")[0]

    # Live: the number and its slider move together, and what they would do is shown before anything is saved.
    moved(author, "FLR_NORMAL_LOW", "25")
    expect(author.locator("#impact")).to_contain_text("numbers not saved")
    expect(author.get_by_label("Normal liver: inadequate below, slider")).to_have_value("25")
    expect(author.locator("#threshold-list .is-draft .value")).to_contain_text("20 → 25")
    moved(author, "FLR_NORMAL_LOW", "90")
    expect(author.locator("#impact")).to_contain_text("FLR_NORMAL_LOW: 90 is not allowed")
    with author.expect_response(re.compile(r"/impact/\?.*live=1")):
        author.get_by_label("Normal liver: inadequate below, slider").fill("28")
    expect(author.locator("#value-FLR_NORMAL_LOW")).to_have_value("28")
    author.get_by_role("button", name="Change Normal liver: adequate from").click()
    expect(author.locator("#value-FLR_NORMAL_HIGH")).to_be_focused()
    expect(author.locator("#value-FLR_NORMAL_LOW")).to_have_value("28")
    moved(author, "FLR_NORMAL_HIGH", "38")
    draft = RulebookDraft.objects.get()
    wanted = default().override({"FLR_NORMAL_LOW": 28, "FLR_NORMAL_HIGH": 38})
    changed = f"{len(impact_of(sides_of(draft, wanted)).version_ids())} of 40"
    expect(author.locator("#impact .figures dd").first).to_have_text(changed)
    assert not draft.changes.exists()

    # Sent with nothing said: refused, and nothing typed is lost.
    author.get_by_role("button", name="Send for approval").click()
    expect(author.get_by_role("alert")).to_contain_text("FLR_NORMAL_LOW, reason: nothing given")
    expect(author.locator("#value-FLR_NORMAL_HIGH")).to_have_value("38")
    for name in ("FLR_NORMAL_LOW", "FLR_NORMAL_HIGH"):
        author.locator(f"#reason-{name}").fill("Two liver failures")
        author.locator(f"#reference-{name}").fill("Local audit")
    author.get_by_role("button", name="Send for approval").click()
    expect(author.locator("#messages")).to_contain_text("sent for approval")
    expect(author.locator("#impact .figures dd").first).to_have_text(changed)

    # The second person sends it back, the author changes it.
    approver.goto("/rulebook/")
    expect(approver.get_by_role("region", name="Open drafts")).to_contain_text("1 waits for you")
    approver.get_by_role("link", name="Remnant limits").first.click()
    approver.get_by_label("What should be different").fill("38 is too much")
    approver.get_by_role("button", name="Send back to Tomas Reyes").click()
    expect(approver.locator("#messages")).to_contain_text("went back to Tomas Reyes")
    author.goto(address)
    expect(author.locator(".steps")).to_contain_text("sent back by Wanda Nowak: 38 is too much")
    moved(author, "FLR_NORMAL_HIGH", "35")
    author.get_by_role("button", name="Send for approval").click()
    expect(author.locator("#messages")).to_contain_text("sent for approval")

    # Approved with the limits typed; one case is looked at on the way.
    approver.goto(address)
    approver.locator("#impact tbody a").first.click()
    expect(approver.get_by_role("heading", name="both sides")).to_be_visible()
    expect(approver.locator(".sides").first).to_contain_text("Today:")
    approver.get_by_role("link", name="Back to the draft").click()
    approver.get_by_label("Normal liver: inadequate below").fill("28")
    approver.get_by_label("Normal liver: adequate from").fill("38")
    approver.get_by_role("button", name="Approve").click()
    expect(approver.get_by_role("alert")).to_contain_text("'38' was typed")
    expect(approver.get_by_label("Normal liver: inadequate below")).to_have_value("28")
    approver.get_by_label("Normal liver: adequate from").fill("35")
    approver.get_by_role("button", name="Approve").click()
    expect(approver.locator("#messages")).to_contain_text("in force as version 2")
    assert current_rulebook().changes == {"FLR_NORMAL_LOW": 28, "FLR_NORMAL_HIGH": 35}
    approver.get_by_role("link", name="The trail", exact=True).click()
    expect(approver.get_by_role("region", name="Every step")).to_contain_text("typed: FLR_NORMAL_LOW 28")

    # And back: a draft like any other.
    author.goto("/rulebook/")
    expect(author.locator("#t-FLR_NORMAL_LOW")).to_contain_text("Last change: 20 → 28")
    author.get_by_role("link", name="go back to it").click()
    author.get_by_label("Reason").fill("The audit was wrong")
    author.get_by_role("button", name="Begin the draft").click()
    expect(author.locator("#value-FLR_NORMAL_LOW")).to_have_value("20")
    author.get_by_role("button", name="Send for approval").click()
    approver.goto(author.url)
    approver.get_by_label("Normal liver: inadequate below").fill("20")
    approver.get_by_label("Normal liver: adequate from").fill("30")
    approver.get_by_role("button", name="Approve").click()
    expect(approver.locator("#messages")).to_contain_text("in force as version 3")
    assert current_rulebook().changes == {}


def test_without_javascript_a_draft_is_changed_and_sent(sign_in: SignIn, board: dict[str, User]) -> None:
    draft = drafted(board["tomas"], ADAM_FLR_MIN=40)
    page = sign_in("tomas", java_script_enabled=False)
    page.goto(f"/rulebook/drafts/{draft.pk}/?topic=transplantation")
    page.locator("#value-ADAM_FLR_MIN").fill("45")
    page.get_by_role("button", name="Change Transplantation, review: age").click()
    expect(page.locator("#value-ADAM_FLR_MIN")).to_have_value("45")
    page.locator("#row-LT_AGE_LT").get_by_role("button", name="Leave at").click()
    expect(page.locator("#row-LT_AGE_LT")).to_have_count(0)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#impact .figures")).to_contain_text("of 40")
    page.get_by_role("button", name="Send for approval").click()
    draft.refresh_from_db()
    assert (draft.state, draft.changes.get().value) == ("submitted", 45)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["wide", "laptop", "phone"])
def test_the_pages_are_accessible_and_fit(
    sign_in: SignIn, board: dict[str, User], size: tuple[int, int], scheme: str
) -> None:
    draft = drafted(board["tomas"], FLR_NORMAL_LOW=28, FLR_NORMAL_HIGH=35, FIRMNESS_DIAMETER_MM=4)
    page = sign_in(
        "tomas", bypass_csp=True, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
    )
    base = f"/rulebook/drafts/{draft.pk}/"
    page.goto(base)
    case = page.locator("#impact tbody a").first.get_attribute("href")
    assert case is not None
    for address in ("/rulebook/", base, f"{base}impact/", f"{base}trail/", case, "/rulebook/drafts/new/"):
        page.goto(address)
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], address
