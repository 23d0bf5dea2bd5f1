"""When a fact is old at the staging date. An old fact warns; it never changes a verdict.

The limits are thresholds of the rulebook; the specification gives none, so they are the board's own choice.
"""

import datetime

from decisions.engine.thresholds import ThresholdSet

_BY_BLOCK = {
    "liver": "STALE_IMAGING_DAYS",
    "lesions": "STALE_IMAGING_DAYS",
    "ehd": "STALE_IMAGING_DAYS",
    "lung": "STALE_IMAGING_DAYS",
    "imaging": "STALE_IMAGING_DAYS",
    "dlm": "STALE_IMAGING_DAYS",
    "volumetry": "STALE_IMAGING_DAYS",
}
_BY_FACT = {"labs.cea_ng_ml": "STALE_CEA_DAYS"}
_PAST = frozenset(
    {
        "liver.detection_date",
        "liver.detected_at_presentation",
        "liver.lesion_count_baseline",
        "liver.recurrent_after_hepatectomy",
        "liver.high_recurrence_risk",
        "liver.background",
        "lung.detection_date",
        "imaging.recist.baseline_sum_mm",
        "imaging.recist.nadir_sum_mm",
        "imaging.restaging_after_cycles",
        "volumetry.hypertrophy_procedure",
        "volumetry.hypertrophy_date",
        "volumetry.post_date",
        "lesions.baseline_diameter_mm",
    }
)
"""Facts of these blocks that tell of something past, or are no finding of a scan; they do not age."""


def limit_name(name: str) -> str | None:
    """The threshold that limits how old fact `name` may be; None when it does not age."""
    if name in _PAST:
        return None
    return _BY_FACT.get(name) or _BY_BLOCK.get(name.partition(".")[0])


def is_stale(
    name: str, observed_on: datetime.date | None, on: datetime.date | None, thresholds: ThresholdSet
) -> bool:
    """True when `observed_on` lies more days before the staging date `on` than the rulebook allows."""
    limit = limit_name(name)
    if limit is None or observed_on is None or on is None:
        return False
    return (on - observed_on).days > thresholds.value(limit)
