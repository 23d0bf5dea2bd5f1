"""Disappearing lesions (seed section 8); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact, threshold
from decisions.engine.rules.rule import Rule

DLM_01 = Rule(
    "DLM-01",
    "Resect all original sites",
    "8",
    "148,149",
    fact("dlm.present"),
    "retrospective + systematic review",
)
DLM_02 = Rule(
    "DLM-02",
    "Risk of DLM",
    "8",
    "148",
    (d.dlm_lesions > threshold("DLM_LESIONS_GT")),
    "retrospective, 40 patients / 126 DLM",
    note="'consider marking' is engine advice, not in the review.",
)
DLM_03 = Rule(
    "DLM-03",
    "Pre-operative imaging",
    "8",
    "150,151",
    All(
        fact("dlm.present"),
        Any_(~fact("imaging.ct_done").is_true(), ~fact("imaging.mri_hepatobiliary_done").is_true()),
    ),
    "retrospective",
)
DLM_04 = Rule(
    "DLM-04",
    "Contrast-enhanced IOUS",
    "8",
    "152",
    All(fact("dlm.present"), fact("plan.surgery_planned")),
    "review",
)
DLM_05 = Rule(
    "DLM-05",
    "Surveillance when everything is negative",
    "8",
    "153,155",
    All(fact("dlm.present"), ~fact("dlm.detected_on_mri"), ~fact("dlm.detected_on_ceious")),
    "systematic review / retrospective",
)
DLM_06 = Rule(
    "DLM-06",
    "Definition check",
    "8; ext",
    "12,148",
    All(fact("dlm.present"), ~fact("imaging.mri_hepatobiliary_done").is_true()),
    "consensus (abstract verified)",
)

RULES = (
    DLM_01,
    DLM_02,
    DLM_03,
    DLM_04,
    DLM_05,
    DLM_06,
)
