"""Systemic therapy and its intervals."""

from decisions.engine.logic import Choose, Function, fact, named, threshold

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
