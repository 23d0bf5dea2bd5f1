"""Advice by lesion (LOC-04, LOC-09; seed section 6, references 137 and 144)."""

from typing import Any

from decisions.engine.thresholds import ThresholdSet

RECURRENCE_2Y_PCT = {1: 6.8, 2: 12.4, 3: 30.2}
"""Two-year local recurrence after microwave ablation by size tier (reference 137)."""


def lesion_advice(diameter_mm: float | None, thresholds: ThresholdSet) -> dict[str, Any]:
    """Size tier of microwave ablation, its local recurrence, and SBRT or RFA; null when the size is missing."""
    if diameter_mm is None:
        return {"mwa_tier": None, "mwa_2y_lr_pct": None, "sbrt_vs_rfa": None}
    tier = (
        1
        + (diameter_mm > thresholds.value("ABL_TIER1_MAX_MM"))
        + (diameter_mm > thresholds.value("ABL_TIER2_MAX_MM"))
    )
    better = "SBRT" if diameter_mm > thresholds.value("SBRT_OVER_RFA_GT_MM") else "RFA"
    return {"mwa_tier": tier, "mwa_2y_lr_pct": RECURRENCE_2Y_PCT[tier], "sbrt_vs_rfa": better}
