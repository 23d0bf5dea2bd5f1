"""Hypertrophy of the remnant (seed section 5.1); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact, threshold
from decisions.engine.rules.rule import Rule

HYP_01 = Rule(
    "HYP-01",
    "Inadequate FLR: two-stage with PVL/PVE",
    "5.1",
    "4,101,112",
    All(d.technical_ok, d.flr_class.isin("inadequate", "borderline")),
    "cohorts",
)
HYP_02 = Rule(
    "HYP-02",
    "Waiting time after PVE",
    "5.1",
    "102",
    All(fact("volumetry.hypertrophy_procedure").isin("PVE", "PVL"), fact("volumetry.post_date").is_null()),
    "retrospective, n=130",
    note="IS-NULL semantics on post_date.",
)
HYP_03 = Rule(
    "HYP-03",
    "ALPPS alternative",
    "5.1",
    "103,108,109,111",
    All(d.technical_ok, (d.flr_class == "inadequate")),
    "RCT + registry",
)
HYP_04 = Rule(
    "HYP-04",
    "ALPPS rescue",
    "5.1",
    "113",
    All(
        fact("volumetry.hypertrophy_procedure").isin("PVE", "PVL"),
        (d.flr_class == "inadequate"),
        ~fact("volumetry.post_date").is_null(),
    ),
    "retrospective",
)
HYP_05 = Rule(
    "HYP-05",
    "ALPPS risk before stage 1",
    "5.1",
    "110",
    All((fact("volumetry.hypertrophy_procedure") == "ALPPS"), (d.age >= threshold("ALPPS_AGE_GE"))),
    "registry model (verified)",
)
HYP_06 = Rule(
    "HYP-06", "LVD", "5.1", "115,116", All(d.technical_ok, (d.flr_class == "inadequate")), "retrospective"
)
HYP_07 = Rule(
    "HYP-07",
    "No technique superior",
    "5.1",
    "114",
    All(d.technical_ok, (d.flr_class == "inadequate")),
    "systematic review / meta-analysis",
)
HYP_08 = Rule(
    "HYP-08",
    "Growth check after hypertrophy",
    "ext",
    "memory (Shindoh 2013)",
    Any_((d.kgr < threshold("KGR_MIN_PCT_PER_WEEK")), (d.dh <= threshold("DH_MIN_PCT"))),
    "from memory; not in the review",
)

RULES = (
    HYP_01,
    HYP_02,
    HYP_03,
    HYP_04,
    HYP_05,
    HYP_06,
    HYP_07,
    HYP_08,
)
