"""What the database itself refuses, whoever writes."""

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from accounts.models import User
from patients import services
from patients.models import Patient, Primary, Staging, TreatmentLine


def _refused(statement: str, *values: object) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except IntegrityError:
        return True
    return False


@pytest.fixture
def rows(coordinator: User, patient: Patient, staging: Staging) -> dict[str, int]:
    services.record_facts(
        by=coordinator,
        staging=staging,
        values={
            "primary.diagnosis_date": "2025-01-01",
            "liver.lesion_count": 2,
            "ehd.sites": ["lung"],
            "volumetry.hypertrophy_date": "2026-01-01",
            "molecular.ras": "mutant",
        },
    )
    finding = services.save_lesion(by=coordinator, staging=staging, label="L1", diameter_mm=10)
    line = services.start_line(by=coordinator, patient=patient, actual_start="2026-02-01")
    lab = services.add_lab_result(
        by=coordinator, patient=patient, analyte="cea_ng_ml", date="2026-01-01", value=2
    )
    return {
        "patient": patient.pk,
        "staging": staging.pk,
        "finding": finding.pk,
        "line": line.pk,
        "lab": lab.pk,
    }


NEVER = (
    ("a resection before the diagnosis", "patients_primary", "resection_date = '2024-12-31'", "patient"),
    ("a negative size", "patients_lesionfinding", "diameter_mm = -1", "finding"),
    ("a size out of range", "patients_lesionfinding", "diameter_mm = 301", "finding"),
    ("a code that does not exist", "patients_molecularprofile", "ras = 'unknown'", "patient"),
    ("a site that does not exist", "patients_extrahepaticdisease", "sites = '{liver}'", "staging"),
    ("a count out of range", "patients_liverfindings", "lesion_count = 100", "staging"),
    ("a volumetry before its procedure", "patients_volumetryfindings", "post_date = '2025-12-31'", "staging"),
    ("a start that nobody confirmed", "patients_treatmentline", "start_confirmed_by_id = NULL", "line"),
    ("a line that ends before it starts", "patients_treatmentline", "ended_on = '2026-01-31'", "line"),
    ("a negative laboratory value", "patients_labresult", "value = -1", "lab"),
    ("a death without a date", "patients_patient", "vital_status = 'deceased'", "patient"),
    ("an empty case number", "patients_patient", "case_id = ''", "patient"),
    ("a withdrawal without a reason", "patients_staging", "withdrawn_at = now()", "staging"),
)


@pytest.mark.parametrize(("table", "change", "row"), [case[1:] for case in NEVER], ids=[c[0] for c in NEVER])
def test_what_must_never_be_is_refused(rows: dict[str, int], table: str, change: str, row: str) -> None:
    keys = {"patients_primary": "patient_id", "patients_molecularprofile": "patient_id"}
    owner = "staging_id" if row == "staging" and table != "patients_staging" else "id"
    assert _refused(f"UPDATE {table} SET {change} WHERE {keys.get(table, owner)} = %s", rows[row])


def test_the_same_statements_pass_with_values_that_may_be(rows: dict[str, int]) -> None:
    assert not _refused("UPDATE patients_lesionfinding SET diameter_mm = 300 WHERE id = %s", rows["finding"])
    assert not _refused(
        "UPDATE patients_primary SET resection_date = '2025-01-01' WHERE patient_id = %s", rows["patient"]
    )
    assert Primary.objects.get().resection_date is not None
    assert TreatmentLine.objects.get().ended_on is None
