"""Transplantation and cytoreduction (seed sections 9 and 10); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact, threshold
from decisions.engine.rules.rule import Rule
from decisions.engine.scores.oslo import oslo_le_max
from decisions.engine.transplant import LT01_FAILED, LT01_MET, LT01_TERMS

LT_01 = Rule(
    "LT-01",
    "Liver transplant – criteria of the review",
    "9",
    "158,159",
    All(*LT01_TERMS.values()),
    "narrative selection from trials/cohorts",
)
LT_02 = Rule(
    "LT-02",
    "Favourable predictors",
    "9",
    "160",
    All(
        oslo_le_max,
        (fact("imaging.pet_mtv_cm3") < threshold("LT_MTV_LT_CM3")),
        d.metachronous,
        (d.tbs < threshold("LT_TBS_LT")),
    ),
    "review",
    note="The review joins them with 'or'; report each predictor, do not require all.",
)
LT_03 = Rule(
    "LT-03",
    "TransMet trial criteria",
    "9",
    "157",
    All(
        d.liver_unresectable_technical,
        (d.age >= threshold("TRANSMET_AGE_MIN")),
        (d.age <= threshold("TRANSMET_AGE_MAX")),
        (fact("patient.ecog") <= 1),
        ~fact("ehd.present"),
        fact("primary.resected"),
        ~d.braf_mut,
        (fact("treatment.months_disease_control") >= threshold("TRANSMET_CHEMO_MONTHS_MIN")),
        (fact("treatment.current_line") <= threshold("TRANSMET_LINES_MAX")),
        d.good_response,
    ),
    "RCT (abstract verified)",
    note="The review gives two pairs of 5-y OS without labels: 56.6/12.6 = ITT, 73.3/9.3 = per protocol (label from memory).",
)
LT_04 = Rule("LT-04", "Organ-sparing transplant", "9", "163", All(LT01_MET, ~fact("lt.available")), "review")
LT_05 = Rule(
    "LT-05",
    "Not transplantable",
    "9",
    "158-160",
    All(LT01_FAILED, d.liver_unresectable_technical),
    "narrative",
)
CYTO_01 = Rule(
    "CYTO-01",
    "Cytoreductive surgery",
    "10",
    "165-168",
    All(
        d.liver_unresectable_technical,
        (fact("patient.ecog") <= threshold("CYTO_ECOG_MAX")),
        d.good_response,
        Any_(
            (d.age >= threshold("CYTO_AGE_GE")),
            All(fact("ehd.present"), fact("ehd.limited")),
            ~fact("lt.available"),
        ),
    ),
    "reviews / cohorts (low)",
)

RULES = (
    LT_01,
    LT_02,
    LT_03,
    LT_04,
    LT_05,
    CYTO_01,
)
