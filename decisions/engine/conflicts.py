"""Where the literature disagrees (specification B.5): both sides are shown, and no preference is set."""

from __future__ import annotations

from dataclasses import dataclass

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, Choose, Expr, fact
from decisions.engine.rules import RULES
from decisions.engine.transplant import LISTS_DIFFER


@dataclass(frozen=True)
class Conflict:
    """`question`: what is disputed; `sides`: each side with its references; `active`: when it matters here."""

    id: str
    question: str
    sides: tuple[str, ...]
    active: Expr


def _fires(*rules: str) -> Expr:
    return Any_(*(RULES[rule].expr.is_true() for rule in rules))


def _together(*rules: str) -> Expr:
    return All(*(RULES[rule].expr.is_true() for rule in rules))


CONFLICTS = (
    Conflict(
        "CF-01",
        "Metachronous: systemic therapy first or upfront surgery",
        (
            "MET-04 (ESMO: possible oncological contraindication)",
            "MET-05 (single small nodule upfront)",
            "MET-02 (NAC without effect)",
        ),
        Any_(_together("MET-04", "MET-05"), _together("MET-04", "MET-02")),
    ),
    Conflict(
        "CF-02",
        "Which onset is worse?",
        (
            "Section 2: metachronous onset 'a biological predictor of poor prognosis' (15)",
            "section 3.3: synchronous has LESS favourable biology (51) and Fong's adverse factor is a SHORT interval (< 12 months). The sentence in section 2 misreads ref 15",
        ),
        _fires("MET-04", "NEO-01"),
    ),
    Conflict(
        "CF-03",
        "Minimum FLR",
        (
            ">20 % (Charnsangavej), 20-30 % (current text), 25-30 % (Rees, Huiskens normal), 30 % (Adam), >30 % (Ichida, ESMO), >40 % (Nieuwenhuizen easy), 35-40 % (Huiskens compromised)",
        ),
        All(d.flr_pct > 20, d.flr_pct < 40),
    ),
    Conflict(
        "CF-04",
        "Number of lesions",
        (
            "<4 (Ekberg), <=3 (Ichida), <=8 (Phelip), >=8 acceptable (Viganò), >=10 acceptable (Allard), no limit (Rees, Worni, ESMO)",
        ),
        fact("liver.lesion_count") >= 4,
    ),
    Conflict(
        "CF-05",
        "Extrahepatic disease",
        (
            "contraindication (Ekberg, Ichida resectable)",
            "relative (Worni)",
            "acceptable if <=2 and resectable (Phelip)",
            "not absolute (Charnsangavej)",
        ),
        fact("ehd.present"),
    ),
    Conflict(
        "CF-06",
        "When to stop conversion chemotherapy",
        (
            "as soon as resectable (37)",
            "best response ~4 months (38)",
            "4-6 cycles (39)",
            "<7/<13 cycles (40)",
        ),
        Any_(_together("CONV-03", "CONV-04"), _fires("CONV-06", "CONV-07")),
    ),
    Conflict(
        "CF-07",
        "Doublet or triplet + bevacizumab",
        (
            "ASCO: doublet should, triplet may (selected)",
            "CAIRO5: FOLFOXIRI-bev preferred if right-sided or RAS/BRAF mutated (PFS; OS analysis showed no difference)",
        ),
        All(_together("CONV-09", "CONV-13"), ~(~fact("patient.fit_for_intensive_chemo")).is_true()),
    ),
    Conflict(
        "CF-08",
        "Anti-EGFR or bevacizumab, left-sided RAS/BRAF wild type",
        (
            "ASCO + FIRE-3: anti-EGFR + doublet",
            "CAIRO5: no benefit of panitumumab over bevacizumab, more toxicity",
        ),
        _together("CONV-12", "CONV-14"),
    ),
    Conflict(
        "CF-09",
        "Left-sided RAS wild type, BRAF V600E mutated",
        (
            "the ASCO sentence in the review conditions on RAS only -> anti-EGFR; CAIRO5 -> FOLFOXIRI-bev for BRAF V600E",
        ),
        All(_fires("CONV-12"), d.braf_mut),
    ),
    Conflict(
        "CF-10",
        "Neoadjuvant or upfront surgery in resectable CRLM",
        (
            "FOR: EGOSLIM (51), high Fong (52), synchronous grade B/C (53), EORTC (50)",
            "AGAINST: meta-analysis 2024 (54), no clear superiority (55)",
        ),
        _fires("NEO-01", "NEO-02", "NEO-03"),
    ),
    Conflict(
        "CF-11",
        "Liver-first, simultaneous or primary-first",
        (
            "liver-first better in multiple bilobar (76)",
            "simultaneous not worse (78)",
            "simultaneous only with minor hepatectomy (12,51)",
        ),
        Any_(All(_fires("SEQ-04", "SEQ-02"), _fires("SEQ-08")), _together("SEQ-01", "SEQ-04")),
    ),
    Conflict(
        "CF-12",
        "Adjuvant chemotherapy",
        ("DFS only (80,81)", "OS and DFS (79,82,86)", "risk dependent (87,88)"),
        _fires("ADJ-01", "ADJ-05", "ADJ-06", "ADJ-07"),
    ),
    Conflict(
        "CF-13",
        "Hypertrophy technique",
        ("TSH/PVE", "ALPPS (LIGRO)", "LVD; meta-analysis undecided (114)"),
        _fires("HYP-03"),
    ),
    Conflict(
        "CF-14",
        "Parenchymal sparing",
        ("comparable survival (117,122) but some intrahepatic recurrence risk",),
        _fires("PSH-02"),
    ),
    Conflict(
        "CF-15",
        "Ablation or resection for small lesions",
        (
            "review: resection is the gold standard, COLLISION 'awaited'",
            "published COLLISION (ref 139): non-inferior OS, fewer adverse events; size <= 3 cm, <= 10 lesions",
        ),
        _fires("LOC-06"),
    ),
    Conflict(
        "CF-17",
        "SIRT",
        ("review: extends PFS", "abstract: liver PFS only; any-site PFS not improved"),
        _fires("LOC-10"),
    ),
    Conflict(
        "CF-18",
        "Disappearing lesions",
        ("resect all sites (148,149)", "close surveillance if MRI and CEIOUS negative (153,155)"),
        fact("dlm.present"),
    ),
    Conflict(
        "CF-19",
        "Transplant selection",
        (
            "review: <70 y, node-negative, left-sided, >= 1 y",
            "TransMet 18-65 y, BRAF wild type, no nodal or side limit; predictor 'metachronous'",
            "synchronous majority in trials",
        ),
        All(d.liver_unresectable, LISTS_DIFFER),
    ),
    Conflict(
        "CF-20",
        "'Synchronous' in months",
        ("at presentation / 12 months (12)", "3 months from colonic resection (71)"),
        All(fact("lung.present"), Choose((d.lung_sync_71, ~d.synchronous), otherwise=d.synchronous)),
    ),
    Conflict(
        "CF-21",
        "Liver-only resection with unresectable lung",
        ("retrospective benefit (74)", "RCT pending (75)"),
        _fires("LUNG-04"),
    ),
    Conflict(
        "CF-22",
        "Rectal single-stage surgery",
        ("'single-stage should not be performed'", "SEQ-01 simultaneous option"),
        _fires("SEQ-03"),
    ),
    Conflict("CF-23", "Robotic vs laparoscopic", ("lower R1 (127)", "no RCT (128)"), _fires("MIS-03")),
    Conflict(
        "CF-24",
        "Exactly 12 months",
        (
            "'within 12 months' (early, inclusive)",
            "'less than 12 months' (Fong, strict): on the exact day the case is EARLY metachronous and scores 0 for DFI",
        ),
        d.exactly_at_early_limit,
    ),
)
"""CF-16 is intentionally unused."""
