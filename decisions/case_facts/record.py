"""Reads a patient's series from the database, up to the staging date."""

import datetime
from typing import Any

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
    by_now: dict[str, Any] = {"patient": staging.patient_id, "date__lte": staging.date}
    lines = TreatmentLine.objects.filter(patient=staging.patient_id, actual_start__lte=staging.date)
    procedures = Procedure.objects.filter(patient=staging.patient_id, done_on__lte=staging.date)
    return Series(
        on=staging.date,
        labs=[Lab(f"labs.{row.analyte}", row.date, row.value) for row in LabResult.objects.filter(**by_now)],
        studies=studies_until(staging.patient_id, staging.date),
        volumetries=[
            Volumes(
                row.date,
                row.planned_resection,
                row.measured_tlv_ml,
                row.tumour_volume_ml,
                row.flr_ml,
                row.flr_pct,
            )
            for row in Volumetry.objects.filter(**by_now).order_by("date", "pk")
        ],
        procedures=[
            Done(row.kind, row.done_on, row.margin, row.margin_mm)
            for row in procedures.order_by("pk")
            if row.done_on
        ],
        lines=[
            _line(row, row.actual_start, staging.date)
            for row in lines.prefetch_related("cycles")
            if row.actual_start
        ],
    )


def studies_until(patient_id: int, on: datetime.date) -> list[Study]:
    """The examinations that were done up to a day, in order."""
    done = ImagingStudy.objects.filter(patient=patient_id, date__lte=on, booked=False)
    return [_study(row) for row in done.prefetch_related("measurements__lesion").order_by("date", "pk")]


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
    )
