"""Tumour burden, response, and lesions that disappear."""

from decisions.engine.derived.primary import pn2
from decisions.engine.logic import All, Any_, Choose, Expr, First, Function, Judgement, fact, named, threshold

_cycles = fact("treatment.current_cycles_completed")
_ehd = fact("ehd.present")
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
        (_count == 0, Judgement("no_liver_lesion")),
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
