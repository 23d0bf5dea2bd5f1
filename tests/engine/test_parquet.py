"""A cohort in a Parquet file is the same cohort, and a file of other make is read as strictly as a document."""

import datetime
import io
import json
import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from decisions.engine.cohort import Cohort
from decisions.engine.command import COMMANDS, UnreadableError
from decisions.engine.document import parse
from decisions.engine.impact import Preview
from decisions.engine.logic import fact
from decisions.engine.parquet import facts_read, read_cohort, write_cohort
from decisions.engine.synthetic import cohort as synthetic
from decisions.engine.thresholds import default


def cohorts() -> list[Cohort]:
    return [
        Cohort.of_cases([parse(document) for document in synthetic(50, seed=9)], default()),
        Cohort.of_cases([parse(document) for document in synthetic(300, seed=2)], default()),
        Cohort.of_cases([{}, {"liver.lesion_count": 3}], default()),
        Cohort.of_cases([], default()),
    ]


@pytest.mark.parametrize("number", range(4))
def test_what_was_written_is_read_again(number: int, tmp_path: Path) -> None:
    cohort, file = cohorts()[number], tmp_path / "cohort.parquet"
    write_cohort(cohort, file)
    again = read_cohort(file, default())
    assert again.size == cohort.size
    for name in facts_read() & cohort.facts.keys():
        before, after = cohort.facts[name], again.facts[name]
        assert before.known.tolist() == after.known.tolist(), name
        assert before.values[before.known].tolist() == after.values[after.known].tolist(), name
    other = default().override({"FLR_NORMAL_HIGH": 35, "LT_AGE_LT": 65})
    assert Preview(again).under(other).counts() == Preview(cohort).under(other).counts()


def written(tmp_path: Path, **columns: Any) -> Path:
    file = tmp_path / "other.parquet"
    pl.DataFrame({name.replace("__", "."): values for name, values in columns.items()}).write_parquet(file)
    return file


def test_a_file_of_other_make_is_read_with_blocks_as_structs_and_nan_as_missing(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        liver=[{"lesion_count": 3, "background": "normal"}, {"lesion_count": None, "background": "unknown"}],
        volumetry__flr_pct=[29.5, math.nan],
        case__mdt_members_present=[["radiologist", "hpb_surgeon"], []],
        patient__birth_date=["1960-02-03", None],
        patient__fit_for_surgery=[True, None],
        lesions=[[{"id": "L1"}], []],
    )
    cohort = read_cohort(file, default())
    assert cohort.facts["liver.lesion_count"].tolist() == [3, None]
    assert cohort.facts["liver.background"].tolist() == ["normal", None]
    assert cohort.facts["volumetry.flr_pct"].tolist() == [29.5, None]
    assert cohort.facts["patient.fit_for_surgery"].tolist() == [True, None]
    assert cohort.facts["case.mdt_members_present"].known.tolist() == [True, True]
    surgeon = fact("case.mdt_members_present").contains("hpb_surgeon")
    assert surgeon.column(cohort).tolist() == [True, False]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (
            {"liver__lesion_counts": [3]},
            "liver.lesion_counts is no fact; allowed: the facts of a case document",
        ),
        (
            {"liver__lesion_count": [3, 1200]},
            "liver.lesion_count, row 2: 1200 is not allowed; allowed: a whole",
        ),
        ({"liver__lesion_count": [2.5]}, "liver.lesion_count, row 1: 2.5 is not allowed"),
        ({"liver__lesion_count": ["three"]}, "a column of String is not allowed"),
        ({"volumetry__flr_pct": [math.inf]}, "volumetry.flr_pct, row 1: inf is not allowed"),
        (
            {"liver__background": ["normal", "fatty"]},
            "liver.background, row 2: fatty is not allowed; allowed: one of",
        ),
        ({"patient__fit_for_surgery": ["yes"]}, "allowed: true or false"),
        ({"patient__birth_date": ["3 Feb 1960"]}, "patient.birth_date, row 1: 3 Feb 1960 is not allowed"),
        ({"case__mdt_members_present": [["barber"]]}, "case.mdt_members_present: barber is not allowed"),
        (
            {
                "case__decision_date": [datetime.date(2025, 1, 1)],
                "liver__detection_date": [datetime.date(2025, 2, 1)],
            },
            "liver.detection_date, row 1: 2025-02-01 is not allowed; allowed: a date up to the date of the staging",
        ),
    ],
)
def test_what_is_wrong_is_told_with_column_row_value_and_what_is_allowed(
    columns: dict[str, Any], says: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableError) as error:
        read_cohort(written(tmp_path, **columns), default())
    assert says in str(error.value)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cohort.parquet"
    file.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(UnreadableError, match="cannot be read as Parquet"):
        read_cohort(file, default())


def run(command: str, *arguments: str, text: str = "") -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = COMMANDS[command](list(arguments), io.StringIO(text), out, err)
    return status, out.getvalue(), err.getvalue()


def test_whatif_says_the_same_of_a_parquet_file_as_of_json_lines(tmp_path: Path) -> None:
    file = str(tmp_path / "cohort.parquet")
    assert run("make_cohort", "200", "--seed", "4", "--parquet", file) == (0, "", "")
    _, lines, _ = run("make_cohort", "200", "--seed", "4")
    change = ("--set", "FLR_NORMAL_HIGH=35")
    one = json.loads(run("whatif", *change, "--cohort", file)[1])
    other = json.loads(run("whatif", *change, "--cohort", "-", text=lines)[1])
    assert one["changed"] == other["changed"]
    assert (one["cases"], one["cases_changed"]) == (200, other["cases_changed"])
    assert one["cases_changed"] > 0


def test_a_cohort_that_is_not_there_or_cannot_be_written_is_told(tmp_path: Path) -> None:
    status, _, err = run("whatif", "--set", "LT_AGE_LT=65", "--cohort", str(tmp_path / "none.parquet"))
    assert (status, "none.parquet: cannot be read" in err) == (2, True)
    status, _, err = run("make_cohort", "2", "--parquet", str(tmp_path / "no" / "such.parquet"))
    assert (status, "cannot be written" in err) == (2, True)
