"""Liver lesions at a staging."""

from typing import Any

from django.core.exceptions import ValidationError

from accounts.audit import audited
from accounts.models import User
from patients.facts import LESION_COLUMNS
from patients.models import Lesion, LesionFinding, Staging
from patients.selectors import previous_staging
from patients.services.constraints import refusals_explained
from patients.services.drafts import open_draft
from patients.values import clean_columns, clean_value

FINDING_COLUMNS = frozenset({*LESION_COLUMNS, "vascular_relation", "plan"})
"""What `save_lesion` takes besides the label."""


def clean_label(label: str) -> str:
    """The label as it is stored; raises `ValidationError` on `lesions[].id`."""
    try:
        return str(clean_value(Lesion._meta.get_field("label"), label))
    except ValidationError as error:
        raise ValidationError({"lesions[].id": list(error.messages)}) from error


def save_lesion(*, by: User, staging: Staging, label: str, **columns: Any) -> LesionFinding:
    """Write a lesion of the draft, known by `label` ('L1') through all stagings; only what is given changes.

    `columns`: any of `FINDING_COLUMNS`, diameters and depth in mm; `None` empties one. Raises
    `PermissionDenied`, and `ValidationError` by `lesions[<label>].<column>`.
    """
    label = clean_label(label)
    values = clean_columns(LesionFinding, columns, editable=FINDING_COLUMNS, prefix=f"lesions[{label}].")
    with audited(by=by, action="save lesion"):
        open_draft(by, staging)
        lesion, _ = Lesion.objects.get_or_create(patient=staging.patient, label=label)
        known = LesionFinding.objects.filter(staging=staging, lesion=lesion).first()
        finding = known or LesionFinding(staging=staging, lesion=lesion)
        for name, value in values.items():
            setattr(finding, name, value)
        with refusals_explained(finding):
            finding.save()
    return finding


def _finding(staging: Staging, label: str) -> LesionFinding:
    finding = LesionFinding.objects.filter(staging=staging, lesion__label=label).first()
    if finding is None:
        known = LesionFinding.objects.filter(staging=staging).values_list("lesion__label", flat=True)
        raise ValidationError(
            {"lesions[].id": [f"'{label}' is no lesion of {staging}; allowed: {', '.join(known) or 'none'}."]}
        )
    return finding


def remove_lesion(*, by: User, staging: Staging, label: str) -> None:
    """Take a lesion off the draft's list; one that nothing else refers to is gone for good."""
    with audited(by=by, action="remove lesion"):
        open_draft(by, staging)
        lesion = _finding(staging, label).lesion
        LesionFinding.objects.filter(staging=staging, lesion=lesion).delete()
        if not lesion.findings.exists() and not lesion.measurements.exists():
            lesion.delete()


def confirm_previous_lesion(*, by: User, staging: Staging, label: str) -> LesionFinding:
    """Take over a lesion as the previous staging described it; raises `ValidationError` when it did not."""
    previous = previous_staging(staging)
    if previous is None:
        raise ValidationError({"lesions[].id": ["There is no previous staging; allowed: enter the lesion."]})
    finding = _finding(previous, label)
    columns = {name: getattr(finding, name) for name in FINDING_COLUMNS}
    return save_lesion(by=by, staging=staging, label=label, **columns)


def set_lesions_complete(*, by: User, staging: Staging, complete: bool) -> None:
    """State that the list holds every liver lesion, so that counts may be read from it; or take it back."""
    with audited(by=by, action="set lesions complete"):
        open_draft(by, staging)
        Staging.objects.filter(pk=staging.pk).update(lesions_complete=bool(complete))
        staging.lesions_complete = bool(complete)
