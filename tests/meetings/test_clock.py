"""The conversion clock: every patient on systemic therapy whose liver is not resectable, until the board decides."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from decisions.engine.calendar import add_months
from decisions.engine.thresholds import default
from decisions.services import run_assessment
from meetings import services
from meetings.clock import clock_rows, count_by_status, status_on
from meetings.models import AgendaItem, Meeting, Reassessment
from meetings.reassessment import set_window
from meetings.upkeep import refresh
from patients.models import Patient, Staging
from patients.services import add_study, end_line, start_line, update_patient
from tests.meetings.conftest import RESECTABLE, UNRESECTABLE, day

pytestmark = pytest.mark.django_db
FOLFOX = {"regimen": "FOLFOX", "drugs": "bevacizumab", "intent": "conversion", "cycle_length_days": 14}
NEXT = {"kind": "systemic", "detail": "FOLFIRI + cetuximab", "planned_start": day(3), "cycle_length_days": 14}


@pytest.fixture
def on_therapy(make_case: Callable[..., Staging], oncologist: User) -> Callable[..., Staging]:
    """An unresectable case under a line that began so many days ago."""

    def make(
        case_id: str, started: int, *, blocks: dict[str, Any] = UNRESECTABLE, staged: int = -7
    ) -> Staging:
        staging = make_case(case_id, blocks, date=day(staged))
        start_line(by=oncologist, patient=staging.patient, actual_start=day(-started), **FOLFOX)
        return staging

    return make


def window(patient: Patient) -> Reassessment:
    return Reassessment.objects.get(patient=patient, ended_at__isnull=True)


def on_agenda(by: User, meeting: Meeting, staging: Staging) -> AgendaItem:
    return services.add_to_agenda(by=by, meeting=meeting, staging=staging)


def test_a_patient_whose_line_begins_after_staging_is_on_the_clock(
    on_therapy: Callable[..., Staging],
) -> None:
    row = window(on_therapy("C-1", 5).patient)
    assert row.actual_start == day(-5)
    assert (row.window_start, row.window_end) == (add_months(day(-5), 2), add_months(day(-5), 3))
    assert (row.cycle_start, row.cycle_end) == (day(-5 + 56), day(-5 + 84))
    assert row.due_from == min(row.window_start, row.cycle_start)
    assert row.overdue_after == min(row.window_end, row.cycle_end)


def test_a_case_staged_under_therapy_is_on_the_clock_without_any_line_in_the_record(
    make_case: Callable[..., Staging],
) -> None:
    blocks = {
        **UNRESECTABLE,
        "treatment": {"current_start_date": day(-30).isoformat(), "cycle_length_days": 21},
    }
    row = window(make_case("C-1", blocks).patient)
    assert (row.actual_start, row.cycle_length_days) == (day(-30), 21)


def test_an_unknown_resectability_is_on_the_clock_and_a_palliative_intent_too(
    make_case: Callable[..., Staging], oncologist: User
) -> None:
    staging = make_case("C-1", {"liver": {"lesion_count": 5}})
    start_line(
        by=oncologist, patient=staging.patient, actual_start=day(-9), **{**FOLFOX, "intent": "palliative"}
    )
    assert window(staging.patient).actual_start == day(-9)


def test_a_resectable_liver_or_no_therapy_is_not_on_the_clock(
    make_case: Callable[..., Staging], on_therapy: Callable[..., Staging]
) -> None:
    make_case("C-1", UNRESECTABLE)
    on_therapy("C-2", 5, blocks=RESECTABLE)
    assert not Reassessment.objects.exists()


def test_therapy_that_has_ended_puts_nobody_on_the_clock(
    make_case: Callable[..., Staging], oncologist: User
) -> None:
    staging = make_case("C-1", {**UNRESECTABLE}, date=day(-7), assess=False)
    line = start_line(by=oncologist, patient=staging.patient, actual_start=day(-60), **FOLFOX)
    end_line(by=oncologist, line=line, ended_on=day(-20), reason="Progression")
    run_assessment(staging.versions.get().jobs.get().pk)
    assert not Reassessment.objects.exists()


def test_the_nightly_look_finds_a_patient_whom_the_clock_has_missed_and_twice_changes_nothing(
    on_therapy: Callable[..., Staging],
) -> None:
    staging = on_therapy("C-1", 5)
    Reassessment.objects.all().delete()
    assert refresh() == {"opened": 1, "moved": 0, "ended": 0}
    assert refresh() == {"opened": 0, "moved": 0, "ended": 0}
    assert window(staging.patient).actual_start == day(-5)


def test_staging_again_or_amending_never_opens_a_second_window(
    on_therapy: Callable[..., Staging], make_case: Callable[..., Staging]
) -> None:
    staging = on_therapy("C-1", 30, staged=-28)
    make_case("C-1", UNRESECTABLE, date=day(-2))
    assert Reassessment.objects.filter(patient=staging.patient).count() == 1


def test_the_clock_shows_overdue_first_then_due_soon_later_and_awaiting_start(
    coordinator: User,
    chair: User,
    on_therapy: Callable[..., Staging],
    meeting: Meeting,
    make_case: Callable[..., Staging],
) -> None:
    for case_id, started in (
        ("later", 10),
        ("overdue", 100),
        ("soon", 45),
        ("due", 65),
        ("more overdue", 120),
    ):
        on_therapy(case_id, started)
    item = on_agenda(coordinator, meeting, make_case("awaiting", UNRESECTABLE))
    services.record_decision(by=chair, item=item, expected_revision=0, outcome="conversion", elements=[NEXT])
    rows = clock_rows(coordinator, day(0))
    assert [(row.patient.case_id, row.status) for row in rows] == [
        ("more overdue", "overdue"),
        ("overdue", "overdue"),
        ("due", "due"),
        ("soon", "soon"),
        ("later", "later"),
        ("awaiting", "awaiting_start"),
    ]
    assert count_by_status(rows) == {"overdue": 2, "due": 1, "soon": 1, "later": 1, "awaiting_start": 1}
    assert rows[0].day_words == f"{rows[0].late_days}\N{NO-BREAK SPACE}days over"


def test_people_of_another_centre_do_not_see_the_patient(
    person: Callable[..., User], on_therapy: Callable[..., Staging]
) -> None:
    on_therapy("C-1", 100)
    assert clock_rows(person("eve", "coordinator", centre=None), day(0)) == []


@given(offset=st.integers(-200, 200), cycle=st.sampled_from([None, 14, 21, 28]))
def test_every_day_has_one_status_and_it_only_ever_grows_more_urgent(offset: int, cycle: int | None) -> None:
    row = Reassessment(actual_start=datetime.date(2026, 1, 31), cycle_length_days=cycle)
    set_window(row)
    urgency = ["later", "soon", "due", "overdue"]
    today = row.due_from + datetime.timedelta(days=offset)
    before = status_on(row, today - datetime.timedelta(days=1), default())
    now = status_on(row, today, default())
    assert urgency.index(now) >= urgency.index(before)
    assert (now == "due") == (row.due_from <= today <= row.overdue_after)


def test_a_decision_for_systemic_therapy_awaits_its_start_until_a_named_person_confirms_day_1(
    coordinator: User, chair: User, oncologist: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    item = on_agenda(coordinator, meeting, make_case("C-1", UNRESECTABLE))
    services.record_decision(by=chair, item=item, expected_revision=0, outcome="conversion", elements=[NEXT])
    row = window(item.staging.patient)
    assert (row.planned_start, row.actual_start, row.regimen) == (day(3), None, "FOLFIRI + cetuximab")
    assert row.window_start == add_months(day(3), 2)
    assert status_on(row, day(10), default()) == "awaiting_start"
    assert status_on(row, day(11), default()) == "overdue"
    confirmed = services.confirm_start(
        by=oncologist, reassessment=row, started_on=day(0), cycle_length_days=14
    )
    assert (confirmed.actual_start, confirmed.start_confirmed_by) == (day(0), oncologist)
    assert confirmed.window_start == add_months(day(0), 2)
    line = item.staging.patient.treatment_lines.get()
    assert (line.regimen, line.drugs, line.actual_start) == ("FOLFIRI", "cetuximab", day(0))


def test_a_start_in_the_future_or_before_the_decision_is_refused(
    coordinator: User, chair: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    item = on_agenda(coordinator, meeting, make_case("C-1", UNRESECTABLE))
    services.record_decision(by=chair, item=item, expected_revision=0, outcome="conversion", elements=[NEXT])
    row = window(item.staging.patient)
    for wrong in (day(1), day(-3)):
        with pytest.raises(ValidationError) as error:
            services.confirm_start(by=coordinator, reassessment=row, started_on=wrong)
        assert "allowed: from" in error.value.message_dict["started_on"][0]
    with pytest.raises(ValidationError) as error:
        services.confirm_start(by=coordinator, reassessment=row, started_on=day(0), cycle_length_days=90)
    assert "7 to 42" in error.value.message_dict["cycle_length_days"][0]
    assert not item.staging.patient.treatment_lines.exists()


def test_the_scan_alone_ends_nothing_and_the_board_on_that_scan_does(
    coordinator: User,
    chair: User,
    meeting: Meeting,
    on_therapy: Callable[..., Staging],
    make_case: Callable[..., Staging],
) -> None:
    patient = on_therapy("C-1", 75, staged=-70).patient
    services.book(by=coordinator, reassessment=window(patient), scan_on=day(2), modality="CT")
    services.record_scan(by=coordinator, reassessment=window(patient), date=day(-5))
    assert [row.step for row in clock_rows(coordinator, day(0))] == ["board"]
    restaged = make_case("C-1", UNRESECTABLE, date=day(-3))
    item = on_agenda(coordinator, meeting, restaged)
    services.record_decision(
        by=chair, item=item, expected_revision=0, outcome="supportive", rationale="Frailty."
    )
    ended = Reassessment.objects.get(patient=patient)
    assert (ended.ending, ended.ended_by, ended.ending_decision.item) == ("decided", chair, item)


def test_a_decision_before_the_window_does_not_end_it(
    coordinator: User, chair: User, meeting: Meeting, on_therapy: Callable[..., Staging]
) -> None:
    staging = on_therapy("C-1", 20)
    item = on_agenda(coordinator, meeting, staging)
    services.record_decision(by=chair, item=item, expected_revision=0, outcome="continue")
    assert window(staging.patient).actual_start == day(-20)


def test_a_decision_to_continue_opens_the_next_window_from_the_scan(
    coordinator: User,
    chair: User,
    meeting: Meeting,
    on_therapy: Callable[..., Staging],
    make_case: Callable[..., Staging],
) -> None:
    patient = on_therapy("C-1", 75, staged=-70).patient
    restaging = {**UNRESECTABLE, "imaging": {"restaging_date": day(-4).isoformat()}}
    item = on_agenda(coordinator, meeting, make_case("C-1", restaging, date=day(-3)))
    services.record_decision(
        by=chair, item=item, expected_revision=0, outcome="continue",
        elements=[{"kind": "systemic", "detail": "FOLFOX + bevacizumab goes on"}],
    )  # fmt: skip
    row = window(patient)
    assert Reassessment.objects.filter(patient=patient, ending="decided").count() == 1
    assert row.actual_start == day(-4)
    assert row.line == patient.treatment_lines.get()


def test_changing_the_decision_changes_the_clock_with_it(
    coordinator: User, chair: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    item = on_agenda(coordinator, meeting, make_case("C-1", UNRESECTABLE))
    decide = {"by": chair, "item": item}
    services.record_decision(**decide, expected_revision=0, outcome="conversion", elements=[NEXT])
    moved = {**NEXT, "planned_start": day(9)}
    services.record_decision(**decide, expected_revision=1, outcome="conversion", elements=[moved])
    assert window(item.staging.patient).planned_start == day(9)
    services.record_decision(**decide, expected_revision=2, outcome="supportive", rationale="Frailty.")
    row = Reassessment.objects.get()
    assert (row.ending, row.ending_reason) == ("superseded", "The decision was changed: no systemic therapy")
    services.record_decision(**decide, expected_revision=3, outcome="conversion", elements=[NEXT])
    assert window(item.staging.patient).planned_start == day(3)


def test_not_needed_ends_it_with_the_reason_and_the_person_and_it_does_not_come_back(
    coordinator: User, viewer: User, on_therapy: Callable[..., Staging]
) -> None:
    row = window(on_therapy("C-1", 75).patient)
    with pytest.raises(PermissionDenied):
        services.mark_not_needed(by=viewer, reassessment=row, reason="No")
    with pytest.raises(ValidationError):
        services.mark_not_needed(by=coordinator, reassessment=row, reason=" ")
    ended = services.mark_not_needed(by=coordinator, reassessment=row, reason="Treated elsewhere")
    assert (ended.ending, ended.ended_by, ended.ending_reason) == (
        "not_needed",
        coordinator,
        "Treated elsewhere",
    )
    assert refresh()["opened"] == 0
    with pytest.raises(ValidationError) as error:
        services.book(by=coordinator, reassessment=row, scan_on=day(3), modality="CT")
    assert "ended on" in error.value.message_dict["reassessment"][0]


def test_death_or_transfer_ends_the_reminder_with_that_reason(
    coordinator: User, on_therapy: Callable[..., Staging]
) -> None:
    patient = on_therapy("C-1", 75).patient
    update_patient(by=coordinator, patient=patient, vital_status="deceased", vital_status_on=day(-1))
    row = Reassessment.objects.get(patient=patient)
    assert (row.ending, row.ended_by) == ("deceased", coordinator)
    assert clock_rows(coordinator, day(0)) == []


def test_a_scan_entered_in_the_record_is_the_scan_of_the_window(
    coordinator: User, on_therapy: Callable[..., Staging]
) -> None:
    patient = on_therapy("C-1", 75).patient
    add_study(by=coordinator, patient=patient, date=day(4), modality="CT", booked=True)
    assert window(patient).scan_booked_on == day(4)
    add_study(by=coordinator, patient=patient, date=day(-30), modality="CT")
    assert window(patient).scan_done_on is None
    add_study(by=coordinator, patient=patient, date=day(-2), modality="CT")
    assert window(patient).scan_done_on == day(-2)


def test_a_patient_is_put_on_an_agenda_from_the_clock(
    coordinator: User, meeting: Meeting, on_therapy: Callable[..., Staging]
) -> None:
    staging = on_therapy("C-1", 75)
    item = services.put_on_agenda(by=coordinator, reassessment=window(staging.patient), meeting=meeting)
    assert (item.staging, item.reason) == (staging, "reassessment")
    assert clock_rows(coordinator, day(0))[0].agenda_item == item
