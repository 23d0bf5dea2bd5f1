"""Prognosis (seed section 12); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.logic import All, fact
from decisions.engine.rules.rule import Rule
from decisions.engine.scores import FONG

PROG_01 = Rule(
    "PROG-01", "Fong clinical risk score", "12", "15", ~FONG.score.is_null(), "retrospective, n=1,001"
)
PROG_02 = Rule("PROG-02", "RAS mutation: margins and ablation", "12", "180-183", d.ras_mut, "retrospective")
PROG_03 = Rule(
    "PROG-03",
    "Triple mutation",
    "12",
    "184",
    All(d.ras_mut, (fact("molecular.tp53") == "mutant"), (fact("molecular.smad4") == "mutant")),
    "retrospective",
)
PROG_04 = Rule(
    "PROG-04",
    "Molecular subtypes",
    "12",
    "185",
    ~fact("molecular.crlm_subtype").is_null(),
    "retrospective analysis of an RCT (New EPOC)",
)
PROG_05 = Rule(
    "PROG-05",
    "Implied scores",
    "12",
    "160 + external",
    ~d.tbs.is_null(),
    "external (GAME verified; Brudvik, TBS zones from memory)",
)

RULES = (
    PROG_01,
    PROG_02,
    PROG_03,
    PROG_04,
    PROG_05,
)
