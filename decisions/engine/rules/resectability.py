"""Resectability (seed section 3.1); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact
from decisions.engine.rules.rule import Rule

RES_01 = Rule(
    "RES-01",
    "Current consensus resectability (liver)",
    "3.1",
    "29 (wrong; = 30), 14",
    All(d.technical_ok, d.flr_class.isin("adequate", "borderline")),
    "expert consensus",
)
RES_02 = Rule(
    "RES-02",
    "Reassess unresectable disease at 2-3 months",
    "3.1",
    "30",
    All(d.liver_unresectable, ~fact("treatment.current_start_date").is_null()),
    "expert consensus",
)
RES_03 = Rule(
    "RES-03",
    "Biology data set",
    "3.1",
    "20",
    Any_(
        d.primary_side.is_null(),
        d.ras_mut.is_null(),
        d.braf_mut.is_null(),
        d.msi_high.is_null(),
        d.timing_class.is_null(),
    ),
    "narrative",
    note="Evaluate with IS-NULL semantics: this rule fires because values are missing.",
)
RES_04 = Rule(
    "RES-04",
    "Not limited by number, size or bilobarity",
    "3.1; 5",
    "14,99",
    All(
        d.liver_resectable,
        Any_(
            (fact("liver.lesion_count") >= 4),
            (fact("liver.max_diameter_mm") > 50),
            (fact("liver.distribution") == "bilobar"),
        ),
    ),
    "guideline (ESMO) + expert consensus",
)
RES_05 = Rule("RES-05", "EHD and resectability", "3.1; T1", "21,22,26,23", fact("ehd.present"), "mixed")

RULES = (
    RES_01,
    RES_02,
    RES_03,
    RES_04,
    RES_05,
)
