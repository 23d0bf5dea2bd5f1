"""Transplantation: the seed's list and TransMet's side by side (specification LT-01..LT-05, section 9)."""

from typing import Any

from decisions.engine import derived as d
from decisions.engine.logic import All, Choose, Context, Expr, fact, named, threshold
from decisions.engine.scores.oslo import oslo_le_max

LT01_TERMS: dict[str, Expr] = {
    "unresectable": d.liver_unresectable_technical,
    "age": d.age < threshold("LT_AGE_LT"),
    "ecog": fact("patient.ecog") <= threshold("LT_ECOG_MAX"),
    "no_ehd": ~fact("ehd.present"),
    "node_negative": ~d.node_positive,
    "left_sided": d.primary_side == "left",
    "primary_resected": fact("primary.resected"),
    "interval_12m": d.primary_ge_12m,
    "t_lt_4": d.t_lt4,
    "response": d.good_response,
}
"""The seed's criteria, in the order of the contract's tokens."""
LT01_MET = named("LT01_met", All(*LT01_TERMS.values()), "The review's criteria are met")
LT01_FAILED = named("LT01_failed", ~LT01_MET, "At least one of the review's criteria fails")
TRANSMET = named(
    "transmet",
    All(
        d.liver_unresectable_technical,
        d.age >= threshold("TRANSMET_AGE_MIN"),
        d.age <= threshold("TRANSMET_AGE_MAX"),
        fact("patient.ecog") <= 1,
        ~fact("ehd.present"),
        fact("primary.resected"),
        ~d.braf_mut,
        fact("treatment.months_disease_control") >= threshold("TRANSMET_CHEMO_MONTHS_MIN"),
        fact("treatment.current_line") <= threshold("TRANSMET_LINES_MAX"),
        d.good_response,
    ),
    "TransMet's criteria are met",
)
PREDICTORS: dict[str, Expr] = {
    "oslo_le_1": oslo_le_max,
    "mtv_lt_70": fact("imaging.pet_mtv_cm3") < threshold("LT_MTV_LT_CM3"),
    "metachronous": d.metachronous,
    "tbs_lt_9": d.tbs < threshold("LT_TBS_LT"),
}
"""Each is shown by itself (erratum E-31)."""
_WORD = {True: "eligible", False: "not_eligible", None: "indeterminate"}
LISTS_DIFFER = named(
    "lists_differ", Choose((LT01_MET, ~TRANSMET), otherwise=TRANSMET), "The two lists give different answers"
)


def transplant(ctx: Context) -> dict[str, Any]:
    """Both lists, what fails, what is unknown, and the predictors one by one."""
    values = {token: term.value(ctx) for token, term in LT01_TERMS.items()}
    return {
        "seed": _WORD[LT01_MET.value(ctx)],
        "failed": [token for token, value in values.items() if value is False],
        "unknown": [token for token, value in values.items() if value is None],
        "transmet": _WORD[TRANSMET.value(ctx)],
        "predictors": {token: term.value(ctx) for token, term in PREDICTORS.items()},
    }
