"""Metachronous disease (seed section 2); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, fact, threshold
from decisions.engine.rules.rule import Rule

MET_01 = Rule(
    "MET-01",
    "Timing class",
    "2",
    "12",
    d.timing_class.isin("synchronous", "early_metachronous", "late_metachronous"),
    "European multisocietal consensus (Delphi)",
)
MET_02 = Rule(
    "MET-02",
    "NAC in metachronous: no OS effect",
    "2",
    "13",
    All(d.metachronous, (fact("liver.lesion_count") == 1)),
    "retrospective multicentre cohort, n=1,471, univariate",
    note="Title of ref 13 is about SOLITARY metachronous CRLM; the review drops 'solitary'. Rule restricted to lesion_count = 1.",
)
MET_03 = Rule(
    "MET-03",
    "Post-operative chemo in metachronous",
    "2",
    "13",
    All(d.metachronous, (fact("liver.lesion_count") == 1), (fact("case.phase") == "post_resection")),
    "retrospective multicentre cohort",
)
MET_04 = Rule(
    "MET-04", "Metachronous onset as oncological caution", "2", "14", d.metachronous, "guideline (ESMO)"
)
MET_05 = Rule(
    "MET-05",
    "Upfront resection of a single small metachronous nodule",
    "2",
    "16",
    All(
        d.metachronous,
        (fact("liver.lesion_count") == 1),
        (fact("liver.max_diameter_mm") <= threshold("SMALL_NODULE_MAX_MM")),
        (fact("plan.hepatectomy_extent") == "minor"),
        ~fact("plan.high_morbidity_expected"),
    ),
    "'some studies' (observational)",
)

RULES = (
    MET_01,
    MET_02,
    MET_03,
    MET_04,
    MET_05,
)
