"""The facts of a staging, from the record: the only place that maps the ORM to what the engine reads.

An entered value wins; else the value is read from the patient's series as of the staging date; else it is
derived (specification, convention 12). 'Asked, and not known' is no value: a series or the lesion list may
still tell it.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import ValidationError

from decisions.case_facts.derivations import from_facts, from_lesions, lesion_visibility
from decisions.case_facts.findings import Findings, Found
from decisions.case_facts.recist import baseline_of
from decisions.case_facts.record import series_of
from decisions.case_facts.series import Series, current_line, from_series
from decisions.case_facts.staleness import is_stale
from decisions.engine import document as case_document
from decisions.engine.thresholds import ThresholdSet
from decisions.rulebooks import current_thresholds
from patients import wording
from patients.facts import FACT_COLUMNS
from patients.models import FactEntry, LesionFinding, Staging
from patients.selectors import fact_entries, previous_staging, stored_facts
from patients.values import clean_value

Origin = Literal["entered", "series", "derived"]


@dataclass(frozen=True, slots=True)
class ResolvedFact:
    """One known fact of a staging.

    `basis` says in words where it comes from; `entry` is the record of who entered it, when someone did;
    `stale`: observed longer ago than the board's limit.
    """

    name: str
    value: Any
    origin: Origin
    observed_on: datetime.date | None
    basis: str
    entry: FactEntry | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """All known facts of a staging by name, and its lesions: for each label, its known columns."""

    facts: dict[str, ResolvedFact]
    lesions: dict[str, dict[str, ResolvedFact]]


@dataclass(frozen=True, slots=True)
class _Dated:
    """Builds facts as of the staging date, with the limits of their age."""

    on: datetime.date | None
    limits: ThresholdSet

    def entered(self, name: str, value: Any, entry: FactEntry | None) -> ResolvedFact:
        observed = entry.observed_on if entry else None
        basis = entry.get_source_display().lower() if entry else "entered"
        if entry and entry.note:
            basis = f"{basis}: {entry.note}"
        stale = is_stale(name, observed, self.on, self.limits)
        return ResolvedFact(name, value, "entered", observed, basis, entry, stale)

    def found(self, name: str, one: Found, origin: Origin) -> ResolvedFact:
        stale = is_stale(name, one.observed_on, self.on, self.limits)
        return ResolvedFact(name, one.value, origin, one.observed_on, one.basis, None, stale)


def resolve(staging: Staging) -> dict[str, ResolvedFact]:
    """Every known fact of the staging by name; a missing one is not in it (lesions: `resolve_case`)."""
    return resolve_case(staging).facts


def resolve_case(staging: Staging) -> Resolution:
    """Every known fact of the staging and of its lesions, read anew from the record."""
    fresh = Staging.objects.select_related("patient").get(pk=staging.pk)
    stored = stored_facts(fresh)
    listed = stored.pop("lesions", [])
    entries = fact_entries(fresh)
    series = series_of(fresh)
    before = previous_staging(fresh)
    limits = current_thresholds(fresh.patient)
    dated = _Dated(fresh.date, limits)
    facts = {name: dated.entered(name, value, entries.get(name)) for name, value in stored.items()}

    def add(found: Findings, origin: Origin) -> None:
        for name, one in found.items():
            if name not in facts and _allowed(name, one.value):
                facts[name] = dated.found(name, one, origin)

    def values() -> dict[str, Any]:
        return {name: fact.value for name, fact in facts.items()}

    add(from_series(series, stored, previous=before.date if before else None), "series")
    lesions = {lesion["id"]: _resolve_lesion(lesion, series, stored, dated) for lesion in listed}
    plain = [_plain_lesion(label, columns) for label, columns in lesions.items()]
    add(from_lesions(plain, complete=fresh.lesions_complete), "derived")
    add(from_facts(values(), on=fresh.date), "derived")
    return Resolution(facts, lesions)


def document_of(staging: Staging, *, with_derived: bool) -> dict[str, Any]:
    """The canonical case document of the staging's present facts.

    With `with_derived` it is what the engine assesses: series and derivations included. Without, it holds
    only what was stated, which is what an import brings back.
    """
    if with_derived:
        resolution = resolve_case(staging)
        facts = {name: fact.value for name, fact in resolution.facts.items()}
        lesions = [_plain_lesion(label, columns) for label, columns in resolution.lesions.items()]
    else:
        facts = stored_facts(staging)
        lesions = facts.pop("lesions", [])
    return compose_document(staging, facts, lesions)


def compose_document(
    staging: Staging, facts: Mapping[str, Any], lesions: list[dict[str, Any]]
) -> dict[str, Any]:
    """The canonical document with these facts (by name) and lesions, under the key of the staging."""
    document: dict[str, Any] = {"case": {"id": staging.patient.case_id}}
    if staging.date is not None:
        document["case"]["decision_date"] = staging.date.isoformat()
    for name, value in facts.items():
        *path, key = name.split(".")
        block = document
        for step in path:
            block = block.setdefault(step, {})
        block[key] = value.isoformat() if isinstance(value, datetime.date) else value
    if lesions:
        document["lesions"] = lesions
    return case_document.canonical(document)


def provenance_of(staging: Staging) -> dict[str, Any]:
    """By fact, where it comes from: origin, day of observation, basis in words, who entered it and when."""
    resolution = resolve_case(staging)
    by_name = dict(resolution.facts)
    for label, columns in resolution.lesions.items():
        by_name |= {f"lesions[{label}].{name}": fact for name, fact in columns.items()}
    return {
        name: {
            "origin": fact.origin,
            "observed_on": fact.observed_on.isoformat() if fact.observed_on else None,
            "basis": fact.basis,
            "by": str(fact.entry.recorded_by) if fact.entry else None,
            "at": fact.entry.recorded_at.isoformat() if fact.entry else None,
            "stale": fact.stale,
        }
        for name, fact in sorted(by_name.items())
    }


def _allowed(name: str, value: Any) -> bool:
    """True when the vocabulary takes the value; what was read or derived is never outside it."""
    return _fits(FACT_COLUMNS[name].field, value)


def _fits(field: Any, value: Any) -> bool:
    try:
        clean_value(field, value)
    except ValidationError:
        return False
    return True


def _resolve_lesion(
    lesion: dict[str, Any], series: Series, stated: Mapping[str, Any], dated: _Dated
) -> dict[str, ResolvedFact]:
    label = lesion["id"]
    columns = {
        name: dated.entered(f"lesions.{name}", value, None) for name, value in lesion.items() if name != "id"
    }

    def add(name: str, one: Found | None, origin: Origin) -> None:
        if one is not None and name not in columns and _fits(LesionFinding._meta.get_field(name), one.value):
            columns[name] = dated.found(f"lesions.{name}", one, origin)

    measured = [study for study in series.studies if study.size(label) is not None]
    if measured:
        last = max(measured, key=lambda study: study.date)
        basis = f"measured on {wording.day(last.date)}"
        add("diameter_mm", Found(last.size(label), basis, last.date), "series")
    line = current_line(series, stated)
    baseline = baseline_of(series.studies, line.start if line else None)
    if baseline is not None and baseline.size(label) is not None:
        basis = f"measured on the baseline study of {wording.day(baseline.date)}"
        add("baseline_diameter_mm", Found(baseline.size(label), basis, baseline.date), "series")
    add("disappeared", lesion_visibility({name: fact.value for name, fact in columns.items()}), "derived")
    return columns


def _plain_lesion(label: str, columns: Mapping[str, ResolvedFact]) -> dict[str, Any]:
    return {"id": label, **{name: fact.value for name, fact in columns.items()}}
