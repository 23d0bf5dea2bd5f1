"""The board's decision: on what the board saw, by who may, never over somebody else's."""

import datetime
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import User
from decisions.services import amend_case, run_assessment, stage_case
from meetings import services
from meetings.comparison import OPTIONS, compare
from meetings.models import AgendaItem, BoardDecision, DecisionElement, Meeting
from meetings.selectors import last_decision
from patients.models import Staging
from patients.services import record_fact
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db
WORK_UP = {"kind": "work_up", "detail": "Gadoxetate MRI", "responsible": "Radiology"}


def decide(
    by: User, item: AgendaItem, outcome: str = "resection", revision: int = 0, **more: object
) -> BoardDecision:
    return services.record_decision(by=by, item=item, expected_revision=revision, outcome=outcome, **more)  # type: ignore[arg-type]


def test_a_decision_keeps_what_the_board_saw_and_whether_it_follows(chair: User, item: AgendaItem) -> None:
    decision = decide(chair, item, rationale="  Two lesions, large remnant.  ", elements=[WORK_UP])
    item.refresh_from_db()
    assert item.state == "decided"
    assert decision.assessment is not None
    assert decision.assessment.staging_version == decision.staging_version
    assert decision.rationale == "Two lesions, large remnant."
    assert decision.recorded_by == chair
    assert [element.detail for element in decision.elements.all()] == ["Gadoxetate MRI"]


def test_only_the_chair_records_a_decision(
    coordinator: User, oncologist: User, viewer: User, item: AgendaItem
) -> None:
    for user in (coordinator, oncologist, viewer):
        with pytest.raises(PermissionDenied):
            decide(user, item)
    assert not BoardDecision.objects.exists()


def test_two_people_typing_at_once_never_overwrite_each_other(
    chair: User, person: Callable[..., User], item: AgendaItem
) -> None:
    second = person("rosa", "chair")
    first = decide(chair, item)
    with pytest.raises(services.StaleDecisionError) as error:
        decide(second, item, outcome="surveillance")
    assert error.value.current == first
    revised = decide(second, item, outcome="surveillance", revision=1)
    assert (revised.pk, revised.revision, revised.recorded_by) == (first.pk, 2, second)
    with pytest.raises(services.StaleDecisionError):
        decide(chair, item, revision=1)


def test_a_deviation_needs_a_reason_and_says_what_the_sources_argue_for(
    chair: User, coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("C-1", UNRESECTABLE))
    with pytest.raises(ValidationError) as error:
        decide(chair, item)
    assert "deviates from the advice" in error.value.message_dict["deviation_reason"][0]
    with pytest.raises(ValidationError):
        decide(chair, item, deviation_reason="whim")
    decision = decide(chair, item, deviation_reason="new_information")
    assert (decision.comparison, decision.deviation_reason) == ("deviates", "new_information")


def test_a_reason_is_not_kept_where_nothing_deviates(chair: User, item: AgendaItem) -> None:
    assert decide(chair, item, outcome="supportive", deviation_reason="wish").deviation_reason == ""


@pytest.mark.parametrize(
    ("elements", "field"),
    [
        ([{"kind": "party", "detail": "x"}], "elements.0.kind"),
        ([WORK_UP, {"kind": "surgery", "detail": ""}], "elements.1.detail"),
        ([{"kind": "systemic", "detail": "FOLFOX", "cycle_length_days": 3}], "elements.0.cycle_length_days"),
        ([{"kind": "systemic", "detail": "A"}, {"kind": "systemic", "detail": "B"}], "elements"),
        ([{"kind": "work_up", "detail": "CT", "deadline": datetime.date(2001, 1, 1)}], "elements.0.deadline"),
    ],
)
def test_a_wrong_element_is_named_and_nothing_is_half_saved(
    chair: User, item: AgendaItem, elements: list[dict[str, object]], field: str
) -> None:
    with pytest.raises(ValidationError) as error:
        decide(chair, item, elements=elements)
    assert field in error.value.message_dict
    item.refresh_from_db()
    assert item.state == "waiting"
    assert not BoardDecision.objects.exists()


