"""TEMPORARY thresholds until the real ones land."""

import hashlib
import json

_RAW = {
    "EARLY_METACHRONOUS_MONTHS": (
        12,
        6,
        24,
        "calendar months",
        "s2 ref 12: 'within 12 months' (inclusive); anchor = primary DIAGNOSIS (verified in abstract of ref 12)",
    ),
    "SYNC_STAGING_WINDOW_DAYS": (
        30,
        0,
        120,
        "days",
        "ENGINE CHOICE – the seed gives no number for 'at presentation'; used only when liver.detected_at_presentation is missing",
    ),
    "FONG_DFI_MONTHS": (12, 6, 24, "calendar months", "s12 ref 15: 'less than 12 months' (strict <)"),
    "LUNG_SYNC_MONTHS": (
        3,
        1,
        12,
        "calendar months",
        "s3.4 ref 71: within/after 3 months of colonic resection (that study only)",
    ),
    "FLR_NORMAL_LOW": (
        20,
        15,
        30,
        "% of TLV",
        "s3.1 current consensus '20-30 %'; Charnsangavej >20; Kishi 20 % (PMC6422720 T1, verified)",
    ),
    "FLR_NORMAL_HIGH": (30, 20, 40, "% of TLV", "s3.1 upper end of '20-30 %'; Adam 2012 30 %, ESMO >30 %"),
    "FLR_CHEMO_LOW": (
        30,
        20,
        40,
        "% of TLV",
        "Shindoh 30 % after chemotherapy >3 months (PMC6422720 T1, verified)",
    ),
    "FLR_CHEMO_HIGH": (40, 30, 50, "% of TLV", "Table 1 Huiskens 35-40 % in compromised livers (upper end)"),
    "FLR_CIRRHOSIS_LOW": (40, 30, 50, "% of TLV", "Azoulay/Kubota 40 % (PMC6422720 T1, verified)"),
    "FLR_CIRRHOSIS_HIGH": (50, 40, 60, "% of TLV", "Kubota 40 or 50 % (PMC6422720 T1, verified)"),
    "EKBERG_MAX_LESIONS_EXCL": (4, 2, 10, "lesions (strict <)", "Table 1 Ekberg: '< 4 lesions'"),
    "EKBERG_MARGIN_MM": (10, 1, 20, "mm", "Table 1 Ekberg: margin 'of at least 1 cm'"),
    "CHARN_SEGMENTS_MIN": (2, 1, 4, "contiguous segments", "Table 1 Charnsangavej"),
    "CHARN_FLR_GT": (20, 15, 40, "% (strict >)", "Table 1 Charnsangavej 'FLR > 20 % in a healthy liver'"),
    "REES_FLR_LOW": (25, 15, 40, "%", "Table 1 Rees '25-30 % in normal liver'"),
    "REES_FLR_HIGH": (30, 20, 40, "%", "Table 1 Rees"),
    "ADAM_SEGMENTS_MIN": (2, 1, 4, "disease-free segments", "Table 1 Adam"),
    "ADAM_FLR_MIN": (30, 20, 50, "% (>=)", "Table 1 Adam 'FLR volume of 30 %'"),
    "VIGANO_MIN_LESIONS": (
        8,
        5,
        12,
        "lesions (>=)",
        "Table 1 says '> 8'; title of ref 27 says 'eight or more' -> >= 8, flag at exactly 8",
    ),
    "PHELIP_MAX_LESIONS": (8, 4, 12, "lesions (<=)", "Table 1 Phelip"),
    "PHELIP_MAX_SEGMENTS": (6, 3, 8, "segments (<=)", "Table 1 Phelip"),
    "PHELIP_MAX_EHD": (2, 0, 5, "extrahepatic metastases (<=)", "Table 1 Phelip 'absence of more than 2'"),
    "ALLARD_MIN_LESIONS": (
        10,
        8,
        15,
        "lesions (>=)",
        "Table 1 says '> 10'; title of ref 28 '10 or more' (abstract: >=10, verified)",
    ),
    "PIETR_HV_GT": (1, 0, 2, "hepatic veins (strict >)", "Table 1 Pietrantonio"),
    "PIETR_SEGMENTS_GT": (4, 2, 7, "segments (strict >)", "Table 1 Pietrantonio"),
    "PIETR_LESIONS_GE": (4, 2, 10, "lesions (>=)", "Table 1 Pietrantonio"),
    "HUISKENS_FLR_NORMAL_LOW": (25, 20, 40, "%", "Table 1 Huiskens"),
    "HUISKENS_FLR_NORMAL_HIGH": (30, 20, 40, "%", "Table 1 Huiskens"),
    "HUISKENS_FLR_COMP_LOW": (35, 25, 50, "%", "Table 1 Huiskens"),
    "HUISKENS_FLR_COMP_HIGH": (40, 30, 50, "%", "Table 1 Huiskens"),
    "ICHIDA_MAX_LESIONS": (
        3,
        1,
        6,
        "lesions (<=)",
        "Table 1 Ichida '<= 3'; source text: borderline = four or more (verified)",
    ),
    "ICHIDA_SIZE_LT_MM": (50, 30, 100, "mm (strict <)", "Table 1 Ichida '< 5 cm'"),
    "ICHIDA_FLR_GT": (30, 20, 50, "% (strict >)", "Table 1 Ichida"),
    "NIEUW_MAX_ADJ_SEGMENTS": (3, 2, 5, "adjacent segments (<=)", "Table 1 Nieuwenhuizen"),
    "NIEUW_FLR_GT": (40, 25, 50, "% (strict >)", "Table 1 Nieuwenhuizen"),
    "NIEUW_HV_MAX_EASY": (
        0,
        0,
        2,
        "hepatic veins (<=)",
        "Table 1 '< 1 hepatic vein' read literally = 0; plausible misprint of '<= 1' -> admin may set 1",
    ),
    "ESMO_FLR_GT": (30, 20, 50, "% (strict >)", "Table 1 Cervantes 'FLR > 30 %'"),
    "REASSESS_MONTHS_MIN": (2, 1, 3, "calendar months", "s3.1 ref 30"),
    "REASSESS_MONTHS_MAX": (3, 2, 6, "calendar months", "s3.1 ref 30"),
    "CONV_CYCLES_MIN": (4, 2, 6, "cycles", "s3.2 ref 39"),
    "CONV_CYCLES_MAX": (6, 4, 12, "cycles", "s3.2 ref 39"),
    "SHORT_CHEMO_L1_LT": (
        7,
        4,
        13,
        "cycles (strict <)",
        "s3.2 ref 40 (mapping to line verified in abstract)",
    ),
    "SHORT_CHEMO_L2_LT": (13, 7, 20, "cycles (strict <)", "s3.2 ref 40"),
    "BEST_RESPONSE_MONTHS": (4, 3, 6, "months", "s3.2 ref 38 'median duration of approximately four months'"),
    "OXALI_WASHOUT_LOW_MONTHS": (6, 3, 12, "calendar months", "s3.6 refs 84,85 '< 6-12 months'"),
    "OXALI_WASHOUT_HIGH_MONTHS": (12, 6, 24, "calendar months", "s3.6 refs 84,85"),
    "ADJ_CAPOX_MONTHS": (3, 3, 6, "months", "s3.6 ref 83"),
    "FONG_SIZE_GT_MM": (50, 30, 100, "mm (strict >)", "s12 ref 15"),
    "FONG_LESIONS_GT": (1, 1, 3, "lesions (strict >)", "s12 ref 15"),
    "FONG_CEA_GT": (200, 20, 500, "ng/mL (strict >)", "s12 ref 15"),
    "FONG_HIGH_MIN": (3, 2, 4, "points (>=)", "high risk = 3-5 (abstracts of refs 52 and 87, verified)"),
    "H_COUNT_GE": (5, 4, 6, "lesions (>=)", "s3.3 ref 53"),
    "H_SIZE_GT_MM": (50, 30, 100, "mm (strict >)", "s3.3 ref 53"),
    "PN2_NODES_GE": (4, 3, 5, "positive nodes (>=)", "s3.3 ref 53"),
    "TBS_ZONE1_LT": (3, 2, 5, "TBS (strict <)", "Sasaki 2018 (memory) / GAME abstract (verified)"),
    "TBS_ZONE3_GE": (9, 6, 12, "TBS (>=)", "Sasaki 2018 (memory) / GAME abstract (verified)"),
    "GAME_CEA_GE": (20, 5, 200, "ng/mL (>=)", "GAME abstract (verified)"),
    "BRUDVIK_SIZE_GT_MM": (50, 30, 100, "mm (strict >)", "Brudvik 2019 (memory)"),
    "OSLO_SIZE_GT_MM": (55, 40, 70, "mm (strict >)", "Hagness 2013 (memory)"),
    "OSLO_CEA_GT": (80, 20, 200, "ug/L (strict >)", "Hagness 2013 (memory)"),
    "OSLO_INTERVAL_LT_MONTHS": (24, 12, 36, "calendar months (strict <)", "Hagness 2013 (memory)"),
    "SMALL_NODULE_MAX_MM": (
        30,
        10,
        50,
        "mm (<=)",
        "ENGINE CHOICE for 'single small nodule' (s2 ref 16 gives no number)",
    ),
    "PSH_SOLITARY_LT_MM": (30, 20, 50, "mm (strict <)", "s5.2 ref 119"),
    "MAJOR_HEPATECTOMY_SEGMENTS_GE": (
        3,
        3,
        4,
        "segments (>=)",
        "Brisbane convention (memory); CAP form 'major = 3 segments or more' (verified)",
    ),
    "PVE_VOLUMETRY_WEEKS_MIN": (4, 2, 6, "weeks", "s5.1 ref 102 '4-8 weeks'"),
    "PVE_VOLUMETRY_WEEKS_MAX": (8, 4, 12, "weeks", "s5.1 ref 102"),
    "LVD_VOLUMETRY_WEEKS": (3, 1, 6, "weeks", "MEMORY – not in the seed"),
    "ALPPS_STAGE2_DAYS_MIN": (7, 5, 14, "days", "MEMORY – not in the seed"),
    "ALPPS_STAGE2_DAYS_MAX": (14, 10, 28, "days", "MEMORY – not in the seed"),
    "KGR_MIN_PCT_PER_WEEK": (2.0, 1, 4, "%-points/week (>=)", "Shindoh 2013 (memory)"),
    "DH_MIN_PCT": (7.5, 5, 15, "%-points (>)", "Ribero/Shindoh (memory: 5 % and 7.5 % are both quoted)"),
    "ALPPS_AGE_GE": (67, 60, 75, "years (>=)", "ref 110 abstract (verified)"),
    "ALPPS_FLR_BW_LT": (
        0.4,
        0.3,
        0.5,
        "% body weight (strict <)",
        "Huiskens HPB 2019 abstract (verified; not in the seed)",
    ),
    "ABL_TIER1_MAX_MM": (10, 5, 15, "mm (<=)", "s6 ref 137"),
    "ABL_TIER2_MAX_MM": (20, 15, 30, "mm (<=)", "s6 ref 137"),
    "COLLISION_MAX_MM": (30, 20, 50, "mm (<=)", "COLLISION (ref 139; verified in abstracts/summaries)"),
    "COLLISION_MAX_LESIONS": (10, 5, 10, "lesions (<=)", "COLLISION (verified)"),
    "SBRT_OVER_RFA_GT_MM": (20, 15, 30, "mm (strict >)", "s6 ref 144"),
    "DLM_LESIONS_GT": (3, 1, 8, "lesions (strict >)", "s8 ref 148"),
    "DLM_OR_LESIONS": (13.1, 1, 50, "odds ratio", "s8 ref 148"),
    "DLM_OR_CYCLE": (1.18, 1, 2, "odds ratio per cycle", "s8 ref 148"),
    "DLM_REF_CYCLES": (4, 0, 8, "cycles", "ENGINE CHOICE (reference for the relative odds)"),
    "DLM_SURVEILLANCE_MONTHS": (
        3,
        2,
        4,
        "months",
        "ENGINE CHOICE ('close surveillance' has no number in s8)",
    ),
    "LT_AGE_LT": (70, 60, 75, "years (strict <)", "s9 refs 158,159"),
    "LT_ECOG_MAX": (1, 0, 1, "ECOG (<=)", "s9 'excellent performance status'; TransMet 0-1 (verified)"),
    "LT_PRIMARY_INTERVAL_MONTHS": (
        12,
        6,
        36,
        "calendar months (>=)",
        "s9 'operated at least one year previously'",
    ),
    "LT_T_STAGE_LT": (4, 3, 5, "T category (strict <)", "s9 'with a T stage < 4'"),
    "LT_OSLO_MAX": (1, 0, 3, "points (<=)", "s9 ref 160"),
    "LT_MTV_LT_CM3": (70, 30, 150, "cm3 (strict <)", "s9 ref 160"),
    "LT_TBS_LT": (9, 3, 12, "TBS (strict <)", "s9 ref 160"),
    "TRANSMET_AGE_MIN": (18, 18, 18, "years (>=)", "ref 157 abstract (verified)"),
    "TRANSMET_AGE_MAX": (65, 60, 70, "years (<=)", "ref 157 abstract (verified)"),
    "TRANSMET_CHEMO_MONTHS_MIN": (3, 3, 6, "months (>=)", "ref 157 abstract (verified)"),
    "TRANSMET_LINES_MAX": (3, 1, 4, "lines (<=)", "ref 157 abstract (verified)"),
    "TRANSMET_LT_AFTER_CHEMO_MONTHS": (2, 1, 3, "calendar months (<=)", "ref 157 abstract (verified)"),
    "CYTO_AGE_GE": (70, 65, 75, "years (>=)", "s10"),
    "CYTO_ECOG_MAX": (1, 0, 1, "ECOG (<=)", "s10 'excellent performance status'"),
    "FIRMNESS_DIAMETER_MM": (2, 0, 10, "", "board's own choice"),
    "FIRMNESS_FLR_POINTS": (1.5, 0, 5, "", "board's own choice"),
    "FIRMNESS_CEA_PCT": (10, 0, 30, "", "board's own choice"),
    "REREVIEW_MONTHS": (2, 1, 6, "", "board's own choice"),
    "REASSESS_SOON_DAYS": (21, 7, 60, "", "board's own choice"),
    "START_CONFIRM_GRACE_DAYS": (7, 1, 28, "", "board's own choice"),
    "STALE_IMAGING_DAYS": (42, 7, 120, "", "board's own choice"),
    "STALE_CEA_DAYS": (28, 7, 90, "", "board's own choice"),
    "NEW_CASE_MDT_DAYS": (28, 7, 90, "", "board's own choice"),
    "SHORT_CHEMO_PREALERT_DAYS": (14, 1, 28, "", "board's own choice"),
    "BEVACIZUMAB_SURGERY_WEEKS": (6, 4, 8, "", "board's own choice"),
}


class ThresholdError(ValueError):
    pass


class ThresholdSet:
    version = "1"

    def __init__(self, values):
        self._values = values

    def value(self, name):
        return self._values[name]

    def values(self):
        return dict(self._values)

    @property
    def hash(self):
        return hashlib.sha256(json.dumps(self._values, sort_keys=True).encode()).hexdigest()

    def override(self, changes):
        return ThresholdSet({**self._values, **changes})


_D = ThresholdSet({k: v[0] for k, v in _RAW.items()})


def default():
    return _D
