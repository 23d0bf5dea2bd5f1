"""Signing: after it only an addendum; the same form twice is one decision; a form belongs to its own case."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from decisions.services import amend_case, run_assessment, stage_case
from meetings import services
from meetings.comparison import open_facts
from meetings.models import AgendaItem, BoardDecision, BoardSettings, DecisionElement, Meeting, RoomEvent
from meetings.standard import USUAL, habits_of, offered, owner_for, standard_rows
from patients.models import Patient, Staging
from patients.services import clear_facts
from tests.meetings.conftest import day

pytestmark = pytest.mark.django_db
NO_ELEMENTS = {"element-TOTAL_FORMS": "0", "element-INITIAL_FORMS": "0"}


def decide(by: User, item: AgendaItem, revision: int = 0, **more: Any) -> BoardDecision:
    return services.record_decision(
        by=by, item=item, expected_revision=revision, **{"outcome": "resection", **more}
    )


def address(name: str, item: AgendaItem) -> str:
    return reverse(f"meetings:{name}", args=[item.meeting_id, item.pk])


def typed(**more: str) -> dict[str, str]:
    return {"revision": "0", "outcome": "resection", "rationale": "Large remnant.", **NO_ELEMENTS, **more}


@pytest.fixture
def as_chair(client: Client, chair: User) -> Client:
    client.force_login(chair)
    return client


def test_a_signed_decision_takes_an_addendum_and_nothing_else(chair: User, item: AgendaItem) -> None:
    decision = decide(chair, item, sign=True)
    recorded_at = BoardDecision.objects.get().recorded_at
    assert (decision.signed_by, decision.revision) == (chair, 1)
    with pytest.raises(ValidationError) as error:
        decide(chair, item, 1, outcome="surveillance")
    assert "Helen Castle signed this decision" in error.value.message_dict["decision"][0]
    assert "addendum" in error.value.message_dict["decision"][0]
    added = services.add_addendum(by=chair, decision=decision, text="  Margin agreed with pathology. ")
    assert services.add_addendum(by=chair, decision=decision, text="Margin agreed with pathology.") == added
    stored = BoardDecision.objects.get()
    assert (stored.outcome, stored.recorded_at) == ("resection", recorded_at)
    assert [one.text for one in stored.addenda.all()] == ["Margin agreed with pathology."]


def test_an_unsigned_decision_may_be_revised_and_has_no_addendum(chair: User, item: AgendaItem) -> None:
    decision = decide(chair, item)
    with pytest.raises(ValidationError) as error:
        services.add_addendum(by=chair, decision=decision, text="More")
    assert "not signed yet" in error.value.message_dict["decision"][0]
    assert decide(chair, item, 1, outcome="surveillance").revision == 2


def test_only_the_chair_signs_and_only_what_was_seen(
    chair: User, coordinator: User, person: Callable[..., User], item: AgendaItem
) -> None:
    decision = decide(chair, item)
    with pytest.raises(PermissionDenied):
        services.sign_decision(by=coordinator, decision=decision, expected_revision=1)
    decide(person("rosa", "chair"), item, 1, outcome="surveillance")
    with pytest.raises(services.StaleDecisionError):
        services.sign_decision(by=chair, decision=decision, expected_revision=1)
    assert BoardDecision.objects.get().signed_at is None
    signed = services.sign_decision(by=chair, decision=decision, expected_revision=2)
    again = services.sign_decision(by=chair, decision=decision, expected_revision=2)
    assert (again.signed_at, again.repeated) == (signed.signed_at, True)
    assert RoomEvent.objects.filter(kind="signed").count() == 1


def test_a_decision_can_be_signed_after_the_meeting_was_closed(chair: User, item: AgendaItem) -> None:
    decision = decide(chair, item)
    services.close_meeting(by=chair, meeting=item.meeting)
    assert services.sign_decision(by=chair, decision=decision, expected_revision=1).signed_by == chair


def test_the_same_form_sent_twice_is_one_decision_also_with_what_is_to_be_done(
    chair: User, item: AgendaItem
) -> None:
    rows = [{"kind": "surgery", "detail": "Right hepatectomy", "owner": chair, "deadline": day(28)}]
    first = decide(chair, item, elements=rows, sign=True)
    second = decide(chair, item, elements=rows, sign=True)
    assert (second.pk, second.revision, second.repeated) == (first.pk, 1, True)
    assert DecisionElement.objects.count() == 1
    assert RoomEvent.objects.filter(kind="decided").count() == 1
    with pytest.raises(ValidationError):
        decide(chair, item, elements=rows, rationale="Something else")


def test_a_second_form_with_other_words_is_no_repetition(chair: User, item: AgendaItem) -> None:
    decide(chair, item)
    with pytest.raises(services.StaleDecisionError):
        decide(chair, item, rationale="Other words")


def test_a_decision_is_provisional_by_itself_while_facts_are_missing_that_could_change_it(
    chair: User, coordinator: User, item: AgendaItem
) -> None:
    amend_case(by=coordinator, staging=item.staging, reason="Outflow is not known after all")
    clear_facts(by=coordinator, staging=item.staging, names=["plan.outflow_preserved", "plan.r0_feasible"])
    run_assessment(stage_case(by=coordinator, staging=item.staging).jobs.get().pk)
    decision = decide(chair, item)
    assert decision.assessment is not None
    assert "Outflow preserved" in open_facts(decision.assessment.result, "resection")
    assert decision.provisional
    assert not decide(chair, item, 1, provisional=False).provisional
    assert open_facts(decision.assessment.result, "work_up") == []


def test_a_deferred_case_waits_for_a_fact_of_the_vocabulary(chair: User, item: AgendaItem) -> None:
    waits = {"kind": "defer", "missing_fact": "molecular.ras", "deadline": day(14)}
    element = decide(chair, item, outcome="work_up", elements=[waits]).elements.get()
    assert (element.missing_fact, element.detail) == ("molecular.ras", "Until known: RAS")
    for row in ({**waits, "missing_fact": "molecular.luck"}, {**waits, "kind": "work_up"}):
        with pytest.raises(ValidationError) as error:
            decide(chair, item, 1, outcome="work_up", elements=[row])
        assert "elements.0.missing_fact" in error.value.message_dict


def test_a_task_is_given_only_to_somebody_who_sees_the_patient(
    chair: User, oncologist: User, person: Callable[..., User], item: AgendaItem
) -> None:
    row = {"kind": "systemic", "detail": "FOLFOX", "planned_start": day(7)}
    stranger = person("abroad", "member", centre=None)
    with pytest.raises(ValidationError) as error:
        decide(
            chair, item, outcome="conversion", deviation_reason="wish", elements=[{**row, "owner": stranger}]
        )
    assert "elements.0.owner" in error.value.message_dict
    decision = decide(
        chair, item, outcome="conversion", deviation_reason="wish", elements=[{**row, "owner": oncologist}]
    )
    element = decision.elements.get()
    assert (element.owner, element.responsible) == (oncologist, "Omar Reyes")


def test_what_an_outcome_offers_goes_with_it_and_what_was_typed_stays(
    oncologist: User, item: AgendaItem
) -> None:
    patient: Patient = item.staging.patient
    people = [oncologist]
    rows = {
        outcome: standard_rows(
            outcome, patient=patient, today=day(0), people=people, habits=habits_of(BoardSettings())
        )
        for outcome in USUAL
    }
    assert rows["conversion"][0]["owner"] == oncologist
    assert rows["resection"][0]["responsible"] == "Liver surgery"
    own = {"kind": "work_up", "detail": "Gadoxetate MRI"}
    assert offered([*rows["resection"], own], rows["resection"], rows["conversion"]) == [
        *rows["conversion"],
        own,
    ]
    changed = {**rows["resection"][0], "detail": "Left lateral sectionectomy"}
    assert offered([changed], rows["resection"], rows["conversion"])[-1] == changed


def test_the_patients_own_surgeon_comes_first_then_who_is_in_the_room(
    chair: User, person: Callable[..., User], item: AgendaItem
) -> None:
    patient = item.staging.patient
    other = person("hugo", "member", discipline="hpb_surgeon")
    people = [chair, other]
    assert owner_for("hpb_surgeon", patient, people, frozenset()) is None
    assert owner_for("hpb_surgeon", patient, people, frozenset({other.pk})) == other
    patient.surgeon = chair
    assert owner_for("hpb_surgeon", patient, people, frozenset({other.pk})) == chair


# ------------------------------------------------------------------------------------------------------- pages
def test_record_and_sign_is_one_go_and_a_second_click_is_told_so(as_chair: Client, item: AgendaItem) -> None:
    answer = as_chair.post(address("decision", item), typed(sign="1"), follow=True)
    assert "is recorded and signed" in answer.content.decode()
    assert "Signed by" in answer.content.decode()
    again = as_chair.post(address("decision", item), typed(sign="1"), follow=True)
    assert "was sent twice; it is recorded and signed once" in again.content.decode()
    assert BoardDecision.objects.get().revision == 1
    changed = as_chair.post(address("decision", item), typed(revision="1", rationale="Typed in vain?"))
    assert changed.status_code == 422
    assert "Allowed: an addendum" in changed.content.decode()
    assert "Typed in vain?" in changed.content.decode()


def test_an_addendum_is_shown_under_the_decision_and_an_empty_one_is_refused(
    as_chair: Client, item: AgendaItem
) -> None:
    as_chair.post(address("decision", item), typed(sign="1"))
    assert as_chair.post(address("addendum", item), {"text": "  "}).status_code == 422
    page = as_chair.post(address("addendum", item), {"text": "Second look."}, follow=True)
    assert "Second look." in page.content.decode()


@pytest.fixture
def second(coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]) -> AgendaItem:
    return services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("2026-002"))


def test_when_the_room_has_moved_on_signing_asks_and_recording_says_where_it_went(
    as_chair: Client, chair: User, item: AgendaItem, second: AgendaItem
) -> None:
    opened_on = str(item.pk)
    services.show_item(by=chair, meeting=item.meeting, item=second)
    asked = as_chair.post(address("decision", item), typed(room_item=opened_on, sign="1"))
    page = asked.content.decode()
    assert asked.status_code == 409
    assert "The room has moved on to case 2026-002" in page
    assert "Large remnant." in page
    assert not BoardDecision.objects.exists()
    saved = as_chair.post(address("decision", item), typed(room_item=opened_on), follow=True)
    assert "belongs to case 2026-001" in saved.content.decode()
    assert BoardDecision.objects.get().item == item
    signed = as_chair.post(
        address("decision", item), typed(room_item=opened_on, moved_on=str(second.pk), sign="1")
    )
    assert signed.status_code == 302
    assert BoardDecision.objects.get().signed_by == chair


def test_a_case_withdrawn_while_the_form_is_open_keeps_what_was_typed(
    as_chair: Client, coordinator: User, item: AgendaItem
) -> None:
    services.remove_from_agenda(by=coordinator, item=item, note="Patient in another hospital")
    answer = as_chair.post(address("decision", item), typed(rationale="Ten minutes of words."))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "was taken off the agenda meanwhile (Patient in another hospital)" in page
    assert "Ten minutes of words." in page
    assert not BoardDecision.objects.exists()


def test_a_case_removed_before_the_meeting_began_gives_back_what_was_typed(
    as_chair: Client, coordinator: User, make_case: Callable[..., Staging], item: AgendaItem
) -> None:
    planned = services.create_meeting(by=coordinator, title="Next", starts_at=item.meeting.starts_at)
    early = services.add_to_agenda(by=coordinator, meeting=planned, staging=make_case("2026-003"))
    place = address("decision", early)
    services.remove_from_agenda(by=coordinator, item=early)
    answer = as_chair.post(place, typed(rationale="Ten minutes of words."))
    assert answer.status_code == 410
    assert "Ten minutes of words." in answer.content.decode()


def test_choosing_an_outcome_shows_what_it_brings_and_stores_nothing(
    as_chair: Client, chair: User, item: AgendaItem
) -> None:
    answer = as_chair.post(address("decision-look", item), typed(), headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "Liver resection" in page
    assert '<option value="cure" selected>' in page
    assert f'<option value="{chair.pk}" selected>' in page
    assert not BoardDecision.objects.exists()
