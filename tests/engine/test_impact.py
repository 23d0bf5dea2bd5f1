"""What a change of thresholds would do is what assessing every case again does."""

import io
import json
from collections import Counter

import pytest

from decisions.engine.assess import assess
from decisions.engine.cohort import Cohort
from decisions.engine.command import COMMANDS
from decisions.engine.document import Case
from decisions.engine.impact import Preview
from decisions.engine.outputs import flat
from decisions.engine.thresholds import default
from tests.engine.cases import any_case, any_thresholds

CHANGED = 12


def outputs_of(result):
    """The outputs of an assessment document under the names of `flat`."""
    found = {}
    for family, name in flat():
        content = result.get(family)
        if family == "rules":
            found[family, name] = result["rules"][name]
        elif family in ("conflicts", "flags"):
            found[family, name] = "active" if name in content else "inactive"
        elif family == "options":
            question, _, option = name.partition(":")
            asked = next(one for one in result["questions"] if one["id"] == question)
            found[family, name] = next(one["status"] for one in asked["options"] if one["id"] == option)
        elif family == "scores":
            key, _, risk = name.partition("_")
            counted = result[key].get("status", "ok") in ("ok", "partial")
            value = result[key]["risk" if risk else "score"]
            found[family, name] = value if counted else ...
        elif family == "reassess":
            found[family, name] = (content or {}).get(name)
        elif family == "lt" or name:
            found[family, name] = content[name]
        else:
            found[family, name] = content
    return {
        key: value if value is ... else "indeterminate" if value is None else str(value)
        for key, value in found.items()
    }


@pytest.mark.parametrize("block", range(8))
def test_the_preview_equals_assessing_every_case_again(block):
    cases = [Case(any_case(block * 40 + number)) for number in range(40)]
    shipped = default()
    wanted = any_thresholds(block + 1).numbers
    names = [name for name, value in wanted.items() if value != shipped.numbers[name]]
    start = block * CHANGED % max(len(names), 1)
    changes = {}
    for name in names[start : start + CHANGED]:
        try:
            shipped.override({**changes, name: wanted[name]})
        except ValueError:
            continue
        changes[name] = wanted[name]
    other = shipped.override(changes)
    preview = Preview(Cohort.of_cases(cases, shipped))
    impact = preview.under(other)
    expected: dict[tuple[str, str], list[int]] = {}
    for number, case in enumerate(cases):
        before, after = outputs_of(assess(case, shipped)), outputs_of(assess(case, other))
        for key, value in before.items():
            if ... not in (value, after[key]) and value != after[key]:
                expected.setdefault(key, []).append(number)
    skipped = {key for key in impact.rows if key[0] == "scores" and key[1].startswith("meta5")}
    told = {
        key: [row for row in rows.tolist() if row in expected.get(key, [])]
        if key in skipped
        else rows.tolist()
        for key, rows in impact.rows.items()
    }
    assert {key: rows for key, rows in told.items() if rows} == expected
    assert changes


def test_a_change_can_be_dragged_and_dragging_back_changes_nothing():
    cases = [any_case(number) for number in range(200)]
    preview = Preview(Cohort.of_cases(cases, default()))
    further = preview.under(default().override({"ADAM_FLR_MIN": 40})).counts()
    assert (
        preview.under(default().override({"ADAM_FLR_MIN": 30})).counts() == preview.under(default()).counts()
    )
    assert preview.under(default().override({"ADAM_FLR_MIN": 40})).counts() == further
    assert not preview.under(default()).changed


def test_how_many_cases_have_which_value_is_counted_over_all_of_them():
    cases = [any_case(number) for number in range(200)]
    counted = Preview(Cohort.of_cases(cases, default())).counted(("liver_class", ""))
    told = Counter(str(assess(Case(case), default())["liver_class"]) for case in cases)
    assert counted == told


def run(arguments, text=""):
    out, err = io.StringIO(), io.StringIO()
    status = COMMANDS["whatif"](arguments, io.StringIO(text), out, err)
    return status, out.getvalue(), err.getvalue()


def test_the_command_counts_what_changes_in_a_cohort():
    lines = io.StringIO()
    COMMANDS["make_cohort"](["300", "--seed", "4"], io.StringIO(), lines, io.StringIO())
    status, out, _ = run(["--set", "ADAM_FLR_MIN=40", "--cohort", "-"], lines.getvalue())
    report = json.loads(out)
    assert (status, report["cases"]) == (0, 300)
    assert report["changed"]["definitions"]["D04"]["met->not_met"] > 0
    assert report["changed"]["liver_class"] == {}
    assert set(report) >= {"cases", "changed", "load_seconds", "seconds"}


@pytest.mark.parametrize(
    ("arguments", "text", "says"),
    [
        (["--set", "ADAM_FLR_MIN=500"], "{}", "ADAM_FLR_MIN: 500 is not allowed; allowed: a number from"),
        (["--set", "ADAM_FLR=35"], "{}", "is no threshold"),
        (["--set", "ADAM_FLR_MIN"], "{}", "allowed: NAME=NUMBER"),
        (["--set", "ADAM_FLR_MIN=many"], "{}", "allowed: NAME=NUMBER"),
        (["--set", "ADAM_FLR_MIN=35", "--set", "ADAM_FLR_MIN=36"], "{}", "set twice"),
        (["--set", "ADAM_FLR_MIN=35"], '{"liver": 3}', "case 1: liver: 3 is not allowed"),
        ([], "{}", "--set"),
    ],
)
def test_bad_input_is_refused_with_what_is_allowed(arguments, text, says):
    status, out, err = run([*arguments, "--cohort", "-"], text)
    assert (status, out) == (2, "")
    assert says in err
