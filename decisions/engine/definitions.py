"""The fourteen published definitions of resectability (seed Table 1; specification B.2).

`met` does not always mean resectable: see `polarity`. The strictness of every comparison is that of the
print. A definition is `met`, `not_met`, `indeterminate`, or `not_applicable` where it only speaks of cases
with many lesions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, Choose, Const, Context, Expr, fact, named, threshold

Polarity = Literal["resectable", "borderline", "extends_indication", "easily_resectable", "historical"]
VERDICT = {True: "met", False: "not_met", None: "indeterminate"}

_ehd, _count = fact("ehd.present"), fact("liver.lesion_count")
_veins, _segments = fact("liver.hepatic_veins_involved"), fact("liver.segments_involved_count")
_inflow, _outflow = fact("plan.inflow_preserved"), fact("plan.outflow_preserved")
_bile = fact("plan.biliary_drainage_preserved")
_complete, _r0 = fact("plan.complete_resection_feasible"), fact("plan.r0_feasible")


@dataclass(frozen=True)
class Definition:
    """One row of Table 1.

    `seed_ref` is the number printed in the seed, `true_ref` the entry it means (None: not in its list).
    """

    id: str
    key: str
    author: str
    year: int
    origin: str
    polarity: Polarity
    text: str
    seed_ref: str
    true_ref: str | None
    note: str
    condition: Expr
    applies: Expr = field(default_factory=lambda: Const(True))
    errata: tuple[str, ...] = ()
    verdict: Expr = field(init=False)

    def __post_init__(self) -> None:
        verdict = Choose(
            (self.applies.is_null(), Choose((self.applies, "met"), otherwise="not_applicable")),
            (~self.applies, "not_applicable"),
            (self.condition, "met"),
            otherwise="not_met",
        )
        object.__setattr__(self, "verdict", named(self.id, verdict, f"{self.author} {self.year}"))

    def evaluate(self, ctx: Context) -> str:
        """The verdict for one case."""
        return self.verdict.value(ctx) or "indeterminate"


D01 = Definition(
    "D01", "ekberg_1986", "Ekberg", 1986, "Sweden, n = 72", "historical",
    "Resectable if < 4 lesions, absence of extrahepatic metastases, possibility of obtaining a surgical margin of "
    "at least 1 cm",
    "26", "26",
    "Obsolete by the review's own account: shown as history.",
    All(
        _count < threshold("EKBERG_MAX_LESIONS_EXCL"),
        ~_ehd,
        fact("plan.margin_expected_mm") >= threshold("EKBERG_MARGIN_MM"),
    ),
)  # fmt: skip
D02 = Definition(
    "D02", "charnsangavej_2006", "Charnsangavej", 2006, "USA, consensus", "resectable",
    "Two contiguous hepatic segments preservable, adequate vascular inflow and outflow and biliary drainage, adequate "
    "FLR > 20 % in a healthy liver; extrahepatic disease no longer an absolute contraindication",
    "26", None,
    "Extrahepatic disease never changes the verdict. 20 % holds for a healthy liver; any other background uses the "
    "three zones of adequacy.",
    All(
        fact("plan.contiguous_segments_spared") >= threshold("CHARN_SEGMENTS_MIN"),
        _inflow,
        _outflow,
        _bile,
        d.flr_suff_d02,
    ),
    errata=("E-01", "E-10"),
)  # fmt: skip
D03 = Definition(
    "D03", "rees_2008", "Rees", 2008, "UK, n = 929", "resectable",
    "Complete resection of all CRLM regardless of size, number, distribution or margin width, while preserving a "
    "sufficient FLR (25-30 % in case of normal liver)",
    "19", "19",
    "25-30 % is a range: from 30 met, below 25 not met, in between left to judgement.",
    All(_complete, d.flr_suff_d03),
    errata=("E-10",),
)  # fmt: skip
D04 = Definition(
    "D04", "adam_2012", "Adam", 2012, "EGOSLIM international consensus", "resectable",
    "R0 possible with preservation of at least two disease-free segments with viable inflow, outflow and biliary "
    "drainage and an FLR volume of 30 %",
    "29", "30",
    "'FLR volume of 30 %' is read as at least 30. The segments need not be contiguous.",
    All(
        _r0,
        fact("plan.disease_free_segments_spared") >= threshold("ADAM_SEGMENTS_MIN"),
        _inflow,
        _outflow,
        _bile,
        d.flr_pct >= threshold("ADAM_FLR_MIN"),
    ),
    errata=("E-02",),
)  # fmt: skip
D05 = Definition(
    "D05", "worni_2014", "Worni", 2014, "USA", "resectable",
    "Appropriate medical candidate; R0 plannable irrespective of size and multiplicity; sufficient FLR. Limited "
    "extrahepatic disease amenable to resection is a relative contraindication",
    "21", "21",
    "'Sufficient FLR' has no number: the three zones of adequacy are used.",
    All(fact("patient.fit_for_surgery"), _r0, d.flr_suff_d05, d.ehd_ok),
)  # fmt: skip
D06 = Definition(
    "D06", "vigano_2015", "Viganò", 2015, "Italy, Switzerland, n = 849", "extends_indication",
    "Surgical indication even if > 8 metastases in the absence of risk factors (good response to chemotherapy, "
    "absence of extrahepatic disease, non-rectal location)",
    "27", "27",
    "The bracket lists favourable conditions: all three are required. The title of the paper says eight or more.",
    All(d.good_response, ~_ehd, ~d.is_rectal),
    applies=d.ge8,
    errata=("E-05",),
)  # fmt: skip
D07 = Definition(
    "D07", "phelip_2016", "Phelip", 2016, "ERBIFORT, France, n = 26", "borderline",
    "Borderline resectable: <= 8 metastases and/or <= 6 segments whatever the size, without infiltration of any "
    "hepatic veins, without infiltration of both hepatic arteries or both portal branches; absence of more than 2 "
    "potentially resectable extrahepatic metastases; at least one measurable metastasis",
    "22", "22",
    "'Met' means borderline resectable. 'And/or' is read as or; 'any hepatic veins' literally, as none.",
    All(
        Any_(_count <= threshold("PHELIP_MAX_LESIONS"), _segments <= threshold("PHELIP_MAX_SEGMENTS")),
        _veins == 0,
        ~fact("liver.both_hepatic_arteries_infiltrated"),
        ~fact("liver.both_portal_branches_infiltrated"),
        Any_(~_ehd, All(fact("ehd.count") <= threshold("PHELIP_MAX_EHD"), fact("ehd.resectable"))),
        fact("liver.measurable_lesion"),
    ),
    errata=("E-09",),
)  # fmt: skip
D08 = Definition(
    "D08", "allard_2017", "Allard", 2017, "LiverMetSurvey, registry n = 12,406", "extends_indication",
    "Even in cases with CRLM > 10, with R0/R1 resection better survival than with chemotherapy alone",
    "28", "28",
    "Title and abstract say ten or more; the comparison is with R2 or no resection, in 529 patients.",
    fact("plan.r0_r1_feasible"),
    applies=d.ge10,
    errata=("E-06",),
)  # fmt: skip
D09_TECHNICAL = Any_(
    _veins > threshold("PIETR_HV_GT"),
    _segments > threshold("PIETR_SEGMENTS_GT"),
    fact("plan.needs_two_stage"),
    fact("plan.needs_ablation"),
)
D09 = Definition(
    "D09", "pietrantonio_2017", "Pietrantonio", 2017, "Italy, n = 31", "borderline",
    "Borderline resectable: > 1 hepatic vein, or > 4 segments, need for 2-stage hepatectomy or RFA, and/or "
    "biologically high risk: >= 4 nodules, or synchronous metastases",
    "25", "25",
    "'Met' means borderline or high risk. Any synchronous case is met by the biological arm alone.",
    Any_(*D09_TECHNICAL.terms, _count >= threshold("PIETR_LESIONS_GE"), d.synchronous),
)  # fmt: skip
D10 = Definition(
    "D10", "huiskens_2019", "Huiskens", 2019, "DCCG expert panel, Netherlands, n = 183", "resectable",
    "Complete resection of all lesions in one single procedure (no 2-stage and/or PVE) by resection only (no "
    "ablation), leaving FLR 25-30 % in uncompromised or 35-40 % in compromised livers",
    "27", "29",
    "Inside the ranges the source leaves it to judgement. The review prints n = 181; the abstract has 183.",
    All(
        _complete,
        ~fact("plan.needs_two_stage"),
        ~fact("plan.needs_pve"),
        ~fact("plan.needs_ablation"),
        d.flr_suff_d10,
    ),
    errata=("E-03",),
)  # fmt: skip
_ICHIDA_SMALL = fact("liver.max_diameter_mm") < threshold("ICHIDA_SIZE_LT_MM")
D11 = Definition(
    "D11", "ichida_2019", "Ichida", 2019, "Japan, n = 245", "resectable",
    "Resectable: <= 3 lesions, < 5 cm, no extrahepatic disease, FLR > 30 %. Borderline: > 4 lesions; > 5 cm; "
    "resectable extrahepatic disease. FLR < 30 %",
    "23", "23",
    "Exactly 4 lesions, 5 cm or 30 % are left out by the print and count as borderline (the source says four or more).",
    All(
        _count <= threshold("ICHIDA_MAX_LESIONS"), _ICHIDA_SMALL, ~_ehd, d.flr_pct > threshold("ICHIDA_FLR_GT")
    ),
    errata=("E-07",),
)  # fmt: skip
_EASY = fact("liver.hepatic_veins_involved") <= threshold("NIEUW_HV_MAX_EASY")
D12 = Definition(
    "D12", "nieuwenhuizen_2020", "Nieuwenhuizen", 2020, "COLLISION consensus, Netherlands", "easily_resectable",
    "Easily resectable: <= 3 adjacent segments removed; FLR > 40 %; < 1 hepatic vein; contralateral portal pedicle "
    "and IVC free. Difficult: > 3 adjacent segments; FLR < 40 %; perihilar or biliary/vascular resection; "
    "contralateral portal pedicle and IVC involved",
    "24", "24",
    "'Met' means easily resectable. '< 1 hepatic vein' is read literally, as none; '<= 1' may have been meant.",
    All(
        fact("plan.adjacent_segments_removed") <= threshold("NIEUW_MAX_ADJ_SEGMENTS"),
        d.flr_pct > threshold("NIEUW_FLR_GT"),
        _EASY,
        ~fact("liver.contralateral_portal_pedicle_involved"),
        ~fact("liver.ivc_involved"),
        ~fact("plan.needs_perihilar_biliary_or_vascular_resection"),
    ),
    errata=("E-08",),
)  # fmt: skip
D13 = Definition(
    "D13", "dijkstra_2021", "Dijkstra", 2021, "AmCORE, Netherlands, n = 520", "resectable",
    "Resectable at the discretion of the performing oncological or hepatobiliary surgeon",
    "20", "20",
    "The recorded opinion of the surgeon is the verdict; it is never inferred.",
    fact("plan.surgeon_opinion_resectable"),
)  # fmt: skip
D14 = Definition(
    "D14", "cervantes_2022", "Cervantes", 2022, "ESMO guideline", "resectable",
    "Not limited by number, size or bilobar involvement, if tumours may be resected leaving sufficient FLR > 30 %",
    "28", "14",
    "Strictly above 30 as printed, although the text of the review says 20-30 %. Published 2023, online 2022.",
    All(_complete, d.flr_pct > threshold("ESMO_FLR_GT")),
    errata=("E-04", "E-10"),
)  # fmt: skip

DEFINITIONS = (D01, D02, D03, D04, D05, D06, D07, D08, D09, D10, D11, D12, D13, D14)

d11_class = named(
    "d11_class",
    Choose(
        (All(_ehd, ~fact("ehd.resectable")), "neither"),
        (D11.condition, "resectable"),
        otherwise="borderline",
    ),
    "Class by Ichida",
)
d12_class = named(
    "d12_class", Choose((D12.condition, "easy"), otherwise="difficult"), "Class by Nieuwenhuizen"
)
