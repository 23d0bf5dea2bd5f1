"""Two centres differ openly: profiles, who follows which since when, and what the case page says of it."""

import datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from accounts.audit import last_change
from accounts.models import Centre, User
from decisions.models import RulebookProfile
from decisions.pages.profiles import followed_since
from decisions.rulebooks import current_rulebook
from decisions.services import create_profile
from patients.wording import NBSP
from tests.decisions.rulebooks import activated, drafted, stage_cohort

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def south(db: None) -> Centre:
    return Centre.objects.create(code="south", name="Southfield")


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace(NBSP, " ").split())


def test_a_new_profile_holds_nowhere_before_a_draft_of_it_is_approved(
    client: Client, author: User, second: User, north: Centre
) -> None:
    before = current_rulebook()
    client.force_login(author)
    answer = client.post("/rulebook/profiles/new/", {"name": "Strict", "code": "strict", "description": "x"})
    assert (answer.status_code, answer["Location"]) == (302, "/rulebook/profiles/")
    profile = RulebookProfile.objects.get()
    assert current_rulebook() == before
    change = last_change(profile)
    assert change is not None
    assert (change.by, change.action) == (author, "create rulebook profile")
    shown = page(client, "/rulebook/profiles/")
    assert "Holds nowhere yet" in shown
    assert 'href="/rulebook/drafts/new/?profile=strict"' in shown
    draft = drafted(author, profile=profile, centres=[north.pk], ADAM_FLR_MIN=40)
    assert f'href="/rulebook/drafts/{draft.pk}/"' in page(client, "/rulebook/profiles/")


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"name": ""}, "name", "name: nothing given; allowed: 1 to 120 characters."),
        ({"name": "N" * 121}, "name", "121 characters given"),
        ({"code": " "}, "code", "code: nothing given"),
        ({"code": "Größe 1"}, "code", "'Größe 1' is not allowed; allowed: letters without accents"),
        ({"code": "board"}, "code", "stands for the board itself"),
        ({"code": "TAKEN"}, "code", "'TAKEN' is in use"),
        ({"name": "taken"}, "name", "'taken' is in use"),
        ({"description": "D" * 301}, "description", "301 characters given; allowed: 0 to 300"),
    ],
)
def test_a_profile_that_is_not_allowed_is_refused_by_field(
    client: Client, author: User, given: dict[str, str], field: str, says: str
) -> None:
    create_profile(by=author, name="Taken", code="taken")
    wanted = {"name": "New", "code": "new", "description": "", **given}
    with pytest.raises(ValidationError) as refused:
        create_profile(by=author, **wanted)
    assert says in refused.value.message_dict[field][0]
    client.force_login(author)
    answer = client.post("/rulebook/profiles/new/", wanted)
    assert answer.status_code == 422
    assert says in answer.content.decode().replace("&#x27;", "'")
    assert RulebookProfile.objects.count() == 1


def test_only_rule_admins_make_profiles(client: Client, coordinator: User) -> None:
    with pytest.raises(PermissionDenied):
        create_profile(by=coordinator, name="Mine", code="mine")
    client.force_login(coordinator)
    assert client.get("/rulebook/profiles/new/").status_code == 403
    assert "New profile" not in page(client, "/rulebook/profiles/")


def test_the_page_says_which_centre_follows_what_since_when_and_what_a_profile_sets(
    client: Client, author: User, second: User, north: Centre, south: Centre
) -> None:
    strict = create_profile(by=author, name="Strict", code="strict", description="For transplant centres")
    held = activated(author, second, profile=strict, centres=[south.pk], ADAM_FLR_MIN=40)
    client.force_login(second)
    shown = page(client, "/rulebook/profiles/")
    assert f'Strict, <a href="/rulebook/versions/{held.number}/">' in shown
    assert "the board, " in shown
    assert "For transplant centres" in shown
    assert "Followed by Southfield." in shown
    assert "≥ 40 %" in shown
    assert f"/rulebook/compare/?left={current_rulebook().number}&amp;right={held.number}" in shown


def test_since_when_a_centre_follows_counts_without_a_break(
    author: User, second: User, north: Centre, south: Centre
) -> None:
    strict = create_profile(by=author, name="Strict", code="strict")
    mild = create_profile(by=author, name="Mild", code="mild")
    today = timezone.localdate()

    def after(days: int) -> datetime.date:
        return today + datetime.timedelta(days=days)

    activated(author, second, profile=strict, centres=[north.pk, south.pk], ADAM_FLR_MIN=40)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=10), tick=False):
        activated(author, second, profile=strict, centres=[north.pk, south.pk], ADAM_FLR_MIN=45)
        assert followed_since() == {north.pk: today, south.pk: today}
    with time_machine.travel(timezone.now() + datetime.timedelta(days=20), tick=False):
        activated(author, second, profile=mild, centres=[south.pk], ADAM_FLR_MIN=25)
        assert followed_since() == {north.pk: today, south.pk: after(20)}
    with time_machine.travel(timezone.now() + datetime.timedelta(days=30), tick=False):
        activated(author, second, profile=mild, centres=[], ADAM_FLR_MIN=26)
        assert followed_since() == {north.pk: today, south.pk: after(30)}
        assert followed_since(after(25)) == {north.pk: today, south.pk: after(20)}


def test_the_case_page_says_which_rulebook_and_profile_applied(
    client: Client, author: User, second: User, coordinator: User, north: Centre
) -> None:
    (plain,) = stage_cohort(coordinator, 1, seed=3)
    strict = create_profile(by=author, name="Strict", code="strict")
    held = activated(author, second, profile=strict, centres=[north.pk], ADAM_FLR_MIN=40)
    (own,) = stage_cohort(coordinator, 1, seed=4)
    client.force_login(coordinator)
    assert f"Rulebook {held.number}</a> of Strict" in page(client, f"/stagings/{own.staging_id}/")
    assert "Rulebook 1</a> of the board" in page(client, f"/stagings/{plain.staging_id}/") or (
        f"Rulebook {held.number}</a> of Strict" in page(client, f"/stagings/{plain.staging_id}/")
    )
