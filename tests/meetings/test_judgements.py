"""Judgements in the room: by the discipline whose they are, with what they change; another plan is never stored."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from decisions.alternatives import assess_alternative, differences
from decisions.engine.thresholds import default
from decisions.judgements import give_judgements, judgements
from decisions.models import Assessment
from decisions.selectors import latest_frozen
from decisions.services import amend_case, run_assessment
from meetings import services
from meetings.models import AgendaItem, Meeting
from patients.models import FactEntry, Staging, StagingVersion
from tests.meetings.conftest import RESECTABLE, UNRESECTABLE, day

pytestmark = pytest.mark.django_db
OPEN = {
    **RESECTABLE,
    "plan": {key: value for key, value in RESECTABLE["plan"].items() if key != "outflow_preserved"},
}  # type: ignore[attr-defined]


@pytest.fixture
def undecided(coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]) -> AgendaItem:
    """A case whose outflow nobody has judged yet; its advice is open."""
    services.change_board_settings(
        by=coordinator, centre=None, advice_after_vote=False, confirm_without_discussion=False
    )
    return services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("J-1", OPEN))


def judge(by: User, item: AgendaItem, version: int = 1, **answers: str) -> StagingVersion:
    named = {name.replace("__", "."): answer for name, answer in answers.items()}
    return give_judgements(by=by, staging=item.staging, version=version, answers=named, on=day(0))


def assessed(version: StagingVersion) -> Assessment:
    found = run_assessment(version.jobs.get().pk)
    assert found is not None
    return found


def test_a_judgement_makes_the_next_version_and_leaves_the_old_one(
    chair: User, undecided: AgendaItem
) -> None:
    before = Assessment.objects.get()
    assert before.result["liver_class"] == "indeterminate"
    version = judge(chair, undecided, plan__outflow_preserved="yes")
    assert (version.number, version.frozen_by) == (2, chair)
    assert "Outflow preserved" in version.reason
    assert assessed(version).result["liver_class"] == "resectable"
    assert StagingVersion.objects.get(number=1).state == "frozen"


def test_an_answer_that_the_case_has_already_makes_no_version(chair: User, undecided: AgendaItem) -> None:
    judge(chair, undecided, plan__outflow_preserved="no")
    judge(chair, undecided, version=2, plan__outflow_preserved="no", plan__inflow_preserved="yes")
    judge(chair, undecided, version=2, plan__needs_pve="unknown")
    assert StagingVersion.objects.count() == 2


def test_not_known_takes_a_judgement_back(chair: User, undecided: AgendaItem) -> None:
    version = judge(chair, undecided, plan__inflow_preserved="unknown")
    assert "inflow_preserved" not in (version.document or {})["plan"]
    assert FactEntry.objects.get(name="plan.inflow_preserved").state == "not_known"


def test_only_the_discipline_whose_judgement_it_is_gives_it(
    oncologist: User, coordinator: User, viewer: User, undecided: AgendaItem
) -> None:
    for user in (oncologist, coordinator, viewer):
        with pytest.raises(PermissionDenied):
            judge(user, undecided, plan__outflow_preserved="yes")
    assert judge(oncologist, undecided, patient__fit_for_intensive_chemo="yes").number == 2


@pytest.mark.parametrize(
    ("name", "answer"),
    [("plan.outflow_preserved", "perhaps"), ("labs.cea_ng_ml", "yes"), ("plan.nonsense", "yes")],
)
def test_what_is_no_judgement_or_no_answer_is_refused(
    chair: User, undecided: AgendaItem, name: str, answer: str
) -> None:
    with pytest.raises(ValidationError) as error:
        give_judgements(by=chair, staging=undecided.staging, version=1, answers={name: answer}, on=day(0))
    assert name in error.value.message_dict
    assert StagingVersion.objects.count() == 1


def test_the_second_of_two_is_told_what_the_first_did(
    chair: User, coordinator: User, undecided: AgendaItem
) -> None:
    judge(chair, undecided, plan__outflow_preserved="yes")
    with pytest.raises(ValidationError) as error:
        judge(chair, undecided, version=1, plan__outflow_preserved="no")
    assert "Helen Castle staged version 2 meanwhile" in error.value.message_dict["staging"][0]
    amend_case(by=coordinator, staging=undecided.staging, reason="RAS arrived")
    with pytest.raises(ValidationError) as error:
        judge(chair, undecided, version=2, plan__outflow_preserved="no")
    assert "Joan Farrow is amending this case" in error.value.message_dict["staging"][0]


def test_what_is_missing_and_could_change_an_answer_is_asked_first() -> None:
    document: dict[str, Any] = {
        "plan": {"r0_feasible": True},
        "lesions": [{"id": "L1"}, {"id": "L2", "ablatable": True}],
    }
    names = judgements(document, ["molecular.ras", "plan.outflow_preserved", "lesions[].ablatable"])
    assert names[:2] == ["plan.outflow_preserved", "lesions[L1].ablatable"]
    assert {"plan.r0_feasible", "lesions[L2].ablatable"} <= set(names[2:])
    assert "molecular.ras" not in names


def test_the_panel_saves_waits_for_the_assessment_and_says_what_changed(
    client: Client, chair: User, undecided: AgendaItem
) -> None:
    client.force_login(chair)
    place = reverse("meetings:room-facts", args=[undecided.meeting_id, undecided.pk])
    room = client.get(
        reverse("meetings:room", args=[undecided.meeting_id]), {"item": undecided.pk}
    ).content.decode()
    assert 'name="judgement:plan.outflow_preserved"' in room
    htmx = {"HX-Request": "true"}
    saved = client.post(place, {"version": "1", "judgement:plan.outflow_preserved": "yes"}, headers=htmx)
    assert "on its way" in saved.content.decode()
    assert "HX-Trigger" not in client.get(place, {"wait": "1"}, headers=htmx)
    version = latest_frozen(undecided.staging)
    assert version is not None
    assessed(version)
    done = client.get(place, {"wait": "1"}, headers=htmx)
    page = done.content.decode()
    assert done["HX-Trigger"] == "room:advice"
    assert "What changed" in page
    assert "Outflow preserved" in page
    assert "resectable" in page
    again = client.post(place, {"version": "1", "judgement:plan.outflow_preserved": "no"}, headers=htmx)
    assert again.status_code == 422
    assert "meanwhile" in again.content.decode()


def test_while_the_advice_is_closed_the_panel_does_not_say_what_it_changes(
    client: Client, chair: User, coordinator: User, undecided: AgendaItem
) -> None:
    services.change_board_settings(
        by=coordinator, centre=None, advice_after_vote=True, confirm_without_discussion=False
    )
    assessed(judge(chair, undecided, plan__outflow_preserved="yes"))
    client.force_login(chair)
    page = client.get(
        reverse("meetings:room-facts", args=[undecided.meeting_id, undecided.pk]),
        headers={"HX-Request": "true"},
    ).content.decode()
    assert "once the advice is open" in page
    assert ">Fact</th>" in page
    assert ">Answer</th>" not in page


# --------------------------------------------------------------------------------------------- another plan
def test_another_plan_is_assessed_and_nothing_is_stored(
    client: Client, chair: User, undecided: AgendaItem
) -> None:
    client.force_login(chair)
    counts = [Assessment.objects.count(), StagingVersion.objects.count(), FactEntry.objects.count()]
    document = latest_frozen(undecided.staging).document  # type: ignore[union-attr]
    place = reverse("meetings:plan", args=[undecided.meeting_id, undecided.pk])
    answer = client.post(place, {"plan.outflow_preserved": "no", "volumetry.flr_pct": "22"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Not stored" in page
    assert "What differs" in page
    assert "unresectable" in page
    assert counts == [Assessment.objects.count(), StagingVersion.objects.count(), FactEntry.objects.count()]
    assert latest_frozen(undecided.staging).document == document  # type: ignore[union-attr]


def test_another_plan_changes_only_the_plan_and_the_remnant() -> None:
    document = {"case": {"id": "X", "decision_date": "2026-04-01"}, **UNRESECTABLE}
    with pytest.raises(ValidationError) as error:
        assess_alternative(document, {"molecular.ras": "wild_type"}, default())
    assert "molecular.ras" in error.value.message_dict
    with pytest.raises(ValidationError) as error:
        assess_alternative(document, {"volumetry.flr_pct": 140}, default())
    assert "volumetry.flr_pct" in error.value.message_dict


def test_the_other_remnant_replaces_the_patients_volumes_and_the_document_stays() -> None:
    document = {
        "case": {"id": "X", "decision_date": "2026-04-01"},
        **RESECTABLE,
        "volumetry": {"flr_pct": 25, "flr_pct_post": 45},
    }
    own, other = (
        assess_alternative(document, {}, default()),
        assess_alternative(document, {"volumetry.flr_pct": 15.0}, default()),
    )
    assert (own["flr_pct"], other["flr_pct"]) == (45, 15)
    assert document["volumetry"] == {"flr_pct": 25, "flr_pct_post": 45}
    said = differences(own, other)
    assert any(change["old"] != change["new"] for change in said["answers"])
    assert differences(own, own) == {"answers": [], "options": []}


def test_a_value_out_of_range_is_named_beside_its_input(
    client: Client, chair: User, undecided: AgendaItem
) -> None:
    client.force_login(chair)
    place = reverse("meetings:plan", args=[undecided.meeting_id, undecided.pk])
    for text in ("140", "much"):
        answer = client.post(place, {"volumetry.flr_pct": text})
        assert answer.status_code == 422
        assert f'value="{text}"' in answer.content.decode()


def test_plans_are_compared_only_once_the_advice_is_open(
    client: Client, chair: User, item: AgendaItem
) -> None:
    client.force_login(chair)
    page = client.post(
        reverse("meetings:plan", args=[item.meeting_id, item.pk]), {"volumetry.flr_pct": "22"}
    ).content.decode()
    assert "closed until the vote" in page
    assert "resectable" not in page.split("<main")[1].split("</main>")[0].replace(
        "definitions of resectability", ""
    )
