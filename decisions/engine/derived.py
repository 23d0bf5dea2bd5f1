"""Derived variables (specification A.1 and B.1): what follows from the facts, declared once.

Each is a named expression, so it is computed once a case, opens in a trace and has a column form.
"""

from decisions.engine.logic import (
    All,
    Any_,
    Assessed,
    Choose,
    Expr,
    First,
    Function,
    Judgement,
    fact,
    named,
    threshold,
)

# ------------------------------------------------------------------------------------------- the patient
age = named(
    "age",
    First(
        fact("patient.age_years"),
        Function("completed_years", fact("patient.birth_date"), fact("case.decision_date")),
    ),
    "Age at the decision date",
    "years",
)

# ------------------------------------------------------------------------------------------------ timing
_at_presentation = fact("liver.detected_at_presentation")
_diagnosis, _detection = fact("primary.diagnosis_date"), fact("liver.detection_date")
_in_window = _detection <= Function("add_days", _diagnosis, threshold("SYNC_STAGING_WINDOW_DAYS"))
_in_early_window = _detection <= Function("add_months", _diagnosis, threshold("EARLY_METACHRONOUS_MONTHS"))
timing_class = named(
    "timing_class",
    Choose(
        (_at_presentation.is_true(), "synchronous"),
        (All(_at_presentation.is_null(), _in_window), "synchronous"),
        (_in_early_window, "early_metachronous"),
        otherwise="late_metachronous",
    ),
    "Timing of the liver metastases",
)
timing_inferred = All(_at_presentation.is_null(), _in_window)
timing_data_conflict = Any_(
    All(_at_presentation == True, ~_in_window),  # noqa: E712
    All(_at_presentation == False, _detection <= _diagnosis),  # noqa: E712
)
exactly_at_early_limit = _detection == Function(
    "add_months", _diagnosis, threshold("EARLY_METACHRONOUS_MONTHS")
)
synchronous = named("synchronous", timing_class == "synchronous", "Synchronous")
metachronous = named("metachronous", timing_class != "synchronous", "Metachronous")

# ----------------------------------------------------------------------------------------------- primary
_site = fact("primary.site_icdo3")
primary_side = named(
    "primary_side",
    First(
        fact("primary.side"),
        Choose(
            (_site.isin("C18.0", "C18.1", "C18.2", "C18.3", "C18.4"), "right"),
            (_site.isin("C18.5", "C18.6", "C18.7", "C19.9", "C20.9"), "left"),
            otherwise=fact("primary.side"),
        ),
    ),
    "Side of the primary",
)
is_rectal = named("is_rectal", _site == "C20.9", "Rectal primary")
_nodes, _n = fact("primary.positive_nodes"), Assessed("primary.n_category", "NX")
_n_positive = _n.isin("N1", "N1a", "N1b", "N1c", "N2", "N2a", "N2b")
node_positive = named(
    "node_positive",
    First(
        Choose(
            ((_nodes > 0).is_true(), True),
            (_n_positive.is_true(), True),
            ((_n == "N0").is_true(), False),
            otherwise=_nodes > 0,
        ),
        _n_positive,
    ),
    "Node-positive primary",
)
pn2 = named(
    "pn2",
    First(_nodes >= threshold("PN2_NODES_GE"), _n.isin("N2", "N2a", "N2b")),
    "pN2 (by nodes, else by category)",
)
_t = Assessed("primary.t_category", "TX")
_t_number = Choose(
    (_t.isin("T0", "Tis"), 0),
    (_t == "T1", 1),
    (_t == "T2", 2),
    (_t == "T3", 3),
    otherwise=Choose((_t.isin("T4", "T4a", "T4b"), 4)),
)
t_lt4 = named("t_lt4", _t_number < threshold("LT_T_STAGE_LT"), "T category below 4")
preop_rt_standard = named(
    "preop_rt_standard",
    Choose(
        (is_rectal.is_null(), is_rectal),
        (~is_rectal, False),
        otherwise=All(fact("primary.rectal_level").isin("mid", "low"), ~_t.isin("T1", "T2")),
    ),
    "Pre-operative radiotherapy is standard",
)
primary_ge_12m = named(
    "primary_ge_12m",
    fact("case.decision_date")
    >= Function("add_months", fact("primary.resection_date"), threshold("LT_PRIMARY_INTERVAL_MONTHS")),
    "Primary resected long enough ago",
)

