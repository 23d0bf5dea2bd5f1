"""Lung metastases (seed section 3.4); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact
from decisions.engine.rules.rule import Rule

LUNG_01 = Rule(
    "LUNG-01",
    "Simultaneous transdiaphragmatic resection",
    "3.4",
    "66,67",
    All(fact("lung.present"), fact("lung.resectable"), fact("lung.peripheral"), d.liver_resectable),
    "retrospective cohorts",
)
LUNG_02 = Rule(
    "LUNG-02",
    "Minimally invasive variants",
    "3.4",
    "68,69",
    All(
        fact("lung.present"),
        fact("lung.resectable"),
        fact("lung.peripheral"),
        fact("plan.approach").isin("laparoscopic", "robotic"),
    ),
    "case series",
)
LUNG_03 = Rule(
    "LUNG-03",
    "Complete resection of all sites",
    "3.4",
    "63-65",
    All(fact("lung.present"), fact("lung.resectable"), d.liver_resectable, (fact("patient.ecog") <= 1)),
    "retrospective cohorts + expert consensus",
)
LUNG_04 = Rule(
    "LUNG-04",
    "Unresectable lung, resectable liver",
    "3.4",
    "74,75",
    All(fact("lung.present"), ~fact("lung.resectable"), d.liver_resectable),
    "retrospective, RCT pending",
)
LUNG_05 = Rule(
    "LUNG-05",
    "Adverse factors liver+lung",
    "3.4",
    "71-73",
    All(fact("lung.present"), Any_(d.is_rectal, fact("lung.bilateral"), (fact("lung.count") > 1))),
    "retrospective",
)
LUNG_06 = Rule(
    "LUNG-06",
    "Timing in liver+lung (3 months)",
    "3.4",
    "71",
    All(fact("lung.present"), ~d.lung_sync_71.is_null()),
    "single-centre retrospective, n=66",
)
LUNG_07 = Rule(
    "LUNG-07",
    "Missed combined resection",
    "3.4",
    "70",
    All(
        fact("lung.present"),
        fact("lung.resectable"),
        d.liver_resectable,
        ~fact("case.thoracic_surgeon_opinion").is_true(),
    ),
    "national registry",
)

RULES = (
    LUNG_01,
    LUNG_02,
    LUNG_03,
    LUNG_04,
    LUNG_05,
    LUNG_06,
    LUNG_07,
)
