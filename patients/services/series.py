"""Series of the patient, read at the staging date: laboratory, imaging with measurements, volumetry."""

import datetime
from collections.abc import Collection, Mapping
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from patients.models import (
    ImagingStudy,
    LaboratoryFindings,
    LabResult,
    Lesion,
    LesionMeasurement,
    Patient,
    Procedure,
    Volumetry,
)
from patients.pacs import is_dicom_uid
from patients.services.constraints import refusals_explained
from patients.services.lesions import clean_label
from patients.signals import record_changed, study_recorded, study_removed
from patients.values import clean_columns, clean_value

Date = datetime.date | str

_PLANNED = Procedure._meta.get_field("planned_on")

LAB_COLUMNS = frozenset({"analyte", "date", "value"})
STUDY_COLUMNS = frozenset(
    {"date", "modality", "booked", "study_uid", "report", "recist_baseline", "new_lesions"}
)
VOLUMETRY_COLUMNS = frozenset(
    {"date", "planned_resection", "measured_tlv_ml", "tumour_volume_ml", "flr_ml", "flr_pct"}
)


UID_REFUSED = (
    "'{}' is no DICOM UID; allowed: numbers with dots between them, none beginning with 0 unless it is 0, "
    "64 characters at most, such as 1.2.840.113619.2.55."
)


def lock_record(by: User, patient: Patient) -> None:
    """One writer of a patient's series at a time, so that a form sent twice is seen as such."""
    require(by, "patients.change_patient", patient)
    Patient.objects.select_for_update().get(pk=patient.pk)


def refuse_twice(row: models.Model, field: str, same: "models.QuerySet[Any]") -> None:
    """Raise `ValidationError` on `field` when an equal row is in the record already."""
    if same.exclude(pk=row.pk).exists():
        raise ValidationError({field: [f"'{row}' is in this record already; correct that row instead."]})


