"""When therapy does not run as planned: the clock follows, and nobody falls off it."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from decisions.engine.calendar import add_months
from meetings import services
from meetings.clock import clock_rows
from meetings.models import AgendaItem, Meeting, Reassessment
from meetings.upkeep import refresh
from patients.models import Patient, Staging, TreatmentLine
from patients.services import (
    add_study,
    confirm_line_start,
    correct_line,
    end_line,
    measure_lesions,
    record_cycle,
    start_line,
    update_patient,
)
from tests.meetings.conftest import RESECTABLE, UNRESECTABLE, day

pytestmark = pytest.mark.django_db
FOLFOX: dict[str, Any] = {"regimen": "FOLFOX", "intent": "conversion", "cycle_length_days": 14}
NEXT = {"kind": "systemic", "detail": "FOLFIRI", "planned_start": day(3), "cycle_length_days": 14}
GOES_ON = [{"kind": "systemic", "detail": "FOLFOX goes on"}]


@pytest.fixture
def on_therapy(make_case: Callable[..., Staging], oncologist: User) -> Callable[..., Patient]:
    """A patient with an unresectable liver under a line that began so many days ago."""

    def make(case_id: str, started: int, **columns: Any) -> Patient:
        patient = make_case(case_id, UNRESECTABLE, date=day(-started - 5)).patient
        start_line(by=oncologist, patient=patient, actual_start=day(-started), **{**FOLFOX, **columns})
        return patient

    return make


@pytest.fixture
def decide(
    coordinator: User, chair: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> Callable[..., AgendaItem]:
    """The board decides on a patient's staging of so many days ago (made unless it is there)."""

    def make(
        patient: Patient, outcome: str, *, staged: int = 3, revision: int = 0, **more: Any
    ) -> AgendaItem:
        staging = Staging.objects.filter(patient=patient, date=day(-staged)).first()
        staging = staging or make_case(patient.case_id, UNRESECTABLE, date=day(-staged))
        item = AgendaItem.objects.filter(staging=staging, meeting=meeting).first()
        item = item or services.add_to_agenda(by=coordinator, meeting=meeting, staging=staging)
        services.record_decision(by=chair, item=item, expected_revision=revision, outcome=outcome, **more)
        return item

    return make


def window(patient: Patient) -> Reassessment:
    return Reassessment.objects.get(patient=patient, ended_at__isnull=True)


def line_of(patient: Patient) -> TreatmentLine:
    return patient.treatment_lines.latest("number")


# ------------------------------------------------------------------ who is on the clock
def test_a_line_that_is_only_planned_awaits_its_start_and_the_record_confirms_it(
    make_case: Callable[..., Staging], oncologist: User
) -> None:
    patient = make_case("C-1", UNRESECTABLE).patient
    line = start_line(by=oncologist, patient=patient, planned_start=day(-2), **FOLFOX)
    row = window(patient)
    assert (row.planned_start, row.actual_start, row.line) == (day(-2), None, line)
    confirm_line_start(by=oncologist, line=line, actual_start=day(-1))
    row = window(patient)
    assert (row.actual_start, row.start_confirmed_by) == (day(-1), oncologist)
    assert row.window_start == add_months(day(-1), 2)


def test_a_planned_line_that_ends_before_day_1_goes_to_the_board(
    make_case: Callable[..., Staging], oncologist: User
) -> None:
    patient = make_case("C-1", UNRESECTABLE).patient
    line = start_line(by=oncologist, patient=patient, planned_start=day(-2), **FOLFOX)
    end_line(by=oncologist, line=line, ended_on=day(0), reason="Patient's wish")
    assert window(patient).brought_forward_by == oncologist


def test_an_adjuvant_line_is_nobody_s_window(make_case: Callable[..., Staging], oncologist: User) -> None:
    patient = make_case("C-1", UNRESECTABLE).patient
    start_line(by=oncologist, patient=patient, actual_start=day(-9), **{**FOLFOX, "intent": "adjuvant"})
    assert not Reassessment.objects.exists()


def test_the_window_that_a_document_opened_takes_the_line_with_the_same_day_1(
    make_case: Callable[..., Staging], oncologist: User
) -> None:
    treatment = {"current_start_date": day(-30).isoformat(), "cycle_length_days": 21}
    patient = make_case("C-1", {**UNRESECTABLE, "treatment": treatment}).patient
    line = start_line(
        by=oncologist, patient=patient, actual_start=day(-30), **{**FOLFOX, "cycle_length_days": 21}
    )
    assert window(patient).line == line


