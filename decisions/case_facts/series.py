"""Facts read from a patient's series as they stand on a staging date.

Nothing dated after the staging date is read. Where the record holds nothing, nothing is concluded: no
procedure in the record is not 'no procedure', and a line without cycles is not 'no cycle given'.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from decisions.case_facts.findings import Findings, Found, Values, counted
from decisions.case_facts.recist import RESTAGING_MODALITIES, Study, recist_facts
from patients import wording

HYPERTROPHY = frozenset({"PVE", "PVL", "LVD", "ALPPS", "TSH"})
GIVEN = frozenset({"given", "reduced", "delayed"})
"""Outcomes of a cycle that was given, in full, in part or late."""
TARGETED = ("bevacizumab", "cetuximab", "panitumumab")
CYCLES_BEFORE_RESTAGING = 4
"""`imaging.restaging_after_cycles`: 'restaging done after the 4th cycle' (specification A.1)."""


@dataclass(frozen=True, slots=True)
class Lab:
    """One laboratory value, in the unit of its fact."""

    fact: str
    date: datetime.date
    value: float


@dataclass(frozen=True, slots=True)
class Volumes:
    """One volumetry, in mL and %."""

    date: datetime.date
    planned_resection: str = ""
    measured_tlv_ml: float | None = None
    tumour_volume_ml: float | None = None
    flr_ml: float | None = None
    flr_pct: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One procedure that was done."""

    kind: str
    date: datetime.date
    margin: str | None = None
    margin_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle of a line; `outcome` is '' when nothing was recorded."""

    number: int
    date: datetime.date
    outcome: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of systemic therapy that has begun."""

    number: int
    start: datetime.date
    intent: str | None = None
    regimen: str | None = None
    drugs: str = ""
    targeted_agent: bool | None = None
    cycle_length_days: int | None = None
    cycles: tuple[Cycle, ...] = ()
    ended_on: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Everything of a patient's series that is dated on or before the staging date `on`."""

    on: datetime.date | None
    labs: Sequence[Lab] = field(default=())
    studies: Sequence[Study] = field(default=())
    volumetries: Sequence[Volumes] = field(default=())
    procedures: Sequence[Done] = field(default=())
    lines: Sequence[Line] = field(default=())


def from_series(series: Series, stated: Values, *, previous: datetime.date | None = None) -> Findings:
    """All facts that the series give. `stated`: what was entered; `previous`: date of the staging before."""
    line = current_line(series, stated)
    return {
        **_labs(series),
        **_imaging(series, line, previous),
        **recist_facts(series.studies, line_start=line.start if line else None),
        **_volumetry(series, stated),
        **_procedures(series),
        **_treatment(series, line),
    }


def _latest(rows: "Sequence[Lab]") -> dict[str, Lab]:
    latest: dict[str, Lab] = {}
    for row in sorted(rows, key=lambda row: row.date):
        latest[row.fact] = row
    return latest


def _labs(series: Series) -> Findings:
    return {
        fact: Found(row.value, f"latest value by the staging date, of {wording.day(row.date)}", row.date)
        for fact, row in _latest(series.labs).items()
    }


def _imaging(series: Series, line: Line | None, previous: datetime.date | None) -> Findings:
    studies = sorted(
        (study for study in series.studies if study.modality in RESTAGING_MODALITIES),
        key=lambda study: study.date,
    )
    if not studies:
        return {}
    last = studies[-1].date
    found: Findings = {"imaging.restaging_date": Found(last, f"last study, of {wording.day(last)}", last)}
    since = [study for study in studies if previous is not None and study.date > previous]
    # Without an earlier staging nothing says which studies belong to this one but their being the last.
    current = since if previous is not None else [study for study in studies if study.date == last]
    for modality, name in (("CT", "imaging.ct_done"), ("EOB_MRI", "imaging.mri_hepatobiliary_done")):
        done = [study.date for study in current if study.modality == modality]
        if done:
            found[name] = Found(True, f"in the record, {wording.day(done[-1])}", done[-1])
    if line is not None:
        given = _given(line, before=last)
        if given is not None:
            basis = f"{counted(given, 'cycle')} of line {line.number} before the study of {wording.day(last)}"
            found["imaging.restaging_after_cycles"] = Found(given >= CYCLES_BEFORE_RESTAGING, basis, last)
    return found


def current_line(series: Series, stated: Values) -> Line | None:
    """The line that the facts of treatment speak of: the one entered by number, else the last begun."""
    number = stated.get("treatment.current_line")
    lines = sorted(series.lines, key=lambda line: line.start)
    if number is not None:
        return next((line for line in lines if line.number == number), None)
    return lines[-1] if lines else None


def _given(line: Line, *, before: datetime.date | None = None) -> int | None:
    """Cycles given (before a day); None when one has no outcome or is not in the record."""
    cycles = [cycle for cycle in line.cycles if before is None or cycle.date < before]
    if not line.cycles or any(cycle.outcome == "" for cycle in cycles):
        return None
    if sorted(cycle.number for cycle in cycles) != list(range(1, len(cycles) + 1)):
        return None
    return sum(cycle.outcome in GIVEN for cycle in cycles)


