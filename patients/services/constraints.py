"""What a refusal by the database means, in words: field, values and what is allowed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

_EXPLAINED: dict[str, tuple[str, str]] = {
    "patients_patient_case_id_key": (
        "case_id",
        "Case number '{row.case_id}' is already in use; allowed: one that no other patient has.",
    ),
    "patient_hospital_number_once": (
        "hospital_number",
        (
            "Hospital number '{row.hospital_number}' already belongs to another patient of {row.centre}; "
            "allowed: one that no other patient of the centre has."
        ),
    ),
    "patient_vital_status_dated": (
        "vital_status_on",
        "'{row.vital_status}' needs a date, and 'alive' has none; allowed: a date, not in the future.",
    ),
    "primary_resected_after_diagnosis": (
        "primary.resection_date",
        (
            "{row.resection_date} lies before the diagnosis ({row.diagnosis_date}); "
            "allowed: the day of the diagnosis or later."
        ),
    ),
    "volumetry_after_hypertrophy": (
        "volumetry.post_date",
        (
            "{row.post_date} lies before the hypertrophy procedure ({row.hypertrophy_date}); "
            "allowed: the day of the procedure or later."
        ),
    ),
    "staging_once_a_date": (
        "date",
        "This patient already has a staging of {row.date}; allowed: a date without one.",
    ),
    "staging_one_draft": ("staging", "This staging already has an open draft; allowed: one draft at a time."),
    "lab_result_once_a_day": (
        "date",
        "{row.date} already has this value; correct that row, or give another date.",
    ),
    "study_uid_once": ("study_uid", "Study '{row.study_uid}' is already in this record."),
    "line_number_once": ("number", "Line {row.number} is already in this record; allowed: a new number."),
    "line_ends_after_start": (
        "ended_on",
        (
            "{row.ended_on} lies before the start of the line ({row.actual_start}); "
            "allowed: the day of the start or later."
        ),
    ),
    "procedure_planned_or_done": (
        "planned_on",
        "A procedure needs a date; allowed: the date planned, the date done, or both.",
    ),
}


def _constraint_name(error: IntegrityError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or "")


@contextmanager
def refusals_explained(row: models.Model) -> Iterator[None]:
    """Save `row` inside; a refusal by a constraint becomes a `ValidationError` by field, in words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = _constraint_name(error)
        if name not in _EXPLAINED:
            raise
        field, sentence = _EXPLAINED[name]
        raise ValidationError({field: [sentence.format(row=row)]}) from error
