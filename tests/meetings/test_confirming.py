"""Standard cases without discussion: what qualifies, who confirms, what brings a case back, what ends it all."""

import copy
import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from decisions.engine.assess import assess
from decisions.engine.document import parse
from decisions.engine.synthetic import cohort
from decisions.engine.thresholds import default
from decisions.models import RulebookVersion
from decisions.services import amend_case, run_assessment, stage_case
from meetings import services
from meetings.confirming import against_confirming, confirmable
from meetings.documents import record_of
from meetings.models import (
    AgendaItem,
    BoardDecision,
    Confirmation,
    DecisionElement,
    Meeting,
    PreparedDecision,
    Reassessment,
)
from meetings.papers.minutes import compose_minutes
from patients.models import Staging
from patients.services import record_facts
from tests.meetings.conftest import RESECTABLE, STANDARD, day

database = pytest.mark.django_db


@functools.cache
def standard() -> dict[str, Any]:
    document = {**STANDARD, "case": {**STANDARD["case"], "id": "S-1", "decision_date": "2026-03-01"}}
    return assess(parse(document), default())


def with_changes(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(standard()), **changes}


# -------------------------------------------------------------------------------------------- what qualifies
def test_a_standard_case_qualifies_for_the_one_outcome_that_the_sources_support() -> None:
    assert against_confirming(standard(), "conversion") == []
    assert confirmable(standard()) == ["conversion"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"liver_class": "indeterminate"}, "Not decided: Liver"),
        ({"timing_class": None}, "Not decided: Onset"),
        ({"definitions": {**standard()["definitions"], "D04": "indeterminate"}}, "Definitions indeterminate"),
        ({"definitions": {}}, "Definitions indeterminate: all"),
        ({"conflicts": ["CF-04"]}, "The sources disagree"),
        (
            {"firmness": [{"fact": "flr_pct", "error": 1.5, "flips": {"D03": ["met", "not_met"]}}]},
            "Near a limit",
        ),
        ({"flags": ["MSI_MMR_DISCORDANT"]}, "raises a flag"),
        ({"warnings": [{"message": "The CEA is old."}]}, "notice about the data"),
        ({"questions": []}, "No question of the sources"),
        (
            {"missing": [{"fact": "x", "label": "X", "settles": ["liver_class"], "options": []}]},
            "could settle Liver",
        ),
        (
            {
                "missing": [
                    {
                        "fact": "x",
                        "label": "X",
                        "settles": [],
                        "options": ["conversion_first_line:PEMBROLIZUMAB"],
                    }
                ]
            },
            "Missing facts could change the answer: X",
        ),
    ],
)
def test_a_case_is_discussed_when_anything_is_open_disputed_or_near_a_limit(
    changes: dict[str, Any], why: str
) -> None:
    assert why in " ".join(against_confirming(with_changes(**changes), "conversion"))
    assert confirmable(with_changes(**changes)) == []


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"current": False}, "have changed since"),
        ({"votes": "split"}, "votes on it were split"),
        ({"votes": "hidden"}, "not revealed yet"),
    ],
)
def test_a_case_is_discussed_when_its_facts_are_newer_or_its_votes_are_split_or_hidden(
    about: dict[str, Any], why: str
) -> None:
    assert why in " ".join(against_confirming(standard(), "conversion", **about))


@pytest.mark.parametrize("outcome", [one for one in BoardDecision.Outcome.values if one != "conversion"])
def test_no_other_outcome_can_be_confirmed_on_the_same_case(outcome: str) -> None:
    assert against_confirming(standard(), outcome)


def test_a_case_without_an_assessment_is_discussed() -> None:
    assert against_confirming(None, "conversion") == ["There is no assessment of this case."]
    assert against_confirming({}, "conversion") == ["There is no assessment of this case."]


STATUSES = ("supported", "supported with conflict", "opposed", "indeterminate", "no argument")


@st.composite
def assessments(draw: Any) -> dict[str, Any]:
    """The standard case with any of its parts made open, disputed, near a limit, or left as it is."""
    found = copy.deepcopy(standard())
    verdicts = st.sampled_from(["met", "not_met", "not_applicable", "indeterminate"])
    for code in draw(st.sets(st.sampled_from(sorted(found["definitions"])), max_size=2)):
        found["definitions"][code] = draw(verdicts)
    if draw(st.booleans()):
        found["liver_class"] = draw(st.sampled_from(["resectable", "unresectable", "indeterminate"]))
    if draw(st.booleans()):
        found["conflicts"] = draw(st.sampled_from([[], ["CF-08"]]))
    if draw(st.booleans()):
        found["firmness"] = draw(
            st.sampled_from([[], [{"fact": "flr_pct", "error": 1.5, "flips": {"D04": ["met", "not_met"]}}]])
        )
    question = next(one for one in found["questions"] if one["id"] == "conversion_first_line")
    if draw(st.booleans()):
        question["applies"] = draw(st.sampled_from([True, None, False]))
    for option in draw(st.sets(st.integers(0, len(question["options"]) - 1), max_size=2)):
        question["options"][option]["status"] = draw(st.sampled_from(STATUSES))
    return found


