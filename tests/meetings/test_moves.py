"""When the rulebook moves the reassessment windows, the coordinators are told which, once."""

import datetime
from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import Centre, User
from decisions.models import RulebookActivation, RulebookProfile
from decisions.services import run_chunk
from meetings.agreement import Agreement, agreement_under
from meetings.models import AgendaItem, Notice, Reassessment, WindowMove
from meetings.moves import follow_rulebook, tell_moves
from meetings.services import record_decision
from patients.models import Staging
from patients.services import start_line
from tests.decisions.rulebooks import activated, drafted
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db
FOLFOX = {"regimen": "FOLFOX", "drugs": "bevacizumab", "intent": "conversion", "cycle_length_days": 14}


@pytest.fixture
def author(person: Callable[..., User]) -> User:
    return person("tomas", "rule_admin", "viewer")


@pytest.fixture
def second(person: Callable[..., User]) -> User:
    return person("wanda", "approver", "viewer")


@pytest.fixture
def window(make_case: Callable[..., Staging], oncologist: User, coordinator: User) -> Reassessment:
    coordinator.email = "joan@north.example"
    coordinator.save()
    staging = make_case("2026-007", UNRESECTABLE, date=day(-30))
    start_line(
        by=oncologist, patient=staging.patient, actual_start=day(-30), **{**FOLFOX, "cycle_length_days": None}
    )
    return Reassessment.objects.get(patient=staging.patient, ended_at__isnull=True)


def notices() -> list[Notice]:
    return list(Notice.objects.filter(kind="rulebook").order_by("pk"))


def test_a_moved_window_is_kept_with_both_spans_and_told_to_the_coordinator_once(
    author: User, second: User, coordinator: User, window: Reassessment
) -> None:
    was = (window.due_from, window.overdue_after)
    activated(author, second, REASSESS_MONTHS_MIN=1)
    assert follow_rulebook(timezone.now()) == 1
    window.refresh_from_db()
    move = WindowMove.objects.get()
    assert (move.was_due_from, move.was_overdue_after) == was
    assert (move.due_from, move.overdue_after) == (window.due_from, window.overdue_after) != was
    (notice,) = notices()
    assert (notice.recipient, notice.state) == (coordinator, "waiting")
    assert "2026-007" in notice.text
    assert "rulebook version 2" in notice.text
    assert follow_rulebook(timezone.now()) == 0
    assert len(notices()) == 1


def test_every_further_change_is_told_again(
    author: User, second: User, coordinator: User, window: Reassessment
) -> None:
    for months in (1, 2):
        activated(author, second, REASSESS_MONTHS_MIN=months)
        follow_rulebook(timezone.now())
    assert len(notices()) == 2


def test_a_change_that_moves_nothing_tells_nobody(
    author: User, second: User, coordinator: User, window: Reassessment
) -> None:
    activated(author, second, LT_AGE_LT=65)
    assert follow_rulebook(timezone.now()) == 0
    assert tell_moves(timezone.now()) == 0
    assert notices() == []


def test_a_window_that_has_ended_meanwhile_is_not_told(
    author: User, second: User, coordinator: User, window: Reassessment
) -> None:
    activated(author, second, REASSESS_MONTHS_MIN=1)
    Reassessment.objects.update(ended_at=timezone.now(), ended_by=coordinator, ending="superseded")
    assert follow_rulebook(timezone.now()) == 0
    assert notices() == []


def test_a_coordinator_is_told_of_the_patients_of_their_own_centre_only(
    author: User, second: User, person: Callable[..., User], coordinator: User, window: Reassessment
) -> None:
    south = Centre.objects.create(code="south", name="Southfield")
    person("ann", "coordinator", centre=south, email="ann@south.example")
    activated(author, second, REASSESS_MONTHS_MIN=1)
    follow_rulebook(timezone.now())
    assert [notice.recipient for notice in notices()] == [coordinator]


def test_the_profile_of_another_centre_moves_no_window_here(
    author: User, second: User, window: Reassessment, north: Centre
) -> None:
    south = Centre.objects.create(code="south", name="Southfield")
    profile = RulebookProfile.objects.create(code="early", name="Early", created_by=author)
    activated(author, second, profile=profile, centres=[south.pk], REASSESS_MONTHS_MIN=1)
    assert follow_rulebook(timezone.now()) == 0
    activated(author, second, profile=profile, centres=[south.pk, north.pk], REASSESS_MONTHS_MAX=4)
    assert follow_rulebook(timezone.now()) == 1


def test_what_is_booked_stays_booked(
    author: User, second: User, window: Reassessment, coordinator: User
) -> None:
    booked = timezone.localdate() + datetime.timedelta(days=40)
    Reassessment.objects.update(scan_booked_on=booked)
    activated(author, second, REASSESS_MONTHS_MIN=1)
    follow_rulebook(timezone.now())
    window.refresh_from_db()
    assert window.scan_booked_on == booked


# ------------------------------------------------------------------------------------------- agreement
def test_a_draft_shows_how_it_would_have_agreed_with_the_boards_decisions(
    author: User, second: User, chair: User, viewer: User, item: AgendaItem
) -> None:
    from decisions.previews import sides_of

    decision = record_decision(by=chair, item=item, expected_revision=0, outcome="resection")
    assert decision.comparison == "follows"
    same = agreement_under(sides_of(drafted(author, LT_AGE_LT=65)), viewer)
    assert (same.before, same.after, same.changed) == ({"follows": 1}, {"follows": 1}, [])
    stricter = drafted(author, FLR_NORMAL_LOW=30, FLR_NORMAL_HIGH=40)
    found = agreement_under(sides_of(stricter), viewer)
    assert found.before == {"follows": 1}
    assert sum(found.after.values()) == 1
    assert Agreement.share(found.before) == 100


def test_an_activation_does_what_the_agreement_said(
    author: User, second: User, chair: User, viewer: User, make_case: Callable[..., Staging], meeting: object
) -> None:
    from decisions.previews import sides_of
    from decisions.selectors import latest_assessment
    from meetings.comparison import compare
    from meetings.services import add_to_agenda
    from tests.meetings.conftest import RESECTABLE

    small = {**RESECTABLE, "volumetry": {"flr_pct": 29}}
    staging = make_case("2026-031", small)
    item = add_to_agenda(by=chair, meeting=meeting, staging=staging)  # type: ignore[arg-type]
    record_decision(by=chair, item=item, expected_revision=0, outcome="resection")
    change = {"FLR_NORMAL_HIGH": 40, "FLR_NORMAL_LOW": 30}
    found = agreement_under(sides_of(drafted(author, **change)), viewer)
    version = activated(author, second, **change)
    run_chunk(RulebookActivation.objects.get(version=version).pk)
    newest = latest_assessment(staging)
    assert newest is not None
    assert found.after == {compare(newest.result, "resection").code: 1}
    assert found.before != found.after
    assert [change.case_id for change in found.changed] == ["2026-031"]
