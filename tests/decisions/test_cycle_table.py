"""A table of cycles in: by command and by the upload page, with a report on every row."""

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Centre, User
from patients.models import TreatmentCycle, TreatmentLine
from patients.services import create_patient, record_cycle, start_line
from tests.decisions.conftest import day
from tests.decisions.test_commands import run

pytestmark = pytest.mark.django_db
HEADING = "case_id,line,number,date,outcome,reason"


@pytest.fixture
def line(coordinator: User, north: Centre) -> TreatmentLine:
    """FOLFOX since 45 days in case C-1."""
    patient = create_patient(
        by=coordinator, case_id="C-1", centre=north, family_name="Hartwell", given_name="Edmund",
        hospital_number="N-1", birth_date="1961-05-10", sex="male",
    )  # fmt: skip
    return start_line(
        by=coordinator, patient=patient, regimen="FOLFOX", cycle_length_days=14, actual_start=day(-45)
    )


def table(tmp_path: Path, *rows: str, heading: str = HEADING) -> str:
    path = tmp_path / "cycles.csv"
    path.write_text("\n".join([heading, *rows]) + "\n", "utf-8")
    return str(path)


def report(*arguments: str) -> tuple[int, dict[str, Any]]:
    status, out = run("import_cycles", *arguments, "--json")
    return status, json.loads(out)


def test_cycles_go_in_in_any_order_and_again_changes_nothing(line: TreatmentLine, tmp_path: Path) -> None:
    file = table(
        tmp_path,
        f"C-1,1,2,{day(-28)},delayed,Toxicity: neutropenia",
        f"C-1,1,1,{day(-45)},given,",
        f"C-1,,3,{day(-14)},,",
    )
    status, first = report(file)
    assert (status, first["read"], first["created"], first["refused"]) == (0, 3, 3, [])
    assert [(c.number, c.outcome, c.reason) for c in line.cycles.all()] == [
        (1, "given", ""), (2, "delayed", "Toxicity: neutropenia"), (3, "", ""),
    ]  # fmt: skip
    assert report(file) == (0, {**first, "created": 0, "unchanged": 3})


def test_a_wrong_row_is_refused_with_what_is_allowed_and_the_others_go_in(
    line: TreatmentLine, tmp_path: Path
) -> None:
    file = table(
        tmp_path,
        f"C-1,1,1,{day(-45)},given,",
        f"C-1,1,-2,{day(-31)},given,",
        f"C-9,1,2,{day(-31)},given,",
        f"C-1,7,2,{day(-31)},given,",
        f"C-1,1,2,{day(3)},given,",
        f"C-1,1,3,{day(-17)},omitted,",
        "C-1,1,4,yesterday,given,",
        f"C-1,1,5,{day(-3)},half,",
    )
    status, found = report(file)
    assert (status, found["created"]) == (1, 1)
    said = {item["record"]: (item["path"], item["message"]) for item in found["refused"]}
    assert {record: path for record, (path, _) in said.items()} == {
        2: "number", 3: "case_id", 4: "line", 5: "date", 6: "reason", 7: "date", 8: "outcome",
    }  # fmt: skip
    assert "a whole number from 1 to 60" in said[2][1]
    assert "allowed: 1" in said[4][1]
    assert "in the future" in said[5][1]


def test_the_same_cycle_again_corrects_it_and_trying_stores_nothing(
    coordinator: User, line: TreatmentLine, tmp_path: Path
) -> None:
    record_cycle(by=coordinator, line=line, number=1, date=day(-45), outcome="given")
    file = table(tmp_path, f"C-1,1,1,{day(-45)},reduced,toxicity")
    assert report(file, "--dry-run")[1]["updated"] == 1
    assert line.cycles.get().outcome == "given"
    assert report(file)[1]["updated"] == 1
    assert (line.cycles.get().outcome, line.cycles.get().reason) == ("reduced", "toxicity")


def test_a_table_without_its_columns_cannot_be_read(line: TreatmentLine, tmp_path: Path) -> None:
    for file in (table(tmp_path, "C-1,1", heading="case_id,number"), str(tmp_path / "none.csv")):
        with pytest.raises(CommandError) as error:
            call_command("import_cycles", file)
        assert error.value.returncode == 2


def test_a_column_that_says_nothing_of_a_cycle_is_left_out_and_named(
    line: TreatmentLine, tmp_path: Path
) -> None:
    file = table(tmp_path, f"C-1,1,{day(-45)},given,80 %", heading="case_id,number,date,outcome,dose")
    status, found = report(file)
    assert (status, found["created"]) == (0, 1)
    assert found["ignored"] == [{"record": None, "path": "dose", "reason": "It says nothing of a cycle."}]


def test_a_spreadsheet_with_real_dates_goes_in_through_the_upload_page(
    client: Client, coordinator: User, line: TreatmentLine
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["case_id", "number", "date", "outcome"])
    book.active.append(["C-1", 1, day(-45), "Given"])
    held = io.BytesIO()
    book.save(held)
    client.force_login(coordinator)
    upload = SimpleUploadedFile("cycles.xlsx", held.getvalue())
    data = {"file": upload, "kind": "cycles", "centre": str(line.patient.centre_id)}
    answer = client.post("/import/", data)
    assert answer.status_code == 200
    cycle = TreatmentCycle.objects.get()
    assert (cycle.number, cycle.date, cycle.outcome) == (1, day(-45), "given")


def test_cases_of_another_centre_are_not_seen(person: Any, line: TreatmentLine, tmp_path: Path) -> None:
    person("eve", "coordinator", centre=None)
    status, found = report(table(tmp_path, f"C-1,1,1,{day(-45)},given,"), "--by", "eve")
    assert status == 1
    assert "no case" in found["refused"][0]["message"]
