"""Adjuvant therapy (seed section 3.6); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, fact
from decisions.engine.rules.rule import Rule
from decisions.engine.scores.meta5 import meta5_risk

ADJ_01 = Rule(
    "ADJ-01",
    "Adjuvant after resection",
    "3.6",
    "79-82",
    All((fact("case.phase") == "post_resection"), d.synchronous),
    "RCTs + cohorts",
)
ADJ_02 = Rule(
    "ADJ-02",
    "No prior chemotherapy for metastatic disease",
    "3.6",
    "84,85",
    All(
        (fact("case.phase") == "post_resection"),
        ~fact("treatment.prior_chemo_for_metastatic"),
        d.oxali_zone.isin("none", "ge12"),
    ),
    "expert opinion, low level of evidence (as stated)",
)
ADJ_03 = Rule(
    "ADJ-03",
    "Recent oxaliplatin",
    "3.6",
    "84,85",
    All((fact("case.phase") == "post_resection"), d.oxali_zone.isin("lt6", "6to12")),
    "expert opinion",
)
ADJ_04 = Rule(
    "ADJ-04",
    "3-month CAPOX",
    "3.6",
    "83",
    All((fact("case.phase") == "post_resection"), (fact("treatment.regimen") == "CAPOX")),
    "single-arm trial, n=28",
)
ADJ_05 = Rule(
    "ADJ-05",
    "Metachronous, additive chemotherapy",
    "3.6",
    "86",
    All((fact("case.phase") == "post_resection"), d.metachronous),
    "retrospective, n=75 (verified)",
    note="The review reads 'survival at 10 and OS': = 10-YEAR survival.",
)
ADJ_06 = Rule(
    "ADJ-06",
    "5-factor score low",
    "3.6",
    "87,88",
    All((fact("case.phase") == "post_resection"), d.metachronous, (meta5_risk == "low")),
    "retrospective",
)
ADJ_07 = Rule(
    "ADJ-07",
    "5-factor score high",
    "3.6",
    "87,88",
    All((fact("case.phase") == "post_resection"), d.metachronous, (meta5_risk == "high")),
    "retrospective (verified)",
)
ADJ_08 = Rule(
    "ADJ-08",
    "ctDNA MRD",
    "3.6",
    "89",
    All(
        (fact("case.phase") == "post_resection"), fact("molecular.ctdna_postop").isin("positive", "negative")
    ),
    "observational (GALAXY)",
)

RULES = (
    ADJ_01,
    ADJ_02,
    ADJ_03,
    ADJ_04,
    ADJ_05,
    ADJ_06,
    ADJ_07,
    ADJ_08,
)
