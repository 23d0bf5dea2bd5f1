"""Changing the rulebook: one person drafts, another approves, and nothing holds before that."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import Centre, User
from decisions.engine.thresholds import default
from decisions.models import DraftStep, RulebookDraft, RulebookProfile, RulebookVersion
from decisions.rulebooks import InForce, current_rulebook, current_thresholds, sync_rulebook
from decisions.services import (
    activate_due,
    add_changes,
    approve_draft,
    draft_roll_back,
    rebase_draft,
    send_back,
    start_draft,
    submit_draft,
    withdraw_draft,
)
from tests.decisions.rulebooks import activated, drafted, remove_change, set_change, set_heading

pytestmark = [pytest.mark.django_db, pytest.mark.services]
WHY = {"reason": "Local audit", "reference": "Audit of 12 March"}


@pytest.fixture
def second(person: Callable[..., User]) -> User:
    return person("wanda", "approver", "rule_admin", first_name="Wanda", last_name="Nowak")


def submitted(author: User, **numbers: float) -> RulebookDraft:
    draft = drafted(author, **numbers)
    return submit_draft(by=author, draft=draft, revision=draft.revision)


def test_a_draft_changes_nothing_until_a_second_person_has_approved_it(author: User, second: User) -> None:
    before = current_rulebook()
    draft = submitted(author, ADAM_FLR_MIN=35)
    assert current_rulebook() == before
    approve_draft(by=second, draft=draft, revision=draft.revision)
    held = current_rulebook()
    assert (held.number, held.changes, held.created_by) == (before.number + 1, {"ADAM_FLR_MIN": 35}, author)
    assert current_thresholds().value("ADAM_FLR_MIN") == 35
    assert [step.kind for step in draft.steps.all()] == [
        "drafted", "changed", "submitted", "approved", "activated"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "roles", [("rule_admin", "approver"), ("rule_admin", "approver", "chair", "administrator")]
)
def test_the_author_never_approves_whatever_roles_they_hold(person: Callable[..., User], roles: Any) -> None:
    author = person("both", *roles)
    draft = submitted(author, ADAM_FLR_MIN=35)
    with pytest.raises(PermissionDenied, match="second person"):
        approve_draft(by=author, draft=draft, revision=draft.revision)
    author.is_superuser = True
    author.save()
    with pytest.raises(PermissionDenied, match="second person"):
        approve_draft(by=author, draft=draft, revision=draft.revision)
    with pytest.raises(IntegrityError), transaction.atomic():
        RulebookDraft.objects.filter(pk=draft.pk).update(
            state="approved", approved_by=author, approved_at=timezone.now()
        )


def test_who_may_not_approve_is_refused_and_so_is_who_may_not_draft(
    author: User, coordinator: User, person: Callable[..., User]
) -> None:
    draft = submitted(author, ADAM_FLR_MIN=35)
    for somebody in (coordinator, person("chair", "chair"), person("other", "rule_admin")):
        with pytest.raises(PermissionDenied):
            approve_draft(by=somebody, draft=draft, revision=draft.revision)
    with pytest.raises(PermissionDenied):
        start_draft(by=coordinator, title="Mine")


def test_only_its_author_edits_a_draft(author: User, second: User) -> None:
    draft = drafted(author, ADAM_FLR_MIN=35)
    with pytest.raises(PermissionDenied, match="Only its author"):
        set_change(by=second, draft=draft, revision=draft.revision, name="LT_AGE_LT", value=65, **WHY)


@pytest.mark.parametrize(
    ("name", "value", "field", "says"),
    [
        ("ADAM_FLR_MIN", 500, "ADAM_FLR_MIN.value", "allowed: a number from 20 to 50"),
        ("ADAM_FLR_MIN", "35", "ADAM_FLR_MIN.value", "is not allowed"),
        ("ADAM_FLR_MIN", float("nan"), "ADAM_FLR_MIN.value", "is not allowed"),
        ("REASSESS_MONTHS_MAX", 3.5, "REASSESS_MONTHS_MAX.value", "a whole number"),
        ("ADAM_FLR", 35, "ADAM_FLR.value", "is no threshold"),
        ("FLR_NORMAL_LOW", 30, "", ""),
        ("REASSESS_MONTHS_MIN", 3, "", ""),
    ],
)
def test_bounds_are_kept_and_nothing_is_half_saved(
    author: User, name: str, value: Any, field: str, says: str
) -> None:
    draft = drafted(author, LT_AGE_LT=65)
    if not field:
        assert set_change(by=author, draft=draft, revision=draft.revision, name=name, value=value, **WHY)
        return
    with pytest.raises(ValidationError) as error:
        set_change(by=author, draft=draft, revision=draft.revision, name=name, value=value, **WHY)
    assert says in error.value.message_dict[field][0]
    draft.refresh_from_db()
    assert [change.name for change in draft.changes.all()] == ["LT_AGE_LT"]


def test_a_low_limit_above_its_high_one_is_refused(author: User) -> None:
    draft = drafted(author, FLR_NORMAL_LOW=29)
    with pytest.raises(ValidationError, match=r"FLR_NORMAL_LOW \(29\) lies above FLR_NORMAL_HIGH \(25\)"):
        set_change(by=author, draft=draft, revision=draft.revision, name="FLR_NORMAL_HIGH", value=25, **WHY)


@pytest.mark.parametrize("missing", ["reason", "reference"])
def test_a_change_needs_its_reason_and_reference(author: User, missing: str) -> None:
    draft = drafted(author)
    with pytest.raises(ValidationError) as error:
        set_change(
            by=author,
            draft=draft,
            revision=draft.revision,
            name="LT_AGE_LT",
            value=65,
            **{**WHY, missing: "  "},
        )
    assert f"LT_AGE_LT.{missing}" in error.value.message_dict


def test_the_same_value_as_today_takes_a_change_out(author: User) -> None:
    draft = drafted(author, LT_AGE_LT=65)
    draft = set_change(by=author, draft=draft, revision=draft.revision, name="LT_AGE_LT", value=70, **WHY)
    assert not draft.changes.exists()
    draft = drafted(author, LT_AGE_LT=65, ADAM_FLR_MIN=35)
    draft = remove_change(by=author, draft=draft, revision=draft.revision, name="LT_AGE_LT")
    assert [change.name for change in draft.changes.all()] == ["ADAM_FLR_MIN"]


def test_two_screens_lose_nothing(author: User) -> None:
    draft = drafted(author)
    stale = draft.revision
    set_change(by=author, draft=draft, revision=stale, name="LT_AGE_LT", value=65, **WHY)
    with pytest.raises(ValidationError, match="changed meanwhile"):
        set_change(by=author, draft=draft, revision=stale, name="ADAM_FLR_MIN", value=35, **WHY)


def test_a_date_in_the_past_is_refused(author: User) -> None:
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    with pytest.raises(ValidationError, match="allowed: a date from"):
        start_draft(by=author, title="Too late", holds_from=yesterday)
    draft = drafted(author, LT_AGE_LT=65)
    with (
        time_machine.travel(timezone.now() + datetime.timedelta(days=2), tick=False),
        pytest.raises(ValidationError),
    ):
        submit_draft(by=author, draft=draft, revision=draft.revision)


def test_an_empty_draft_is_not_sent(author: User) -> None:
    draft = drafted(author)
    with pytest.raises(ValidationError, match="changes nothing"):
        submit_draft(by=author, draft=draft, revision=draft.revision)


def test_a_limit_of_a_safety_rule_is_typed_by_the_approver(author: User, second: User) -> None:
    draft = submitted(author, FLR_NORMAL_LOW=25, ADAM_FLR_MIN=35)
    for typed in ({}, {"FLR_NORMAL_LOW": "20"}, {"FLR_NORMAL_LOW": "yes"}):
        with pytest.raises(ValidationError) as error:
            approve_draft(by=second, draft=draft, revision=draft.revision, typed=typed)
        assert list(error.value.message_dict) == ["FLR_NORMAL_LOW"]
    assert RulebookDraft.objects.get(pk=draft.pk).state == "submitted"
    approve_draft(by=second, draft=draft, revision=draft.revision, typed={"FLR_NORMAL_LOW": "25,0"})
    assert current_thresholds().value("FLR_NORMAL_LOW") == 25


def test_a_draft_that_was_sent_back_is_changed_and_sent_again(author: User, second: User) -> None:
    draft = submitted(author, ADAM_FLR_MIN=45)
    with pytest.raises(ValidationError, match="comment"):
        send_back(by=second, draft=draft, revision=draft.revision, comment=" ")
    draft = send_back(by=second, draft=draft, revision=draft.revision, comment="45 is too strict for us")
    draft = set_change(by=author, draft=draft, revision=draft.revision, name="ADAM_FLR_MIN", value=35, **WHY)
    draft = submit_draft(by=author, draft=draft, revision=draft.revision, comment="35 as asked")
    draft = approve_draft(by=second, draft=draft, revision=draft.revision)
    assert current_thresholds().value("ADAM_FLR_MIN") == 35
    trail = [(step.kind, step.by, step.comment) for step in draft.steps.all()]
    assert ("sent_back", second, "45 is too strict for us") in trail
    assert ("submitted", author, "35 as asked") in trail


def test_the_trail_and_the_versions_can_be_changed_by_nobody(author: User, second: User) -> None:
    version = activated(author, second, LT_AGE_LT=65)
    with pytest.raises(DatabaseError), transaction.atomic():
        DraftStep.objects.update(comment="never happened")
    with pytest.raises(DatabaseError), transaction.atomic():
        RulebookVersion.objects.filter(pk=version.pk).delete()


def test_a_draft_on_top_of_a_version_that_is_no_longer_in_force_is_put_on_top_of_the_newer(
    author: User, second: User, person: Callable[..., User]
) -> None:
    mine, theirs = (
        submitted(author, ADAM_FLR_MIN=35, LT_AGE_LT=65),
        drafted(person("rik", "rule_admin"), LT_AGE_LT=65),
    )
    theirs = submit_draft(by=theirs.author, draft=theirs, revision=theirs.revision)
    approve_draft(by=second, draft=theirs, revision=theirs.revision)
    with pytest.raises(ValidationError, match="is in force"):
        approve_draft(by=second, draft=mine, revision=mine.revision)
    mine = rebase_draft(by=author, draft=mine, revision=mine.revision)
    assert [change.name for change in mine.changes.all()] == ["ADAM_FLR_MIN"]
    assert mine.state == "draft"
    mine = submit_draft(by=author, draft=mine, revision=mine.revision)
    approve_draft(by=second, draft=mine, revision=mine.revision)
    assert current_rulebook().changes == {"ADAM_FLR_MIN": 35, "LT_AGE_LT": 65}


def test_an_approved_draft_waits_for_its_day(author: User, second: User) -> None:
    later = timezone.localdate() + datetime.timedelta(days=10)
    draft = drafted(author, ADAM_FLR_MIN=35)
    draft = set_heading(
        by=author, draft=draft, revision=draft.revision, title="Spring", holds_from=later, centres=[]
    )
    draft = submit_draft(by=author, draft=draft, revision=draft.revision)
    draft = approve_draft(by=second, draft=draft, revision=draft.revision)
    assert draft.state == "approved"
    assert activate_due() == []
    assert current_thresholds().value("ADAM_FLR_MIN") == 30
    with time_machine.travel(timezone.now() + datetime.timedelta(days=11), tick=False):
        assert [version.reason for version in activate_due()] == ["Spring"]
        assert activate_due() == []
        assert current_thresholds().value("ADAM_FLR_MIN") == 35


def test_an_approved_draft_that_was_overtaken_goes_back_to_its_author(author: User, second: User) -> None:
    later = timezone.localdate() + datetime.timedelta(days=10)
    draft = drafted(author, ADAM_FLR_MIN=35)
    draft = set_heading(
        by=author, draft=draft, revision=draft.revision, title="Spring", holds_from=later, centres=[]
    )
    draft = submit_draft(by=author, draft=draft, revision=draft.revision)
    draft = approve_draft(by=second, draft=draft, revision=draft.revision)
    activated(author, second, LT_AGE_LT=65)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=11), tick=False):
        assert activate_due() == []
    draft.refresh_from_db()
    assert draft.state == "draft"
    last = draft.steps.last()
    assert (last.kind, last.by) == ("sent_back", None)
    assert "no longer in force" in last.comment


def test_a_roll_back_is_a_new_version_with_the_numbers_of_the_old(author: User, second: User) -> None:
    first = current_rulebook()
    activated(author, second, LT_AGE_LT=65, ADAM_FLR_MIN=35)
    draft = draft_roll_back(by=author, version=first, reason="The audit was wrong")
    draft = submit_draft(by=author, draft=draft, revision=draft.revision)
    approve_draft(by=second, draft=draft, revision=draft.revision)
    held = current_rulebook()
    assert (held.number, held.hash, held.changes) == (first.number + 2, first.hash, {})
    with pytest.raises(ValidationError, match="is in force"):
        draft_roll_back(by=author, version=held, reason="Once more")


def test_a_draft_is_withdrawn_with_a_reason_and_stays_readable(author: User, coordinator: User) -> None:
    draft = drafted(author, LT_AGE_LT=65)
    with pytest.raises(PermissionDenied):
        withdraw_draft(by=coordinator, draft=draft, revision=draft.revision, comment="No")
    draft = withdraw_draft(by=author, draft=draft, revision=draft.revision, comment="Not needed")
    assert draft.state == "withdrawn"
    with pytest.raises(ValidationError, match="Withdrawn"):
        set_change(by=author, draft=draft, revision=draft.revision, name="LT_AGE_LT", value=64, **WHY)


def test_many_numbers_are_taken_in_all_or_none(author: User) -> None:
    draft = start_draft(by=author, title="National profile")
    with pytest.raises(ValidationError) as error:
        add_changes(
            by=author, draft=draft, numbers={"LT_AGE_LT": 65, "NO_SUCH": 1, "ADAM_FLR_MIN": 900}, **WHY
        )
    assert len(error.value.message_dict["changes"]) == 2
    assert not draft.changes.exists()
    draft = add_changes(by=author, draft=draft, numbers={"LT_AGE_LT": 65, "ADAM_FLR_MIN": 30}, **WHY)
    assert [change.name for change in draft.changes.all()] == ["LT_AGE_LT"]


# -------------------------------------------------------------------------------------------- profiles
@pytest.fixture
def south(db: None) -> Centre:
    return Centre.objects.create(code="south", name="Southfield")


@pytest.fixture
def strict(author: User) -> RulebookProfile:
    return RulebookProfile.objects.create(code="strict", name="Strict", created_by=author)


def test_a_profile_holds_for_its_centres_only_and_follows_the_board_where_it_says_nothing(
    author: User, second: User, north: Centre, south: Centre, strict: RulebookProfile
) -> None:
    activated(author, second, profile=strict, centres=[south.pk], ADAM_FLR_MIN=40)
    held = InForce()
    assert held.thresholds(south.pk).value("ADAM_FLR_MIN") == 40
    assert held.thresholds(north.pk).value("ADAM_FLR_MIN") == 30
    activated(author, second, LT_AGE_LT=65)
    held = InForce()
    assert held.thresholds(south.pk).value("LT_AGE_LT") == 65
    assert held.thresholds(south.pk).value("ADAM_FLR_MIN") == 40
    assert held.rulebook(south.pk).changes == {"ADAM_FLR_MIN": 40}


def test_a_centre_moves_to_another_profile_and_stays_there_when_the_board_changes(
    author: User, second: User, south: Centre, strict: RulebookProfile
) -> None:
    activated(author, second, profile=strict, centres=[south.pk], ADAM_FLR_MIN=40)
    other = RulebookProfile.objects.create(code="wide", name="Wide", created_by=author)
    activated(author, second, profile=other, centres=[south.pk], ADAM_FLR_MIN=25)
    activated(author, second, LT_AGE_LT=65)
    assert InForce().rulebook(south.pk).profile == other
    activated(author, second, profile=other, centres=[], LT_AGE_LT=62)
    assert InForce().rulebook(south.pk).profile is None


def test_a_board_change_under_which_a_profile_would_not_fit_names_the_profile(
    author: User, second: User, south: Centre, strict: RulebookProfile
) -> None:
    activated(author, second, profile=strict, centres=[south.pk], FLR_NORMAL_HIGH=25)
    draft = drafted(author)
    with pytest.raises(ValidationError, match="Under the profile “Strict”"):
        set_change(by=author, draft=draft, revision=draft.revision, name="FLR_NORMAL_LOW", value=28, **WHY)


def test_a_new_shipped_set_keeps_what_the_board_had_set_itself(
    author: User, second: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    activated(author, second, LT_AGE_LT=65)
    shipped = default().override({"ADAM_FLR_MIN": 33})
    monkeypatch.setattr("decisions.engine.thresholds.default", lambda: shipped)
    held = sync_rulebook()
    assert (held.thresholds["LT_AGE_LT"], held.thresholds["ADAM_FLR_MIN"]) == (65, 33)
    assert sync_rulebook() == held