def test_correcting_the_line_that_runs_does_not_confirm_the_therapy_that_the_board_has_planned(
    on_therapy: Callable[..., Patient], decide: Callable[..., AgendaItem], oncologist: User
) -> None:
    patient = on_therapy("C-1", 40)
    decide(patient, "conversion", elements=[NEXT])
    correct_line(by=oncologist, line=line_of(patient), drugs="bevacizumab")
    assert (window(patient).planned_start, window(patient).actual_start) == (day(3), None)


def test_a_restaging_that_finds_the_liver_resectable_notes_the_scan_and_ends_nothing(
    on_therapy: Callable[..., Patient], make_case: Callable[..., Staging]
) -> None:
    patient = on_therapy("C-1", 75)
    make_case("C-1", {**RESECTABLE, "imaging": {"restaging_date": day(-4).isoformat()}}, date=day(-3))
    assert window(patient).scan_done_on == day(-4)


# ------------------------------------------------------------------ what the board ends and opens
def test_to_continue_opens_the_next_window_two_months_after_the_scan(
    on_therapy: Callable[..., Patient], decide: Callable[..., AgendaItem], coordinator: User
) -> None:
    patient = on_therapy("C-1", 75)
    services.record_scan(by=coordinator, reassessment=window(patient), date=day(-5))
    decide(patient, "continue", elements=GOES_ON)
    row = window(patient)
    assert row.from_scan
    assert (row.window_start, row.window_end) == (add_months(day(-5), 2), add_months(day(-5), 3))
    assert (row.cycle_start, row.cycle_end) == (day(-5 + 56), day(-5 + 84))
    assert refresh()["moved"] == 0


def test_to_continue_opens_the_next_window_also_when_nobody_wrote_down_what_goes_on(
    on_therapy: Callable[..., Patient], decide: Callable[..., AgendaItem], coordinator: User
) -> None:
    patient = on_therapy("C-1", 75)
    services.record_scan(by=coordinator, reassessment=window(patient), date=day(-5))
    decide(patient, "continue")
    assert (window(patient).line, window(patient).regimen) == (line_of(patient), "FOLFOX")


def test_conversion_without_a_day_awaits_its_start_from_the_meeting_on(
    decide: Callable[..., AgendaItem], make_case: Callable[..., Staging]
) -> None:
    patient = make_case("C-1", UNRESECTABLE, date=day(-3)).patient
    decide(patient, "conversion")
    row = window(patient)
    assert (row.planned_start, row.actual_start, row.from_scan) == (day(0), None, False)


def test_more_work_up_ends_nothing(
    on_therapy: Callable[..., Patient], decide: Callable[..., AgendaItem], coordinator: User
) -> None:
    patient = on_therapy("C-1", 75)
    services.record_scan(by=coordinator, reassessment=window(patient), date=day(-5))
    decide(patient, "work_up")
    assert window(patient).scan_done_on == day(-5)


def test_a_decision_that_is_changed_to_more_work_up_gives_the_window_back(
    on_therapy: Callable[..., Patient], decide: Callable[..., AgendaItem], coordinator: User
) -> None:
    patient = on_therapy("C-1", 75)
    first = window(patient)
    services.record_scan(by=coordinator, reassessment=first, date=day(-5))
    decide(patient, "continue", elements=GOES_ON)
    assert window(patient) != first
    decide(patient, "work_up", revision=1)
    assert window(patient) == first
    decide(patient, "continue", elements=GOES_ON, revision=2)
    assert window(patient).from_scan
    assert Reassessment.objects.get(pk=first.pk).ending == "decided"


@pytest.mark.parametrize("outcome", ["palliative", "supportive", "surveillance"])
def test_leaving_the_clock_needs_the_board_s_reason_and_the_row_ends_with_it(
    on_therapy: Callable[..., Patient], decide: Callable[..., AgendaItem], outcome: str
) -> None:
    patient = on_therapy("C-1", 40)
    with pytest.raises(ValidationError) as error:
        decide(patient, outcome)
    assert "off the conversion clock" in error.value.message_dict["rationale"][0]
    assert window(patient)
    decide(patient, outcome, rationale="Peritoneal disease.")
    row = Reassessment.objects.get(patient=patient)
    assert (row.ending, row.ending_reason) == ("decided", "Peritoneal disease.")
    assert refresh()["opened"] == 0


def test_the_palliative_line_that_the_board_decided_for_does_not_bring_the_patient_back(
    on_therapy: Callable[..., Patient], decide: Callable[..., AgendaItem], oncologist: User
) -> None:
    patient = on_therapy("C-1", 40)
    decide(patient, "palliative", rationale="Peritoneal disease.", elements=[NEXT])
    end_line(by=oncologist, line=line_of(patient), ended_on=day(0), reason="Decided by the board")
    start_line(by=oncologist, patient=patient, actual_start=day(0), **{**FOLFOX, "intent": "palliative"})
    assert not Reassessment.objects.filter(patient=patient, ended_at__isnull=True).exists()


