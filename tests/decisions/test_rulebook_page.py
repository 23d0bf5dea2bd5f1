"""The rulebook can be read by everyone who works here, searched, and followed to its sources."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from decisions.engine.rules import RULES
from decisions.engine.thresholds import default
from decisions.models import RulebookVersion
from decisions.rulebooks import current_rulebook

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, viewer: User) -> Client:
    client.force_login(viewer)
    return client


def page(client: Client, **query: str) -> str:
    answer = client.get("/rulebook/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_threshold_definition_and_rule_is_there_with_its_source(reader: Client) -> None:
    shown = page(reader)
    for threshold in default().thresholds():
        assert f'id="t-{threshold.name}"' in shown
    for rule in RULES:
        assert f'id="r-{rule}"' in shown
    assert shown.count('id="d-D') == 14
    assert "Adam R et al." in shown or "Adam R," in shown
    assert "board's own choice" in shown or "board&#x27;s own choice" in shown


def test_a_search_looks_at_names_rules_and_sources(reader: Client) -> None:
    shown = page(reader, q="Viganò lesions")
    assert 'id="t-VIGANO_MIN_LESIONS"' in shown
    assert 'id="t-GAME_CEA_GE"' not in shown
    assert 'id="t-FLR_NORMAL_LOW"' in page(reader, q="RES-01")
    nothing = page(reader, q="zebra")
    assert "No threshold matches “zebra”" in nothing
    assert "No rule matches" in nothing


def test_a_topic_shows_its_thresholds_only_and_an_unknown_one_shows_all(reader: Client) -> None:
    remnant = page(reader, topic="remnant")
    assert 'id="t-FLR_NORMAL_LOW"' in remnant
    assert 'id="t-GAME_CEA_GE"' not in remnant
    assert 'id="t-GAME_CEA_GE"' in page(reader, topic="<script>")


def test_the_version_in_force_is_shown_with_its_own_values(reader: Client) -> None:
    first = current_rulebook()
    changed = default().override({"FLR_NORMAL_LOW": 25})
    RulebookVersion.objects.create(
        number=first.number + 1, hash=changed.hash, thresholds=changed.values(), valid_from=first.valid_from,
        reason="Local audit of liver failures",
    )  # fmt: skip
    shown = page(reader, topic="remnant")
    assert "shipped: 20" in shown
    assert "Local audit of liver failures" in shown


def test_the_page_is_for_those_who_are_signed_in_and_hold_a_role(
    client: Client, person: Callable[..., User]
) -> None:
    assert client.get("/rulebook/").status_code == 302
    client.force_login(person("norole"))
    assert client.get("/rulebook/").status_code == 403


def test_a_rule_is_shown_in_words_and_the_handbook_is_there_under_the_rulebook_in_force(
    reader: Client,
) -> None:
    assert "Liver unresectable and Line started on recorded" in page(reader, q="RES-02")
    first = current_rulebook()
    changed = default().override({"ADAM_FLR_MIN": 35})
    RulebookVersion.objects.create(
        number=first.number + 1, hash=changed.hash, thresholds=changed.values(), valid_from=first.valid_from,
        reason="Local audit",
    )  # fmt: skip
    answer = reader.get("/rulebook/handbook.md")
    assert answer["Content-Type"].startswith("text/markdown")
    assert "≥ 35 % (ADAM_FLR_MIN)" in answer.content.decode()
