"""Tasks: what decisions left to be done, whose it is, and how it ended."""

import datetime
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from meetings import services
from meetings.followup import counted_outcomes, element_outcomes, tasks_of
from meetings.models import AgendaItem, DecisionElement
from patients.models import RecordAccess
from tests.meetings.conftest import day

TODAY = datetime.date(2026, 4, 16)


@pytest.fixture
def elements(chair: User, oncologist: User, item: AgendaItem) -> dict[str, DecisionElement]:
    """Four open elements: due in a month, soon, on no day, and overdue (moved there behind the board's back)."""
    decision = services.record_decision(
        by=chair, item=item, expected_revision=0, outcome="resection",
        elements=[
            {"kind": "surgery", "detail": "Right hepatectomy", "responsible": "Liver surgery", "deadline": day(30)},
            {"kind": "systemic", "detail": "FOLFOX", "planned_start": day(3), "responsible": "Medical oncology"},
            {"kind": "work_up", "detail": "Cardiology", "responsible": "somebody"},
            {"kind": "work_up", "detail": "MRI", "responsible": "Radiology", "deadline": day(1)},
        ],
    )  # fmt: skip
    DecisionElement.objects.filter(detail="MRI").update(deadline=day(-1), owner=oncologist)
    return {element.detail: element for element in decision.elements.all()}


def listed(user: User, *, everyone: bool = False) -> list[tuple[str, str]]:
    return [(task.element.detail, task.status) for task in tasks_of(user, day(0), everyone=everyone)]


@pytest.mark.django_db
def test_everyones_tasks_come_overdue_first_and_undated_last(
    elements: dict[str, DecisionElement], coordinator: User
) -> None:
    assert listed(coordinator, everyone=True) == [
        ("MRI", "overdue"), ("FOLFOX", "soon"), ("Right hepatectomy", "not_due"), ("Cardiology", "later"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_task_is_mine_by_name_or_by_discipline_while_nobody_is_named(
    elements: dict[str, DecisionElement], oncologist: User, chair: User, person: Callable[..., User]
) -> None:
    assert listed(oncologist) == [("MRI", "overdue"), ("FOLFOX", "soon")]
    assert listed(chair) == [("Right hepatectomy", "not_due")]
    assert listed(person("rita", "member", discipline="radiologist")) == []
    assert listed(person("nils", "member")) == []


@pytest.mark.django_db
def test_who_does_not_see_the_patient_does_not_see_the_task(
    elements: dict[str, DecisionElement], person: Callable[..., User]
) -> None:
    stranger = person("sven", "coordinator", centre=None, discipline="medical_oncologist")
    assert listed(stranger, everyone=True) == []
    with pytest.raises(PermissionDenied):
        services.end_element(by=stranger, element=elements["FOLFOX"], result="done", on=day(0))


@pytest.mark.django_db
def test_the_one_responsible_ends_a_task_and_others_do_not(
    elements: dict[str, DecisionElement], oncologist: User, viewer: User, person: Callable[..., User]
) -> None:
    services.end_element(by=oncologist, element=elements["FOLFOX"], result="done", on=day(0))
    for user in (viewer, person("rita", "member", discipline="radiologist")):
        with pytest.raises(PermissionDenied):
            services.end_element(by=user, element=elements["Right hepatectomy"], result="done", on=day(0))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"result": "open"}, "result"),
        ({"result": "not_done"}, "code"),
        ({"result": "changed", "code": "whim"}, "code"),
        ({"result": "changed", "code": "other"}, "reason"),
        ({"result": "not_done", "code": "patient", "reason": "x" * 201}, "reason"),
        ({"result": "done", "on": day(1)}, "on"),
        ({"result": "done", "on": datetime.date(2001, 1, 1)}, "on"),
    ],
)
def test_what_is_wrong_with_an_ending_is_said_and_nothing_is_saved(
    elements: dict[str, DecisionElement], coordinator: User, given: dict[str, object], field: str
) -> None:
    with pytest.raises(ValidationError) as error:
        services.end_element(by=coordinator, element=elements["MRI"], **{"on": day(0), **given})  # type: ignore[arg-type]
    assert field in error.value.message_dict
    elements["MRI"].refresh_from_db()
    assert elements["MRI"].result == "open"


@pytest.mark.django_db
def test_a_coded_reason_needs_no_more_words_and_done_keeps_no_code(
    elements: dict[str, DecisionElement], coordinator: User
) -> None:
    ended = services.end_element(
        by=coordinator, element=elements["MRI"], result="not_done", on=day(0), code="died"
    )
    assert (ended.result_code, ended.result_reason) == ("died", "Patient died")
    mended = services.end_element(
        by=coordinator, element=elements["MRI"], result="done", on=day(0), code="died"
    )
    assert (mended.result, mended.result_code, mended.result_reason) == ("done", "", "")