# ---------------------------------------------------------------------------------- future liver remnant
_height, _weight = fact("patient.height_cm"), fact("patient.weight_kg")
bsa = named("bsa", Function("sqrt", _height * _weight / 3600), "Body surface area (Mosteller)", "m²")
tlv = named("tlv", -794.41 + 1267.28 * bsa, "Total liver volume (Vauthey)", "mL")
_functional = fact("volumetry.measured_tlv_ml") - fact("volumetry.tumour_volume_ml")
liver_volume = named(
    "liver_volume",
    First(tlv, Choose((_functional > 0, _functional))),
    "Liver volume that the remnant is compared with",
    "mL",
)
_flr_pre = First(fact("volumetry.flr_pct"), 100 * fact("volumetry.flr_ml") / liver_volume)
_flr_post = First(fact("volumetry.flr_pct_post"), 100 * fact("volumetry.flr_ml_post") / liver_volume)
flr_pct = named("flr_pct", First(_flr_post, _flr_pre), "Future liver remnant", "%")

_background = fact("liver.background")
_INJURED = ("chemo_injured", "steatosis", "fibrosis")


def _zone(low: str, high: str) -> Expr:
    return Choose(
        (flr_pct < threshold(low), "inadequate"),
        (flr_pct < threshold(high), "borderline"),
        otherwise="adequate",
    )


_zone_normal = _zone("FLR_NORMAL_LOW", "FLR_NORMAL_HIGH")
_zone_injured = _zone("FLR_CHEMO_LOW", "FLR_CHEMO_HIGH")


def by_background(normal: Expr, injured: Expr, cirrhosis: Expr) -> Expr:
    """The value for the liver's background; an unknown one only decides when normal and injured agree.

    The source of that rule is the specification's convention (B.1), so cirrhosis does not count there.
    """
    return Choose(
        ((_background == "normal").is_true(), normal),
        ((_background == "cirrhosis").is_true(), cirrhosis),
        (_background.isin(*_INJURED).is_true(), injured),
        otherwise=Choose((_background == "normal", normal), otherwise=injured),
    )


flr_class = named(
    "flr_class",
    by_background(_zone_normal, _zone_injured, _zone("FLR_CIRRHOSIS_LOW", "FLR_CIRRHOSIS_HIGH")),
    "Remnant for this liver",
)


def range_zone(low: str, high: str) -> Expr:
    """True from `high`, false below `low`; in between the source leaves it to judgement."""
    return Choose(
        (flr_pct >= threshold(high), True), (flr_pct < threshold(low), False), otherwise=Judgement("flr_pct")
    )


def _adequacy_of(zone: Expr) -> Expr:
    return Choose((zone == "adequate", True), (zone == "inadequate", False), otherwise=Judgement("flr_pct"))


_adequate_injured = _adequacy_of(_zone_injured)
_adequate_cirrhosis = _adequacy_of(_zone("FLR_CIRRHOSIS_LOW", "FLR_CIRRHOSIS_HIGH"))
flr_suff_d02 = named(
    "flr_suff_D02",
    by_background(flr_pct > threshold("CHARN_FLR_GT"), _adequate_injured, _adequate_cirrhosis),
    "Remnant sufficient (Charnsangavej)",
)
flr_suff_d03 = named(
    "flr_suff_D03",
    by_background(range_zone("REES_FLR_LOW", "REES_FLR_HIGH"), _adequate_injured, _adequate_cirrhosis),
    "Remnant sufficient (Rees)",
)
flr_suff_d05 = named(
    "flr_suff_D05",
    by_background(_adequacy_of(_zone_normal), _adequate_injured, _adequate_cirrhosis),
    "Remnant sufficient (Worni)",
)
_compromised = range_zone("HUISKENS_FLR_COMP_LOW", "HUISKENS_FLR_COMP_HIGH")
flr_suff_d10 = named(
    "flr_suff_D10",
    by_background(
        range_zone("HUISKENS_FLR_NORMAL_LOW", "HUISKENS_FLR_NORMAL_HIGH"), _compromised, _compromised
    ),
    "Remnant sufficient (Huiskens)",
)