def _treatment(series: Series, line: Line | None) -> Findings:
    found: Findings = {}
    if series.lines:
        first = min(series.lines, key=lambda line: line.start)
        found["treatment.systemic_given"] = Found(
            True, f"line {first.number} began on {wording.day(first.start)}", first.start
        )
        for_metastases = [item for item in series.lines if item.intent != "adjuvant"]
        if for_metastases:
            one = min(for_metastases, key=lambda line: line.start)
            basis = f"line {one.number} for metastatic disease began on {wording.day(one.start)}"
            found["treatment.prior_chemo_for_metastatic"] = Found(True, basis, one.start)
        _count_all_cycles(series, found)
    if line is None:
        return found
    of_line = f"line {line.number}, begun on {wording.day(line.start)}"
    columns = {
        "treatment.current_line": line.number,
        "treatment.current_start_date": line.start,
        "treatment.intent": line.intent,
        "treatment.regimen": line.regimen,
        "treatment.cycle_length_days": line.cycle_length_days,
        "treatment.targeted_agent": line.targeted_agent,
    }
    if line.targeted_agent is None and any(drug in line.drugs.lower() for drug in TARGETED):
        columns["treatment.targeted_agent"] = True
    found |= {name: Found(value, of_line, line.start) for name, value in columns.items() if value is not None}
    given = _given(line)
    if given is not None:
        last = max(cycle.date for cycle in line.cycles)
        basis = f"{counted(given, 'cycle')} of {of_line}, given by the staging date"
        found["treatment.current_cycles_completed"] = Found(given, basis, last)
    return found


def _count_all_cycles(series: Series, found: Findings) -> None:
    """Cycles of all lines before the liver resection (or up to now), and the day of the last one.

    A line that the record skips leaves the sum missing.
    """
    resections = [done.date for done in series.procedures if done.kind == "liver_resection"]
    until = max(resections) if resections else None
    lines = [
        line for line in series.lines if line.intent != "adjuvant" and (until is None or line.start < until)
    ]
    counts = [_given(line, before=until) for line in lines]
    known = [count for count in counts if count is not None]
    numbers = sorted(line.number for line in series.lines)
    if known and len(known) == len(counts) and numbers == list(range(1, len(numbers) + 1)):
        basis = f"sum over {counted(len(lines), 'line')}" + (f" before {wording.day(until)}" if until else "")
        found["treatment.total_preop_cycles"] = Found(sum(known), basis)
    cycles = sorted((cycle for line in series.lines for cycle in line.cycles), key=lambda cycle: cycle.date)
    while cycles and cycles[-1].outcome not in GIVEN | {""}:
        cycles.pop()
    if cycles and cycles[-1].outcome in GIVEN:
        day = cycles[-1].date
        found["treatment.last_chemo_date"] = Found(day, f"last cycle given, on {wording.day(day)}", day)


def _procedures(series: Series) -> Findings:
    found: Findings = {}
    for kind, names in (
        ("primary_resection", ("primary.resection_date", "primary.margin", None)),
        ("liver_resection", ("post.liver_resection_date", "post.margin", "post.margin_mm")),
    ):
        done = [item for item in series.procedures if item.kind == kind]
        if not done:
            continue
        last = max(done, key=lambda item: item.date)
        basis = f"procedure of {wording.day(last.date)}"
        for name, value in zip(names, (last.date, last.margin, last.margin_mm), strict=True):
            if name is not None and value is not None:
                found[name] = Found(value, basis, last.date)
    return found


def _volumetry(series: Series, stated: Values) -> Findings:
    """Volumes before and after the hypertrophy procedure; nothing from before the liver was resected."""
    removed = [item.date for item in series.procedures if item.kind in ("liver_resection", "transplant")]
    since = max(removed) if removed else datetime.date.min
    procedures = [item for item in series.procedures if item.kind in HYPERTROPHY and item.date > since]
    found: Findings = {}
    parted = stated.get("volumetry.hypertrophy_date")
    if procedures and stated.get("volumetry.hypertrophy_procedure") is None:
        last = max(procedures, key=lambda item: item.date)
        basis = f"procedure of {wording.day(last.date)}"
        found["volumetry.hypertrophy_procedure"] = Found(last.kind, basis, last.date)
        if parted is None:
            parted = last.date
            found["volumetry.hypertrophy_date"] = Found(last.date, basis, last.date)
    volumes = sorted((item for item in series.volumetries if item.date > since), key=lambda item: item.date)
    after = [item for item in volumes if parted is not None and item.date > parted]
    before = [item for item in volumes if item not in after]
    post = after[-1] if after else None
    pre = _comparable(before, post)
    if pre is not None:
        for name in ("measured_tlv_ml", "tumour_volume_ml", "flr_ml", "flr_pct"):
            value = getattr(pre, name)
            if value is not None:
                found[f"volumetry.{name}"] = Found(value, _of(pre), pre.date)
    if post is not None:
        found["volumetry.post_date"] = Found(post.date, _of(post), post.date)
        for name, column in (("flr_ml_post", "flr_ml"), ("flr_pct_post", "flr_pct")):
            value = getattr(post, column)
            if value is not None:
                found[f"volumetry.{name}"] = Found(value, _of(post), post.date)
        for name in ("measured_tlv_ml", "tumour_volume_ml"):
            value = getattr(post, name)
            if value is not None:
                found.setdefault(f"volumetry.{name}", Found(value, _of(post), post.date))
    return found


def _comparable(before: Sequence[Volumes], post: Volumes | None) -> Volumes | None:
    """The last volumetry before; with one after, only one of the same planned resection tells of growth."""
    if post is not None and post.planned_resection:
        before = [item for item in before if item.planned_resection in ("", post.planned_resection)]
    return before[-1] if before else None


def _of(volumes: Volumes) -> str:
    plan = f", for {volumes.planned_resection}" if volumes.planned_resection else ""
    return f"volumetry of {wording.day(volumes.date)}{plan}"