@pytest.mark.django_db
def test_who_comes_second_is_told_what_the_first_did(
    elements: dict[str, DecisionElement], coordinator: User, oncologist: User
) -> None:
    services.end_element(
        by=oncologist, element=elements["MRI"], result="done", on=day(0), expected_result="open"
    )
    with pytest.raises(ValidationError, match="was ended in between: done"):
        services.end_element(
            by=coordinator, element=elements["MRI"], result="not_done", on=day(0), code="patient",
            expected_result="open",
        )  # fmt: skip


@pytest.mark.django_db
def test_the_share_counts_what_ended_by_board_and_centre(
    elements: dict[str, DecisionElement], coordinator: User, person: Callable[..., User]
) -> None:
    assert element_outcomes(coordinator, day(0)).done_percent is None
    services.end_element(by=coordinator, element=elements["MRI"], result="done", on=day(0))
    services.end_element(
        by=coordinator, element=elements["FOLFOX"], result="changed", on=day(0), code="condition"
    )
    found = element_outcomes(coordinator, day(0), since=day(-1), until=day(1))
    assert (found.done, found.changed, found.not_done, found.open, found.done_percent) == (1, 1, 0, 2, 50)
    assert found.by_code == [("Patient's condition", 1)]
    assert element_outcomes(coordinator, day(0), until=day(-2)).ended == 0
    assert element_outcomes(person("sven", "coordinator", centre=None), day(0)).open == 0


RESULTS = st.sampled_from(DecisionElement.Result.values)
CODES = st.sampled_from(["", *DecisionElement.ResultCode.values])
DUE = st.one_of(st.none(), st.dates(datetime.date(2026, 1, 1), datetime.date(2026, 12, 31)))


@given(st.lists(st.tuples(RESULTS, CODES, DUE), max_size=30))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_element_is_counted_once_and_the_share_is_of_the_ended(
    rows: list[tuple[str, str, datetime.date | None]],
) -> None:
    found = counted_outcomes(rows, TODAY)
    assert found.ended + found.open == len(rows)
    assert sum(count for _, count in found.by_code) == found.changed + found.not_done
    assert 0 <= found.overdue <= found.open
    assert (found.done_percent is None) == (found.ended == 0)
    if found.done_percent is not None:
        assert found.done_percent * found.ended == pytest.approx(100 * found.done)


# ---------------------------------------------------------------------------------------------------------- pages
@pytest.mark.django_db
def test_a_task_is_done_with_one_press_and_the_list_says_so(
    elements: dict[str, DecisionElement], client: Client, coordinator: User
) -> None:
    client.force_login(coordinator)
    page = client.get(reverse("meetings:tasks")).content.decode()
    assert "4 open, 1 overdue" in page
    assert page.index("MRI") < page.index("FOLFOX") < page.index("Cardiology")
    posted = {"was": "open", "result": "done", "on": day(0).isoformat(), "next": "/tasks/?of=all"}
    address = reverse("meetings:end_element", args=[elements["MRI"].pk])
    answer = client.post(address, posted, follow=True)
    assert answer.redirect_chain == [("/tasks/?of=all", 302)]
    assert "Noted on case 2026-001: MRI." in answer.content.decode()
    assert "100" in answer.content.decode()
    again = client.post(address, posted)
    assert again.status_code == 422
    assert "was ended in between" in again.content.decode()


@pytest.mark.django_db
def test_an_ending_that_is_refused_is_shown_again_as_it_was_typed(
    elements: dict[str, DecisionElement], client: Client, oncologist: User
) -> None:
    client.force_login(oncologist)
    address = reverse("meetings:end_element", args=[elements["MRI"].pk])
    answer = client.post(
        address, {"was": "open", "result": "not_done", "on": "tomorrow", "reason": "<i>No</i>"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This is no date" in page
    assert "&lt;i&gt;No&lt;/i&gt;" in page
    assert "born" in page


@pytest.mark.django_db
def test_the_page_leads_to_no_other_site(
    elements: dict[str, DecisionElement], client: Client, coordinator: User
) -> None:
    client.force_login(coordinator)
    posted = {"result": "done", "on": day(0).isoformat(), "next": "//evil.example/"}
    answer = client.post(reverse("meetings:end_element", args=[elements["MRI"].pk]), posted)
    assert answer["Location"] == reverse("meetings:tasks")


@pytest.mark.django_db
def test_the_home_page_shows_my_tasks(
    elements: dict[str, DecisionElement], client: Client, oncologist: User
) -> None:
    client.force_login(oncologist)
    page = client.get("/").content.decode()
    assert "FOLFOX" in page
    assert "Right hepatectomy" not in page


@pytest.mark.django_db
def test_the_record_shows_how_each_element_ended_and_reading_it_is_logged(
    elements: dict[str, DecisionElement], client: Client, coordinator: User
) -> None:
    services.end_element(
        by=coordinator,
        element=elements["MRI"],
        result="changed",
        on=day(0),
        code="other",
        reason="CT instead",
    )
    client.force_login(coordinator)
    patient = elements["MRI"].decision.item.staging.patient
    page = client.get(reverse("meetings:patient_decisions", args=[patient.pk])).content.decode()
    assert "changed" in page
    assert "CT instead" in page
    assert RecordAccess.objects.filter(patient=patient, user=coordinator).count() == 1
