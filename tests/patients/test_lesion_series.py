"""One lesion over time: each scan told once, changes only between sizes that are known, and what was done meanwhile."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import User
from patients import services
from patients.lesion_series import LesionSeries, lesion_series
from patients.models import Patient
from patients.record import record_of

pytestmark = pytest.mark.django_db


def ago(days: int) -> datetime.date:
    return timezone.localdate() - datetime.timedelta(days=days)


def series(patient: Patient, label: str = "L1") -> LesionSeries:
    return lesion_series(patient, record_of(patient), label, today=timezone.localdate(), tolerance_mm=2)


def measure(by: User, patient: Patient, days: int, size: float | None, **columns: object) -> None:
    study = services.add_study(by=by, patient=patient, date=ago(days), modality="MRI", **columns)
    services.measure_lesions(by=by, study=study, diameters={"L1": size}, targets=["L1"])


def state(by: User, patient: Patient, days: int, **columns: object) -> None:
    staging = services.open_staging(by=by, patient=patient, date=ago(days), kind="restaging")
    services.save_lesion(by=by, staging=staging, label="L1", **columns)


def test_changes_are_those_between_sizes_that_were_measured(coordinator: User, patient: Patient) -> None:
    for days, size in ((90, 40.0), (60, None), (30, 30.0), (20, 31.0), (10, 0.0), (5, 6.0)):
        measure(coordinator, patient, days, size)
    found = series(patient)
    assert [size.diameter_mm for size in found.sizes] == [40, None, 30, 31, 0, 6]
    assert [size.state for size in found.sizes] == [None, None, "shrunk", "stable", "disappeared", "grown"]
    plain = [size.change.replace("\u00a0", " ") for size in found.sizes]
    assert plain == ["", "", "−25 %", "+3 %", "−100 %", ""]
    assert found.sizes[-1].since_first.replace("\u00a0", " ") == "−85 %"


def test_a_size_that_a_staging_took_from_a_scan_is_not_told_twice(
    coordinator: User, patient: Patient
) -> None:
    measure(coordinator, patient, 40, 40)
    state(coordinator, patient, 35, diameter_mm=40, segment="VI", plan="resect")
    found = series(patient)
    assert [(size.date, size.source) for size in found.sizes] == [(ago(40), "MRI")]
    assert found.finding is not None
    assert found.finding.plan == "resect"


def test_a_size_that_only_a_staging_states_is_told_as_stated(coordinator: User, patient: Patient) -> None:
    state(coordinator, patient, 35, diameter_mm=22)
    measure(coordinator, patient, 10, 12)
    assert [(size.source, size.diameter_mm) for size in series(patient).sizes] == [
        ("Restaging, as stated", 22),
        ("MRI", 12),
    ]


def test_what_was_done_since_the_lesion_is_known_stands_with_it(coordinator: User, patient: Patient) -> None:
    measure(coordinator, patient, 40, 40)
    services.add_procedure(
        by=coordinator, patient=patient, kind="primary_resection", done_on=ago(30), margin="R0"
    )
    services.add_procedure(
        by=coordinator, patient=patient, kind="ablation", done_on=ago(20), note="L1, microwave"
    )
    services.add_procedure(
        by=coordinator, patient=patient, kind="ablation", done_on=ago(60), note="before it"
    )
    services.add_procedure(by=coordinator, patient=patient, kind="PVE", planned_on=ago(3))
    assert [item.words for item in series(patient).treated] == ["Thermal ablation, L1, microwave"]


def test_a_lesion_that_nobody_measured_has_an_empty_series(coordinator: User, patient: Patient) -> None:
    found = series(patient, "L7")
    assert (found.sizes, found.treated, found.finding) == ([], [], None)
