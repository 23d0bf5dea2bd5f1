"""Governance (seed sections 1, 3.1 and 5); specification B.3."""

from decisions.engine.logic import All, Const, fact
from decisions.engine.rules.rule import Rule

G_01 = Rule(
    "G-01",
    "Discuss at diagnosis",
    "3.1",
    "17",
    ~fact("case.mdt_discussed_at_diagnosis"),
    "recommendation citing ECCO essential requirements (expert/quality standard)",
)
G_02 = Rule(
    "G-02",
    "Surgeon must see resectability",
    "1; 5",
    "9,10,100",
    ~(fact("case.mdt_members_present").contains("hpb_surgeon")),
    "survey + narrative",
)
G_03 = Rule(
    "G-03",
    "MDT composition",
    "5",
    "99,100",
    ~All(
        fact("case.mdt_members_present").contains("medical_oncologist"),
        fact("case.mdt_members_present").contains("hpb_surgeon"),
        fact("case.mdt_members_present").contains("radiologist"),
        fact("case.mdt_members_present").contains("pathologist"),
        fact("case.mdt_members_present").contains("interventional_radiologist"),
        fact("case.mdt_members_present").contains("radiation_oncologist"),
        fact("case.mdt_members_present").contains("geneticist"),
    ),
    "expert opinion",
)
G_04 = Rule("G-04", "Show disagreement", "1; 3.1; 5", "11,100", Const(True), "surveys")

RULES = (
    G_01,
    G_02,
    G_03,
    G_04,
)
