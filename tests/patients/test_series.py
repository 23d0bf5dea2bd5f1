"""Laboratory, imaging, volumetry, lines of therapy, procedures."""

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from patients import services
from patients.models import ImagingStudy, LabResult, LesionMeasurement, Patient, TreatmentLine
from patients.signals import line_changed, study_recorded

TOMORROW = (timezone.localdate() + datetime.timedelta(days=1)).isoformat()


@pytest.fixture
def line(coordinator: User, patient: Patient) -> TreatmentLine:
    return services.start_line(
        by=coordinator, patient=patient, regimen="FOLFOX", cycle_length_days=14, planned_start="2026-02-01"
    )


@pytest.fixture
def running(coordinator: User, line: TreatmentLine) -> TreatmentLine:
    return services.confirm_line_start(by=coordinator, line=line, actual_start="2026-02-03")


def test_a_value_sent_twice_is_recognised(coordinator: User, patient: Patient) -> None:
    services.add_lab_result(
        by=coordinator, patient=patient, analyte="cea_ng_ml", date="2026-01-02", value="12.5"
    )
    with pytest.raises(ValidationError) as refused:
        services.add_lab_result(
            by=coordinator, patient=patient, analyte="cea_ng_ml", date="2026-01-02", value="12.5"
        )
    assert "2026-01-02 already has this value" in refused.value.message_dict["date"][0]
    assert LabResult.objects.get().value == 12.5


