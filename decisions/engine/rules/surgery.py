"""Parenchymal sparing, repeat and minimally invasive resection (seed sections 5.2 and 5.3); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact, threshold
from decisions.engine.rules.rule import Rule

PSH_01 = Rule(
    "PSH-01",
    "Parenchymal sparing for a solitary small lesion",
    "5.2",
    "119",
    All((fact("liver.lesion_count") == 1), (fact("liver.max_diameter_mm") < threshold("PSH_SOLITARY_LT_MM"))),
    "retrospective",
)
PSH_02 = Rule(
    "PSH-02",
    "Parenchymal sparing for multiple small lesions",
    "5.2",
    "117,122",
    All((fact("liver.lesion_count") > 1), d.liver_resectable),
    "meta-analyses",
)
PSH_03 = Rule(
    "PSH-03",
    "IOUS near the hepatocaval confluence",
    "5.2",
    "118",
    fact("liver.near_hepatocaval_confluence"),
    "single-centre series",
)
PSH_04 = Rule(
    "PSH-04",
    "Repeat hepatectomy",
    "5.2",
    "120,121",
    All(fact("liver.recurrent_after_hepatectomy"), d.liver_resectable),
    "cohorts",
)
MIS_01 = Rule(
    "MIS-01",
    "Laparoscopic segments",
    "5.3",
    "123",
    fact("liver.all_lesions_in_laparoscopic_segments"),
    "international position statement",
    note="Louisville also lists IVb (segments 2-6) – from memory; list of the review used.",
)
MIS_02 = Rule(
    "MIS-02", "MIS for primary and liver", "5.3", "12,124,125", d.liver_resectable, "consensus + 2 RCTs"
)
MIS_03 = Rule(
    "MIS-03",
    "Robotic for difficult sites",
    "5.3",
    "126,127",
    All(
        d.liver_resectable, Any_(fact("liver.posterosuperior"), (fact("plan.hepatectomy_extent") == "major"))
    ),
    "retrospective multicentre",
)
MIS_04 = Rule(
    "MIS-04",
    "Earlier chemotherapy",
    "5.3",
    "129",
    All(d.liver_resectable, fact("plan.adjuvant_intended")),
    "retrospective",
)

RULES = (
    PSH_01,
    PSH_02,
    PSH_03,
    PSH_04,
    MIS_01,
    MIS_02,
    MIS_03,
    MIS_04,
)
