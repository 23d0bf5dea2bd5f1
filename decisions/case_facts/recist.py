"""RECIST sums read from the measurements at the staging date (design, section 3, series rules).

The baseline is the study so marked, else the last one before day 1 of the line; the nadir is the smallest
complete target sum up to the study before the current one; a sum is missing if one target is unmeasured.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from decisions.case_facts.findings import Findings, Found, Truth
from patients import wording

RESTAGING_MODALITIES = frozenset({"CT", "MRI", "EOB_MRI", "PET_CT"})
"""Examinations of the whole liver. Ultrasound and what is found during an operation restage nothing."""
MEASURED_MODALITIES = frozenset({"CT", "MRI", "EOB_MRI"})
"""Examinations on which target lesions are measured."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A lesion in one study: its longest diameter in mm (None: not measured) and whether it is a target."""

    label: str
    diameter_mm: float | None
    target: bool


@dataclass(frozen=True, slots=True)
class Study:
    """One examination that was done."""

    date: datetime.date
    modality: str
    measurements: tuple[Measured, ...] = ()
    baseline: bool = False
    new_lesions: Truth = None

    def size(self, label: str) -> float | None:
        """The diameter of lesion `label` in mm, or None when it was not measured."""
        return next((m.diameter_mm for m in self.measurements if m.label == label), None)


def _sum(study: Study, targets: Sequence[str]) -> float | None:
    sizes = [study.size(label) for label in targets]
    known = [size for size in sizes if size is not None]
    return sum(known) if known and len(known) == len(sizes) else None


def _by_day(studies: Sequence[Study]) -> list[Study]:
    """Studies in order of date; those of one day are one examination (CT and MRI of the same visit)."""
    days: dict[datetime.date, Study] = {}
    for study in sorted(studies, key=lambda study: study.date):
        before = days.get(study.date)
        if before is None:
            days[study.date] = study
            continue
        known = {m.label: m for m in (*before.measurements, *study.measurements) if m.diameter_mm is not None}
        news = {before.new_lesions, study.new_lesions}
        days[study.date] = Study(
            date=study.date,
            modality=study.modality if study.measurements else before.modality,
            measurements=tuple(known.values()),
            baseline=before.baseline or study.baseline,
            new_lesions=True if True in news else False if False in news else None,
        )
    return list(days.values())


def baseline_of(studies: Sequence[Study], line_start: datetime.date | None) -> Study | None:
    """What RECIST is measured against: the last one marked, else the last before day 1 of the line."""
    days = _by_day([study for study in studies if study.modality in MEASURED_MODALITIES])
    marked = [study for study in days if study.baseline]
    if marked:
        return marked[-1]
    before = [study for study in days if line_start is not None and study.date < line_start]
    return before[-1] if before else None


def recist_facts(studies: Sequence[Study], *, line_start: datetime.date | None) -> Findings:
    """`imaging.recist.*` sums in mm and `new_lesions`, from the studies up to the staging date."""
    baseline = baseline_of(studies, line_start)
    if baseline is None:
        return {}
    targets = sorted(m.label for m in baseline.measurements if m.target)
    days = _by_day([study for study in studies if study.modality in MEASURED_MODALITIES])
    later = [study for study in days if study.date > baseline.date]
    found: Findings = {}

    def put(name: str, study: Study | None, basis: str) -> None:
        total = _sum(study, targets) if study else None
        if study is not None and total is not None:
            found[f"imaging.recist.{name}"] = Found(total, basis, study.date)

    names = ", ".join(targets)
    put("baseline_sum_mm", baseline, f"targets {names} on the baseline study of {wording.day(baseline.date)}")
    if not later:
        return found
    current, earlier = later[-1], [baseline, *later[:-1]]
    put("current_sum_mm", current, f"targets {names} on the study of {wording.day(current.date)}")
    complete = [(total, study) for study in earlier if (total := _sum(study, targets)) is not None]
    if complete:
        smallest, study = min(complete, key=lambda pair: (pair[0], pair[1].date))
        basis = f"smallest complete sum of the targets before the current study, on {wording.day(study.date)}"
        found["imaging.recist.nadir_sum_mm"] = Found(smallest, basis, study.date)
    news = [study.new_lesions for study in later]
    if True in news:
        first = next(study for study in later if study.new_lesions)
        basis = f"reported on {wording.day(first.date)}"
        found["imaging.recist.new_lesions"] = Found(True, basis, first.date)
    elif None not in news:
        basis = f"none reported since the baseline study of {wording.day(baseline.date)}"
        found["imaging.recist.new_lesions"] = Found(False, basis, current.date)
    return found
