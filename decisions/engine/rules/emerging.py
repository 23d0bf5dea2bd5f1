"""Emerging therapy and artificial intelligence (seed sections 4 and 11); specification B.3."""

from decisions.engine.logic import fact
from decisions.engine.rules.rule import Rule

SYS_01 = Rule(
    "SYS-01",
    "Dendritic-cell vaccine",
    "4",
    "91",
    fact("case.show_research"),
    "randomised phase II, curtailed",
    note="The review swaps THE ARMS (9.53 for DC): corrected from the abstract (verified).",
)
SYS_02 = Rule("SYS-02", "CAR-T anti-CEA", "4", "92", fact("case.show_research"), "phase I")
SYS_03 = Rule(
    "SYS-03", "microRNA biomarkers", "4", "93,94", fact("case.show_research"), "preclinical/observational"
)
SYS_04 = Rule(
    "SYS-04", "FMT + anti-PD-1", "4", "95", fact("treatment.anti_pd1_refractory"), "phase II ongoing"
)
SYS_05 = Rule("SYS-05", "Nanosystems", "4", "96", fact("case.show_research"), "preclinical")
SYS_06 = Rule("SYS-06", "Vaccines / adoptive transfer", "4", "90", fact("case.show_research"), "review")
AI_01 = Rule("AI-01", "AI is a suggestion", "11", "169", fact("case.ai_output_used"), "narrative/ethical")
AI_02 = Rule(
    "AI-02", "AI research list", "11", "170-176", fact("case.show_research"), "reviews / retrospective"
)

RULES = (
    SYS_01,
    SYS_02,
    SYS_03,
    SYS_04,
    SYS_05,
    SYS_06,
    AI_01,
    AI_02,
)