def test_a_line_that_is_merely_called_palliative_stays_on_the_clock(
    on_therapy: Callable[..., Patient], oncologist: User
) -> None:
    patient = on_therapy("C-1", 40)
    correct_line(by=oncologist, line=line_of(patient), intent="palliative")
    assert window(patient)


def test_a_patient_who_was_noted_as_dead_in_error_comes_back_with_the_same_window(
    on_therapy: Callable[..., Patient], coordinator: User
) -> None:
    patient = on_therapy("C-1", 40)
    row = window(patient)
    update_patient(by=coordinator, patient=patient, vital_status="deceased", vital_status_on=day(-1))
    patient.refresh_from_db()
    update_patient(by=coordinator, patient=patient, vital_status="alive", vital_status_on=None)
    assert window(patient) == row


# ------------------------------------------------------------------ early scans
def test_a_scan_before_the_window_is_refused_with_the_days_and_a_clinician_may_accept_it(
    on_therapy: Callable[..., Patient],
    decide: Callable[..., AgendaItem],
    coordinator: User,
    oncologist: User,
) -> None:
    patient = on_therapy("C-1", 55)
    row = window(patient)
    early = row.due_from - datetime.timedelta(days=10)
    with pytest.raises(ValidationError) as error:
        services.record_scan(by=coordinator, reassessment=row, date=early)
    assert row.due_from.isoformat() in error.value.message_dict["date"][0]
    with pytest.raises(PermissionDenied):
        services.accept_early_scan(by=coordinator, reassessment=row, date=early)
    accepted = services.accept_early_scan(by=oncologist, reassessment=row, date=early)
    assert (accepted.scan_done_on, accepted.scan_accepted_by) == (early, oncologist)
    decide(patient, "resection", deviation_reason="other")
    assert Reassessment.objects.get().ending == "decided"


def test_a_scan_more_than_the_limit_early_is_not_accepted(
    on_therapy: Callable[..., Patient], oncologist: User
) -> None:
    row = window(on_therapy("C-1", 55))
    for days in (15, 40):
        with pytest.raises(ValidationError) as error:
            services.accept_early_scan(
                by=oncologist, reassessment=row, date=row.due_from - datetime.timedelta(days=days)
            )
        assert "at most 14 days before the window" in error.value.message_dict["date"][0]
    young = window(on_therapy("C-2", 10))
    with pytest.raises(ValidationError, match="No scan can be accepted as early yet"):
        services.accept_early_scan(by=oncologist, reassessment=young, date=day(-1))


def test_a_coordinator_who_is_also_a_member_with_a_discipline_may_accept(
    on_therapy: Callable[..., Patient], person: Callable[..., User]
) -> None:
    row = window(on_therapy("C-1", 55))
    both = person("rosa", "coordinator", "member", discipline="radiologist")
    early = row.due_from - datetime.timedelta(days=3)
    services.accept_early_scan(by=both, reassessment=row, date=early)
    without = person("lee", "coordinator", "member")
    with pytest.raises(PermissionDenied):
        services.accept_early_scan(by=without, reassessment=row, date=early)


def test_a_scan_before_the_start_is_refused(on_therapy: Callable[..., Patient], coordinator: User) -> None:
    row = window(on_therapy("C-1", 75))
    for wrong in (day(-75), day(-76)):
        with pytest.raises(ValidationError) as error:
            services.record_scan(by=coordinator, reassessment=row, date=wrong)
        assert f"allowed: from {day(-74)}" in error.value.message_dict["date"][0]


# ------------------------------------------------------------------ day 1 that moves
def test_a_start_that_moves_after_the_scan_is_refused_and_nothing_is_lost(
    on_therapy: Callable[..., Patient], coordinator: User, oncologist: User
) -> None:
    patient = on_therapy("C-1", 75)
    services.record_scan(by=coordinator, reassessment=window(patient), date=day(-5))
    for start, said in (
        (day(-5), "does not lie before the restaging scan"),
        (day(-30), "would lie before it"),
    ):
        with pytest.raises(ValidationError) as error:
            confirm_line_start(by=oncologist, line=line_of(patient), actual_start=start)
        assert said in error.value.message_dict["actual_start"][0]
    assert line_of(patient).actual_start == day(-75)
    assert (window(patient).actual_start, window(patient).scan_done_on) == (day(-75), day(-5))
    services.take_back_scan(by=coordinator, reassessment=window(patient))
    confirm_line_start(by=oncologist, line=line_of(patient), actual_start=day(-30))
    assert (window(patient).actual_start, window(patient).scan_done_on) == (day(-30), None)


