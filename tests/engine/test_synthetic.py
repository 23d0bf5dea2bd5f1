"""Synthetic cases are valid, plausible, and differ as patients do."""

from collections import Counter

import pytest

from decisions.engine.assess import assess
from decisions.engine.document import canonical, parse
from decisions.engine.quality import data_warnings
from decisions.engine.rules import RULES
from decisions.engine.synthetic import cohort

CASES = list(cohort(3000, 11))


def test_every_case_is_a_valid_document_in_canonical_form_and_contradicts_itself_nowhere():
    noticed = Counter(item["code"] for case in CASES for item in data_warnings(parse(case)))
    assert set(noticed) <= {"DIAMETER_IN_CM"}  # a largest lesion of a few mm is rare, and true
    for case in CASES[:300]:
        assert canonical(case) == canonical(canonical(case))


@pytest.mark.parametrize(
    ("what", "share", "low", "high"),
    [
        ("synchronous", lambda c: c.get("liver", {}).get("detected_at_presentation"), 0.45, 0.55),
        ("men", lambda c: {"male": True, "female": False}.get(c.get("patient", {}).get("sex")), 0.57, 0.67),
        (
            "RAS mutant",
            lambda c: {"mutant": True, "wild_type": False}.get(c.get("molecular", {}).get("ras")),
            0.4,
            0.5,
        ),
        ("outside the liver", lambda c: c.get("ehd", {}).get("present"), 0.15, 0.27),
    ],
)
def test_shares_are_those_that_the_module_documents(what, share, low, high):
    known = [value for case in CASES if (value := share(case)) is not None]
    assert low < sum(known) / len(known) < high, what


def test_facts_are_missing_as_they_are_in_life():
    absent = sum("volumetry" not in case for case in CASES) / len(CASES)
    assert 0.35 < absent < 0.55
    assert all(case["case"].keys() == {"id", "decision_date", "phase"} for case in CASES)


def test_the_cohort_reaches_every_class_and_most_rules():
    results = [assess(parse(case)) for case in CASES[:400]]
    classes = {result["liver_class"] for result in results}
    assert classes == {"resectable", "borderline_flr", "unresectable_flr", "unresectable", "indeterminate"}
    assert {result["timing_class"] for result in results} == {
        "synchronous",
        "early_metachronous",
        "late_metachronous",
        "indeterminate",
    }
    fired = {rule for result in results for rule, state in result["rules"].items() if state == "fired"}
    assert len(fired) > len(RULES) * 0.6
