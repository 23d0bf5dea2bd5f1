"""The admin keeps people, centres and meeting days; the rulebook can only be looked at there."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.audit import last_change
from accounts.models import Centre, User
from decisions.models import (
    DraftChange,
    RulebookDraft,
    RulebookProfile,
    RulebookVersion,
)
from decisions.rulebooks import current_rulebook
from decisions.services import create_profile, submit_draft
from meetings.models import MeetingDay
from tests.decisions.rulebooks import activated, drafted

pytestmark = [pytest.mark.django_db, pytest.mark.services]
RULEBOOK = (RulebookVersion, RulebookDraft, RulebookProfile)


@pytest.fixture
def author(person: Callable[..., User]) -> User:
    return person("tomas", "rule_admin")


@pytest.fixture
def second(person: Callable[..., User]) -> User:
    return person("wanda", "approver", "rule_admin", "administrator", is_staff=True, is_superuser=True)


@pytest.fixture
def keeper(client: Client, person: Callable[..., User]) -> Client:
    client.force_login(person("ada", "administrator", is_staff=True))
    return client


def test_the_rulebook_is_shown_with_links_to_its_own_pages(
    keeper: Client, author: User, second: User
) -> None:
    profile = create_profile(by=author, name="Strict", code="strict")
    held = activated(author, second, ADAM_FLR_MIN=35)
    draft = drafted(author, profile=profile, LT_AGE_LT=65)
    assert b"Rulebook versions" in keeper.get("/admin/").content
    for row, address in (
        (held, f"/rulebook/versions/{held.number}/"),
        (draft, f"/rulebook/drafts/{draft.pk}/"),
        (profile, "/rulebook/profiles/"),
    ):
        name = f"admin:decisions_{row._meta.model_name}"
        listed = keeper.get(reverse(f"{name}_changelist"))
        assert listed.status_code == 200
        assert address in listed.content.decode()
        one = keeper.get(reverse(f"{name}_change", args=[row.pk])).content.decode()
        assert f'href="{address}"' in one
        assert 'name="_save"' not in one
    shown = keeper.get(reverse("admin:decisions_rulebookversion_change", args=[held.pk])).content.decode()
    assert "/rulebook/thresholds/ADAM_FLR_MIN/" in shown


def test_no_path_of_the_admin_changes_or_approves_anything_of_the_rulebook(
    client: Client, author: User, second: User
) -> None:
    draft = drafted(author, ADAM_FLR_MIN=35)
    draft = submit_draft(by=author, draft=draft, revision=draft.revision)
    create_profile(by=author, name="Strict", code="strict")
    client.force_login(second)
    before = _all_of_it()
    tried = 0
    wanted = {
        "state": "approved", "approved_by": second.pk, "approved_at_0": "2026-01-01", "approved_at_1": "10:00",
        "title": "Mine", "name": "Mine", "code": "mine", "value": "45", "_save": "Save", "post": "yes",
        "changes-TOTAL_FORMS": "1", "changes-INITIAL_FORMS": "1", "changes-0-id": draft.changes.get().pk,
        "changes-0-draft": draft.pk, "changes-0-name": "ADAM_FLR_MIN", "changes-0-value": "45",
        "steps-TOTAL_FORMS": "0", "steps-INITIAL_FORMS": "0",
        "action": "delete_selected", "_selected_action": [draft.pk],
    }  # fmt: skip
    for model in RULEBOOK:
        name = f"admin:decisions_{model._meta.model_name}"
        row = model.objects.latest("pk")
        for address in (
            reverse(f"{name}_add"),
            reverse(f"{name}_change", args=[row.pk]),
            reverse(f"{name}_delete", args=[row.pk]),
        ):
            assert client.post(address, wanted).status_code == 403, address
            tried += 1
        client.post(reverse(f"{name}_changelist"), wanted)
        tried += 1
        model_admin = admin.site.get_model_admin(model)
        assert not model_admin.list_editable
        assert not model_admin.get_actions(client.get("/admin/").wsgi_request)
    assert tried == 12
    assert _all_of_it() == before
    assert current_rulebook().number == 1


def _all_of_it() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (*RULEBOOK, DraftChange)]


def test_nothing_else_of_the_rulebook_stands_in_the_admin(db: None) -> None:
    registered = {model for model in admin.site._registry if model._meta.app_label == "decisions"}
    assert registered == set(RULEBOOK)
    with pytest.raises(NoReverseMatch):
        reverse("admin:decisions_draftchange_changelist")


@pytest.mark.parametrize("role", ["rule_admin", "approver", "chair", "coordinator"])
def test_who_is_no_administrator_sees_nothing_of_the_rulebook_in_the_admin(
    client: Client, person: Callable[..., User], role: str
) -> None:
    client.force_login(person("staff", role, is_staff=True))
    assert client.get(reverse("admin:decisions_rulebookdraft_changelist")).status_code == 403


def test_people_are_found_by_role_and_centres_say_how_many_see_them(
    keeper: Client, author: User, north: Centre
) -> None:
    found = keeper.get("/admin/accounts/user/?role=rule_admin").content.decode()
    assert ">tomas</a>" in found
    assert ">ada</a>" not in found
    assert '<td class="field-people">2</td>' in keeper.get("/admin/accounts/centre/").content.decode()


def test_a_meeting_day_is_kept_and_its_change_is_attributed(keeper: Client, north: Centre) -> None:
    given = {
        "title": "Liver board", "centre": north.pk, "place": "Room 2", "first_on": "2026-01-07",
        "starts_at": "13:00", "every_weeks": "1", "last_on": "",
    }  # fmt: skip
    refused = keeper.post("/admin/meetings/meetingday/add/", {**given, "every_weeks": "9"})
    assert "less than or equal to 8" in refused.content.decode()
    assert keeper.post("/admin/meetings/meetingday/add/", given).status_code == 302
    day = MeetingDay.objects.get()
    change = last_change(day)
    assert change is not None
    assert str(change.by) == "ada"
    assert "Wednesday" in keeper.get("/admin/meetings/meetingday/").content.decode()
    assert keeper.post(f"/admin/meetings/meetingday/{day.pk}/delete/", {"post": "yes"}).status_code == 403
