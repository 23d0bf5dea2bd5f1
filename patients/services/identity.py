"""Patients: who they are."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError

from accounts.audit import audited
from accounts.models import Centre, User
from accounts.rules import require
from patients.models import FactEntry, Patient, Staging
from patients.services.constraints import refusals_explained
from patients.services.stagings import clean_staging_date, open_staging
from patients.signals import record_changed, vital_status_changed
from patients.values import clean_columns

IDENTITY_COLUMNS = frozenset(
    {
        "case_id", "family_name", "given_name", "hospital_number", "birth_date", "sex", "centre", "phone",
        "referred_on", "referring_doctor", "surgeon", "oncologist", "wishes", "wishes_asked_on",
        "comorbidity", "vital_status", "vital_status_on",
    }
)  # fmt: skip
"""What `create_patient` and `update_patient` take."""


def _note_sources(by: User, patient: Patient, changed: set[str], source: str) -> None:
    """Birth date and sex are facts: where they come from stands with the other facts."""
    for name in Patient.facts:
        if name not in changed:
            continue
        entries = FactEntry.objects.filter(patient=patient, staging=None, name=f"patient.{name}")
        if getattr(patient, name) is None:
            entries.delete()
        else:
            FactEntry.objects.update_or_create(
                patient=patient,
                staging=None,
                name=f"patient.{name}",
                defaults={"state": FactEntry.State.KNOWN, "source": source, "recorded_by": by},
            )


def _check_vital_status(patient: Patient) -> None:
    ended = patient.vital_status != Patient.VitalStatus.ALIVE
    if ended and patient.vital_status_on is None:
        raise ValidationError(
            {
                "vital_status_on": [
                    f"'{patient.get_vital_status_display()}' needs a date; allowed: one not in the future."
                ]
            }
        )
    if not ended:
        patient.vital_status_on = None  # type: ignore[assignment]


def create_patient(
    *, by: User, case_id: str, centre: Centre, source: str = "entered", **identity: Any
) -> Patient:
    """Register a patient at `centre`. `identity`: any of `IDENTITY_COLUMNS`.

    Raises `PermissionDenied`, and `ValidationError` by field (a case number in use, a birth date ahead).
    """
    require(by, "patients.add_patient", centre)
    values = clean_columns(
        Patient, {"case_id": case_id, "centre": centre, **identity}, editable=IDENTITY_COLUMNS
    )
    patient = Patient(**values)
    _check_vital_status(patient)
    with audited(by=by, action="create patient"):
        with refusals_explained(patient):
            patient.save()
        _note_sources(by, patient, set(values), source)
    return patient


def register_case(
    *,
    by: User,
    case_id: str,
    centre: Centre,
    staging_date: datetime.date | str,
    kind: str = "baseline",
    question: str = "",
    **identity: Any,
) -> Staging:
    """Register a patient together with the first staging, whose draft it returns; all or nothing.

    Raises as `create_patient` and `open_staging`, all messages at once; the staging's date is `staging_date`.
    """
    require(by, "patients.add_patient", centre)
    errors: dict[str, list[str]] = {}
    try:
        clean_columns(Patient, {"case_id": case_id, "centre": centre, **identity}, editable=IDENTITY_COLUMNS)
    except ValidationError as error:
        errors |= error.message_dict
    try:
        clean_staging_date(staging_date)
    except ValidationError as error:
        errors["staging_date"] = error.message_dict["date"]
    if errors:
        raise ValidationError(errors)
    with audited(by=by, action="register case"):
        patient = create_patient(by=by, case_id=case_id, centre=centre, **identity)
        return open_staging(by=by, patient=patient, date=staging_date, kind=kind, question=question)


def update_patient(*, by: User, patient: Patient, source: str = "entered", **identity: Any) -> Patient:
    """Change identity, wishes, comorbidity, clinicians or vital status; only what is given changes.

    Raises as `create_patient`. A move to another centre needs the right to register patients there.
    """
    require(by, "patients.change_patient", patient)
    values = clean_columns(Patient, identity, editable=IDENTITY_COLUMNS)
    if "centre" in values and values["centre"].pk != patient.centre_id:
        require(by, "patients.add_patient", values["centre"])
    with audited(by=by, action="change patient"):
        stored = Patient.objects.select_for_update().get(pk=patient.pk)
        changed = {name for name, value in values.items() if getattr(stored, name) != value}
        before = stored.vital_status, stored.vital_status_on
        for name in changed:
            setattr(stored, name, values[name])
        _check_vital_status(stored)
        if changed:
            with refusals_explained(stored):
                stored.save()
            _note_sources(by, stored, changed, source)
        if (stored.vital_status, stored.vital_status_on) != before:
            vital_status_changed.send(Patient, patient=stored, by=by)
        elif "birth_date" in changed:
            record_changed.send(Patient, patient=stored, by=by)
    patient.refresh_from_db()
    return patient
