"""What reads a threshold in particular: a safety rule, or what is no counted answer."""

from functools import cache

from decisions.engine.safety import safety_limits
from decisions.previews import silent_thresholds

_LESIONS = "the advice on single lesions (ablation, radiotherapy by size)"
_DATES = "the dates of the clock and of its reminders"
_PROCEDURES = "the dates after an occlusion or a first stage"
_FIRM = "the mark that an answer turns within the error of a measurement"
_OLD = "the mark that a value is old"
_ODDS = "the relative odds that a disappeared lesion is gone"
_NOBODY = "nothing yet: it stands for a term of the sources"
SILENT = {
    "ABL_TIER1_MAX_MM": _LESIONS,
    "ABL_TIER2_MAX_MM": _LESIONS,
    "SBRT_OVER_RFA_GT_MM": _LESIONS,
    "DLM_OR_CYCLE": _ODDS,
    "DLM_OR_LESIONS": _ODDS,
    "DLM_REF_CYCLES": _ODDS,
    "FIRMNESS_CEA_PCT": _FIRM,
    "FIRMNESS_DIAMETER_MM": _FIRM,
    "FIRMNESS_FLR_POINTS": _FIRM,
    "STALE_CEA_DAYS": _OLD,
    "STALE_IMAGING_DAYS": _OLD,
    "ALPPS_STAGE2_DAYS_MAX": _PROCEDURES,
    "ALPPS_STAGE2_DAYS_MIN": _PROCEDURES,
    "LVD_VOLUMETRY_WEEKS": _PROCEDURES,
    "PVE_VOLUMETRY_WEEKS_MAX": _PROCEDURES,
    "PVE_VOLUMETRY_WEEKS_MIN": _PROCEDURES,
    "EARLY_SCAN_DAYS": "the clock: how early a scan may count as the restaging scan",
    "SCAN_REPORT_DAYS": "the clock: the board day that is suggested after a scan",
    "REASSESS_SOON_DAYS": "the clock: from when a window is called soon",
    "START_CONFIRM_GRACE_DAYS": "the clock: how long a start may stay unconfirmed",
    "ESCALATE_OVERDUE_DAYS": "the notices: from when an overdue window goes to the chair",
    "ALPPS_FLR_BW_LT": _NOBODY,
    "MAJOR_HEPATECTOMY_SEGMENTS_GE": _NOBODY,
}


@cache
def silent_words(name: str) -> str:
    """What reads a threshold on which no counted answer rests; '' for one on which an answer rests."""
    return SILENT.get(name, _DATES) if name in silent_thresholds() else ""


def safety_words(name: str) -> str:
    """'RES-01 guards against a liver remnant that is too small'; '' for a threshold that no safety rule reads."""
    if name not in safety_limits():
        return ""
    rule, harm = safety_limits()[name]
    return f"{rule} guards against {harm}"