@given(assessments(), st.sampled_from(BoardDecision.Outcome.values), st.booleans(),
       st.sampled_from(["none", "alike", "split", "hidden"]))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_nothing_indeterminate_in_conflict_near_a_limit_or_split_ever_qualifies(
    result: dict[str, Any], outcome: str, current: bool, votes: Any
) -> None:
    if against_confirming(result, outcome, current=current, votes=votes):
        return
    assert current
    assert votes in ("none", "alike")
    assert "indeterminate" not in {result["liver_class"], *result["definitions"].values()}
    assert result["conflicts"] == []
    assert result["firmness"] == []
    statuses = [
        option["status"]
        for question in result["questions"]
        if question["applies"] is not False
        for option in question["options"]
    ]
    assert "supported with conflict" not in statuses
    leading = next(one for one in result["questions"] if one["id"] == "conversion_first_line")
    assert leading["applies"] is True
    assert [option["status"] for option in leading["options"]].count("supported") == 1
    assert "indeterminate" not in {option["status"] for option in leading["options"]}


def test_of_a_hundred_made_up_patients_with_gaps_none_qualifies_that_is_open_or_disputed() -> None:
    for document in cohort(100, 11):
        result = assess(parse(document), default())
        if confirmable(result):
            assert result["conflicts"] == []
            assert result["firmness"] == []
            assert "indeterminate" not in result["definitions"].values()


# ---------------------------------------------------------------------------------------- prepared and confirmed
@pytest.fixture
def switched_on(coordinator: User) -> None:
    services.change_board_settings(
        by=coordinator, centre=None, advice_after_vote=True, confirm_without_discussion=True
    )


@pytest.fixture
def surgeon(person: Callable[..., User]) -> User:
    return person("marek", "member", first_name="Marek", last_name="Osei", discipline="hpb_surgeon")


@pytest.fixture
def clear(coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]) -> AgendaItem:
    return services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("2026-043", STANDARD))


@pytest.fixture
def prepared(switched_on: None, coordinator: User, clear: AgendaItem) -> PreparedDecision:
    return services.prepare_confirmation(
        by=coordinator, item=clear, outcome="conversion", intent="conversion", rationale="MSI-H.",
        elements=[{"kind": "systemic", "detail": "Pembrolizumab", "responsible": "Medical oncology",
                   "planned_start": day(10), "cycle_length_days": 21}],
    )  # fmt: skip


def confirm(by: User, prepared: PreparedDecision) -> BoardDecision | None:
    return services.confirm_case(by=by, item=prepared.item, seen=services.state_of(prepared))


