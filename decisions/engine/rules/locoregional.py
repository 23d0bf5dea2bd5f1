"""Local therapy and combined treatment (seed sections 6 and 7); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact, threshold
from decisions.engine.rules.rule import Rule

LOC_01 = Rule(
    "LOC-01",
    "HAIC with systemic chemotherapy",
    "6",
    "131,132",
    All(d.liver_unresectable, ~fact("ehd.present"), fact("case.haic_available")),
    "phase II / review",
)
LOC_02 = Rule(
    "LOC-02",
    "Adjuvant HAIC in high-risk",
    "6",
    "133,134",
    All(
        (fact("case.phase") == "post_resection"),
        fact("case.haic_available"),
        fact("liver.high_recurrence_risk"),
    ),
    "phase II/III trial + prospective trials",
    note="Ref 133 is the PROTOCOL of PACHA-01: it cannot support 'has been shown to increase OS'. Show as unverified.",
)
LOC_03 = Rule(
    "LOC-03",
    "Ablation +/- resection in unresectable CRLM",
    "6; 7",
    "135,145",
    All(d.liver_unresectable, ~fact("ehd.present"), fact("liver.all_lesions_ablatable")),
    "randomised phase II",
    note="Ref 135 is a letter about the trial; 145 an abstract.",
)
LOC_04 = Rule(
    "LOC-04",
    "MWA size tiers",
    "6",
    "136,137",
    ~fact("liver.max_diameter_mm").is_null(),
    "retrospective per-lesion, 416 tumours",
)
LOC_05 = Rule(
    "LOC-05",
    "Local destruction in fragile patients",
    "6",
    "138,140",
    All(
        (fact("liver.max_diameter_mm") <= threshold("COLLISION_MAX_MM")),
        Any_(~fact("patient.fit_for_surgery"), fact("patient.poor_functional_reserve")),
    ),
    "prospective trial + quasi-randomised",
)
LOC_06 = Rule(
    "LOC-06",
    "Ablation as alternative to resection in small resectable CRLM",
    "6",
    "139",
    All(
        d.liver_resectable,
        (fact("liver.max_diameter_mm") <= threshold("COLLISION_MAX_MM")),
        (fact("liver.lesion_count") <= threshold("COLLISION_MAX_LESIONS")),
        ~fact("ehd.present"),
        fact("liver.all_lesions_ablatable"),
    ),
    "phase III RCT (verified; ref 139 IS the result although the review says 'awaited')",
)
LOC_07 = Rule(
    "LOC-07",
    "Ablation to avoid a major hepatectomy",
    "6; 7",
    "141",
    All(d.liver_resectable, (fact("plan.hepatectomy_extent") == "major"), fact("liver.any_lesion_ablatable")),
    "retrospective PSM",
)
LOC_08 = Rule(
    "LOC-08",
    "SBRT for unresectable",
    "6",
    "142",
    All(d.liver_unresectable, ~fact("plan.ablation_feasible")),
    "phase II",
)
LOC_09 = Rule(
    "LOC-09",
    "SBRT vs RFA by size",
    "6",
    "144",
    ~fact("liver.max_diameter_mm").is_null(),
    "retrospective subgroup",
)
LOC_10 = Rule(
    "LOC-10",
    "SIRT + chemotherapy",
    "6",
    "143",
    All(d.liver_unresectable, (fact("treatment.current_line") == 1)),
    "phase III RCT",
    note="The review says 'extend progression-free survival'; the abstract: PFS at any site NOT improved (10.2 vs 10.7 months, p=0.43), liver PFS 12.6 vs 20.5 (verified). Trial misspelt 'SIFLOX'.",
)
COMB_01 = Rule(
    "COMB-01",
    "Combined resection + ablation",
    "7",
    "145,146",
    All(
        (fact("liver.lesion_count") > 1),
        fact("liver.any_lesion_deep"),
        fact("liver.any_lesion_ablatable"),
        Any_(d.flr_class.isin("inadequate", "borderline"), fact("plan.parenchymal_sparing_goal")),
    ),
    "retrospective + randomised phase II",
)
COMB_02 = Rule(
    "COMB-02",
    "Combined approach in multiple metastases",
    "7",
    "147",
    All((fact("liver.lesion_count") > 1), d.liver_resectable, fact("liver.any_lesion_ablatable")),
    "nationwide PSM cohort",
)

RULES = (
    LOC_01,
    LOC_02,
    LOC_03,
    LOC_04,
    LOC_05,
    LOC_06,
    LOC_07,
    LOC_08,
    LOC_09,
    LOC_10,
    COMB_01,
    COMB_02,
)
