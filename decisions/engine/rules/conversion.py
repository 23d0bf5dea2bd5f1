"""Unresectable disease and conversion (seed sections 3.2 and 4); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact, threshold
from decisions.engine.rules.rule import Rule

CONV_01 = Rule(
    "CONV-01",
    "Systemic therapy for unresectable CRLM",
    "3.2",
    "31-35",
    d.liver_unresectable,
    "narrative, cohorts and phase II",
)
CONV_02 = Rule(
    "CONV-02",
    "Favourable conversion profile",
    "3.2",
    "36",
    All(
        d.liver_unresectable,
        (d.primary_side == "left"),
        ~fact("ehd.present"),
        d.h_stage.isin("H1", "H2"),
        fact("treatment.targeted_agent"),
    ),
    "retrospective single centre, n=229 (OR 16.3/4.2/7.6/4.1 – verified)",
    note="The review adds 'with the goal of cytoreduction'; the abstract speaks of conversion hepatectomy.",
)
CONV_03 = Rule(
    "CONV-03",
    "Timing of surgery: as soon as resectable",
    "3.2",
    "37",
    All((fact("treatment.intent") == "conversion"), d.liver_resectable),
    "retrospective / expert",
)
CONV_04 = Rule(
    "CONV-04",
    "Timing of surgery: best response",
    "3.2",
    "38",
    All((fact("treatment.intent") == "conversion"), d.liver_resectable),
    "phase I/II HAI series",
)
CONV_05 = Rule(
    "CONV-05",
    "4-6 cycles then restage",
    "3.2",
    "39",
    All(
        (fact("treatment.intent") == "conversion"),
        (fact("treatment.current_cycles_completed") >= threshold("CONV_CYCLES_MIN")),
        ~fact("imaging.restaging_after_cycles").is_true(),
    ),
    "review",
)
CONV_06 = Rule(
    "CONV-06",
    "Cycles beyond 6",
    "3.2",
    "39,41,42",
    All(
        fact("treatment.intent").isin("conversion", "neoadjuvant"),
        (fact("treatment.current_cycles_completed") > threshold("CONV_CYCLES_MAX")),
    ),
    "review + imaging reviews",
)
CONV_07 = Rule(
    "CONV-07",
    "Short pre-operative chemotherapy",
    "3.2",
    "40",
    d.long_chemo,
    "retrospective registry, n=2,793",
)
CONV_08 = Rule(
    "CONV-08",
    "MSI-H / dMMR",
    "3.2",
    "46",
    All(d.liver_unresectable, d.msi_high),
    "guideline (ASCO) / phase III KEYNOTE-177",
)
CONV_09 = Rule(
    "CONV-09", "MSS doublet", "3.2", "43", All(d.liver_unresectable, ~d.msi_high), "guideline (ASCO; strong)"
)
CONV_10 = Rule(
    "CONV-10",
    "MSS triplet in selected patients",
    "3.2",
    "43",
    All(d.liver_unresectable, ~d.msi_high, fact("patient.fit_for_intensive_chemo")),
    "guideline (ASCO; weak)",
)
CONV_11 = Rule(
    "CONV-11",
    "Right-sided: bevacizumab",
    "3.2",
    "44,45",
    All(d.liver_unresectable, ~d.msi_high, (d.primary_side == "right")),
    "guideline (ASCO) + phase II/III",
)
CONV_12 = Rule(
    "CONV-12",
    "Left-sided RAS wild type: anti-EGFR",
    "3.2",
    "47,48",
    All(d.liver_unresectable, ~d.msi_high, (d.primary_side == "left"), ~d.ras_mut),
    "guideline (ASCO; strong, verified) / RCT FIRE-3",
)
CONV_13 = Rule(
    "CONV-13",
    "CAIRO5: right-sided or RAS/BRAF mutated",
    "4",
    "45",
    All(d.liver_unresectable, ~d.msi_high, Any_((d.primary_side == "right"), d.ras_mut, d.braf_mut)),
    "phase III RCT (PFS)",
    note="External: the OS analysis (JAMA Oncol) found no OS difference, 23.6 vs 24.1 months, HR 0.90 (verified in a summary).",
)
CONV_14 = Rule(
    "CONV-14",
    "CAIRO5: left-sided RAS/BRAF wild type",
    "4",
    "45",
    All(d.liver_unresectable, ~d.msi_high, (d.primary_side == "left"), ~d.ras_mut, ~d.braf_mut),
    "phase III RCT",
)
CONV_15 = Rule(
    "CONV-15",
    "KRAS G12C",
    "3.2",
    "49",
    (fact("molecular.kras_variant") == "G12C"),
    "early-phase trials",
    note="The review spells 'Divarasil'.",
)
CONV_16 = Rule(
    "CONV-16",
    "Anti-EGFR safety stop",
    "ext",
    "43 (qualifying statements)",
    All(
        fact("treatment.anti_egfr_planned"),
        Any_(d.ras_mut, (d.primary_side == "right"), fact("treatment.triplet_planned")),
    ),
    "guideline (verified; not written in the review)",
    note="External safety rule; label it as such in the UI.",
)
CONV_17 = Rule(
    "CONV-17",
    "BRAF V600E later line",
    "ext",
    "43",
    All(d.braf_mut, (fact("treatment.current_line") >= 2)),
    "guideline (ASCO abstract, verified; not in the review)",
)
CONV_18 = Rule(
    "CONV-18",
    "Molecular tests before regimen",
    "3.2; 4",
    "43,45",
    All(d.liver_unresectable, Any_(d.msi_high.is_null(), d.ras_mut.is_null(), d.braf_mut.is_null())),
    "engine (derived)",
    note="IS-NULL semantics.",
)
CONV_19 = Rule(
    "CONV-19",
    "MSI/MMR discordance",
    "3.2",
    "46",
    Any_(
        All((fact("molecular.msi") == "MSI-H"), (fact("molecular.mmr") == "pMMR")),
        All(fact("molecular.msi").isin("MSS", "MSI-L"), (fact("molecular.mmr") == "dMMR")),
    ),
    "engine (derived)",
)

RULES = (
    CONV_01,
    CONV_02,
    CONV_03,
    CONV_04,
    CONV_05,
    CONV_06,
    CONV_07,
    CONV_08,
    CONV_09,
    CONV_10,
    CONV_11,
    CONV_12,
    CONV_13,
    CONV_14,
    CONV_15,
    CONV_16,
    CONV_17,
    CONV_18,
    CONV_19,
)
