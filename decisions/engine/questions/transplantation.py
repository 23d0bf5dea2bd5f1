"""Is liver transplantation an option?"""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact
from decisions.engine.questions.question import Argument, Option, Question

TRANSPLANTATION = Question(
    "transplantation",
    "Is liver transplantation an option?",
    applies=All(
        d.liver_unresectable_technical,
        Any_(
            Any_(
                fact("treatment.systemic_given").is_true(),
                fact("treatment.prior_chemo_for_metastatic").is_true(),
            ),
            All(~fact("treatment.intent").is_null(), (fact("treatment.intent") == "conversion")),
            fact("lt.available").is_true(),
            ~fact("lt.planned_date").is_null(),
        ),
    ),
    options=(
        Option("no_transplant_evaluation", "No transplant evaluation now"),
        Option("transplant_segmental", "Segmental or living-donor transplantation"),
        Option("transplant_evaluation", "Transplant evaluation"),
    ),
    arguments=(
        Argument(
            "LT-01",
            "transplant_evaluation",
            "for",
            "Narrative selection from trials and cohorts: under 70 years, excellent performance status, no extrahepatic or nodal disease, left-sided primary below T4 resected at least 1 year ago, excellent response, unresectable liver; all recorded as met.",
            section="9",
            refs=("158", "159"),
            verified="yes",
        ),
        Argument(
            "LT-02",
            "transplant_evaluation",
            "for",
            "Review of predictors (Oslo score components from memory): Oslo score of 1 or less, metabolic tumour volume below 70 cm³, metachronous disease and tumour burden score below 9 predict better outcome; each is shown separately.",
            section="9",
            refs=("160",),
            verified="memory",
        ),
        Argument(
            "LT-03",
            "transplant_evaluation",
            "for",
            "TransMet (randomised trial): 5-year overall survival 56.6 % with transplantation plus chemotherapy vs 12.6 % with chemotherapy alone (intention to treat); its entry list (18–65 years, ECOG 0–1, BRAF wild-type resected primary, at least 3 months' response on at most 3 lines, no extrahepatic disease) is recorded as met.",
            section="9",
            refs=("157",),
            verified="yes",
        ),
        Argument(
            "LT-04",
            "transplant_segmental",
            "for",
            "Review: segmental grafts (RAPID) or a living donor may widen access where no whole graft is available.",
            section="9",
            refs=("163",),
            verified="yes",
        ),
        Argument(
            "LT-05",
            "no_transplant_evaluation",
            "information",
            "Review criteria for transplantation not met: at least one item of the review's list (narrative evidence) is recorded as failed. This says nothing on conversion, resection or the TransMet list.",
            section="9",
            refs=("158", "159", "160"),
            verified="yes",
        ),
    ),
)