def test_a_start_that_moves_a_little_moves_the_window_and_keeps_the_scan(
    on_therapy: Callable[..., Patient], coordinator: User, oncologist: User
) -> None:
    patient = on_therapy("C-1", 75)
    services.record_scan(by=coordinator, reassessment=window(patient), date=day(-5))
    confirm_line_start(by=oncologist, line=line_of(patient), actual_start=day(-72))
    assert (window(patient).window_start, window(patient).scan_done_on) == (add_months(day(-72), 2), day(-5))


# ------------------------------------------------------------------ brought forward, put off, stopped
def test_therapy_that_is_stopped_ends_its_line_and_the_patient_waits_for_the_board(
    on_therapy: Callable[..., Patient],
    decide: Callable[..., AgendaItem],
    coordinator: User,
) -> None:
    patient = on_therapy("C-1", 30)
    services.stop_therapy(by=coordinator, reassessment=window(patient), ended_on=day(-2), reason="Neuropathy")
    line, row = line_of(patient), window(patient)
    assert (line.ended_on, line.end_reason) == (day(-2), "Neuropathy")
    assert (row.brought_forward_on, row.brought_forward_by) == (day(0), coordinator)
    assert refresh() == {"opened": 0, "moved": 0, "ended": 0}
    decide(patient, "resection", deviation_reason="other")
    assert Reassessment.objects.get().ending == "decided"


def test_therapy_is_not_stopped_before_it_began_nor_twice(
    on_therapy: Callable[..., Patient], coordinator: User
) -> None:
    patient = on_therapy("C-1", 30)
    for wrong in (day(-31), day(1)):
        with pytest.raises(ValidationError) as error:
            services.stop_therapy(
                by=coordinator, reassessment=window(patient), ended_on=wrong, reason="Toxicity"
            )
        assert "ended_on" in error.value.message_dict
    services.stop_therapy(by=coordinator, reassessment=window(patient), ended_on=day(-2), reason="Toxicity")
    with pytest.raises(ValidationError, match="already"):
        services.stop_therapy(by=coordinator, reassessment=window(patient), ended_on=day(-1), reason="Wish")


def test_a_line_that_ends_in_the_record_brings_the_case_forward_with_its_reason(
    on_therapy: Callable[..., Patient], oncologist: User
) -> None:
    patient = on_therapy("C-1", 30)
    end_line(by=oncologist, line=line_of(patient), ended_on=day(-1), reason="Progression")
    start_line(by=oncologist, patient=patient, actual_start=day(0), **FOLFOX)
    row = window(patient)
    assert "Progression" in row.brought_forward_reason
    assert (row.brought_forward_on, row.actual_start) == (day(0), day(-30))


@pytest.mark.parametrize(
    ("outcome", "reason", "forward"),
    [
        ("delayed", "Toxicity: neutropenia", True),
        ("reduced", "toxicity", True),
        ("omitted", "Progression", True),
        ("delayed", "Patient's wish", False),
        ("given", "", False),
    ],
)
def test_toxicity_or_progression_in_a_cycle_brings_the_case_forward(
    on_therapy: Callable[..., Patient], oncologist: User, outcome: str, reason: str, forward: bool
) -> None:
    patient = on_therapy("C-1", 30)
    record_cycle(by=oncologist, line=line_of(patient), number=1, date=day(-30), outcome="given")
    record_cycle(
        by=oncologist, line=line_of(patient), number=2, date=day(-14), outcome=outcome, reason=reason
    )
    row = window(patient)
    assert (row.brought_forward_on == day(0)) is forward
    assert row.brought_forward_by == (oncologist if forward else None)
    assert ("Cycle 2" in row.brought_forward_reason) is forward


def test_a_cycle_from_before_the_last_scan_of_the_board_brings_nothing_forward(
    on_therapy: Callable[..., Patient], decide: Callable[..., AgendaItem], coordinator: User, oncologist: User
) -> None:
    patient = on_therapy("C-1", 75)
    services.record_scan(by=coordinator, reassessment=window(patient), date=day(-5))
    decide(patient, "continue", elements=GOES_ON)
    record_cycle(
        by=oncologist, line=line_of(patient), number=1, date=day(-75), outcome="reduced", reason="Toxicity"
    )
    assert window(patient).brought_forward_on is None


