"""Resectable disease, neoadjuvant therapy (seed section 3.3); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, fact, threshold
from decisions.engine.rules.rule import Rule
from decisions.engine.scores import FONG

NEO_00 = Rule(
    "NEO-00",
    "Perioperative chemotherapy",
    "3.3",
    "50",
    All(d.liver_resectable, d.ehd_ok),
    "RCT subgroup (EORTC 40983)",
)
NEO_01 = Rule(
    "NEO-01",
    "Synchronous resectable: EGOSLIM",
    "3.3",
    "51",
    All(d.liver_resectable, d.ehd_ok, d.synchronous),
    "expert consensus",
)
NEO_02 = Rule(
    "NEO-02",
    "High Fong score",
    "3.3",
    "52",
    All(d.liver_resectable, d.ehd_ok, (FONG.risk == "high")),
    "retrospective PSM, n=322 (verified)",
)
NEO_03 = Rule(
    "NEO-03",
    "Synchronous Grade B/C",
    "3.3",
    "53",
    All(d.liver_resectable, d.ehd_ok, d.synchronous, d.crlm_grade.isin("B", "C")),
    "retrospective multicentre (222 patients; 53 in the subgroup; verified)",
)
NEO_04 = Rule(
    "NEO-04",
    "Upfront surgery preferred",
    "3.3",
    "54",
    All(d.liver_resectable, d.ehd_ok),
    "systematic review of mostly retrospective studies",
    note="External: a 2021 meta-analysis (32 studies, 11,236 patients) found the opposite, 5-y OS HR 0.49 (verified) – not in the review.",
)
NEO_05 = Rule(
    "NEO-05",
    "No clear superiority, other benefits",
    "3.3",
    "55-57",
    All(d.liver_resectable, d.ehd_ok),
    "review",
)
NEO_06 = Rule(
    "NEO-06",
    "ctDNA / risk stratification",
    "3.3",
    "58-62",
    All(d.liver_resectable, ~fact("molecular.ctdna_preop").is_null()),
    "prospective biomarker study, meta-analysis",
)
NEO_07 = Rule(
    "NEO-07",
    "Keep NAC short",
    "3.3",
    "39",
    All(
        (fact("treatment.intent") == "neoadjuvant"),
        (fact("treatment.current_cycles_completed") >= threshold("CONV_CYCLES_MAX")),
    ),
    "narrative",
)
NEO_08 = Rule(
    "NEO-08",
    "Progression on NAC",
    "3.3",
    "55",
    All((fact("treatment.intent") == "neoadjuvant"), (d.response == "PD")),
    "review",
)

RULES = (
    NEO_00,
    NEO_01,
    NEO_02,
    NEO_03,
    NEO_04,
    NEO_05,
    NEO_06,
    NEO_07,
    NEO_08,
)
