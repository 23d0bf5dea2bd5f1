"""A cohort gives what its cases give one by one."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.engine.cohort import Cohort, date_column, number_column
from decisions.engine.logic import Context, fact
from decisions.engine.thresholds import default
from tests.engine.cases import any_case, any_thresholds
from tests.engine.test_declarations import DECLARED


def same(one, other):
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and one == pytest.approx(other, rel=1e-12)
    return one == other


def disagreements(cases, thresholds):
    columns = Cohort.of_cases(cases, thresholds)
    contexts = [Context(case, thresholds) for case in cases]
    return [
        (name, index, alone, together)
        for name, expr in DECLARED.items()
        for index, (context, together) in enumerate(zip(contexts, expr.column(columns).tolist(), strict=True))
        if not same(alone := expr.value(context), together)
    ]


@pytest.mark.parametrize("block", range(25))
def test_every_declaration_agrees_on_10000_random_cases(block):
    cases = [any_case(block * 400 + number) for number in range(400)]
    assert disagreements(cases, any_thresholds(block)) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=4), st.integers(0, 10**6))
def test_small_cohorts_agree_under_any_thresholds(seeds, thresholds):
    assert disagreements([any_case(seed) for seed in seeds], any_thresholds(thresholds)) == []


def test_nan_and_nat_are_unknown():
    assert number_column(np.array([30.0, np.nan])).known.tolist() == [True, False]
    assert date_column(np.array(["2025-01-31", "NaT"], dtype="M8[D]")).known.tolist() == [True, False]


def test_a_comparison_with_nan_is_unknown_not_true():
    facts = {"volumetry.flr_pct": number_column(np.array([31.0, np.nan]))}
    columns = Cohort(2, facts, default())
    assert (fact("volumetry.flr_pct") >= 30).column(columns).tolist() == [True, None]


def test_a_fact_that_no_case_gives_is_unknown_for_all():
    columns = Cohort.of_cases([{}, {"liver.detection_date": datetime.date(2025, 1, 31)}], default())
    assert fact("primary.diagnosis_date").column(columns).tolist() == [None, None]
