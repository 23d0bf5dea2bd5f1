"""The workbench: a draft is begun, looked at, sent, sent back and approved on its pages; nothing typed is lost."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Centre, User
from decisions import impact_jobs
from decisions.engine.assess import assess
from decisions.engine.document import parse
from decisions.engine.thresholds import default
from decisions.models import DraftStep, RulebookDraft, RulebookProfile
from decisions.pages.readers import SILENT
from decisions.previews import impact_of, sides_of, silent_thresholds
from decisions.rulebooks import current_rulebook
from decisions.services import send_back, start_draft, submit_draft
from patients.models import RecordAccess, StagingVersion
from tests.decisions.rulebooks import activated, drafted, stage_cohort

pytestmark = [pytest.mark.django_db, pytest.mark.services]
Person = Callable[..., User]


@pytest.fixture
def author(person: Person) -> User:
    return person("tomas", "rule_admin", "viewer", first_name="Tomas", last_name="Reyes")


@pytest.fixture
def second(person: Person) -> User:
    return person("wanda", "approver", "viewer", first_name="Wanda", last_name="Nowak")


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(draft: RulebookDraft, part: str = "") -> str:
    return f"/rulebook/drafts/{draft.pk}/{part}"


def form(draft: RulebookDraft, action: str = "save", **rows: Any) -> dict[str, Any]:
    """The form of a draft as a browser sends it; rows: NAME=value, with reason and reference."""
    sent = {
        "revision": draft.revision, "title": draft.title, "holds_from": draft.holds_from.isoformat(), "action": action,
    }  # fmt: skip
    for name, value in rows.items():
        sent |= {f"value-{name}": value, f"reason-{name}": "Audit", f"reference-{name}": "Minutes of March"}
    return sent


def shown(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode().replace("\xa0", " ")


def numbers(draft: RulebookDraft) -> dict[str, float]:
    return {change.name: change.value for change in RulebookDraft.objects.get(pk=draft.pk).changes.all()}


# ------------------------------------------------------------------------------------------------------ begin and save
def test_a_draft_is_begun_with_a_threshold_that_stands_open_in_its_form(author: User) -> None:
    client = as_user(author)
    answer = client.post(
        "/rulebook/drafts/new/?threshold=ADAM_FLR_MIN",
        {"title": "Remnant", "layer": "", "holds_from": timezone.localdate().isoformat()},
    )
    draft = RulebookDraft.objects.get()
    assert answer["Location"] == address(draft, "?threshold=ADAM_FLR_MIN")
    page = shown(client.get(answer["Location"]))
    assert 'name="value-ADAM_FLR_MIN"' in page
    assert "25 to 50 allowed, now 30 %" in page or "allowed, now 30" in page
    assert numbers(draft) == {}


def test_what_is_wrong_with_a_new_draft_is_said_and_the_rest_stays(author: User) -> None:
    answer = as_user(author).post(
        "/rulebook/drafts/new/", {"title": "", "layer": "nowhere", "holds_from": "soon"}
    )
    page = shown(answer, 422)
    assert "is no profile" in page
    assert 'value="soon"' in page


def test_two_limits_that_only_fit_together_are_saved_together(author: User) -> None:
    draft = start_draft(by=author, title="Remnant")
    answer = as_user(author).post(address(draft), form(draft, FLR_NORMAL_LOW="30", FLR_NORMAL_HIGH="35,5"))
    assert answer.status_code == 302
    assert numbers(draft) == {"FLR_NORMAL_LOW": 30, "FLR_NORMAL_HIGH": 35.5}


def test_saving_twice_does_nothing_twice_and_what_is_left_out_falls_away(author: User) -> None:
    client, draft = as_user(author), start_draft(by=author, title="Remnant")
    client.post(address(draft), form(draft, ADAM_FLR_MIN="35", LT_AGE_LT="65"))
    draft.refresh_from_db()
    steps = draft.steps.count()
    client.post(address(draft), form(draft, ADAM_FLR_MIN="35", LT_AGE_LT="65"))
    assert draft.steps.count() == steps
    client.post(address(draft), form(draft, LT_AGE_LT="65"))
    assert numbers(draft) == {"LT_AGE_LT": 65}
    assert draft.steps.filter(details__removed=True).count() == 1


def test_a_refused_form_says_everything_at_once_and_keeps_what_was_typed(author: User) -> None:
    draft = start_draft(by=author, title="Remnant")
    sent = form(draft, FLR_NORMAL_LOW="200", LT_AGE_LT="sixty") | {
        "reason-LT_AGE_LT": "",
        "title": "",
        "holds_from": "2020-01-01",
    }
    page = shown(as_user(author).post(address(draft), sent), 422)
    assert "FLR_NORMAL_LOW: 200 is not allowed; allowed: a number from 15 to 30" in page
    assert "LT_AGE_LT: &#x27;sixty&#x27; is not allowed" in page
    assert "LT_AGE_LT, reason: nothing given" in page
    assert "title: nothing given" in page
    assert "holds_from: 2020-01-01 is not allowed" in page
    assert 'value="200"' in page
    assert 'value="sixty"' in page
    assert "Minutes of March" in page
    assert numbers(draft) == {}


def test_limits_in_the_wrong_order_are_refused_in_words(author: User) -> None:
    draft = start_draft(by=author, title="Remnant")
    page = shown(
        as_user(author).post(address(draft), form(draft, FLR_NORMAL_LOW="30", FLR_NORMAL_HIGH="25")), 422
    )
    assert "FLR_NORMAL_LOW (30) lies above FLR_NORMAL_HIGH (25)" in page


def test_a_form_from_before_a_save_in_another_window_loses_nothing_and_saves_nothing(author: User) -> None:
    client, draft = as_user(author), start_draft(by=author, title="Remnant")
    client.post(address(draft), form(draft, ADAM_FLR_MIN="35"))
    page = shown(client.post(address(draft), form(draft, ADAM_FLR_MIN="40")), 422)
    assert "The draft was changed meanwhile; nothing was saved" in page
    assert 'value="40"' in page
    assert "saved meanwhile: 35" in page
    assert numbers(draft) == {"ADAM_FLR_MIN": 35}


def test_a_threshold_is_taken_in_and_left_out_again_without_saving(author: User) -> None:
    client, draft = as_user(author), start_draft(by=author, title="Remnant")
    sent = form(draft, ADAM_FLR_MIN="35")
    del sent["action"]
    page = shown(client.post(address(draft), sent | {"add": "LT_AGE_LT"}))
    assert 'name="value-LT_AGE_LT"' in page
    assert 'name="value-ADAM_FLR_MIN" type="text" inputmode="decimal" value="35"' in page
    page = shown(client.post(address(draft), sent | {"remove": "ADAM_FLR_MIN"}))
    assert 'name="value-ADAM_FLR_MIN"' not in page
    assert numbers(draft) == {}


@pytest.mark.parametrize("who", ["sam", "other", "wanda"])
def test_everybody_may_look_and_nobody_but_the_author_edits(
    author: User, second: User, person: Person, who: str
) -> None:
    users = {"sam": person("sam2", "viewer"), "other": person("rik", "rule_admin"), "wanda": second}
    draft = drafted(author, ADAM_FLR_MIN=35)
    client = as_user(users[who])
    page = shown(client.get(address(draft)))
    assert 'name="value-ADAM_FLR_MIN"' not in page
    assert "Local audit, 12 March 2026" in page
    for action in ("save", "submit", "rebase"):
        assert client.post(address(draft), form(draft, action, ADAM_FLR_MIN="40")).status_code == 403
    assert numbers(draft) == {"ADAM_FLR_MIN": 35}


def test_a_draft_is_not_begun_by_who_may_only_read(viewer: User, person: Person) -> None:
    assert as_user(viewer).get("/rulebook/drafts/new/").status_code == 403
    assert as_user(person("norole")).get("/rulebook/drafts/1/").status_code == 403
    assert as_user(viewer).get("/rulebook/drafts/999/").status_code == 404


# ---------------------------------------------------------------------------------------------------------- approval
def sent_for_approval(author: User, **changes: float) -> RulebookDraft:
    draft = drafted(author, **changes)
    return submit_draft(by=author, draft=draft, revision=draft.revision)


def test_what_stands_in_the_form_is_what_is_sent(author: User) -> None:
    draft = drafted(author, ADAM_FLR_MIN=35)
    sent = form(draft, "submit", ADAM_FLR_MIN="38") | {"comment": "Please look"}
    assert as_user(author).post(address(draft), sent).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, numbers(draft)) == ("submitted", {"ADAM_FLR_MIN": 38})
    assert draft.steps.last().comment == "Please look"  # type: ignore[union-attr]


def test_a_form_that_can_not_be_sent_is_not_saved_either(author: User) -> None:
    draft = drafted(author, ADAM_FLR_MIN=35)
    assert "changes nothing" in shown(as_user(author).post(address(draft), form(draft, "submit")), 422)
    assert numbers(draft) == {"ADAM_FLR_MIN": 35}


def test_the_approver_types_the_limits_of_safety_rules_and_sees_what_they_guard(
    author: User, second: User
) -> None:
    draft, client = sent_for_approval(author, FLR_NORMAL_LOW=25, ADAM_FLR_MIN=35), as_user(second)
    page = shown(client.get(address(draft)))
    assert "RES-01 guards against a liver remnant that is too small" in page
    assert 'name="confirm-FLR_NORMAL_LOW"' in page
    assert 'name="confirm-ADAM_FLR_MIN"' not in page
    sent = {
        "revision": draft.revision,
        "action": "approve",
        "confirm-FLR_NORMAL_LOW": "20",
        "approve_comment": "Seen the audit",
    }
    page = shown(client.post(address(draft), sent), 422)
    assert "&#x27;20&#x27; was typed" in page
    assert 'value="Seen the audit"' in page
    assert client.post(address(draft), sent | {"confirm-FLR_NORMAL_LOW": "25"}).status_code == 302
    assert current_rulebook().thresholds["FLR_NORMAL_LOW"] == 25
    trail = shown(client.get(address(draft, "trail/")))
    assert "typed: FLR_NORMAL_LOW 25" in trail
    assert "Seen the audit" in trail
    assert current_rulebook().hash in trail


def test_the_author_finds_no_way_to_approve_on_the_page(person: Person) -> None:
    both = person("ada", "rule_admin", "approver", "viewer")
    draft = sent_for_approval(both, ADAM_FLR_MIN=35)
    client = as_user(both)
    page = shown(client.get(address(draft)))
    assert "it needs the approval of a second person" in page
    assert 'value="approve"' not in page
    assert client.post(address(draft), {"revision": draft.revision, "action": "approve"}).status_code == 403


def test_sent_back_with_a_comment_the_draft_is_its_authors_again(author: User, second: User) -> None:
    draft = sent_for_approval(author, ADAM_FLR_MIN=45)
    client = as_user(second)
    page = shown(
        client.post(address(draft), {"revision": draft.revision, "action": "send_back", "back_comment": " "}),
        422,
    )
    assert "comment: nothing given" in page
    client.post(
        address(draft), {"revision": draft.revision, "action": "send_back", "back_comment": "Too strict"}
    )
    page = shown(as_user(author).get(address(draft)))
    assert "sent back by Wanda Nowak: Too strict" in page
    assert 'name="value-ADAM_FLR_MIN"' in page


def test_a_draft_is_withdrawn_with_a_reason_that_is_needed(author: User) -> None:
    draft, client = drafted(author, ADAM_FLR_MIN=35), as_user(author)
    sent = {"revision": draft.revision, "action": "withdraw", "withdraw_comment": ""}
    assert "comment: nothing given" in shown(client.post(address(draft), sent), 422)
    client.post(address(draft), sent | {"withdraw_comment": "Not needed"})
    assert "nothing of it holds" in shown(client.get(address(draft)))


def test_a_draft_that_was_overtaken_shows_what_came_between_and_is_put_on_top(
    author: User, second: User
) -> None:
    draft = drafted(author, ADAM_FLR_MIN=35, LT_AGE_LT=65)
    newer = activated(author, second, LT_AGE_LT=66)
    client = as_user(author)
    page = shown(client.get(address(draft)))
    assert f"version {newer.number} is in force" in page
    assert "70 → 66" in page
    assert "(in this draft too)" in page
    client.post(address(draft), {"revision": draft.revision, "action": "rebase"})
    draft.refresh_from_db()
    assert draft.base == newer
    assert "66 years" in shown(client.get(address(draft)))


def test_a_roll_back_is_begun_with_a_reason(author: User, second: User) -> None:
    first = current_rulebook()
    activated(author, second, LT_AGE_LT=65)
    client = as_user(author)
    where = f"/rulebook/drafts/new/?back_to={first.number}"
    assert "reason: nothing given" in shown(client.post(where, {"reason": ""}), 422)
    client.post(where, {"reason": "The audit was wrong"})
    draft = RulebookDraft.objects.latest("pk")
    assert (draft.returns_to, numbers(draft)) == (first, {"LT_AGE_LT": 70})
    held = current_rulebook()
    assert f"Version {held.number} is in force" in shown(
        client.post(f"/rulebook/drafts/new/?back_to={held.number}", {"reason": "Again"}), 422
    )


# ------------------------------------------------------------------------------------------------------------ impact
SIDE = {"FLR_NORMAL_HIGH": 35.0, "ADAM_FLR_MIN": 40.0}


def test_the_page_counts_what_the_preview_counts_and_notes_who_looked(
    author: User, viewer: User, coordinator: User
) -> None:
    stage_cohort(coordinator, 60)
    draft = drafted(author, **SIDE)
    told = impact_of(sides_of(draft))
    page = shown(as_user(viewer).get(address(draft, "impact/")))
    changed = len(told.version_ids())
    assert changed > 0
    assert f'<dd>{changed} <span class="unit">of 60</span></dd>' in page
    assert f"<dd>{told.count('definitions')}</dd>" in page
    looks = draft.steps.filter(kind=DraftStep.Kind.LOOKED)
    assert not looks.exists()
    for _ in range(2):
        as_user(author).get(address(draft, "impact/"))
    assert looks.get().details == told.figures()


def test_numbers_that_are_not_saved_are_looked_at_and_change_nothing(author: User, coordinator: User) -> None:
    stage_cohort(coordinator, 60)
    draft, client = drafted(author, LT_AGE_LT=69), as_user(author)
    query = {"live": "1", "value-FLR_NORMAL_HIGH": "35", "value-ADAM_FLR_MIN": "40"}
    page = shown(client.get(address(draft, "impact/"), query, HTTP_HX_REQUEST="true"))
    told = impact_of(sides_of(drafted(author, **SIDE)))
    assert f'<dd>{len(told.version_ids())} <span class="unit">of 60</span></dd>' in page
    assert "numbers not saved" in page
    assert "<html" not in page
    assert numbers(draft) == {"LT_AGE_LT": 69}
    assert not draft.steps.filter(kind=DraftStep.Kind.LOOKED).exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (
            {"value-FLR_NORMAL_LOW": "200"},
            "FLR_NORMAL_LOW: 200 is not allowed; allowed: a number from 15 to 30",
        ),
        ({"value-FLR_NORMAL_LOW": "2o"}, "FLR_NORMAL_LOW: &#x27;2o&#x27; is not allowed"),
        ({"value-FLR_NORMAL_LOW": "nan"}, "FLR_NORMAL_LOW: nan is not allowed"),
        ({"value-FLR_NORMAL_LOW": "1e999"}, "FLR_NORMAL_LOW: inf is not allowed"),
        ({"value-LT_AGE_LT": "65.5"}, "LT_AGE_LT: 65.5 is not allowed; allowed: a whole number"),
        ({"value-FLR_NORMAL_LOW": "30", "value-FLR_NORMAL_HIGH": "25"}, "lies above FLR_NORMAL_HIGH (25)"),
    ],
)
def test_a_number_that_is_not_allowed_is_answered_with_a_sentence(
    author: User, typed: dict[str, str], words: str
) -> None:
    draft = drafted(author)
    page = shown(
        as_user(author).get(address(draft, "impact/"), {"live": "1", **typed}, HTTP_HX_REQUEST="true")
    )
    assert words in page


def test_a_threshold_on_which_no_answer_rests_says_what_reads_it(author: User) -> None:
    page = shown(as_user(author).get(address(drafted(author, FIRMNESS_DIAMETER_MM=4))))
    assert "No counted answer rests on <code>FIRMNESS_DIAMETER_MM</code>" in page
    assert "turns within the error of a measurement" in page
    assert set(SILENT) <= silent_thresholds()


def test_only_cases_of_ones_own_centres_are_listed_and_the_others_are_counted(
    author: User, coordinator: User, person: Person
) -> None:
    south = Centre.objects.create(code="south", name="Southfield")
    stage_cohort(coordinator, 40, seed=7)
    stage_cohort(person("ann", "coordinator", centre=south), 40, seed=8, centre=south)
    draft = drafted(author, **SIDE)
    told = impact_of(sides_of(draft)).version_ids().tolist()
    centres = dict(StagingVersion.objects.values_list("pk", "staging__patient__centre__code"))
    mine = [pk for pk in told if centres[pk] == "north"]
    assert 0 < len(mine) < len(told)
    page = shown(as_user(author).get(address(draft, "impact/"), {"all": "1"}))
    assert page.count(f"/rulebook/drafts/{draft.pk}/cases/") == len(mine)
    assert f"{len(told) - len(mine)} cases of other centres are counted and not listed" in page
    assert "S8-" not in page
    foreign = next(pk for pk in told if centres[pk] == "south")
    assert as_user(author).get(address(draft, f"cases/{foreign}/")).status_code == 403


def test_who_reads_no_records_sees_figures_and_no_case(person: Person, coordinator: User) -> None:
    stage_cohort(coordinator, 30)
    admin = person("rik", "rule_admin", all_centres=True)
    draft = drafted(admin, **SIDE)
    page = shown(as_user(admin).get(address(draft)))
    assert "your roles read no patients’ records" in page
    assert "S7-" not in page
    assert shown_csv(as_user(admin), draft) == []


def shown_csv(client: Client, draft: RulebookDraft, **query: str) -> list[dict[str, str]]:
    answer = client.get(address(draft, "impact.csv"), query)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_the_export_has_every_change_of_every_case(author: User, coordinator: User) -> None:
    stage_cohort(coordinator, 40)
    draft = drafted(author, **SIDE)
    rows = shown_csv(as_user(author), draft)
    told = impact_of(sides_of(draft))
    assert {row["case"] for row in rows} == set(
        StagingVersion.objects.filter(pk__in=told.version_ids().tolist()).values_list(
            "staging__patient__case_id", flat=True
        )
    )
    assert len(rows) == sum(len(found) for found in told.versions.values())
    only = shown_csv(as_user(author), draft, family="definitions")
    assert {row["family"] for row in only} == {"verdicts of definitions"}


def test_one_case_is_shown_with_what_differs_on_both_sides_and_the_look_is_logged(
    author: User, coordinator: User
) -> None:
    stage_cohort(coordinator, 60)
    draft = drafted(author, **SIDE)
    told = impact_of(sides_of(draft))
    version = StagingVersion.objects.get(pk=int(told.versions["definitions", "D04"][0]))
    case = parse(version.document or {})
    old = assess(case, default())["definitions"]["D04"].replace("_", " ")
    new = assess(case, default().override(SIDE))["definitions"]["D04"].replace("_", " ")
    page = shown(as_user(author).get(address(draft, f"cases/{version.pk}/")))
    assert "Adam 2012" in page
    assert f"Today: {old}" in page
    assert f"Draft: {new}" in page
    assert "<b>30 %</b>" in page
    assert "<b>40 %</b>" in page
    assert RecordAccess.objects.filter(user=author, patient=version.staging.patient).exists()


def test_a_great_board_is_computed_by_a_worker_and_asked_for(
    author: User, coordinator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_cohort(coordinator, 20)
    cache.clear()
    queued: list[tuple[Any, ...]] = []
    monkeypatch.setattr(impact_jobs, "AT_ONCE", 10)
    monkeypatch.setattr("decisions.tasks.preview_impact.delay", lambda *given: queued.append(given))
    draft, client = drafted(author, **SIDE), as_user(author)
    query = {"live": "1", "value-ADAM_FLR_MIN": "40"}
    for _ in range(2):
        page = shown(client.get(address(draft, "impact/"), query, HTTP_HX_REQUEST="true"))
        assert "computed in the background" in page
    assert len(queued) == 1
    impact_jobs.work_out(*queued[0])
    page = shown(client.get(address(draft, "impact/"), query, HTTP_HX_REQUEST="true"))
    told = impact_of(sides_of(drafted(author, ADAM_FLR_MIN=40)))
    assert f'<dd>{len(told.version_ids())} <span class="unit">of 20</span></dd>' in page
    cache.clear()


# ---------------------------------------------------------------------------------------------------- the rulebook page
def test_the_rulebook_shows_history_marks_and_drafts(author: User, second: User, viewer: User) -> None:
    activated(author, second, LT_AGE_LT=65)
    sent_for_approval(author, ADAM_FLR_MIN=35)
    page = shown(as_user(second).get("/rulebook/"))
    assert "Last change: 70 → 65" in page
    assert "1 waits for you" in page
    assert "A draft waits for your approval" in page
    assert "New draft" not in page
    assert page.count("safety limit") >= 8
    page = shown(as_user(author).get("/rulebook/"))
    assert "?threshold=ADAM_FLR_MIN" in page
    assert "waits for you" not in page
    assert "Change Adam" not in shown(as_user(viewer).get("/rulebook/"))


def test_a_profile_shows_its_numbers_and_marks_what_it_sets_itself(
    author: User, second: User, viewer: User, north: Centre
) -> None:
    strict = RulebookProfile.objects.create(code="strict", name="Strict", created_by=author)
    assert "has no version yet" in shown(as_user(viewer).get("/rulebook/?profile=strict"))
    activated(author, second, profile=strict, centres=[north.pk], ADAM_FLR_MIN=40)
    page = shown(as_user(viewer).get("/rulebook/?profile=strict"))
    assert "Profile Strict" in page
    assert "followed by Northgate" in page
    assert page.count("set by the profile") == 1
    assert "set by the profile" not in shown(as_user(viewer).get("/rulebook/"))


def test_the_trail_tells_everything_that_happened(author: User, second: User, viewer: User) -> None:
    draft = sent_for_approval(author, ADAM_FLR_MIN=45)
    draft = send_back(by=second, draft=draft, revision=draft.revision, comment="<b>Too strict</b>")
    as_user(author).get(address(draft))
    page = shown(as_user(viewer).get(address(draft, "trail/")))
    for words in (
        "Drafted",
        "ADAM_FLR_MIN: 30 → 45",
        "Sent for approval",
        "hash of the numbers",
        "Sent back",
        "Wanda Nowak",
        "Impact looked at",
        "cases 0",
    ):
        assert words in page
    assert "&lt;b&gt;Too strict&lt;/b&gt;" in page
