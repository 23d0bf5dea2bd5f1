"""The pages of versions, thresholds, profiles and comparisons in a browser, accessible in three sizes."""

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Centre, User
from decisions.models import RulebookActivation, RulebookVersion
from decisions.rulebooks import current_rulebook, sync_rulebook
from decisions.services import create_profile, run_chunk
from tests.browser.conftest import PASSWORD, SignIn
from tests.decisions.rulebooks import activated, stage_cohort

pytestmark = [pytest.mark.browser, pytest.mark.services]
SIZES = [(1920, 1080), (1280, 800), (390, 844)]


@pytest.fixture
def tomas(people: dict[str, User]) -> User:
    sync_rulebook()
    return User.objects.create_user(
        "tomas", password=PASSWORD, roles=["rule_admin"], first_name="Tomas", last_name="Reyes"
    )


@pytest.fixture
def wanda(people: dict[str, User]) -> User:
    return User.objects.create_user(
        "wanda", password=PASSWORD, roles=["approver"], first_name="Wanda", last_name="Nowak"
    )


def accessible(page: Page, where: str) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [f"{where}: {item['id']} {item['nodes'][0]['html'][:160]}" for item in found]
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{where}: too wide"


def test_every_page_is_accessible_and_fits(
    sign_in: SignIn, people: dict[str, User], tomas: User, wanda: User
) -> None:
    stage_cohort(people["joan"], 30)
    first = current_rulebook()
    second = activated(tomas, wanda, ADAM_FLR_MIN=45, FLR_NORMAL_HIGH=35)
    strict = create_profile(by=tomas, name="Strict", code="strict", description="For transplant centres")
    centre = Centre.objects.get()
    third = activated(tomas, wanda, profile=strict, centres=[centre.pk], ADAM_FLR_MIN=40)
    activation = RulebookActivation.objects.get(version=third)
    run_chunk(activation.pk, size=100)
    staging = RulebookVersion.objects.get(pk=third.pk).assessments.first().staging_version.staging_id  # type: ignore[union-attr]
    shared = [
        "/rulebook/thresholds/ADAM_FLR_MIN/",
        "/rulebook/thresholds/FLR_NORMAL_LOW/",
        f"/rulebook/versions/{second.number}/",
        f"/rulebook/versions/{third.number}/?against={first.number}",
        "/rulebook/profiles/",
        f"/rulebook/compare/?left={first.number}&right={second.number}",
        f"/rulebook/activations/{activation.pk}/",
    ]
    of_admin = [*shared, "/rulebook/profiles/new/", "/rulebook/import/"]
    of_coordinator = [
        shared[5],
        f"/stagings/{staging}/?rulebook=1",
        f"/stagings/{staging}/?as_of={timezone.localdate()}",
        f"/stagings/{staging}/replay/",
    ]
    for width, height in SIZES:
        for name, addresses in (("tomas", of_admin), ("joan", of_coordinator)):
            for scheme in ("light", "dark") if width == 1280 else ("light",):
                page = sign_in(
                    name, bypass_csp=True, viewport={"width": width, "height": height}, color_scheme=scheme
                )
                for address in addresses:
                    answer = page.goto(address)
                    assert answer is not None
                    assert answer.status == 200, address
                    accessible(page, f"{address}, {width} px, {scheme}")


def test_the_bar_of_a_re_assessment_moves_by_itself(
    sign_in: SignIn, people: dict[str, User], tomas: User, wanda: User
) -> None:
    stage_cohort(people["joan"], 6)
    held = activated(tomas, wanda, ADAM_FLR_MIN=45)
    activation = RulebookActivation.objects.get(version=held)
    page = sign_in("joan")
    page.goto(f"/rulebook/activations/{activation.pk}/")
    expect(page.locator("#activation")).to_contain_text("0 of 6")
    run_chunk(activation.pk, size=3)
    expect(page.locator("#activation")).to_contain_text("3 of 6")
    run_chunk(activation.pk, size=3)
    expect(page.locator("#activation")).to_contain_text("6 of 6")
    expect(page.locator("#activation")).to_contain_text("ended")
    expect(page.locator("progress")).to_have_attribute("value", "100")


def test_a_version_is_exported_and_a_file_with_an_unknown_name_is_refused_in_words(
    sign_in: SignIn, tomas: User, tmp_path: Path
) -> None:
    page = sign_in("tomas")
    page.goto("/rulebook/versions/1/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as a file").click()
    document = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert document["schema"] == "crlm-thresholds/1"
    wrong = tmp_path / "set.json"
    wrong.write_text(json.dumps({"ADAM_FLR": 35}), encoding="utf-8")
    page.goto("/rulebook/import/")
    page.get_by_label("File", exact=True).set_input_files(str(wrong))
    page.get_by_label("Title of the draft").fill("National set")
    page.get_by_label("Reason").fill("Circular")
    page.get_by_label("Reference").fill("Circular 3/2026")
    page.get_by_role("button", name="Take into a draft").click()
    expect(page.locator("main")).to_contain_text("ADAM_FLR: there is no such threshold")
    expect(page.locator("main")).to_contain_text("near names: ADAM_FLR_MIN")
    expect(page.get_by_label("Title of the draft")).to_have_value("National set")


def test_a_case_goes_back_in_time_and_is_run_again(
    sign_in: SignIn, people: dict[str, User], tomas: User, wanda: User
) -> None:
    (version,) = stage_cohort(people["joan"], 1)
    held = activated(tomas, wanda, ADAM_FLR_MIN=45)
    run_chunk(RulebookActivation.objects.get(version=held).pk)
    page = sign_in("joan", viewport={"width": 1280, "height": 800})
    page.goto(f"/stagings/{version.staging_id}/")
    page.get_by_role("combobox", name="Under a version").select_option("1")
    page.get_by_role("form", name="Under a version").get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("Under rulebook 1, not the current advice.")
    page.get_by_role("link", name="The current advice").first.click()
    expect(page.locator("main")).not_to_contain_text("not the current advice")
    page.locator("#as-of").fill(timezone.localdate().isoformat())
    page.get_by_role("form", name="As of a date").get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("As of")
    page.get_by_role("link", name="Run again").click()
    expect(page.locator("#replays")).to_contain_text("identical")
    expect(page.locator("#replays p")).to_have_count(2)
