"""What research is open or reported for this situation?"""

from decisions.engine.logic import Any_, fact
from decisions.engine.questions.question import Argument, Question

RESEARCH = Question(
    "research",
    "What research is open or reported for this situation?",
    applies=Any_(fact("case.show_research").is_true(), fact("treatment.anti_pd1_refractory").is_true()),
    options=(),
    arguments=(
        Argument(
            "SYS-01",
            None,
            "information",
            "Randomised phase II trial, stopped early (n=15): median disease-free survival 25.26 months with a dendritic-cell vaccine vs 9.53 with observation (the review swaps the arms; corrected from the abstract).",
            section="4",
            refs=("91",),
            verified="yes",
        ),
        Argument(
            "SYS-02",
            None,
            "information",
            "Phase I trial: CAR-T cells against CEA in metastatic colorectal cancer; research only.",
            section="4",
            refs=("92",),
            verified="yes",
        ),
        Argument(
            "SYS-03",
            None,
            "information",
            "Preclinical and observational studies: microRNAs as prognostic biomarkers; research only.",
            section="4",
            refs=("93", "94"),
            verified="yes",
        ),
        Argument(
            "SYS-04",
            None,
            "information",
            "Phase II trial, ongoing (NCT04729322): faecal microbiota transplantation with pembrolizumab or nivolumab in colorectal cancer that did not respond to anti-PD-1.",
            section="4",
            refs=("95",),
            verified="yes",
        ),
        Argument(
            "SYS-05",
            None,
            "information",
            "Preclinical work: nanosystems that carry drugs to metastatic colorectal cancer; research only.",
            section="4",
            refs=("96",),
            verified="yes",
        ),
        Argument(
            "SYS-06",
            None,
            "information",
            "Narrative review: vaccines and adoptive cell transfer; research only.",
            section="4",
            refs=("90",),
            verified="yes",
        ),
        Argument(
            "AI-02",
            None,
            "information",
            "Reviews and retrospective studies: prediction of liver metastases (portal-phase CT with age, sex, CEA and CA19-9), of response, of margin width and of early recurrence by machine learning; research only.",
            section="11",
            refs=("170", "171", "172", "173", "174", "175", "176"),
            verified="yes",
        ),
    ),
)
