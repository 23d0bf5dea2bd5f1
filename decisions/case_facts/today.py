"""The newest staged case of a patient, brought up to date by the record.

A staging says what was known on its date. Since then a line may have begun or ended, a scan or a procedure may
have been done, and facts of the patient may have been corrected; the judgements (plan, fitness, resectability)
stay those of the staging, for nobody has judged anew.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import F

from decisions.case_facts.record import series_on
from decisions.case_facts.series import Series, from_series
from decisions.engine.document import Case, parse
from patients.facts import FACT_COLUMNS, PATIENT_BLOCKS
from patients.models import Patient, StagingVersion

LINE = (
    "treatment.current_line", "treatment.current_start_date", "treatment.intent", "treatment.regimen",
    "treatment.cycle_length_days", "treatment.targeted_agent", "treatment.current_cycles_completed",
)  # fmt: skip
HYPERTROPHY = ("volumetry.hypertrophy_date", "volumetry.hypertrophy_procedure")
LATEST = ("treatment.last_chemo_date", "imaging.restaging_date")
"""Dates of which the later one counts, the stated or the recorded."""
_PATIENT_FACTS = [column for column in FACT_COLUMNS.values() if column.level == "patient"]


@dataclass(frozen=True, slots=True)
class CaseToday:
    """The version that was staged last, its facts brought up to date, and the series that did so."""

    version: StagingVersion
    facts: Case
    series: Series


def cases_today(patients: Sequence[int], today: datetime.date) -> dict[int, CaseToday]:
    """The case of each patient (by primary key) as of `today`; who has no staged case is not in it."""
    versions = _newest_versions(patients)
    stored = {
        patient.pk: patient
        for patient in Patient.objects.filter(pk__in=versions).select_related(
            *(model._meta.model_name or "" for model in PATIENT_BLOCKS)
        )
    }
    series = series_on(list(versions), today)
    return {
        pk: CaseToday(version, _brought_up(version, stored[pk], series[pk]), series[pk])
        for pk, version in versions.items()
    }


def _newest_versions(patients: Iterable[int]) -> dict[int, StagingVersion]:
    frozen = StagingVersion.objects.filter(
        state=StagingVersion.State.FROZEN,
        staging__withdrawn_at__isnull=True,
        staging__patient__in=list(patients),
    )
    newest = frozen.order_by(
        "staging__patient_id", F("staging__date").desc(nulls_last=True), "-staging__pk", "-number"
    )
    rows = newest.distinct("staging__patient_id").select_related("staging", "frozen_by")
    return {row.staging.patient_id: row for row in rows}


def _brought_up(version: StagingVersion, patient: Patient, series: Series) -> Case:
    staged = parse(version.document)
    stated = {
        name: value
        for name, value in staged.items()
        if (version.provenance or {}).get(name, {}).get("origin", "entered") == "entered"
    }
    found = {name: one.value for name, one in from_series(series, {}).items()}
    facts = Case(staged)
    for name in (*LINE, *HYPERTROPHY, *LATEST):
        facts.pop(name, None)
    facts.update(_line(staged, stated, found))
    facts.update(_hypertrophy(stated, found))
    for name in LATEST:
        days = [values[name] for values in (stated, found) if name in values]
        if days:
            facts[name] = max(days)
    _of_patient(facts, stated, found, patient)
    return facts


def _line(
    staged: Mapping[str, Any], stated: Mapping[str, Any], found: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The line that the record knows, unless a later one was stated; of the same line both tell."""
    number, start = LINE[:2]
    kept = {name: stated[name] for name in LINE if name in stated}
    if start not in found:
        return kept
    if start in stated and stated[start] > found[start]:
        return {name: staged[name] for name in LINE if name in staged}
    same = staged.get(start) in (None, found[start]) or staged.get(number) == found[number]
    return {**(kept if same else {}), **{name: found[name] for name in LINE if name in found}}


def _hypertrophy(stated: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    on = HYPERTROPHY[0]
    later = on in found and (on not in stated or found[on] >= stated[on])
    source = found if later else stated
    return {name: source[name] for name in HYPERTROPHY if name in source}


def _of_patient(facts: Case, stated: Mapping[str, Any], found: Mapping[str, Any], patient: Patient) -> None:
    """Facts of the patient are what the record says now; one that was stated and is cleared is gone."""
    for column in _PATIENT_FACTS:
        owner: Any = patient
        if column.model is not Patient:
            try:
                owner = getattr(patient, column.model._meta.model_name or "")
            except ObjectDoesNotExist:
                owner = None
        value = getattr(owner, column.attribute, None)
        if value is None:
            value = found.get(column.name)
        if value is not None:
            facts[column.name] = tuple(value) if isinstance(value, list) else value
        elif column.name in stated:
            facts.pop(column.name, None)
