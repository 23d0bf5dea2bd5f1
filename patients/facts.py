"""Which column of which table holds a fact.

The rule is one of names: fact `liver.background` is column `background` of the table that serves block
`liver`; facts of the patient stand in tables that hang on the patient, all others in tables that hang on
the staging. `lesions[].*` are rows of `LesionFinding`, and `case.id`, `case.decision_date` are the key
(`Patient.case_id`, `Staging.date`).
"""

from dataclasses import dataclass
from typing import Any, Literal

from django.db import models

from patients.models import (
    CaseContext,
    DisappearedLesions,
    ExtrahepaticDisease,
    Fitness,
    ImagingFindings,
    LaboratoryFindings,
    LesionFinding,
    LiverFindings,
    LiverOnset,
    LungMetastases,
    MolecularProfile,
    Patient,
    PostResection,
    Primary,
    PrimaryStatus,
    PriorAdjuvant,
    SurgicalPlan,
    TransplantContext,
    TreatmentFindings,
    VolumetryFindings,
)
from patients.models.columns import Coded, CodedList, Count, Day, Quantity, Words, YesNo

FACT_FIELDS = (Coded, CodedList, Count, Day, Quantity, Words, YesNo)

STAGING_BLOCKS = (
    CaseContext,
    Fitness,
    PrimaryStatus,
    LiverFindings,
    ExtrahepaticDisease,
    LungMetastases,
    ImagingFindings,
    DisappearedLesions,
    VolumetryFindings,
    LaboratoryFindings,
    TreatmentFindings,
    SurgicalPlan,
    TransplantContext,
    PostResection,
)
PATIENT_BLOCKS = (Primary, LiverOnset, PriorAdjuvant, MolecularProfile)
LESION_COLUMNS = LesionFinding.facts


@dataclass(frozen=True, slots=True)
class FactColumn:
    """Where fact `name` is stored: `model.attribute`, at the level of the patient or of the staging."""

    name: str
    model: type[models.Model]
    attribute: str
    level: Literal["patient", "staging"]

    @property
    def field(self) -> "models.Field[Any, Any]":
        field = self.model._meta.get_field(self.attribute)
        assert isinstance(field, models.Field)
        return field


def _fact_name(block: str, attribute: str) -> str:
    key = attribute.replace("recist_", "recist.", 1) if block == "imaging" else attribute
    return f"{block}.{key}"


def _columns() -> dict[str, FactColumn]:
    columns = [FactColumn(f"patient.{name}", Patient, name, "patient") for name in Patient.facts]
    levels: tuple[tuple[tuple[Any, ...], Literal["patient", "staging"]], ...] = (
        (PATIENT_BLOCKS, "patient"),
        (STAGING_BLOCKS, "staging"),
    )
    for blocks, level in levels:
        for model in blocks:
            columns += [
                FactColumn(_fact_name(model.block, field.name), model, field.name, level)
                for field in model._meta.fields
                if isinstance(field, FACT_FIELDS)
            ]
    return {column.name: column for column in columns}


FACT_COLUMNS: dict[str, FactColumn] = _columns()
"""Every fact of the vocabulary besides `lesions[].*` and the key, by name."""
