"""The commands that operators and registries use: what they print, and their exit status."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from patients.models import Patient
from tests.decisions.conftest import document
from tests.decisions.test_tables import HEADER, row

pytestmark = pytest.mark.django_db
LIVER = {"lesion_count": 3, "max_diameter_mm": 30}


def run(*arguments: str, **options: Any) -> tuple[int, str]:
    """Exit status and what was printed."""
    out = io.StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=io.StringIO(), **options)
    except SystemExit as error:
        return int(str(error.code or 0)), out.getvalue()
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text(
        "\n".join(json.dumps(item) for item in (document(liver=LIVER), document("2026-002"))), "utf-8"
    )
    return path


def test_documents_go_in_and_come_out_one_a_line(file: Path) -> None:
    status, told = run("import_cases", str(file), "--json")
    assert (status, json.loads(told)["created"]) == (0, 2)
    status, told = run("export_cases")
    assert status == 0
    assert [json.loads(line) for line in told.splitlines()] == [document(liver=LIVER), document("2026-002")]
    status, told = run("import_cases", str(file), "--json")
    assert (status, json.loads(told)["unchanged"]) == (0, 2)


def test_the_words_without_json_name_what_happened(file: Path) -> None:
    status, told = run("import_cases", str(file))
    assert status == 0
    assert "2" in told
    assert "created" in told


def test_refused_records_give_status_one_and_the_others_are_in(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([document(liver={"lesion_count": 500}), document("2026-002")]), "utf-8")
    status, told = run("import_cases", str(path), "--json")
    report = json.loads(told)
    assert status == 1
    assert (report["created"], report["refused"][0]["path"]) == (1, "liver.lesion_count")


@pytest.mark.parametrize("content", ["", "{", '[{"case": {"id": "a"}', "not json"])
def test_a_file_that_cannot_be_read_gives_status_two_and_stores_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(content, "utf-8")
    status, told = run("import_cases", str(path))
    assert status == 2
    assert "allowed" in told
    assert not Patient.objects.exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    status, told = run("import_cases", str(tmp_path / "nowhere.json"))
    assert status == 2
    assert "nowhere.json" in told


def test_a_trial_run_reports_the_same_and_stores_nothing(file: Path) -> None:
    status, told = run("import_cases", str(file), "--dry-run", "--json")
    assert (status, json.loads(told)["created"]) == (0, 2)
    assert not Patient.objects.exists()


def test_a_table_goes_in_through_its_profile(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{HEADER}\n{row()}\n", "utf-8")
    status, told = run("import_table", str(path), "--profile", "tcia_crlm", "--json")
    assert (status, json.loads(told)["created"]) == (0, 1)
    assert Patient.objects.get().case_id == "P-1"


def test_an_unknown_profile_is_refused_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{HEADER}\n{row()}\n", "utf-8")
    status, told = run("import_table", str(path), "--profile", "nonsense")
    assert status == 2
    assert "tcia_crlm" in told


def test_what_a_threshold_would_change_in_the_stored_stagings_is_counted(file: Path) -> None:
    plan = {"r0_feasible": True, "disease_free_segments_spared": 4, "inflow_preserved": True}
    plan |= {"outflow_preserved": True, "biliary_drainage_preserved": True, "contiguous_segments_spared": 3}
    text = json.dumps(document(liver=LIVER, volumetry={"flr_pct": 33}, plan=plan, ehd={"present": False}))
    file.write_text(text, "utf-8")
    assert run("import_cases", str(file), stage=True)[0] == 0
    status, out = run("whatif", "--set", "ADAM_FLR_MIN=35")
    report = json.loads(out)
    assert (status, report["cases"]) == (0, 1)
    assert report["changed"]["definitions"]["D04"] == {"met->not_met": 1}
    status, out = run("whatif", "--set", "ADAM_FLR_MIN=500")
    assert status == 2
    assert "allowed: a number from" in out
