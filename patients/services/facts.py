"""Facts of a case: recorded, cleared, confirmed from the previous staging."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from patients.facts import FACT_COLUMNS, FactColumn
from patients.models import FactEntry, Patient, Staging
from patients.selectors import previous_staging, stored_value
from patients.services.constraints import refusals_explained
from patients.services.drafts import open_draft
from patients.signals import record_changed
from patients.values import clean_value

_OBSERVED = FactEntry._meta.get_field("observed_on")


def _column(name: str) -> FactColumn:
    if name not in FACT_COLUMNS:
        raise ValidationError({name: [f"'{name}' is no fact; allowed: a name of the vocabulary."]})
    return FACT_COLUMNS[name]


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in values.items():
        try:
            cleaned[name] = clean_value(_column(name).field, value)
        except ValidationError as error:
            errors[name] = list(error.messages)
    if errors:
        raise ValidationError(errors)
    return cleaned


def _observed(value: datetime.date | str | None) -> datetime.date | None:
    try:
        day: datetime.date | None = clean_value(_OBSERVED, value)
    except ValidationError as error:
        raise ValidationError({"observed_on": list(error.messages)}) from error
    return day


def _write_columns(patient: Patient, staging: Staging | None, values: Mapping[str, Any]) -> None:
    """Write cleaned values, one save a table, so that the dates of a block are checked together."""
    by_model: dict[type[models.Model], dict[str, Any]] = {}
    for name, value in values.items():
        column = _column(name)
        by_model.setdefault(column.model, {})[column.attribute] = value
    for model, attributes in by_model.items():
        row: models.Model
        if model is Patient:
            row = Patient.objects.select_for_update().get(pk=patient.pk)
        else:
            level = next(
                iter(FACT_COLUMNS[name] for name in values if FACT_COLUMNS[name].model is model)
            ).level
            owner = {"patient": patient} if level == "patient" else {"staging": staging}
            manager = model._default_manager
            row = manager.select_for_update().filter(**owner).first() or model(**owner)
        for attribute, value in attributes.items():
            setattr(row, attribute, value)
        with refusals_explained(row):
            row.save()


def _write_entries(
    *,
    by: User,
    patient: Patient,
    staging: Staging | None,
    values: Mapping[str, Any],
    observed_on: datetime.date | None,
    source: str,
    note: str,
) -> None:
    entries = [
        FactEntry(
            patient=patient,
            staging=staging if _column(name).level == "staging" else None,
            name=name,
            state=FactEntry.State.NOT_KNOWN if value is None else FactEntry.State.KNOWN,
            observed_on=observed_on,  # type: ignore[misc]
            source=source,
            note=note,
            recorded_by=by,
        )
        for name, value in values.items()
    ]
    FactEntry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["patient", "staging", "name"],
        update_fields=["state", "observed_on", "source", "note", "recorded_by", "recorded_at"],
    )


def record_facts(
    *,
    by: User,
    staging: Staging,
    values: Mapping[str, Any],
    observed_on: datetime.date | str | None = None,
    source: str = "entered",
    note: str = "",
) -> None:
    """Write many facts of the draft at once, all or nothing.

    `values` maps names of the vocabulary to typed values or their text; `None` records 'asked, not known'.
    Raises `PermissionDenied`, and `ValidationError` with a message by fact naming value and what is allowed
    (key `staging` when there is no open draft, `observed_on` for its date).
    """
    with audited(by=by, action="record facts"):
        open_draft(by, staging)
        cleaned = _clean(values)
        day = _observed(observed_on)
        _write_columns(staging.patient, staging, cleaned)
        _write_entries(
            by=by,
            patient=staging.patient,
            staging=staging,
            values=cleaned,
            observed_on=day,
            source=source,
            note=note,
        )


def record_fact(
    *,
    by: User,
    staging: Staging,
    name: str,
    value: Any,
    observed_on: datetime.date | str | None = None,
    source: str = "entered",
    note: str = "",
) -> None:
    """Write one fact of the draft; see `record_facts`."""
    record_facts(
        by=by, staging=staging, values={name: value}, observed_on=observed_on, source=source, note=note
    )


def record_patient_facts(
    *,
    by: User,
    patient: Patient,
    values: Mapping[str, Any],
    observed_on: datetime.date | str | None = None,
    source: str = "entered",
    note: str = "",
) -> None:
    """Write facts of the patient (primary, onset, molecular …) from the record, outside a staging.

    Versions that are staged keep what they were staged with. Raises as `record_facts`, and
    `ValidationError` for a fact that belongs to a staging.
    """
    require(by, "patients.change_patient", patient)
    for name in values:
        if _column(name).level != "patient":
            raise ValidationError({name: [f"'{name}' belongs to a staging; allowed: facts of the patient."]})
    with audited(by=by, action="record facts of the patient"):
        cleaned = _clean(values)
        day = _observed(observed_on)
        _write_columns(patient, None, cleaned)
        _write_entries(
            by=by, patient=patient, staging=None, values=cleaned, observed_on=day, source=source, note=note
        )
        record_changed.send(Patient, patient=patient, by=by)


def clear_facts(*, by: User, staging: Staging, names: Iterable[str]) -> None:
    """Take facts back: the columns are empty and nothing says that they were ever asked."""
    with audited(by=by, action="clear facts"):
        open_draft(by, staging)
        columns = [_column(name) for name in names]
        _write_columns(staging.patient, staging, {column.name: None for column in columns})
        for column in columns:
            FactEntry.objects.filter(
                patient=staging.patient,
                staging=staging if column.level == "staging" else None,
                name=column.name,
            ).delete()


def clear_fact(*, by: User, staging: Staging, name: str) -> None:
    """Take one fact back; see `clear_facts`."""
    clear_facts(by=by, staging=staging, names=[name])


def confirm_previous(*, by: User, staging: Staging, name: str) -> None:
    """Take over the value that the previous staging had, after someone looked at it.

    The fact keeps the date on which it was observed; its source becomes 'confirmed'. Raises
    `ValidationError` for a fact of the patient (it is not asked again) or one without a previous value.
    """
    column = _column(name)
    previous = previous_staging(staging)
    value = stored_value(previous, name) if previous and column.level == "staging" else None
    if column.level == "patient":
        reason = f"'{name}' belongs to the patient and is not asked again at each staging."
    elif previous is None:
        reason = "There is no previous staging; allowed: enter the value."
    else:
        reason = f"The previous staging ({previous.date}) has no value; allowed: enter the value."
    if previous is None or value is None:
        raise ValidationError({name: [reason]})
    entry = FactEntry.objects.filter(patient=staging.patient, staging=previous, name=name).first()
    record_fact(
        by=by,
        staging=staging,
        name=name,
        value=value,
        observed_on=(entry.observed_on if entry else None) or previous.date,
        source=FactEntry.Source.CONFIRMED,
        note=entry.note if entry else "",
    )
