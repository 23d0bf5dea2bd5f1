"""The whole record of one patient for reading, in a fixed number of queries."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Prefetch

from patients.facts import FACT_COLUMNS, PATIENT_BLOCKS
from patients.models import (
    FactEntry,
    ImagingStudy,
    LabResult,
    LesionMeasurement,
    Patient,
    Procedure,
    Staging,
    StagingVersion,
    TreatmentLine,
    Volumetry,
)

BLOCK_TITLES = {
    "primary": "Primary tumour",
    "liver": "Onset of the liver metastases",
    "treatment": "Adjuvant treatment of the primary",
    "molecular": "Molecular results",
}


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """One fact of the patient: the value, or None with `known` False when it was asked and is not known."""

    name: str
    value: Any
    known: bool | None
    entry: FactEntry | None


@dataclass(frozen=True, slots=True)
class FactBlock:
    """A titled block of facts."""

    code: str
    title: str
    facts: list[RecordedFact]

    @property
    def known(self) -> int:
        return sum(fact.value is not None for fact in self.facts)


@dataclass(frozen=True, slots=True)
class LabSeries:
    """The values of one analyte, newest first."""

    analyte: str
    label: str
    results: list[LabResult]


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that stands in a patient's record, newest first."""

    stagings: list[Staging]
    blocks: list[FactBlock]
    labs: list[LabSeries]
    studies: list[ImagingStudy]
    volumetries: list[Volumetry]
    lines: list[TreatmentLine]
    procedures: list[Procedure]

    @property
    def draft(self) -> Staging | None:
        """The newest staging whose draft is open."""
        return next((staging for staging in self.stagings if draft_version(staging)), None)


def draft_version(staging: Staging) -> Any:
    """The open draft among the staging's fetched versions."""
    if staging.withdrawn_at is not None:
        return None
    return next((version for version in staging.versions.all() if version.state == "draft"), None)


def patient_facts(patient: Patient) -> list[FactBlock]:
    """The facts of the patient by block, in the order of the vocabulary."""
    patient = Patient.objects.select_related(*(model._meta.model_name or "" for model in PATIENT_BLOCKS)).get(
        pk=patient.pk
    )
    entries = {e.name: e for e in FactEntry.objects.filter(patient=patient, staging=None)}
    blocks = []
    for model in PATIENT_BLOCKS:
        try:
            row: Any = getattr(patient, model._meta.model_name or "")
        except ObjectDoesNotExist:
            row = None
        facts = []
        for column in FACT_COLUMNS.values():
            if column.model is model:
                value, entry = (getattr(row, column.attribute, None), entries.get(column.name))
                known = True if value is not None else False if entry else None
                facts.append(RecordedFact(column.name, value, known, entry))
        blocks.append(FactBlock(model.block, BLOCK_TITLES[model.block], facts))
    return blocks


def lab_series(patient: Patient) -> list[LabSeries]:
    """The laboratory values by analyte, CEA first, newest value first."""
    results = list(patient.lab_results.order_by("-date"))
    series = []
    for analyte in LabResult.Analyte:
        values = [result for result in results if result.analyte == analyte]
        if values:
            series.append(LabSeries(analyte.value, str(analyte.label), values))
    return series


def record_of(patient: Patient) -> Record:
    """The record; who may read it is the caller's question."""
    # The documents of the versions are large, and only their own pages read them.
    versions = StagingVersion.objects.select_related("frozen_by", "opened_by").defer(
        "document", "provenance", "working"
    )
    measurements = LesionMeasurement.objects.select_related("lesion").order_by("lesion__label")
    return Record(
        stagings=list(
            patient.stagings.prefetch_related(Prefetch("versions", versions)).order_by("-date", "-pk")
        ),
        blocks=patient_facts(patient),
        labs=lab_series(patient),
        studies=list(
            patient.studies.prefetch_related(Prefetch("measurements", measurements)).order_by("-date")
        ),
        volumetries=list(patient.volumetries.order_by("-date")),
        lines=list(
            patient.treatment_lines.select_related("start_confirmed_by")
            .prefetch_related("cycles")
            .order_by("-number")
        ),
        procedures=list(patient.procedures.all()),
    )
