"""Spreadsheets come in through a profile: nothing is invented, and what cannot be read is told by row and column."""

import csv
import io
import os
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from decisions.documents import export_documents
from decisions.engine.assess import assess
from decisions.engine.document import parse
from decisions.interchange import UnreadableError, import_table
from decisions.models import Assessment
from decisions.services import run_assessment
from patients.models import Patient, StagingVersion

pytestmark = pytest.mark.django_db
SHARED = Path(os.environ.get("CRLM_SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
TABLE = SHARED / "tcia_crlm" / "tcia_crlm_dev_001_060.csv"
HEADER = (
    "Patient-ID,De-identify Scout Name,age,sex,major_comorbidity,node_positive_primary,synchronous_crlm,"
    "multiple_metastases,clinrisk_score,clinrisk_stratified,carcinoembryonic_antigen,max_tumor_size,"
    "body_mass_index,bilobar_disease,extrahep_disease,chemo_before_liver_resection,preoperative_pve"
)


def row(**cells: str) -> str:
    """One row of the shipped profile's table."""
    given = {
        "Patient-ID": "P-1", "age": "60", "sex": "1", "node_positive_primary": "0", "multiple_metastases": "0",
        "carcinoembryonic_antigen": "8", "max_tumor_size": "3.2", "bilobar_disease": "0", "extrahep_disease": "0",
        "chemo_before_liver_resection": "0", "preoperative_pve": "0", **cells,
    }  # fmt: skip
    return ",".join(given.get(name, "0") for name in HEADER.split(","))


def take(by: User, text: str, **options: Any) -> dict[str, Any]:
    return import_table(
        by=by, content=text.encode(), filename="table.csv", profile="tcia_crlm", **options
    ).as_dict()


def test_a_row_becomes_the_facts_that_it_states_in_our_units(coordinator: User) -> None:
    report = take(coordinator, f"{HEADER}\n{row()}\n")
    assert (report["created"], report["refused"]) == (1, [])
    (document,) = export_documents(by=coordinator)
    assert document["liver"]["max_diameter_mm"] == 32
    assert document["liver"]["distribution"] == "unilobar"
    assert document["labs"]["cea_ng_ml"] == 8


@pytest.mark.parametrize("said", ["0", "1"])
def test_what_a_column_does_not_state_stays_missing(coordinator: User, said: str) -> None:
    cells = {"node_positive_primary": said, "multiple_metastases": said, "max_tumor_size": "0", "age": "-999"}
    take(coordinator, f"{HEADER}\n{row(**cells)}\n")
    (document,) = export_documents(by=coordinator)
    assert "primary" not in document
    assert "lesion_count" not in document["liver"]
    assert "max_diameter_mm" not in document["liver"]
    assert "age_years" not in document.get("patient", {})


def test_columns_that_are_missing_or_values_that_cannot_be_read_are_told(coordinator: User) -> None:
    with pytest.raises(UnreadableError) as error:
        take(coordinator, "name,age\nA,60\n")
    assert "Patient-ID" in str(error.value)
    report = take(
        coordinator,
        f"{HEADER}\n{row(sex='7')}\n{row(**{'Patient-ID': 'P-2', 'age': 'old'})}\n{row(**{'Patient-ID': 'P-3'})}\n",
    )
    assert report["created"] == 1
    said = " ".join(f"{item['path']} {item['message']}" for item in report["refused"])
    assert "sex" in said
    assert "old" in said
    assert set(Patient.objects.values_list("case_id", flat=True)) == {"P-3"}


@pytest.mark.skipif(not TABLE.exists(), reason=f"the public table is not beside the checkout ({TABLE.name})")
def test_the_sixty_real_patients_go_in_are_assessed_and_their_recorded_score_lies_in_our_range(
    coordinator: User,
) -> None:
    text = TABLE.read_text(encoding="utf-8-sig")
    report = take(coordinator, text, stage=True)
    assert (report["read"], report["created"], report["refused"]) == (60, 60, [])
    for version in StagingVersion.objects.filter(state="frozen"):
        run_assessment(version.jobs.get().pk)
    assert Assessment.objects.count() == 60
    recorded = {line["Patient-ID"]: line["clinrisk_score"] for line in csv.DictReader(io.StringIO(text))}
    # One row contradicts itself: a score of 0 beside a tumour of 15 cm, which alone is a point.
    contradictory = {"CRLM-CT-1033"}
    compared = 0
    for document in export_documents(by=coordinator):
        fong = assess(parse(document))["fong"]
        score = recorded[document["case"]["id"]]
        if score != "-999":
            inside = fong["min"] <= int(float(score)) <= fong["max"]
            assert inside is (document["case"]["id"] not in contradictory), document["case"]["id"]
            compared += 1
    assert compared == 53
