"""`assess` on the command line, with an empty environment."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from decisions.engine.command import assess_files, make_cohort

ROOT = Path(__file__).resolve().parents[2]
CASES = [entry["case"] for entry in json.loads(Path(__file__).with_name("vignettes.json").read_text())][:3]


def run(argv: list[str], text: str = "") -> tuple[int, list[str], str]:
    out, err = io.StringIO(), io.StringIO()
    status = assess_files(argv, io.StringIO(text), out, err)
    return status, out.getvalue().split("\n")[:-1], err.getvalue()


@pytest.mark.parametrize(
    "text", [json.dumps(CASES), "\n".join(map(json.dumps, CASES)), json.dumps(CASES, indent=1)]
)
def test_one_assessment_a_line_in_order_from_an_array_or_from_json_lines(text: str) -> None:
    status, lines, _ = run(["-"], text)
    assert status == 0
    assert [json.loads(line)["schema"] for line in lines] == ["crlm-assessment/1"] * 3


def test_an_invalid_case_gives_an_error_in_its_place_and_the_others_are_assessed() -> None:
    status, lines, _ = run(["-"], json.dumps([CASES[0], {"patient": {"ecog": 9}}, CASES[1]]))
    first, second, third = map(json.loads, lines)
    assert status == 1
    assert second["error"] == {
        "path": "patient.ecog",
        "value": 9,
        "message": second["error"]["message"],
    }
    assert "0 to 5" in second["error"]["message"] or "0 to 4" in second["error"]["message"]
    assert first["schema"] == third["schema"] == "crlm-assessment/1"


def test_a_line_of_json_lines_ends_with_a_line_feed_and_nothing_else() -> None:
    """JSON allows a raw line separator (U+2028) within a text: that one case is wrong, not the whole file."""
    status, lines, _ = run(["-"], '{"case": {"id": "a\u2028b"}}\r\n{"case": {"id": "c"}}\r\n')
    assert status == 1
    assert len(lines) == 2
    assert json.loads(lines[0])["error"]["path"] == "case.id"
    assert json.loads(lines[1])["case_id"] == "c"


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["-"], "{"),
        (["-"], ""),
        (["-"], '{"labs": {"cea_ng_ml": NaN}}'),
        (["no-such-file.json"], ""),
        (["--nonsense"], ""),
        (["--format", "xml"], ""),
    ],
)
def test_unreadable_input_or_bad_usage_is_status_2_with_a_sentence(argv: list[str], text: str) -> None:
    status, lines, said = run(argv, text)
    assert status == 2
    assert lines == []
    assert said.startswith("assess: ")


def test_thresholds_are_overridden_by_name_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.json"
    file.write_text('{"ADAM_FLR_MIN": 35}')
    status, lines, _ = run(["-", "--thresholds", str(file)], json.dumps(CASES[0]))
    assert status == 0
    assert json.loads(lines[0])["rulebook"]["thresholds"]["ADAM_FLR_MIN"] == 35
    for wrong, part in (('{"ADAM_FLR": 35}', "ADAM_FLR"), ('{"ADAM_FLR_MIN": 95}', "50"), ("[]", "object")):
        file.write_text(wrong)
        status, _, said = run(["-", "--thresholds", str(file)], json.dumps(CASES[0]))
        assert status == 2
        assert part in said


def test_the_text_form_is_read_by_clinicians_and_shows_sources_marks_and_the_notice() -> None:
    status, lines, _ = run(["-", "--format", "text"], json.dumps(CASES[0]))
    text = "\n".join(lines)
    assert status == 0
    assert "Adam 2012" in text
    assert "not for decisions on real patients" in " ".join(text.split())
    assert max(map(len, lines)) <= 110


def test_it_runs_with_an_empty_environment_and_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(CASES[0]))
    runs = [
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "assess", str(file)],
            env={"PYTHONHASHSEED": seed}, cwd=tmp_path, capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1]
    assert json.loads(runs[0])["schema"] == "crlm-assessment/1"


# --------------------------------------------------------------------------------------------- make_cohort
def cohort_lines(*argv):
    out, err = io.StringIO(), io.StringIO()
    return make_cohort(argv, io.StringIO(), out, err), out.getvalue().splitlines(), err.getvalue()


def test_a_cohort_is_written_as_json_lines_and_its_seed_gives_it_again():
    status, lines, _ = cohort_lines("30", "--seed", "7")
    assert (status, len(lines)) == (0, 30)
    assert cohort_lines("30", "--seed", "7")[1] == lines
    assert cohort_lines("30", "--seed", "8")[1] != lines
    assert cohort_lines("10", "--seed", "7")[1] == lines[:10]


@pytest.mark.parametrize("argv", [("-1",), ("many",), (), ("3", "--seed", "x")])
def test_a_cohort_that_cannot_be_made_is_refused_in_words(argv):
    status, lines, error = cohort_lines(*argv)
    assert (status, lines) == (2, [])
    assert error.startswith("make_cohort: ")
