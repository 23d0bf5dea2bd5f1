"""Adding a fact never changes what was decided, outside the list of convention 14."""

import random

import pytest

from decisions.engine.definitions import DEFINITIONS, d11_class, d12_class
from decisions.engine.derived import crlm_grade, flr_class, h_stage, liver_class, response, timing_class
from decisions.engine.logic import Context
from decisions.engine.rules import RULES
from decisions.engine.scores import SCORES
from decisions.engine.thresholds import default
from tests.engine.cases import NAMES, any_case, any_value

OVERRIDING = {
    # Facts that override others (FLR precedence is that of convention 6).
    "volumetry.flr_pct_post",
    "volumetry.flr_ml_post",
    "volumetry.flr_pct",
    "patient.height_cm",
    "patient.weight_kg",
    "patient.age_years",
    "primary.positive_nodes",
    "primary.side",
    "treatment.best_current_response",
    "liver.detected_at_presentation",
    "imaging.recist.nadir_sum_mm",
    # The defaults of C14.
    "imaging.recist.new_lesions",
    "imaging.recist.nontarget_progression",
    "imaging.recist.nontarget_complete",
}
IMPLIED = {
    # The same kind of precedence, written in the formula of a derived variable (A.1).
    "primary.n_category",  # N1/N2 beside zero positive nodes
    "molecular.msi", "molecular.mmr",  # one test is enough, the other may contradict it
    "molecular.ras", "molecular.kras", "molecular.nras", "molecular.kras_variant",
    "liver.lesion_count_baseline", "treatment.total_preop_cycles", "lt.planned_date",
    # Read as missing by the tables of B.1: an unknown background, an unknown technical judgement.
    "liver.background",
    "plan.r0_feasible", "plan.inflow_preserved", "plan.outflow_preserved", "plan.biliary_drainage_preserved",
}  # fmt: skip
DECIDED = {
    **{definition.id: definition.verdict for definition in DEFINITIONS},
    **{f"{score.key} score": score.score for score in SCORES},
    "d11_class": d11_class,
    "d12_class": d12_class,
    "timing_class": timing_class,
    "flr_class": flr_class,
    "liver_class": liver_class,
    "h_stage": h_stage,
    "crlm_grade": crlm_grade,
    "response": response,
    **{
        rule.id: rule.expr
        for rule in RULES.values()
        if rule.id
        not in {  # written with is_null or is_true
            "RES-02", "RES-03", "CONV-05", "CONV-18", "NEO-06", "LUNG-06", "LUNG-07", "HYP-02", "HYP-04",
            "LOC-04", "LOC-09", "DLM-03", "DLM-06", "PROG-01", "PROG-04", "PROG-05",
        }
    },
}  # fmt: skip


@pytest.mark.parametrize("seed", range(250))
def test_a_further_fact_settles_and_never_overturns(seed):
    draw, case, thresholds = random.Random(seed), any_case(seed), default()
    before = Context(case, thresholds)
    decided = {name: value for name, expr in DECIDED.items() if (value := expr.value(before)) is not None}
    absent = [name for name in NAMES if name not in case and name not in OVERRIDING | IMPLIED]
    for name in draw.sample(absent, k=min(6, len(absent))):
        after = Context({**case, name: any_value(name, draw)}, thresholds)
        changed = {
            what: (was, now) for what, was in decided.items() if (now := DECIDED[what].value(after)) != was
        }
        assert not changed, f"{name} overturned {changed}"