@pytest.mark.parametrize(
    ("analyte", "value", "date", "field"),
    [
        ("cea_ng_ml", -1, "2026-01-02", "value"),
        ("platelets_10e9_l", 0, "2026-01-02", "value"),
        ("cea_ng_ml", "12,5", "2026-01-02", "value"),
        ("cea_ng_ml", None, "2026-01-02", "value"),
        ("cea_ng_ml", 5, TOMORROW, "date"),
        ("cea_ng_ml", 5, None, "date"),
        ("sodium", 5, "2026-01-02", "analyte"),
    ],
)
def test_a_bad_laboratory_value_names_its_field(
    coordinator: User, patient: Patient, analyte: str, value: Any, date: Any, field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.add_lab_result(by=coordinator, patient=patient, analyte=analyte, date=date, value=value)
    assert list(refused.value.message_dict) == [field]
    assert not LabResult.objects.exists()


def test_a_laboratory_value_is_corrected_and_taken_back(coordinator: User, patient: Patient) -> None:
    row = services.add_lab_result(
        by=coordinator, patient=patient, analyte="cea_ng_ml", date="2026-01-02", value=12
    )
    services.correct_lab_result(by=coordinator, result=row, value="120")
    assert LabResult.objects.get().value == 120
    services.remove_row(by=coordinator, row=row)
    assert not LabResult.objects.exists()


def test_only_a_booked_examination_lies_ahead(coordinator: User, patient: Patient) -> None:
    with pytest.raises(ValidationError) as refused:
        services.add_study(by=coordinator, patient=patient, date=TOMORROW, modality="CT")
    assert "lies in the future" in refused.value.message_dict["date"][0]
    study = services.add_study(by=coordinator, patient=patient, date=TOMORROW, modality="CT", booked=True)
    with pytest.raises(ValidationError, match="lies in the future"):
        services.correct_study(by=coordinator, study=study, booked=False)
    services.correct_study(by=coordinator, study=study, booked=False, date="2026-03-01")
    assert ImagingStudy.objects.get().date == datetime.date(2026, 3, 1)


def test_an_examination_sent_twice_is_recognised_unless_its_uid_differs(
    coordinator: User, patient: Patient
) -> None:
    services.add_study(by=coordinator, patient=patient, date="2026-01-02", modality="CT", study_uid="1.2")
    services.add_study(by=coordinator, patient=patient, date="2026-01-02", modality="CT")
    for again in ({"study_uid": "1.2"}, {}):
        with pytest.raises(ValidationError, match="in this record"):
            services.add_study(by=coordinator, patient=patient, date="2026-01-02", modality="CT", **again)


def test_measurements_tell_not_measured_from_not_seen(coordinator: User, patient: Patient) -> None:
    study = services.add_study(by=coordinator, patient=patient, date="2026-01-02", modality="CT")
    services.measure_lesions(
        by=coordinator, study=study, diameters={"L1": 22, "L2": None, "L3": 0}, targets=["L1", "L3"]
    )
    stored = {row.lesion.label: (row.diameter_mm, row.target) for row in LesionMeasurement.objects.all()}
    assert stored == {"L1": (22.0, True), "L2": (None, False), "L3": (0.0, True)}
    services.measure_lesions(by=coordinator, study=study, diameters={"L1": 20})
    assert LesionMeasurement.objects.get(lesion__label="L1").target is True


def test_bad_measurements_are_refused_together(coordinator: User, patient: Patient) -> None:
    study = services.add_study(by=coordinator, patient=patient, date="2026-01-02", modality="CT")
    with pytest.raises(ValidationError) as refused:
        services.measure_lesions(
            by=coordinator, study=study, diameters={"L1": 10, "L2": -4, "L3": "big"}, targets=["L9"]
        )
    assert set(refused.value.message_dict) == {"diameters[L2]", "diameters[L3]", "targets[L9]"}
    assert not LesionMeasurement.objects.exists()


def test_a_volumetry_needs_a_volume(coordinator: User, patient: Patient) -> None:
    with pytest.raises(ValidationError, match="at least one of the four"):
        services.add_volumetry(by=coordinator, patient=patient, date="2026-01-02")
    services.add_volumetry(by=coordinator, patient=patient, date="2026-01-02", flr_pct=29.6)
    with pytest.raises(ValidationError, match="already"):
        services.add_volumetry(by=coordinator, patient=patient, date="2026-01-02", flr_pct=29.6)


def test_day_one_counts_once_a_named_person_has_confirmed_it(coordinator: User, line: TreatmentLine) -> None:
    assert (line.actual_start, line.start_confirmed_by) == (None, None)
    services.confirm_line_start(by=coordinator, line=line, actual_start="2026-02-03")
    assert (line.actual_start, line.start_confirmed_by) == (datetime.date(2026, 2, 3), coordinator)


def test_day_one_does_not_lie_ahead(coordinator: User, line: TreatmentLine) -> None:
    with pytest.raises(ValidationError, match="lies in the future"):
        services.confirm_line_start(by=coordinator, line=line, actual_start=TOMORROW)


def test_cycles_follow_one_another_inside_the_line(coordinator: User, running: TreatmentLine) -> None:
    services.record_cycle(by=coordinator, line=running, number=1, date="2026-02-03", outcome="given")
    services.record_cycle(by=coordinator, line=running, number=2, date="2026-02-17")
    for number, date, said in (
        (3, "2026-02-17", "a day after cycle 2"),
        (3, "2026-02-01", "from 2026-02-03 on"),
        (1, "2026-02-20", "a day before cycle 2"),
    ):
        with pytest.raises(ValidationError, match=said):
            services.record_cycle(by=coordinator, line=running, number=number, date=date)
    services.record_cycle(
        by=coordinator, line=running, number=2, date="2026-02-18", outcome="reduced", reason="Toxicity"
    )
    assert [(c.number, c.date.day, c.outcome) for c in running.cycles.all()] == [
        (1, 3, "given"),
        (2, 18, "reduced"),
    ]


def test_no_cycle_before_day_one_is_confirmed(coordinator: User, line: TreatmentLine) -> None:
    with pytest.raises(ValidationError, match="confirm day 1 first"):
        services.record_cycle(by=coordinator, line=line, number=1, date="2026-02-03")


def test_the_next_line_begins_when_the_last_has_ended(
    coordinator: User, patient: Patient, running: TreatmentLine
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.start_line(by=coordinator, patient=patient, regimen="FOLFIRI")
    assert "Line 1 has no end yet" in refused.value.message_dict["number"][0]
    services.end_line(by=coordinator, line=running, ended_on="2026-05-01", reason="progression")
    assert services.start_line(by=coordinator, patient=patient, regimen="FOLFIRI").number == 2


@pytest.mark.parametrize(
    ("date", "reason", "field"), [("2026-02-02", "x", "ended_on"), ("2026-05-01", "", "end_reason")]
)
def test_a_line_ends_after_its_start_with_a_reason(
    coordinator: User, running: TreatmentLine, date: str, reason: str, field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.end_line(by=coordinator, line=running, ended_on=date, reason=reason)
    assert list(refused.value.message_dict) == [field]


def test_a_procedure_is_planned_or_done(coordinator: User, patient: Patient) -> None:
    with pytest.raises(ValidationError, match="needs a date"):
        services.add_procedure(by=coordinator, patient=patient, kind="PVE")
    with pytest.raises(ValidationError, match="lies in the future"):
        services.add_procedure(by=coordinator, patient=patient, kind="PVE", done_on=TOMORROW)
    row = services.add_procedure(by=coordinator, patient=patient, kind="PVE", planned_on=TOMORROW)
    with pytest.raises(ValidationError, match="already"):
        services.add_procedure(by=coordinator, patient=patient, kind="PVE", planned_on=TOMORROW)
    services.correct_procedure(by=coordinator, procedure=row, done_on="2026-03-01")
    assert row.done_on == datetime.date(2026, 3, 1)


def test_the_clock_hears_of_lines_and_scans(coordinator: User, patient: Patient) -> None:
    heard: list[str] = []

    def receiver(sender: type, **kwargs: object) -> None:
        heard.append(sender.__name__)

    for signal in (line_changed, study_recorded):
        signal.connect(receiver)
    try:
        services.start_line(by=coordinator, patient=patient, actual_start="2026-02-03")
        services.add_study(by=coordinator, patient=patient, date="2026-01-02", modality="CT")
    finally:
        for signal in (line_changed, study_recorded):
            signal.disconnect(receiver)
    assert heard == ["TreatmentLine", "ImagingStudy"]
