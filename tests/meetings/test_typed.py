"""What a chair has typed of a decision and not recorded outlives the browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from meetings.models import AgendaItem, BoardDecision
from meetings.services import record_decision

pytestmark = pytest.mark.django_db
TYPED = {
    "revision": "0", "outcome": "surveillance", "shown_outcome": "surveillance", "rationale": "Two small <b> lesions",
    "element-TOTAL_FORMS": "2", "element-INITIAL_FORMS": "0", "element-0-kind": "work_up",
    "element-0-detail": "Gadoxetate MRI", "element-0-deadline": "soon",
}  # fmt: skip


@pytest.fixture(autouse=True)
def forgotten() -> Any:
    yield
    cache.clear()


def keep(client: Client, user: User, item: AgendaItem, **given: str) -> int:
    client.force_login(user)
    address = reverse("meetings:decision-keep", args=[item.meeting_id, item.pk])
    return client.post(address, {**TYPED, **given}).status_code


def room(client: Client, user: User, item: AgendaItem) -> str:
    client.force_login(user)
    answer = client.get(reverse("meetings:room", args=[item.meeting_id]), {"item": item.pk})
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_was_typed_stands_there_again_in_another_browser(
    client: Client, chair: User, item: AgendaItem
) -> None:
    assert keep(client, chair, item) == 204
    page = room(Client(), chair, item)
    assert "This is what you had typed and not recorded." in page
    assert "Two small &lt;b&gt; lesions" in page
    assert 'value="Gadoxetate MRI"' in page
    assert not BoardDecision.objects.exists()


def test_nobody_else_sees_it(
    client: Client, chair: User, person: Callable[..., User], item: AgendaItem
) -> None:
    keep(client, chair, item)
    assert "Two small" not in room(client, person("rosa", "chair"), item)


def test_it_is_forgotten_once_the_decision_is_recorded_or_it_is_given_up(
    client: Client, chair: User, item: AgendaItem
) -> None:
    keep(client, chair, item)
    address = reverse("meetings:decision", args=[item.meeting_id, item.pk])
    sent = {**TYPED, "element-0-deadline": "", "outcome": "resection", "shown_outcome": "resection"}
    assert client.post(address, sent).status_code == 302
    assert BoardDecision.objects.get().rationale == "Two small <b> lesions"
    keep(client, chair, item, revision="1", rationale="Another thought")
    assert "Another thought" in room(client, chair, item)
    keep(client, chair, item, forget="1")
    assert "Another thought" not in room(client, chair, item)


def test_it_is_not_laid_over_what_somebody_else_has_recorded_meanwhile(
    client: Client, chair: User, person: Callable[..., User], item: AgendaItem
) -> None:
    keep(client, chair, item)
    record_decision(by=person("rosa", "chair"), item=item, expected_revision=0, outcome="resection")
    assert "Two small" not in room(client, chair, item)


def test_only_who_may_decide_keeps_anything_and_no_more_than_a_form(
    client: Client, chair: User, viewer: User, item: AgendaItem
) -> None:
    assert keep(client, viewer, item) == 403
    keep(client, chair, item, rationale="x" * 50_000)
    assert "xxxx" not in room(client, chair, item)