def _clean_lab(analyte: str, values: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = clean_columns(LabResult, values, editable=LAB_COLUMNS)
    if "value" in values:
        bounded = cast(
            "models.Field[Any, Any]", LaboratoryFindings._meta.get_field(cleaned.get("analyte", analyte))
        )
        try:
            cleaned["value"] = clean_value(bounded, values["value"])
        except ValidationError as error:
            raise ValidationError({"value": list(error.messages)}) from error
    return cleaned


def _save_lab(by: User, row: LabResult) -> LabResult:
    if row.value is None:
        raise ValidationError({"value": ["A value is needed; allowed: a number."]})
    with refusals_explained(row):
        row.save()
    return row


def add_lab_result(*, by: User, patient: Patient, analyte: str, date: Date, value: float | str) -> LabResult:
    """Add one laboratory value, in the unit of its analyte; one a day and analyte.

    Raises `PermissionDenied`, and `ValidationError` by column.
    """
    values = _clean_lab(analyte, {"analyte": analyte, "date": date, "value": value})
    with audited(by=by, action="add lab result"):
        lock_record(by, patient)
        return _save_lab(by, LabResult(patient=patient, **values))


def correct_lab_result(*, by: User, result: LabResult, **columns: Any) -> LabResult:
    """Correct a laboratory value; raises as `add_lab_result`."""
    values = _clean_lab(result.analyte, columns)
    with audited(by=by, action="correct lab result"):
        lock_record(by, result.patient)
        for name, value in values.items():
            setattr(result, name, value)
        return _save_lab(by, result)


def _clean_study(booked: bool, values: Mapping[str, Any]) -> dict[str, Any]:
    """A booked examination may lie ahead; one that was done may not."""
    ahead = None
    if booked and "date" in values:
        try:
            ahead = clean_value(_PLANNED, values["date"])
        except ValidationError as error:
            raise ValidationError({"date": list(error.messages)}) from error
        values = {**values, "date": min(ahead, timezone.localdate())}
    cleaned = clean_columns(ImagingStudy, values, editable=STUDY_COLUMNS)
    if cleaned.get("study_uid") and not is_dicom_uid(cleaned["study_uid"]):
        raise ValidationError({"study_uid": [UID_REFUSED.format(cleaned["study_uid"])]})
    return {**cleaned, "date": ahead} if ahead is not None else cleaned


def _save_study(by: User, row: ImagingStudy) -> ImagingStudy:
    if not row.study_uid:
        same = ImagingStudy.objects.filter(patient=row.patient, date=row.date, modality=row.modality)
        refuse_twice(row, "date", same.filter(study_uid=""))
    with refusals_explained(row):
        row.save()
    study_recorded.send(ImagingStudy, study=row, by=by)
    return row


def add_study(*, by: User, patient: Patient, date: Date, modality: str, **columns: Any) -> ImagingStudy:
    """Add an examination, done or `booked`. `columns`: any of `STUDY_COLUMNS`.

    Raises `PermissionDenied`, and `ValidationError` by column: a date ahead unless booked, the same
    examination twice.
    """
    values = _clean_study(columns.get("booked") is True, {"date": date, "modality": modality, **columns})
    with audited(by=by, action="add study"):
        lock_record(by, patient)
        return _save_study(by, ImagingStudy(patient=patient, **values))


def correct_study(*, by: User, study: ImagingStudy, **columns: Any) -> ImagingStudy:
    """Correct an examination, or note that a booked one was done; raises as `add_study`."""
    booked = columns.get("booked", study.booked) is True
    values = _clean_study(booked, {"date": study.date, **columns})
    with audited(by=by, action="correct study"):
        lock_record(by, study.patient)
        for name, value in values.items():
            setattr(study, name, value)
        return _save_study(by, study)


def measure_lesions(
    *,
    by: User,
    study: ImagingStudy,
    diameters: Mapping[str, float | str | None],
    targets: Collection[str] | None = None,
) -> list[LesionMeasurement]:
    """Write the longest diameters (mm) of lesions in one study, by label; all or nothing.

    `None` states that a lesion could not be measured, 0 that it was not seen. `targets` names the RECIST
    target lesions among them (without it the marks stay as they are). Raises `PermissionDenied`, and
    `ValidationError` by `diameters[<label>]`.
    """
    field = LesionMeasurement._meta.get_field("diameter_mm")
    cleaned: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for label, diameter in diameters.items():
        try:
            cleaned[clean_label(label)] = clean_value(field, diameter)
        except ValidationError as error:
            errors[f"diameters[{label}]"] = list(error.messages)
    for label in set(targets or ()) - set(cleaned):
        errors[f"targets[{label}]"] = [f"'{label}' is not among the lesions; allowed: {', '.join(cleaned)}."]
    if study.booked:
        errors["study"] = [f"{study} is booked and not yet done; allowed: an examination that was done."]
    if errors:
        raise ValidationError(errors)
    with audited(by=by, action="measure lesions"):
        lock_record(by, study.patient)
        rows = []
        for label, diameter in cleaned.items():
            lesion, _ = Lesion.objects.get_or_create(patient=study.patient, label=label)
            defaults: dict[str, Any] = {"diameter_mm": diameter}
            if targets is not None:
                defaults["target"] = label in targets
            row, _ = LesionMeasurement.objects.update_or_create(study=study, lesion=lesion, defaults=defaults)
            rows.append(row)
        study_recorded.send(ImagingStudy, study=study, by=by)
    return rows


def _save_volumetry(by: User, row: Volumetry) -> Volumetry:
    if all(
        getattr(row, name) is None for name in ("measured_tlv_ml", "tumour_volume_ml", "flr_ml", "flr_pct")
    ):
        raise ValidationError({"flr_ml": ["A volumetry needs a volume; allowed: at least one of the four."]})
    same = Volumetry.objects.filter(
        patient=row.patient, date=row.date, planned_resection=row.planned_resection
    )
    refuse_twice(row, "date", same)
    row.save()
    record_changed.send(Volumetry, patient=row.patient, by=by)
    return row


def add_volumetry(*, by: User, patient: Patient, date: Date, **columns: Any) -> Volumetry:
    """Add a volumetry: volumes in mL, the remnant in mL or %, for a planned resection.

    `columns`: any of `VOLUMETRY_COLUMNS`. Raises `PermissionDenied`, and `ValidationError` by column.
    """
    values = clean_columns(Volumetry, {"date": date, **columns}, editable=VOLUMETRY_COLUMNS)
    with audited(by=by, action="add volumetry"):
        lock_record(by, patient)
        return _save_volumetry(by, Volumetry(patient=patient, **values))


def correct_volumetry(*, by: User, volumetry: Volumetry, **columns: Any) -> Volumetry:
    """Correct a volumetry; raises as `add_volumetry`."""
    values = clean_columns(Volumetry, columns, editable=VOLUMETRY_COLUMNS)
    with audited(by=by, action="correct volumetry"):
        lock_record(by, volumetry.patient)
        for name, value in values.items():
            setattr(volumetry, name, value)
        return _save_volumetry(by, volumetry)


def remove_row(*, by: User, row: LabResult | ImagingStudy | Volumetry) -> None:
    """Take back a row that was entered in error; the audit keeps it."""
    with audited(by=by, action=f"remove {row._meta.verbose_name}"):
        lock_record(by, row.patient)
        row.delete()
        if isinstance(row, ImagingStudy):
            study_removed.send(ImagingStudy, study=row, by=by)
        record_changed.send(type(row), patient=row.patient, by=by)