def test_growth_or_new_lesions_on_a_scan_under_therapy_bring_the_case_forward_and_are_its_scan(
    on_therapy: Callable[..., Patient], oncologist: User
) -> None:
    patient = on_therapy("C-1", 40)
    before = add_study(by=oncologist, patient=patient, date=day(-45), modality="CT", recist_baseline=True)
    measure_lesions(by=oncologist, study=before, diameters={"L1": 40}, targets=["L1"])
    now = add_study(by=oncologist, patient=patient, date=day(-2), modality="CT")
    measure_lesions(by=oncologist, study=now, diameters={"L1": 42})
    assert window(patient).brought_forward_on is None
    measure_lesions(by=oncologist, study=now, diameters={"L1": 50})
    row = window(patient)
    assert (row.brought_forward_on, row.brought_forward_by, row.scan_done_on) == (day(0), oncologist, day(-2))
    other = on_therapy("C-2", 40)
    add_study(by=oncologist, patient=other, date=day(-2), modality="CT", new_lesions=True)
    assert "Progression on the CT" in window(other).brought_forward_reason


def test_progression_that_is_staged_brings_the_case_forward(
    on_therapy: Callable[..., Patient], make_case: Callable[..., Staging], coordinator: User
) -> None:
    patient = on_therapy("C-1", 40)
    make_case("C-1", {**UNRESECTABLE, "treatment": {"best_current_response": "PD"}}, date=day(-1))
    assert (window(patient).brought_forward_on, window(patient).brought_forward_by) == (day(0), coordinator)


def test_an_ultrasound_is_no_restaging_scan(on_therapy: Callable[..., Patient], oncologist: User) -> None:
    patient = on_therapy("C-1", 75)
    add_study(by=oncologist, patient=patient, date=day(-2), modality="CEUS")
    assert window(patient).scan_done_on is None


def test_a_case_is_brought_forward_once_and_the_second_person_is_told(
    on_therapy: Callable[..., Patient], coordinator: User, oncologist: User
) -> None:
    patient = on_therapy("C-1", 30)
    services.bring_forward(by=oncologist, reassessment=window(patient), reason="New pain, CEA rising")
    with pytest.raises(ValidationError) as error:
        services.bring_forward(by=coordinator, reassessment=window(patient), reason="CEA rising")
    assert "Omar Reyes brought this case forward" in error.value.message_dict["reassessment"][0]
    assert window(patient).brought_forward_reason == "New pain, CEA rising"


def test_putting_off_moves_no_window_and_hides_nobody(
    on_therapy: Callable[..., Patient], coordinator: User
) -> None:
    row = window(on_therapy("C-1", 100))
    later = services.postpone(
        by=coordinator, reassessment=row, to=day(14), reason="On holiday, agreed by phone"
    )
    assert (later.postponed_to, later.postponed_by) == (day(14), coordinator)
    assert (later.due_from, later.overdue_after) == (row.due_from, row.overdue_after)
    assert [entry.status for entry in clock_rows(coordinator, day(0))] == ["overdue"]
    with pytest.raises(ValidationError):
        services.postpone(by=coordinator, reassessment=row, to=day(0), reason="On holiday")
    with pytest.raises(ValidationError):
        services.postpone(by=coordinator, reassessment=row, to=day(14), reason=" ")


def test_a_viewer_changes_nothing(on_therapy: Callable[..., Patient], viewer: User) -> None:
    row = window(on_therapy("C-1", 55))
    for work in (
        lambda: services.bring_forward(by=viewer, reassessment=row, reason="Because"),
        lambda: services.postpone(by=viewer, reassessment=row, to=day(3), reason="Because"),
        lambda: services.stop_therapy(by=viewer, reassessment=row, ended_on=day(0), reason="Because"),
        lambda: services.take_back_scan(by=viewer, reassessment=row),
        lambda: services.accept_early_scan(by=viewer, reassessment=row, date=day(-1)),
    ):
        with pytest.raises(PermissionDenied):
            work()


def test_of_two_people_at_once_the_second_is_told_who_did_what(
    on_therapy: Callable[..., Patient], coordinator: User, oncologist: User
) -> None:
    row = window(on_therapy("C-1", 75))
    seen = services.state_seen(row)
    with services.as_seen(row, seen):
        services.postpone(by=oncologist, reassessment=row, to=day(3), reason="On holiday")
    with (
        pytest.raises(ValidationError, match="Omar Reyes, postpone reassessment"),
        services.as_seen(row, seen),
    ):
        services.postpone(by=coordinator, reassessment=row, to=day(9), reason="On holiday")
    row.refresh_from_db()
    assert row.postponed_to == day(3)
