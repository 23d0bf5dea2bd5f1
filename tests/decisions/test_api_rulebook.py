"""The rulebook by the API: to read for everybody with a role, to approve for a second person only."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from decisions.models import RulebookDraft
from decisions.rulebooks import current_rulebook
from decisions.services import submit_draft
from tests.decisions.rulebooks import drafted, stage_cohort

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(person: Callable[..., User]) -> User:
    return person("tomas", "rule_admin", "approver")


@pytest.fixture
def second(person: Callable[..., User]) -> User:
    return person("wanda", "approver")


@pytest.fixture
def draft(author: User) -> RulebookDraft:
    found = drafted(author, FLR_NORMAL_LOW=25, ADAM_FLR_MIN=40)
    return submit_draft(by=author, draft=found, revision=found.revision)


def answer(client: Client, by: User, draft: RulebookDraft, step: str, **given: Any) -> Any:
    client.force_login(by)
    body = {"revision": draft.revision, **given}
    return client.post(f"/api/rulebook-drafts/{draft.pk}/{step}/", body, content_type="application/json")


def test_versions_are_read_with_every_threshold(client: Client, second: User) -> None:
    client.force_login(second)
    listed = client.get("/api/rulebook-versions/").json()["results"]
    assert [(item["number"], item["profile"]) for item in listed] == [(1, None)]
    assert client.get("/api/rulebook-versions/1/").json()["thresholds"]["ADAM_FLR_MIN"] == 30
    assert client.get("/api/rulebook-versions/9/").status_code == 404


def test_a_draft_is_read_with_its_trail_and_its_impact(
    client: Client, second: User, coordinator: User, draft: RulebookDraft
) -> None:
    stage_cohort(coordinator, 5)
    client.force_login(second)
    told = client.get(f"/api/rulebook-drafts/{draft.pk}/").json()
    assert [change["name"] for change in told["changes"]] == ["ADAM_FLR_MIN", "FLR_NORMAL_LOW"]
    assert [step["kind"] for step in told["steps"]] == ["drafted", "changed", "changed", "submitted"]
    assert told["impact"]["cases"] == 5


def test_the_author_cannot_approve_by_the_api_either(
    client: Client, author: User, draft: RulebookDraft
) -> None:
    refused = answer(client, author, draft, "approve", typed={"FLR_NORMAL_LOW": "25"})
    assert refused.status_code == 403
    assert "second person" in refused.json()["title"]
    assert current_rulebook().number == 1


def test_a_second_person_approves_with_the_safety_limits_typed(
    client: Client, second: User, draft: RulebookDraft
) -> None:
    refused = answer(client, second, draft, "approve")
    assert refused.status_code == 400
    assert [error["path"] for error in refused.json()["errors"]] == ["FLR_NORMAL_LOW"]
    done = answer(client, second, draft, "approve", typed={"FLR_NORMAL_LOW": "25"})
    assert (done.status_code, done.json()["state"], done.json()["version"]) == (200, "active", 2)
    again = answer(client, second, draft, "approve", typed={"FLR_NORMAL_LOW": "25"})
    assert again.status_code == 400


def test_it_is_sent_back_with_a_comment(client: Client, second: User, draft: RulebookDraft) -> None:
    assert answer(client, second, draft, "send-back").status_code == 400
    assert answer(client, second, draft, "send-back", comment="Too strict").json()["state"] == "draft"


@pytest.mark.parametrize("body", ["[]", "{}", '{"revision": "x"}', '{"revision": 1, "typed": 3}', "3"])
def test_a_bad_answer_is_refused_and_changes_nothing(
    client: Client, second: User, draft: RulebookDraft, body: str
) -> None:
    client.force_login(second)
    refused = client.post(f"/api/rulebook-drafts/{draft.pk}/approve/", body, content_type="application/json")
    assert refused.status_code == 400
    draft.refresh_from_db()
    assert draft.state == "submitted"


def test_nobody_without_a_role_reads_it(client: Client, person: Callable[..., User]) -> None:
    assert client.get("/api/rulebook-drafts/").status_code == 401
    client.force_login(person("norole"))
    assert client.get("/api/rulebook-drafts/").status_code == 403
