"""Reads a patient's series from the database, up to the staging date."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from decisions.case_facts.recist import Measured, Study
from decisions.case_facts.series import Cycle, Done, Lab, Line, Series, Volumes
from patients.models import (
    ImagingStudy,
    LabResult,
    Procedure,
    Staging,
    TreatmentLine,
    Volumetry,
)


def series_of(staging: Staging) -> Series:
    """The series as they stand on the staging's date; without a date there is no day to read them at."""
    if staging.date is None:
        return Series(on=None)
    return series_on([staging.patient_id], staging.date)[staging.patient_id]


def series_on(patients: Sequence[int], on: datetime.date) -> dict[int, Series]:
    """The series of many patients (primary keys) as they stand on a day, in a fixed number of queries."""
    by_now: dict[str, Any] = {"patient__in": patients, "date__lte": on}
    lines = TreatmentLine.objects.filter(patient__in=patients, actual_start__lte=on)
    procedures = Procedure.objects.filter(patient__in=patients, done_on__lte=on)
    labs = _by_patient(LabResult.objects.filter(**by_now))
    seen = _by_patient(_studies(patients, on))
    volumes = _by_patient(Volumetry.objects.filter(**by_now).order_by("date", "pk"))
    done = _by_patient(procedures.order_by("pk"))
    courses = _by_patient(lines.prefetch_related("cycles"))
    return {
        patient: Series(
            on=on,
            labs=[Lab(f"labs.{row.analyte}", row.date, row.value) for row in labs[patient]],
            studies=[_study(row) for row in seen[patient]],
            volumetries=[_volumes(row) for row in volumes[patient]],
            procedures=[
                Done(row.kind, row.done_on, row.margin, row.margin_mm) for row in done[patient] if row.done_on
            ],
            lines=[_line(row, row.actual_start, on) for row in courses[patient] if row.actual_start],
        )
        for patient in patients
    }


def _by_patient(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(row)
    return found


def _volumes(row: Volumetry) -> Volumes:
    return Volumes(
        row.date,
        row.planned_resection,
        row.measured_tlv_ml,
        row.tumour_volume_ml,
        row.flr_ml,
        row.flr_pct,
    )


def studies_until(patient_id: int, on: datetime.date) -> list[Study]:
    """The examinations of a patient that were done up to a day, in order."""
    return [_study(row) for row in _studies([patient_id], on)]


def _studies(patients: Sequence[int], on: datetime.date) -> QuerySet[ImagingStudy]:
    done = ImagingStudy.objects.filter(patient__in=patients, date__lte=on, booked=False)
    return done.prefetch_related("measurements__lesion").order_by("date", "pk")


def _study(row: ImagingStudy) -> Study:
    measurements = tuple(
        Measured(item.lesion.label, item.diameter_mm, item.target) for item in row.measurements.all()
    )
    return Study(row.date, row.modality, measurements, row.recist_baseline, row.new_lesions)


def _line(row: TreatmentLine, start: datetime.date, on: datetime.date) -> Line:
    cycles = sorted(row.cycles.all(), key=lambda cycle: cycle.number)
    return Line(
        number=row.number,
        start=start,
        intent=row.intent,
        regimen=row.regimen,
        drugs=row.drugs,
        targeted_agent=row.targeted_agent,
        cycle_length_days=row.cycle_length_days,
        cycles=tuple(Cycle(c.number, c.date, c.outcome) for c in cycles if c.date <= on),
        ended_on=row.ended_on if row.ended_on and row.ended_on <= on else None,
    )
