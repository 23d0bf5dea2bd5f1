"""The course of a patient, from the record, as the timeline draws it."""

import datetime
from collections.abc import Sequence
from typing import Any

from patients.drawings.course import Course, Cycle, Event, Line, Reading, Window
from patients.models import LabResult, Patient, TreatmentLine
from patients.pacs import viewer_address
from patients.record import Record
from patients.signals import boards_asked


def _line(line: TreatmentLine) -> Line:
    name = " + ".join(part for part in (line.regimen, line.drugs) if part) or "regimen not known"
    return Line(
        name=f"{line.number}. {name}",
        start=line.actual_start or line.planned_start,
        end=line.ended_on,
        cycles=[Cycle(cycle.number, cycle.date, cycle.outcome) for cycle in line.cycles.all()],
        cycle_length_days=line.cycle_length_days,
        planned=line.actual_start is None,
    )


def boards_of(patient: Patient) -> list[Event]:
    """What the boards decided and will discuss, as far as the rest of the program tells it, by date."""
    answers: list[tuple[Any, Any]] = boards_asked.send(sender=Patient, patient=patient)
    found: list[Event] = [event for _, events in answers for event in events]
    return sorted(found, key=lambda event: event.date)


def course_of(
    record: Record, *, today: datetime.date, windows: Sequence[Window] = (), boards: Sequence[Event] = ()
) -> Course:
    """The course in `record`; reassessment windows and boards come from the caller, who knows them."""
    lines = [_line(line) for line in reversed(record.lines) if line.actual_start or line.planned_start]
    procedures = [
        Event(day, procedure.get_kind_display(), planned=procedure.done_on is None)
        for procedure in record.procedures
        if (day := procedure.done_on or procedure.planned_on)
    ]
    cea = next((series.results for series in record.labs if series.analyte == LabResult.Analyte.CEA), [])
    return Course(
        today=today,
        lines=lines,
        windows=windows,
        scans=[
            Event(
                study.date,
                study.get_modality_display(),
                study.booked,
                "" if study.booked else viewer_address(study.study_uid),
            )
            for study in reversed(record.studies)
        ],
        procedures=sorted(procedures, key=lambda event: event.date),
        volumetries=[Event(row.date, "Volumetry") for row in reversed(record.volumetries)],
        stagings=[
            Event(staging.date, staging.get_kind_display())
            for staging in reversed(record.stagings)
            if staging.date and staging.withdrawn_at is None
        ],
        boards=boards,
        cea=[Reading(result.date, result.value) for result in reversed(cea)],
    )
