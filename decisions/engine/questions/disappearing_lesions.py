"""What about lesions that are no longer seen?"""

from decisions.engine.logic import fact
from decisions.engine.questions.question import Argument, Option, Question

DISAPPEARING_LESIONS = Question(
    "disappearing_lesions",
    "What about lesions that are no longer seen?",
    applies=fact("dlm.present"),
    options=(
        Option(
            "complete_imaging", "Imaging completed first (CT, gadoxetate MRI, contrast-enhanced ultrasound)"
        ),
        Option("resect_all_sites", "Resection of every original site"),
        Option("surveillance", "Surveillance of sites negative on every examination"),
    ),
    arguments=(
        Argument(
            "DLM-01",
            "resect_all_sites",
            "for",
            "Retrospective series, confirmed by a 2025 systematic review: local recurrence of up to 59 % when the original sites were left untreated.",
            section="8",
            refs=("148", "149"),
            verified="yes",
        ),
        Argument(
            "DLM-02",
            None,
            "information",
            "Retrospective series (40 patients, 126 lesions): more than 3 metastases before chemotherapy (OR 13.1) and each cycle (OR 1.18) raise the risk of disappearing lesions.",
            section="8",
            refs=("148",),
            verified="yes",
        ),
        Argument(
            "DLM-03",
            "complete_imaging",
            "for",
            "Retrospective series: up to 55 % of disappearing lesions were found with CT and gadoxetate MRI, 69 % of these with residual disease; CT or hepatobiliary MRI is not recorded here.",
            section="8",
            refs=("150", "151"),
            verified="yes",
        ),
        Argument(
            "DLM-04",
            "complete_imaging",
            "for",
            "Review: contrast-enhanced intra-operative ultrasound as a routine for finding disappearing lesions during surgery.",
            section="8",
            refs=("152",),
            verified="yes",
        ),
        Argument(
            "DLM-05",
            "surveillance",
            "for",
            "Systematic review and retrospective series: with MRI and contrast-enhanced intra-operative ultrasound negative, resection may be postponed under close surveillance; some series found no difference in overall survival.",
            section="8",
            refs=("153", "155"),
            verified="yes",
        ),
        Argument(
            "DLM-06",
            "complete_imaging",
            "for",
            "European multisocietal consensus (abstract): 'disappearing' means not detectable on MRI after systemic therapy; without MRI the lesion is 'not seen on CT'.",
            section="8; ext",
            refs=("12", "148"),
            verified="yes",
            external=True,
        ),
    ),
)
