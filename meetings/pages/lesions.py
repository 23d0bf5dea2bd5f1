"""The lesions of a case in the room: the table of all, or the series of the one that was asked for."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from decisions.pages.lesions import tolerance_mm
from patients.drawings.lesion_series import SizeOn, Therapy, draw_series
from patients.drawings.lesions import DrawnLesion
from patients.drawings.shapes import Figure
from patients.lesion_series import LesionSeries, lesion_series
from patients.models import Patient
from patients.record import Record
from patients.wording import signed


@dataclass(frozen=True, slots=True)
class LesionRow:
    """One lesion: now against before, in mm."""

    id: str
    segment: str | None
    before: float | None
    now: float | None
    change: str
    state: str | None
    plan: str


@dataclass(frozen=True, slots=True)
class OneLesion:
    """The series of one lesion with its drawing, and its neighbours in the list (None at an end)."""

    row: LesionRow
    series: LesionSeries
    figure: Figure | None
    previous: str | None
    following: str | None


def lesion_rows(drawn: Sequence[DrawnLesion]) -> list[LesionRow]:
    """The lesions as the table shows them, L2 before L10: the same sizes and states as the picture."""
    return [
        LesionRow(
            id=lesion.label,
            segment=lesion.segment,
            before=lesion.previous_diameter_mm,
            now=lesion.diameter_mm,
            change=_change(lesion),
            state=lesion.shown_state if lesion.gone or lesion.state else None,
            plan=lesion.plan or "",
        )
        for lesion in sorted(drawn, key=_by_number)
    ]


def _by_number(lesion: DrawnLesion) -> tuple[int, str]:
    digits = re.sub(r"\D", "", lesion.label)
    return (int(digits) if digits else 0, lesion.label)


def _change(lesion: DrawnLesion) -> str:
    now, was = lesion.diameter_mm, lesion.previous_diameter_mm
    return signed(100 * (now - was) / was, "%", 0) if was and now is not None else ""


def one_lesion(
    patient: Patient, record: Record, rows: Sequence[LesionRow], label: str, today: datetime.date
) -> OneLesion | None:
    """The series of lesion `label`; None when this case has no such lesion."""
    labels = [row.id for row in rows]
    if label not in labels:
        return None
    place = labels.index(label)
    series = lesion_series(patient, record, label, today=today, tolerance_mm=tolerance_mm())
    return OneLesion(
        row=rows[place],
        series=series,
        figure=_figure(series, today),
        previous=labels[place - 1] if place else None,
        following=labels[place + 1] if place + 1 < len(labels) else None,
    )


def _figure(series: LesionSeries, today: datetime.date) -> Figure | None:
    sizes = [SizeOn(size.date, size.diameter_mm) for size in series.sizes]
    if len(sizes) < 2:
        return None
    last = sizes[-1].date
    therapies = [
        Therapy(item.start, min(item.end or today, last), item.words.partition(", ")[2].partition(",")[0])
        for item in series.treated
        if item.line and item.start < last
    ]
    return draw_series(series.label, sizes, therapies, prefix="room-series-")


def facts_of(one: OneLesion) -> list[tuple[str, str]]:
    """What the last staging says of the lesion beside its size; what was not said is not listed."""
    finding = one.series.finding
    if finding is None:
        return []
    asked: list[tuple[str, Any]] = [
        ("Ablatable", finding.ablatable),
        ("Below the capsule", finding.subcapsular),
        ("Depth", f"{finding.depth_mm:g} mm" if finding.depth_mm is not None else None),
        ("Vessels", finding.vascular_relation),
        ("Not seen on", ", ".join(finding.last_modality_negative or ()).replace("_", " ")),
        ("Plan", finding.get_plan_display() if finding.plan else None),
    ]
    return [(label, _word(value)) for label, value in asked if value not in (None, "")]


def _word(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def lesions_context(
    patient: Patient, record: Record, drawn: Sequence[DrawnLesion], label: str, today: datetime.date
) -> dict[str, Any]:
    """What the part `lesions` of the room shows: the rows, and the lesion that was asked for."""
    rows = lesion_rows(drawn)
    one = one_lesion(patient, record, rows, label, today) if label else None
    return {"lesions": rows, "one": one, "one_facts": facts_of(one) if one else []}


def newest_study(record: Record, on: datetime.date | None) -> Any:
    """The last examination up to the staging whose images can be asked for; None when there is none."""
    done = [study for study in record.studies if not study.booked and (on is None or study.date <= on)]
    return next((study for study in done if study.study_uid), None)
