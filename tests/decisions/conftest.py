"""A centre, its coordinator, and case documents."""

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Centre, User

VIGNETTES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "engine" / "vignettes.json").read_text(encoding="utf-8")
)


def day(offset: int) -> datetime.date:
    """Today and so many days."""
    return timezone.localdate() + datetime.timedelta(days=offset)


def document(case_id: str = "2026-001", when: str = "2026-01-15", **blocks: Any) -> dict[str, Any]:
    """A case document with a key."""
    given = {**blocks, "case": {**blocks.get("case", {}), "id": case_id, "decision_date": when}}
    return {"case": given.pop("case"), **given}


@pytest.fixture
def north(db: None) -> Centre:
    return Centre.objects.create(code="north", name="Northgate")


@pytest.fixture
def person(north: Centre) -> Callable[..., User]:
    def make(username: str, *roles: str, centre: Centre | None = north, **columns: Any) -> User:
        user = User.objects.create_user(
            username, password="a long enough password", roles=list(roles), **columns
        )
        if centre is not None:
            user.centres.add(centre)
        return user

    return make


@pytest.fixture
def coordinator(person: Callable[..., User]) -> User:
    return person("joan", "coordinator", first_name="Joan", last_name="Farrow")


@pytest.fixture
def viewer(person: Callable[..., User]) -> User:
    return person("sam", "viewer")


@pytest.fixture
def author(person: Callable[..., User]) -> User:
    """Who drafts changes of the rulebook."""
    return person("tomas", "rule_admin", first_name="Tomas", last_name="Reyes")


@pytest.fixture
def second(person: Callable[..., User]) -> User:
    """Who approves them."""
    return person("wanda", "approver", first_name="Wanda", last_name="Nowak")
