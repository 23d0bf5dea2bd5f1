"""Is debulking surgery an option when complete resection is not?"""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact
from decisions.engine.questions.question import Argument, Option, Question

CYTOREDUCTION = Question(
    "cytoreduction",
    "Is debulking surgery an option when complete resection is not?",
    applies=All(
        d.liver_unresectable_technical,
        Any_(
            Any_(
                fact("treatment.systemic_given").is_true(),
                fact("treatment.prior_chemo_for_metastatic").is_true(),
            ),
            ~d.response.is_null(),
        ),
    ),
    options=(
        Option("cytoreductive_surgery", "Cytoreductive (debulking) surgery"),
        Option("systemic_therapy", "Systemic therapy without debulking"),
    ),
    arguments=(
        Argument(
            "CYTO-01",
            "cytoreductive_surgery",
            "for",
            "Reviews and cohorts (low level of evidence): debulking is discussed case by case for excellent performance status and very good response where transplantation is not open (70 years or more, limited extrahepatic disease, or no programme).",
            section="10",
            refs=("165", "166", "167", "168"),
            verified="yes",
        ),
        Argument(
            "CYTO-01",
            "cytoreductive_surgery",
            "caution",
            "Reviews: no threshold of tumour removed and no duration of chemotherapy can be recommended for debulking.",
            section="10",
            refs=("165", "166", "167", "168"),
            verified="yes",
        ),
    ),
)