# ----------------------------------------------------------------------------------------- resectability
technical_ok = named(
    "technical_ok",
    All(
        fact("plan.r0_feasible"),
        fact("plan.inflow_preserved"),
        fact("plan.outflow_preserved"),
        fact("plan.biliary_drainage_preserved"),
    ),
    "Technically resectable",
)
liver_class = named(
    "liver_class",
    Choose(
        (All(technical_ok.is_null(), (flr_class == "inadequate").is_true()), "unresectable"),
        (~technical_ok, "unresectable"),
        (flr_class == "adequate", "resectable"),
        (flr_class == "borderline", "borderline_flr"),
        otherwise="unresectable_flr",
    ),
    "Liver resectability",
)
liver_resectable = named(
    "liver_resectable",
    liver_class.isin("resectable", "borderline_flr"),
    "Liver resectable (remnant may be borderline)",
)
liver_unresectable = named(
    "liver_unresectable", liver_class.isin("unresectable", "unresectable_flr"), "Liver unresectable"
)
liver_unresectable_technical = named(
    "liver_unresectable_technical", liver_class == "unresectable", "Liver unresectable for technical reasons"
)
_ehd = fact("ehd.present")
ehd_ok = named(
    "ehd_ok",
    Choose((_ehd.is_null(), _ehd), (~_ehd, True), otherwise=fact("ehd.resectable")),
    "No extrahepatic disease, or resectable",
)

# --------------------------------------------------------------------------------------------- molecular
_msi, _mmr = fact("molecular.msi"), fact("molecular.mmr")
msi_high = named(
    "msi_high",
    Choose(
        ((_msi == "MSI-H").is_true(), True),
        ((_mmr == "dMMR").is_true(), True),
        otherwise=First(_msi == "MSI-H", _mmr == "dMMR"),
    ),
    "MSI-H or dMMR",
)
_ras, _kras, _nras = (fact(f"molecular.{gene}") for gene in ("ras", "kras", "nras"))
_variant = fact("molecular.kras_variant")
ras_mut = named(
    "ras_mut",
    Choose(
        (
            Any_(
                (_ras == "mutant").is_true(),
                (_kras == "mutant").is_true(),
                (_nras == "mutant").is_true(),
                ~_variant.is_null(),
            ),
            True,
        ),
        otherwise=First(_ras == "mutant", Any_(_kras == "mutant", _nras == "mutant")),
    ),
    "RAS mutated",
)
kras_mut = named(
    "kras_mut",
    First(
        _kras == "mutant",
        Choose(
            (~_variant.is_null(), True), ((_ras == "wild_type").is_true(), False), otherwise=_kras == "mutant"
        ),
    ),
    "KRAS mutated",
)
braf_mut = named("braf_mut", fact("molecular.braf_v600e") == "mutant", "BRAF V600E mutated")

# ----------------------------------------------------------------------------------- burden and response
_count, _size = fact("liver.lesion_count"), fact("liver.max_diameter_mm")
tbs = named("tbs", Function("sqrt", (_size / 10) ** 2 + _count**2), "Tumour burden score")
tbs_zone = named(
    "tbs_zone",
    Choose((tbs < threshold("TBS_ZONE1_LT"), 1), (tbs < threshold("TBS_ZONE3_GE"), 2), otherwise=3),
    "Tumour burden zone",
)
_many, _large = _count >= threshold("H_COUNT_GE"), _size > threshold("H_SIZE_GT_MM")
h_stage = named(
    "h_stage",
    Choose((_count == 0, "H0"), (All(_many, _large), "H3"), (Any_(_many, _large), "H2"), otherwise="H1"),
    "H-stage",
)
crlm_grade = named(
    "crlm_grade",
    Choose(
        (_ehd, "C"),
        (h_stage == "H0", Judgement("no_liver_lesion")),
        (All(Any_(_many, _large), pn2), "C"),  # H2 and H3 alike, so one of count and size is enough
        (h_stage == "H3", "C"),
        (h_stage == "H2", Choose((pn2, "C"), otherwise="B")),
        otherwise=Choose((pn2, "B"), otherwise="A"),
    ),
    "Grade of the liver metastases",
)
ge8 = named("ge8", _count >= threshold("VIGANO_MIN_LESIONS"), "Viganò's number of lesions reached")
ge10 = named("ge10", _count >= threshold("ALLARD_MIN_LESIONS"), "Allard's number of lesions reached")

_baseline, _nadir, _current = (
    fact(f"imaging.recist.{name}_sum_mm") for name in ("baseline", "nadir", "current")
)
_new = fact("imaging.recist.new_lesions")
_progression = fact("imaging.recist.nontarget_progression")
_complete = fact("imaging.recist.nontarget_complete")


def _grown_from(reference: Expr) -> Expr:
    return All(_current - reference >= 5, 5 * (_current - reference) >= reference)