def test_an_unknown_outcome_is_refused_with_what_is_allowed(chair: User, item: AgendaItem) -> None:
    with pytest.raises(ValidationError) as error:
        decide(chair, item, outcome="wait")
    assert "surveillance" in error.value.message_dict["outcome"][0]


def test_a_closed_meeting_takes_no_decision(chair: User, item: AgendaItem) -> None:
    services.close_meeting(by=chair, meeting=item.meeting)
    with pytest.raises(ValidationError) as error:
        decide(chair, item)
    assert "meeting" in error.value.message_dict


def test_a_case_whose_assessment_is_still_on_its_way_can_be_decided_without_comparison(
    chair: User, coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    staging = make_case("C-1", assess=False)
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=staging)
    decision = decide(chair, item)
    assert decision.assessment is None
    assert decision.comparison == "no_comparison"


def test_a_decision_stays_on_the_version_it_was_taken_on_when_the_case_is_amended(
    chair: User, coordinator: User, item: AgendaItem
) -> None:
    decision = decide(chair, item)
    amend_case(by=coordinator, staging=item.staging, reason="RAS arrived")
    record_fact(by=coordinator, staging=item.staging, name="molecular.ras", value="mutant")
    version = stage_case(by=coordinator, staging=item.staging)
    run_assessment(version.jobs.get().pk)
    decision.refresh_from_db()
    assert decision.staging_version.number == 1
    assert version.number == 2


def test_what_was_done_stays_done_when_the_decision_is_revised(chair: User, item: AgendaItem) -> None:
    decision = decide(chair, item, elements=[WORK_UP, {"kind": "surgery", "detail": "Wedge"}])
    done = decision.elements.get(kind="work_up")
    services.end_element(by=chair, element=done, result="done", on=timezone.localdate())
    revised = decide(chair, item, revision=1, elements=[WORK_UP])
    assert [(element.pk, element.result) for element in revised.elements.all()] == [(done.pk, "done")]


def test_an_element_that_was_not_done_needs_a_reason(chair: User, item: AgendaItem) -> None:
    element: DecisionElement = decide(chair, item, elements=[WORK_UP]).elements.get()
    with pytest.raises(ValidationError):
        services.end_element(by=chair, element=element, result="not_done", on=day(0))
    with pytest.raises(ValidationError):
        services.end_element(by=chair, element=element, result="done", on=day(1))
    ended = services.end_element(
        by=chair, element=element, result="not_done", on=day(0), code="patient", reason="Refused by patient"
    )
    assert (ended.result, ended.result_code) == ("not_done", "patient")


def test_the_next_board_sees_what_the_last_one_said(
    chair: User, item: AgendaItem, make_case: Callable[..., Staging]
) -> None:
    decision = decide(chair, item)
    later = make_case("2026-001", date=day(-1))
    assert last_decision(later) == decision
    assert last_decision(item.staging) is None


def test_every_outcome_is_compared_and_every_option_named_exists() -> None:
    from decisions.engine.questions import QUESTIONS

    known = {(question.id, option.id) for question in QUESTIONS for option in question.options}
    assert set(OPTIONS) == set(BoardDecision.Outcome.values)
    assert {pair for pairs in OPTIONS.values() for pair in pairs} <= known


def _result(status: str, other: str = "no argument", applies: bool | None = True) -> dict[str, object]:
    options = [
        {"id": "neoadjuvant", "label": "Chemotherapy first", "status": status},
        {"id": "upfront", "label": "Surgery first", "status": other},
    ]
    return {"questions": [{"id": "neoadjuvant", "label": "First?", "applies": applies, "options": options}]}


@pytest.mark.parametrize(
    ("status", "other", "applies", "code"),
    [
        ("supported", "no argument", True, "follows"),
        ("supported with conflict", "no argument", True, "no_comparison"),
        ("indeterminate", "supported", True, "no_comparison"),
        ("opposed", "no argument", True, "deviates"),
        ("no argument", "supported", True, "deviates"),
        ("no argument", "no argument", True, "no_comparison"),
        ("supported", "no argument", False, "no_comparison"),
    ],
)
def test_follows_deviates_or_no_comparison(status: str, other: str, applies: bool, code: str) -> None:
    assert compare(_result(status, other, applies), "neoadjuvant").code == code