@database
def test_a_board_that_has_not_switched_it_on_discusses_every_case(
    coordinator: User, clear: AgendaItem
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.prepare_confirmation(by=coordinator, item=clear, outcome="conversion")
    assert "This board discusses every case" in refused.value.message_dict["meeting"][0]


@database
def test_a_case_that_does_not_qualify_cannot_be_prepared_and_the_reason_is_told(
    switched_on: None, coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("2026-044", RESECTABLE))
    with pytest.raises(ValidationError) as refused:
        services.prepare_confirmation(by=coordinator, item=item, outcome="resection")
    assert "2026-044 must be discussed" in refused.value.message_dict["item"][0]
    assert not PreparedDecision.objects.exists()


@database
def test_surgeon_and_oncologist_together_decide_and_the_decision_has_all_that_follows(
    prepared: PreparedDecision, surgeon: User, oncologist: User, chair: User
) -> None:
    assert confirm(surgeon, prepared) is None
    assert confirm(surgeon, prepared) is None, "twice is once"
    assert not BoardDecision.objects.exists()
    decision = confirm(oncologist, prepared)
    assert decision is not None
    assert decision.without_discussion
    assert (decision.outcome, decision.comparison, decision.provisional) == ("conversion", "follows", False)
    assert [element.detail for element in DecisionElement.objects.all()] == ["Pembrolizumab"]
    assert Reassessment.objects.get(decision=decision).planned_start == day(10), "the clock runs"
    prepared.item.refresh_from_db()
    assert prepared.item.state == "decided"
    assert confirm(oncologist, prepared) == decision, "sent twice it is decided once"
    assert services.sign_decision(by=chair, decision=decision, expected_revision=1).signed_at is not None


@database
def test_two_oncologists_are_no_surgeon(
    prepared: PreparedDecision, oncologist: User, person: Callable[..., User]
) -> None:
    other = person("sofia", "member", discipline="medical_oncologist")
    assert confirm(oncologist, prepared) is None
    assert confirm(other, prepared) is None
    assert not BoardDecision.objects.exists()


@database
def test_nobody_else_confirms_and_members_do_not_prepare(
    prepared: PreparedDecision, coordinator: User, oncologist: User, person: Callable[..., User]
) -> None:
    radiologist = person("alex", "member", discipline="radiologist")
    for user in (coordinator, radiologist):
        with pytest.raises(PermissionDenied):
            confirm(user, prepared)
    with pytest.raises(PermissionDenied):
        services.pull_back(by=radiologist, item=prepared.item)
    with pytest.raises(PermissionDenied):
        services.prepare_confirmation(by=oncologist, item=prepared.item, outcome="conversion")
    assert not Confirmation.objects.exists()


@database
def test_either_brings_the_case_back_and_then_it_stays_in_discussion(
    prepared: PreparedDecision, coordinator: User, surgeon: User, oncologist: User, chair: User
) -> None:
    confirm(surgeon, prepared)
    services.pull_back(by=oncologist, item=prepared.item)
    with pytest.raises(ValidationError) as refused:
        confirm(oncologist, prepared)
    assert "Omar Reyes brought this case back into discussion" in refused.value.message_dict["item"][0]
    with pytest.raises(ValidationError):
        services.prepare_confirmation(by=coordinator, item=prepared.item, outcome="conversion")
    decision = services.record_decision(
        by=chair, item=prepared.item, expected_revision=0, outcome="conversion"
    )
    assert not decision.without_discussion


@database
def test_an_amended_case_voids_what_was_prepared_and_confirmed(
    prepared: PreparedDecision, coordinator: User, surgeon: User, oncologist: User
) -> None:
    confirm(surgeon, prepared)
    staging = prepared.item.staging
    amend_case(by=coordinator, staging=staging, reason="weight corrected")
    record_facts(by=coordinator, staging=staging, values={"patient.weight_kg": 72}, observed_on=day(0))
    version = stage_case(by=coordinator, staging=staging)
    for _ in range(2):
        with pytest.raises(ValidationError) as refused:
            confirm(oncologist, prepared)
        assert "amended or assessed anew since" in refused.value.message_dict["item"][0]
        run_assessment(version.jobs.get().pk)
    assert not BoardDecision.objects.exists()
    services.prepare_confirmation(by=coordinator, item=prepared.item, outcome="conversion")
    assert not Confirmation.objects.exists(), "who confirmed the old text has not confirmed the new one"


@database
def test_a_new_rulebook_voids_what_was_prepared(
    prepared: PreparedDecision, surgeon: User, coordinator: User
) -> None:
    last = RulebookVersion.objects.latest("number")
    RulebookVersion.objects.create(
        number=last.number + 1, hash="0" * 64, thresholds=last.thresholds, valid_from=day(0), reason="a test"
    )
    with pytest.raises(ValidationError) as refused:
        confirm(surgeon, prepared)
    assert "The facts or the rulebook have changed" in refused.value.message_dict["item"][0]


@database
def test_who_read_an_older_text_is_told_to_read_again(
    prepared: PreparedDecision, coordinator: User, surgeon: User
) -> None:
    seen = services.state_of(prepared)
    services.prepare_confirmation(
        by=coordinator, item=prepared.item, outcome="conversion", rationale="Other."
    )
    with pytest.raises(ValidationError) as refused:
        services.confirm_case(by=surgeon, item=prepared.item, seen=seen)
    assert "Read it again" in refused.value.message_dict["item"][0]
    assert not Confirmation.objects.exists()


@database
def test_split_or_hidden_votes_stop_the_confirmation_without_telling_what_was_voted(
    prepared: PreparedDecision, chair: User, surgeon: User, oncologist: User
) -> None:
    round = services.open_vote(by=chair, item=prepared.item, question="resectable")
    services.cast_vote(by=surgeon, round=round, choice="yes")
    with pytest.raises(ValidationError) as refused:
        confirm(surgeon, prepared)
    assert "not revealed yet" in refused.value.message_dict["item"][0]
    services.cast_vote(by=oncologist, round=round, choice="no")
    services.reveal_vote(by=chair, round=round)
    with pytest.raises(ValidationError) as split:
        confirm(surgeon, prepared)
    assert "votes on it were split" in split.value.message_dict["item"][0]


@database
def test_a_decision_revised_in_the_room_was_discussed(
    prepared: PreparedDecision, surgeon: User, oncologist: User, chair: User
) -> None:
    confirm(surgeon, prepared)
    confirm(oncologist, prepared)
    revised = services.record_decision(
        by=chair,
        item=prepared.item,
        expected_revision=1,
        outcome="conversion",
        rationale="Discussed after all.",
    )
    assert not revised.without_discussion


@database
def test_the_minutes_say_that_a_case_was_confirmed_by_whom_and_not_discussed(
    prepared: PreparedDecision, surgeon: User, oncologist: User, chair: User
) -> None:
    confirm(surgeon, prepared)
    confirm(oncologist, prepared)
    meeting = services.close_meeting(by=chair, meeting=prepared.item.meeting)
    said = str(compose_minutes(record_of(meeting)))
    assert "1 of them confirmed without discussion" in said
    assert "Confirmed by Marek Osei (liver surgery" in said
    assert "Omar Reyes (medical oncology" in said


# ----------------------------------------------------------------------------------------------------- the page
@pytest.fixture
def pages(client: Client) -> Iterator[Callable[[User, str], str]]:
    def look(user: User, address: str) -> str:
        client.force_login(user)
        return client.get(address).content.decode()

    return look  # type: ignore[return-value]


@database
def test_the_agenda_names_the_case_the_decision_and_who_is_waited_for(
    pages: Callable[[User, str], str], client: Client, prepared: PreparedDecision, surgeon: User, oncologist: User,
    viewer: User,
) -> None:  # fmt: skip
    address = reverse("meetings:detail", args=[prepared.item.meeting_id])
    page = pages(surgeon, address)
    assert "For confirmation without discussion" in page
    assert "Conversion therapy, then reassess" in page
    assert "Pembrolizumab" in page
    assert "The sources have arguments for" in page
    assert ">Confirm<" in page
    others = pages(viewer, address)
    assert ">Confirm<" not in others
    assert "The sources have arguments for" not in others, "the advice is closed to those who vote"
    send = reverse("meetings:confirm_case", args=[prepared.item.meeting_id, prepared.item_id])
    seen = {"seen": services.state_of(prepared)}
    client.force_login(viewer)
    assert client.post(send, seen).status_code == 403
    client.force_login(surgeon)
    assert "waits for the other discipline" in client.post(send, seen, follow=True).content.decode()
    client.force_login(oncologist)
    assert "confirmed without discussion" in client.post(send, seen, follow=True).content.decode()


@database
def test_whoever_is_waited_for_finds_the_case_on_their_first_page_until_they_have_spoken(
    pages: Callable[[User, str], str],
    prepared: PreparedDecision,
    surgeon: User,
    oncologist: User,
    viewer: User,
) -> None:
    assert "For your confirmation" in pages(surgeon, "/")
    assert "For your confirmation" not in pages(viewer, "/")
    confirm(surgeon, prepared)
    assert "For your confirmation" not in pages(surgeon, "/")
    assert "For your confirmation" in pages(oncologist, "/")
    services.pull_back(by=oncologist, item=prepared.item)
    assert "For your confirmation" not in pages(oncologist, "/")


@database
def test_the_coordinator_prepares_withdraws_and_reads_why_others_are_discussed(
    client: Client, switched_on: None, coordinator: User, clear: AgendaItem, item: AgendaItem
) -> None:
    client.force_login(coordinator)
    address = reverse("meetings:detail", args=[clear.meeting_id])
    page = client.get(address).content.decode()
    assert "2026-043" in page
    assert "could be prepared" in page
    assert "1 case to be discussed, and why" in page.replace("\xa0", " ")
    keys = [clear.meeting_id, clear.pk]
    client.post(reverse("meetings:prepare", args=keys), {"outcome": "conversion", "detail": "Pembrolizumab"})
    prepared = PreparedDecision.objects.get()
    said = [(row["kind"], row["detail"]) for row in prepared.elements]
    assert said == [("systemic", "Pembrolizumab")], "what follows is in the text that is confirmed"
    refused = client.post(reverse("meetings:prepare", args=keys), {"outcome": "magic"}, follow=True)
    assert "allowed: one of resection" in refused.content.decode()
    client.post(reverse("meetings:withdraw_prepared", args=keys))
    assert not PreparedDecision.objects.exists()


@database
def test_a_board_that_discusses_every_case_shows_no_such_list(
    client: Client, coordinator: User, clear: AgendaItem
) -> None:
    client.force_login(coordinator)
    page = client.get(reverse("meetings:detail", args=[clear.meeting_id])).content.decode()
    assert "For confirmation without discussion" not in page
