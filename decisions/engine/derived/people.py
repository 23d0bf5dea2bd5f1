"""The patient, and when the metastases appeared."""

from decisions.engine.logic import All, Any_, Choose, First, Function, fact, named, threshold

age = named(
    "age",
    First(
        fact("patient.age_years"),
        Function("completed_years", fact("patient.birth_date"), fact("case.decision_date")),
    ),
    "Age at the decision date",
    "years",
)

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
