"""How can the future liver remnant be made large enough?"""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact
from decisions.engine.questions.question import Argument, Option, Question

HYPERTROPHY = Question(
    "hypertrophy",
    "How can the future liver remnant be made large enough?",
    applies=All(
        Any_(fact("case.phase").is_null(), ~(fact("case.phase").isin("post_resection", "post_transplant"))),
        Any_(
            All(d.technical_ok, d.flr_class.isin("inadequate", "borderline")),
            All(
                ~fact("volumetry.hypertrophy_procedure").is_null(),
                fact("volumetry.hypertrophy_procedure").isin("PVE", "PVL", "LVD", "ALPPS", "TSH"),
            ),
        ),
    ),
    options=(
        Option("alpps", "ALPPS"),
        Option("lvd", "Liver venous deprivation"),
        Option("resection_plus_ablation", "Smaller resection combined with ablation"),
        Option("pve_two_stage", "Two-stage hepatectomy with portal vein embolisation or ligation"),
    ),
    arguments=(
        Argument(
            "HYP-01",
            "pve_two_stage",
            "for",
            "Cohort studies: two-stage hepatectomy with portal vein ligation or embolisation is safe and effective, open or laparoscopic, when the future liver remnant is too small.",
            section="5.1",
            refs=("4", "101", "112"),
            verified="yes",
        ),
        Argument(
            "HYP-02",
            "pve_two_stage",
            "caution",
            "Retrospective cohort (n=130): the desired growth takes 4–8 weeks after portal vein embolisation or ligation and about one third progress while waiting; no new volumetry is recorded.",
            section="5.1",
            refs=("102",),
            verified="yes",
        ),
        Argument(
            "HYP-03",
            "alpps",
            "for",
            "LIGRO (randomised trial): resection rate 92 % with ALPPS vs 57 % with two-stage hepatectomy, with similar margins, complications and short-term mortality.",
            section="5.1",
            refs=("108",),
            verified="yes",
        ),
        Argument(
            "HYP-03",
            "alpps",
            "caution",
            "ALPPS series and registry: early series had high mortality, modified techniques 3.8 %; the procedure is still uncommon in Europe.",
            section="5.1",
            refs=("103", "108", "109", "111"),
            verified="yes",
        ),
        Argument(
            "HYP-04",
            "alpps",
            "for",
            "Retrospective cohort: after insufficient growth with portal vein embolisation or two-stage hepatectomy, ALPPS served as a rescue with adequate oncological results.",
            section="5.1",
            refs=("113",),
            verified="yes",
        ),
        Argument(
            "HYP-05",
            "alpps",
            "caution",
            "ALPPS registry model (point weights from memory, consistent with the abstract): age of 67 or more raises the risk of a futile outcome before stage 1, 15 % vs 2.7 % without the factor.",
            section="5.1",
            refs=("110",),
            verified="memory",
        ),
        Argument(
            "HYP-06",
            "lvd",
            "for",
            "Retrospective studies: liver venous deprivation gave growth similar to ALPPS with a shorter stay; randomised trials are still needed.",
            section="5.1",
            refs=("115", "116"),
            verified="yes",
        ),
        Argument(
            "HYP-07",
            None,
            "information",
            "Systematic review and meta-analysis 2022: whether two-stage hepatectomy or ALPPS is superior cannot be determined.",
            section="5.1",
            refs=("114",),
            verified="yes",
        ),
        Argument(
            "HYP-08",
            None,
            "caution",
            "Shindoh 2013 (from memory; not in the review): kinetic growth below 2 % a week or growth of 7.5 points or less was associated with a higher risk of liver failure after hepatectomy.",
            section="ext",
            refs=(),
            verified="memory",
            external=True,
        ),
        Argument(
            "COMB-01",
            "resection_plus_ablation",
            "for",
            "Retrospective studies and a randomised phase II trial: ablation of deep lesions spares liver where resection would leave too little; safe for small, oligometastatic disease together with systemic therapy.",
            section="7",
            refs=("145", "146"),
            verified="yes",
        ),
    ),
)
