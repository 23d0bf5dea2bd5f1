"""Sequence of liver and primary (seed section 3.5); specification B.3."""

from decisions.engine import derived as d
from decisions.engine.definitions import D07, D09_TECHNICAL
from decisions.engine.logic import All, Any_, fact
from decisions.engine.rules.rule import Rule

SEQ_01 = Rule(
    "SEQ-01",
    "Simultaneous resection, limited hepatectomy",
    "3.5",
    "51",
    All(
        d.synchronous,
        fact("primary.in_situ"),
        fact("primary.resectable"),
        d.liver_resectable,
        (fact("plan.hepatectomy_extent") == "minor"),
        ~d.preop_rt_standard,
    ),
    "international consensus",
)
SEQ_02 = Rule(
    "SEQ-02",
    "Simultaneous only with minor hepatectomy",
    "3.5",
    "12",
    All(
        d.synchronous,
        fact("primary.in_situ"),
        (fact("plan.hepatectomy_extent") == "major"),
        (fact("plan.strategy") == "simultaneous"),
    ),
    "European multisocietal consensus",
)
SEQ_03 = Rule(
    "SEQ-03",
    "Rectal: pre-operative radiotherapy, no single stage",
    "3.5",
    "51",
    All(d.is_rectal, fact("primary.in_situ"), d.preop_rt_standard),
    "international consensus",
    note="Sentence is ambiguous about whether the ban on single-stage surgery also covers high/T2 tumours: ban applied only when radiotherapy is standard; otherwise caution.",
)
SEQ_04 = Rule(
    "SEQ-04",
    "Liver-first in multiple bilobar disease",
    "3.5",
    "76",
    All(
        d.synchronous,
        fact("primary.in_situ"),
        (fact("liver.lesion_count") > 1),
        (fact("liver.distribution") == "bilobar"),
    ),
    "registry, n=7,360, PSM",
    note="The abstract (verified) limits these figures to MULTIPLE BILOBAR CRLM; the review generalises them.",
)
SEQ_05 = Rule(
    "SEQ-05",
    "No sequence advantage in solitary / unilobar",
    "3.5",
    "76",
    All(
        d.synchronous,
        fact("primary.in_situ"),
        Any_((fact("liver.lesion_count") == 1), (fact("liver.distribution") == "unilobar")),
    ),
    "registry (verified; omitted by the review)",
)
SEQ_06 = Rule(
    "SEQ-06",
    "Liver-first for liver-specific criteria",
    "3.5",
    "51,76",
    All(
        d.synchronous,
        fact("primary.in_situ"),
        Any_((d.liver_class == "borderline_flr"), (D07.verdict == "met"), D09_TECHNICAL),
        fact("treatment.systemic_given"),
        ~fact("primary.symptomatic"),
    ),
    "consensus/narrative",
    note="D09_technical = the technical arm of D09 only (otherwise every synchronous case would qualify).",
)
SEQ_07 = Rule(
    "SEQ-07",
    "Factors of limited survival (Strasbourg)",
    "3.5",
    "77",
    All(
        d.synchronous,
        Any_(
            (d.primary_side == "right"), fact("labs.cea_persistently_high"), ~fact("treatment.adjuvant_given")
        ),
    ),
    "retrospective, n=217",
)
SEQ_08 = Rule(
    "SEQ-08",
    "Simultaneous not worse than liver-first",
    "3.5",
    "78",
    All(d.synchronous, fact("primary.in_situ"), d.liver_resectable),
    "retrospective, n=658",
)
SEQ_09 = Rule(
    "SEQ-09",
    "Symptomatic primary",
    "3.5",
    "51",
    All(fact("primary.in_situ"), fact("primary.symptomatic")),
    "consensus/narrative",
)

RULES = (
    SEQ_01,
    SEQ_02,
    SEQ_03,
    SEQ_04,
    SEQ_05,
    SEQ_06,
    SEQ_07,
    SEQ_08,
    SEQ_09,
)
