"""The agenda that builds itself: who proposes themselves for a meeting, why, and until when a dismissal holds."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from decisions.models import RulebookActivation
from decisions.services import amend_case, run_assessment, run_chunk, stage_case
from meetings import services
from meetings.models import AgendaItem, Meeting, ProposalDismissal, Reassessment
from meetings.proposals import Proposal, proposals_for
from patients.models import Staging
from patients.services import add_study, record_facts, record_patient_facts, start_line, update_patient
from tests.decisions.rulebooks import activated
from tests.meetings.conftest import RESECTABLE, UNRESECTABLE, day

pytestmark = pytest.mark.django_db
NO_RAS = {**UNRESECTABLE, "molecular": {"msi": "MSS", "mmr": "pMMR", "braf_v600e": "wild_type"}}


@pytest.fixture
def following(coordinator: User) -> Meeting:
    return services.create_meeting(
        by=coordinator, title="Next", starts_at=timezone.now() + datetime.timedelta(days=7)
    )


def proposed(user: User, meeting: Meeting) -> dict[str, Proposal]:
    return {one.patient.case_id: one for one in proposals_for(user, meeting).open}


def words(proposal: Proposal) -> str:
    return " | ".join(ground.words for ground in proposal.grounds)


def again(by: User, staging: Staging, reason: str, **facts: Any) -> None:
    """Amend the case with facts of the staging, stage it and assess it."""
    amend_case(by=by, staging=staging, reason=reason)
    for block, values in facts.items():
        record_facts(
            by=by,
            staging=staging,
            values={f"{block}.{key}": value for key, value in values.items()},
            observed_on=day(0),
        )
    run_assessment(stage_case(by=by, staging=staging).jobs.get().pk)


# ------------------------------------------------------------------------------------------------- who and why
def test_a_staged_case_that_no_board_has_had_proposes_itself_and_says_what_is_to_be_obtained_by_whom(
    coordinator: User, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    make_case("2026-050", NO_RAS)
    one = proposed(coordinator, following)["2026-050"]
    assert one.reason == "new_staging"
    assert "no board has had it" in words(one)
    assert one.brief is not None
    complete = one.brief.completeness
    assert 0 < complete.known < complete.total
    assert complete.total == complete.known + len(
        {ask.fact for ask in complete.missing if not ask.fact.startswith("lesions[]")}
    ), "what is missing is what could still change an answer"
    assert {ask.label: ask.who for ask in complete.missing}["RAS"] == "pathology"
    assert one.last is None


def test_who_waits_on_an_agenda_died_or_was_decided_does_not_propose_themselves(
    coordinator: User, chair: User, item: AgendaItem, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    services.add_to_agenda(by=coordinator, meeting=following, staging=make_case("C-1"))
    decided = services.add_to_agenda(by=coordinator, meeting=item.meeting, staging=make_case("C-2"))
    services.record_decision(by=chair, item=decided, expected_revision=0, outcome="resection")
    died = make_case("C-3").patient
    update_patient(by=coordinator, patient=died, vital_status="deceased", vital_status_on=day(-1))
    draft = make_case("C-4", assess=False)
    assert set(proposed(coordinator, following)) == {"C-4"}, (
        "waiting for its assessment it proposes itself too"
    )
    assert draft.pk


def test_a_case_put_off_for_a_fact_says_that_it_still_waits_and_then_that_the_fact_has_come_in(
    coordinator: User, meeting: Meeting, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    staging = make_case("2026-051", NO_RAS)
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=staging)
    services.defer_item(by=coordinator, item=item, missing_fact="molecular.ras")
    one = proposed(coordinator, following)["2026-051"]
    assert one.reason == "deferred"
    assert "still waits for RAS (pathology)" in words(one)
    assert not one.urgent
    assert one.last is not None
    assert one.last.words == "Until known: RAS"
    record_patient_facts(by=coordinator, patient=staging.patient, values={"molecular.ras": "mutant"})
    came = proposed(coordinator, following)["2026-051"]
    assert "RAS has come in" in words(came), "though nobody has staged it yet"
    assert came.urgent


def test_more_work_up_proposes_the_case_again_with_what_it_waits_for(
    coordinator: User, chair: User, meeting: Meeting, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("2026-052", NO_RAS))
    services.record_decision(
        by=chair, item=item, expected_revision=0, outcome="work_up",
        elements=[{"kind": "defer", "missing_fact": "molecular.ras", "detail": ""}],
    )  # fmt: skip
    one = proposed(coordinator, following)["2026-052"]
    assert one.reason == "deferred"
    assert "RAS" in words(one)


def test_a_window_that_opens_before_the_meeting_proposes_the_patient_and_one_that_opens_later_does_not(
    coordinator: User, oncologist: User, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    for case_id, started in (("OPEN", -65), ("OPENS", -56), ("LATER", -20)):
        staging = make_case(case_id, UNRESECTABLE, date=day(started - 5))
        start_line(by=oncologist, patient=staging.patient, actual_start=day(started), regimen="FOLFOX")
    assert Reassessment.objects.filter(ended_at=None).count() == 3
    found = proposed(coordinator, following)
    codes = {case_id: [ground.code for ground in one.grounds] for case_id, one in found.items()}
    assert codes == {
        "OPEN": ["reassessment", "new_staging"],
        "OPENS": ["reassessment", "new_staging"],
        "LATER": ["new_staging"],
    }
    assert "window open since" in words(found["OPEN"])
    assert "before the meeting" in words(found["OPENS"])
    assert "no scan booked" in words(found["OPENS"])


def test_a_scan_that_is_done_says_so_and_a_board_booked_elsewhere_ends_the_proposal(
    coordinator: User, oncologist: User, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    staging = make_case("2026-053", UNRESECTABLE, date=day(-75))
    start_line(by=oncologist, patient=staging.patient, actual_start=day(-70), regimen="FOLFOX")
    row = Reassessment.objects.get(patient=staging.patient)
    add_study(by=oncologist, patient=staging.patient, date=day(-2), modality="CT")
    one = proposed(coordinator, following)["2026-053"]
    assert one.reason == "reassessment"
    assert "done, no board on it yet" in words(one)
    other = services.create_meeting(
        by=coordinator, title="Other", starts_at=timezone.now() + datetime.timedelta(days=9)
    )
    Reassessment.objects.filter(pk=row.pk).update(meeting=other)
    codes = {ground.code for ground in proposed(coordinator, following)["2026-053"].grounds}
    assert codes == {"new_staging"}


def test_pathology_after_the_operation_is_the_reason_for_a_post_operative_staging(
    coordinator: User, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    after = {
        **RESECTABLE,
        "case": {"phase": "post_resection"},
        "post": {"liver_resection_date": day(-30).isoformat(), "margin": "R1"},
    }
    make_case("2026-054", after)
    one = proposed(coordinator, following)["2026-054"]
    assert one.reason == "pathology"
    assert "margin R1" in words(one)


def test_a_decided_case_proposes_itself_when_its_amendment_changes_the_advice_and_only_then(
    coordinator: User, chair: User, item: AgendaItem, following: Meeting
) -> None:
    services.record_decision(by=chair, item=item, expected_revision=0, outcome="resection")
    again(coordinator, item.staging, "typing error", patient={"height_cm": 171})
    assert proposed(coordinator, following) == {}, "nothing of the advice has changed"
    again(coordinator, item.staging, "new plan", plan={"outflow_preserved": False, "r0_feasible": False})
    one = proposed(coordinator, following)["2026-001"]
    assert one.reason == "advice_changed"
    assert "Liver: resectable → unresectable" in words(one)
    assert one.last is not None
    assert one.last.words == "Resection now"


# -------------------------------------------------------------------------------------- accepted and turned down
def test_one_or_all_proposals_go_on_the_agenda_with_the_reason_they_had(
    coordinator: User, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    first, _second, _third = (make_case(f"C-{number}") for number in (1, 2, 3))
    services.accept_proposals(by=coordinator, meeting=following, stagings=[first])
    assert [(row.staging_id, row.reason) for row in following.items.all()] == [(first.pk, "new_staging")]
    assert len(services.accept_proposals(by=coordinator, meeting=following)) == 2
    assert proposed(coordinator, following) == {}
    with pytest.raises(ValidationError) as refused:
        services.accept_proposals(by=coordinator, meeting=following, stagings=[first])
    assert "does not propose itself any more" in refused.value.message_dict["staging"][0]


def test_a_dismissal_holds_until_something_new_happens(
    coordinator: User, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    staging = make_case("C-1")
    with pytest.raises(ValidationError) as refused:
        services.dismiss_proposal(by=coordinator, meeting=following, staging=staging, reason=" ")
    assert "allowed: a reason of 3 to 200" in refused.value.message_dict["reason"][0]
    for _ in range(2):
        services.dismiss_proposal(by=coordinator, meeting=following, staging=staging, reason="second opinion")
    assert ProposalDismissal.objects.count() == 1
    later = services.create_meeting(
        by=coordinator, title="Later", starts_at=timezone.now() + datetime.timedelta(days=14)
    )
    for board in (following, later):
        found = proposals_for(coordinator, board)
        assert found.open == []
        assert [one.dismissed.reason for one in found.dismissed if one.dismissed] == ["second opinion"]
    again(coordinator, staging, "new facts", patient={"ecog": 1})
    assert set(proposed(coordinator, following)) == {"C-1"}


def test_a_dismissal_can_be_taken_back(
    coordinator: User, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    staging = make_case("C-1")
    services.dismiss_proposal(by=coordinator, meeting=following, staging=staging, reason="not now")
    services.propose_again(by=coordinator, meeting=following, staging=staging)
    assert set(proposed(coordinator, following)) == {"C-1"}


def test_only_who_leads_the_board_accepts_and_dismisses(
    oncologist: User, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    staging = make_case("C-1")
    for attempt in (
        lambda: services.accept_proposals(by=oncologist, meeting=following),
        lambda: services.dismiss_proposal(
            by=oncologist, meeting=following, staging=staging, reason="no board"
        ),
        lambda: services.propose_again(by=oncologist, meeting=following, staging=staging),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    assert not following.items.exists()


def test_the_page_shows_why_how_complete_by_whom_and_takes_the_answers(
    client: Client, coordinator: User, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    staging = make_case("2026-055", NO_RAS)
    client.force_login(coordinator)
    page = client.get(reverse("meetings:detail", args=[following.pk])).content.decode()
    assert "no board has had it" in page
    assert "To obtain:" in page
    assert "No board before" in page
    dismiss = reverse("meetings:dismiss", args=[following.pk])
    refused = client.post(dismiss, {"staging": staging.pk, "reason": ""}, follow=True).content.decode()
    assert "allowed: a reason of 3 to 200 characters" in refused
    said = client.post(dismiss, {"staging": staging.pk, "reason": "second opinion"}, follow=True)
    assert "1 turned down, until something new happens" in said.content.decode()
    client.post(reverse("meetings:propose_again", args=[following.pk]), {"staging": staging.pk})
    done = client.post(reverse("meetings:accept", args=[following.pk]), {"staging": staging.pk}, follow=True)
    assert "Case 2026-055 is on the agenda." in done.content.decode()
    wrong = client.post(reverse("meetings:accept", args=[following.pk]), {"staging": "x"}, follow=True)
    assert "allowed: one of those that are proposed" in wrong.content.decode()
    assert following.items.count() == 1


def test_a_decided_case_proposes_itself_when_a_rulebook_changes_the_advice_and_only_then(
    coordinator: User,
    chair: User,
    person: Callable[..., User],
    item: AgendaItem,
    following: Meeting,
    make_case: Callable[..., Staging],
) -> None:
    decided = services.add_to_agenda(
        by=coordinator,
        meeting=item.meeting,
        staging=make_case("C-9", {**RESECTABLE, "volumetry": {"flr_pct": 29}}),
    )
    for one in (item, decided):
        services.record_decision(by=chair, item=one, expected_revision=0, outcome="resection")
    author, second = person("tomas", "rule_admin"), person("wanda", "approver")
    version = activated(author, second, FLR_NORMAL_LOW=30, FLR_NORMAL_HIGH=40)
    assert proposed(coordinator, following) == {}
    while run_chunk(RulebookActivation.objects.get(version=version).pk):
        pass
    found = proposed(coordinator, following)
    assert list(found) == ["C-9"]
    assert found["C-9"].reason == "advice_changed"
    assert "Rulebook version 2 changes the advice since the board decided" in words(found["C-9"])
    seen = decided.decision.assessment
    assert seen is not None
    assert seen.rulebook.number == 1, "past meetings keep what they saw"
