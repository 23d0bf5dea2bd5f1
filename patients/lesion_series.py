"""One lesion over time: its sizes by examination, what changed, and what was done meanwhile."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from patients.drawings.lesions import LesionState, change_since
from patients.models import ImagingStudy, LesionFinding, Patient, Procedure, TreatmentLine
from patients.record import Record
from patients.wording import day, signed, span

OF_THE_LIVER = frozenset(
    {
        Procedure.Kind.PVE, Procedure.Kind.PVL, Procedure.Kind.LVD, Procedure.Kind.ALPPS, Procedure.Kind.TSH,
        Procedure.Kind.LIVER_RESECTION, Procedure.Kind.ABLATION, Procedure.Kind.HAIC, Procedure.Kind.TRANSPLANT,
    }
)  # fmt: skip
"""Procedures that are told beside the sizes of a lesion."""


@dataclass(frozen=True, slots=True)
class Size:
    """The longest diameter of a lesion on one day, in mm; None when it was not measured, 0 when not seen.

    `source` names the examination, or the staging that states the size without one. `change` and `state` tell
    what happened since the size before, `since_first` since the first one.
    """

    date: datetime.date
    source: str
    diameter_mm: float | None
    study: ImagingStudy | None = None
    target: bool = False
    change: str = ""
    since_first: str = ""
    state: LesionState | None = None


@dataclass(frozen=True, slots=True)
class Treated:
    """Something that was done while the lesion was followed: from, to (None: one day, or still going on), words."""

    start: datetime.date
    end: datetime.date | None
    words: str
    when: str
    line: bool


@dataclass(frozen=True, slots=True)
class LesionSeries:
    """All that is known of one lesion over time, oldest first; `finding` is what the last staging says of it."""

    label: str
    sizes: list[Size]
    treated: list[Treated]
    finding: LesionFinding | None


def lesion_series(
    patient: Patient, record: Record, label: str, *, today: datetime.date, tolerance_mm: float
) -> LesionSeries:
    """The series of lesion `label` from the record; a change of at most `tolerance_mm` is stable.

    A staging's own size counts only where no examination since the staging before it measured the lesion, so that
    one scan is not told twice.
    """
    findings = list(
        LesionFinding.objects.filter(
            lesion__patient=patient, lesion__label=label, staging__withdrawn_at__isnull=True
        )
        .select_related("staging")
        .order_by("staging__date", "staging_id")
    )
    sizes = _measured(record, label)
    before = datetime.date.min
    for finding in findings:
        date = finding.staging.date
        if date is None:
            continue
        told = any(size.study and before < size.date <= date for size in sizes)
        if not told and (finding.diameter_mm is not None or finding.disappeared):
            shown = 0.0 if finding.disappeared else finding.diameter_mm
            sizes.append(Size(date, f"{finding.staging.get_kind_display()}, as stated", shown))
        before = date
    sizes = _with_changes(sorted(sizes, key=lambda size: size.date), tolerance_mm)
    first = sizes[0].date if sizes else None
    return LesionSeries(
        label, sizes, _treated(record, first, today) if first else [], findings[-1] if findings else None
    )


def _measured(record: Record, label: str) -> list[Size]:
    return [
        Size(study.date, study.get_modality_display(), row.diameter_mm, study, row.target)
        for study in record.studies
        for row in study.measurements.all()
        if row.lesion.label == label
    ]


def _with_changes(sizes: Sequence[Size], tolerance_mm: float) -> list[Size]:
    told: list[Size] = []
    first = before = None
    for size in sizes:
        now = size.diameter_mm
        if now is None:
            told.append(size)
            continue
        if before is not None:
            size = replace(
                size,
                change=_percent(now, before),
                since_first=_percent(now, first),
                state=change_since(now, before, disappeared=None, tolerance_mm=tolerance_mm)
                if before
                else ("disappeared" if now == 0 else "grown"),
            )
        first = first if first is not None else now
        before = now
        told.append(size)
    return told


def _percent(now: float, before: float | None) -> str:
    return signed(100 * (now - before) / before, "%", 0) if before else ""


def _treated(record: Record, first: datetime.date, today: datetime.date) -> list[Treated]:
    found = [
        _line(line, today) for line in record.lines if line.actual_start and (line.ended_on or today) >= first
    ]
    for procedure in record.procedures:
        done = procedure.done_on
        if done is not None and done >= first and procedure.kind in OF_THE_LIVER:
            note = f", {procedure.note}" if procedure.note else ""
            found.append(
                Treated(
                    done,
                    None,
                    f"{procedure.get_kind_display()}{note}",
                    day(done),
                    False,
                )
            )
    return sorted(found, key=lambda item: item.start)


def _line(line: TreatmentLine, today: datetime.date) -> Treated:
    name = " + ".join(part for part in (line.regimen, line.drugs) if part) or "regimen not known"
    given = sum(cycle.outcome in ("given", "reduced", "delayed") for cycle in line.cycles.all())
    start = line.actual_start or today
    when = span(start, line.ended_on) if line.ended_on else f"since {day(start)}"
    cycles = f", {given} {'cycle' if given == 1 else 'cycles'} given" if line.cycles.all() else ""
    return Treated(start, line.ended_on, f"Line {line.number}, {name}{cycles}", when, True)