_recist = Choose(
    (
        Any_(
            _new.is_true(),
            _progression.is_true(),
            _grown_from(_baseline),
            First(_grown_from(_nadir), _grown_from(_baseline)),
        ),
        "PD",
    ),
    (All(_current == 0, ~(_complete == False).is_true()), "CR"),  # noqa: E712
    (10 * (_baseline - _current) >= 3 * _baseline, "PR"),
    otherwise="SD",
)
_given_response = fact("treatment.best_current_response")
response = named("response", First(_given_response, _recist), "Response")
response_assumes = All(
    _given_response.is_null(),
    ~response.is_null(),
    ~_new.is_true(),
    ~_progression.is_true(),
    Any_(_new.is_null(), _progression.is_null(), All(response == "CR", _complete.is_null())),
)
"""RECIST was computed as if nothing new was seen, although nobody said so (C14)."""
good_response = named("good_response", response.isin("CR", "PR"), "Good response (CR or PR)")

# ---------------------------------------------------------------------------------------------- treatment
_cycles = fact("treatment.current_cycles_completed")
_line = fact("treatment.current_line")
long_chemo = named(
    "long_chemo",
    Choose(
        (_cycles.is_null(), _cycles > 0),
        (_line == 1, _cycles >= threshold("SHORT_CHEMO_L1_LT")),
        (_line > 1, _cycles >= threshold("SHORT_CHEMO_L2_LT")),
        otherwise=_line > 0,
    ),
    "Long pre-operative chemotherapy",
)
_decision = fact("case.decision_date")
_prior, _prior_end = (
    fact("treatment.prior_adjuvant_oxaliplatin"),
    fact("treatment.prior_adjuvant_oxaliplatin_end_date"),
)
oxali_zone = named(
    "oxali_zone",
    Choose(
        (~_prior, "none"),
        (_decision < Function("add_months", _prior_end, threshold("OXALI_WASHOUT_LOW_MONTHS")), "lt6"),
        (_decision < Function("add_months", _prior_end, threshold("OXALI_WASHOUT_HIGH_MONTHS")), "6to12"),
        otherwise="ge12",
    ),
    "Time since adjuvant oxaliplatin",
)
lung_sync_71 = named(
    "lung_sync_71",
    fact("lung.detection_date")
    <= Function("add_months", fact("primary.resection_date"), threshold("LUNG_SYNC_MONTHS")),
    "Lung metastases within the months of ref 71",
)

# -------------------------------------------------------------------------------------------- hypertrophy
sflr_pre = named(
    "sflr_pre",
    First(fact("volumetry.flr_pct"), 100 * fact("volumetry.flr_ml") / tlv),
    "Standardised remnant before",
    "%",
)
sflr_post = named(
    "sflr_post",
    First(fact("volumetry.flr_pct_post"), 100 * fact("volumetry.flr_ml_post") / tlv),
    "Standardised remnant after",
    "%",
)
dh = named("dh", sflr_post - sflr_pre, "Degree of hypertrophy", "points")
hypertrophy_weeks = named(
    "weeks",
    Function("days_between", fact("volumetry.hypertrophy_date"), fact("volumetry.post_date")) / 7,
    "Weeks of growth",
    "weeks",
)
kgr = named("kgr", dh / hypertrophy_weeks, "Kinetic growth rate", "points a week")
flr_bw_pct = named(
    "flr_bw_pct", 100 * fact("volumetry.flr_ml") / (_weight * 1000), "Remnant by body weight", "%"
)
alpps_prestage1 = named(
    "alpps_prestage1", Choose((age >= threshold("ALPPS_AGE_GE"), 3), otherwise=0), "ALPPS risk before stage 1"
)

# ------------------------------------------------------------------------------------ disappearing lesions
dlm_lesions = named(
    "dlm_lesions", First(fact("liver.lesion_count_baseline"), _count), "Lesions before chemotherapy"
)
dlm_cycles = named(
    "dlm_cycles", First(fact("treatment.total_preop_cycles"), _cycles), "Pre-operative cycles", "cycles"
)
dlm_relative_odds = named(
    "dlm_relative_odds",
    Choose((dlm_lesions > threshold("DLM_LESIONS_GT"), threshold("DLM_OR_LESIONS")), otherwise=1)
    * threshold("DLM_OR_CYCLE") ** (dlm_cycles - threshold("DLM_REF_CYCLES")),
    "Relative odds of disappearing lesions",
)
