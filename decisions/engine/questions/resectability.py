"""Can the liver disease be resected?"""

from decisions.engine.logic import Any_, fact
from decisions.engine.questions.question import Argument, Option, Question

RESECTABILITY = Question(
    "resectability",
    "Can the liver disease be resected?",
    applies=Any_(
        fact("case.phase").is_null(), ~(fact("case.phase").isin("post_resection", "post_transplant"))
    ),
    options=(
        Option("borderline_flr", "Borderline (future liver remnant in the judgement zone)"),
        Option("resectable", "Resectable"),
        Option("unresectable_flr", "Unresectable (future liver remnant too small)"),
        Option("unresectable", "Unresectable (technical)"),
    ),
    arguments=(
        Argument(
            "G-04",
            None,
            "information",
            "Surveys of expert liver surgeons show that they disagree on the same case; the 14 published definitions are therefore shown one by one (met, not met, indeterminate), not as one label.",
            section="1; 3.1; 5",
            refs=("11", "100"),
            verified="yes",
        ),
        Argument(
            "RES-01",
            "resectable",
            "for",
            "Expert consensus (Adam 2012; ESMO): the liver is resectable when complete resection with tumour-free margins leaves at least 20–30 % of liver volume with adequate inflow, outflow and biliary drainage.",
            section="3.1",
            refs=("14", "30"),
            verified="yes",
        ),
        Argument(
            "RES-01",
            "borderline_flr",
            "information",
            "Expert consensus gives the minimum remnant as a range, 20–30 %; a remnant inside the zone for this liver background is shown as borderline (zones by background are an engine choice).",
            section="3.1",
            refs=("14", "30"),
            verified="engine_choice",
        ),
        Argument(
            "RES-03",
            None,
            "information",
            "The review (narrative) lists rate of progression, suspected extrahepatic disease, timing, sidedness, RAS, BRAF and MSI as biology needed to judge resectability; at least one of timing, side, RAS, BRAF or MSI is missing here.",
            section="3.1",
            refs=("20",),
            verified="yes",
        ),
        Argument(
            "RES-04",
            "resectable",
            "for",
            "ESMO guideline and AHPBA expert consensus: number, size and bilobar distribution do not in themselves rule out resection when remnant, inflow, outflow and drainage are adequate.",
            section="3.1; 5",
            refs=("14", "99"),
            verified="yes",
        ),
        Argument(
            "RES-05",
            "resectable",
            "caution",
            "Published definitions disagree on extrahepatic disease: Ekberg and Ichida (resectable class) exclude it, Worni calls it a relative contraindication if limited and resectable, Phelip accepts up to 2 resectable sites, Charnsangavej does not treat it as absolute (mixed evidence).",
            section="3.1; T1",
            refs=("21", "22", "23", "26"),
            verified="yes",
        ),
    ),
)
