"""Synthetic cases (`make_cohort`): plausible patients for benchmarks, demos and tests; nobody's data.

Each case is drawn from a generator of its own, seeded with (seed, number): the same seed gives the same cases,
and a longer cohort begins with the shorter one. A case is made whole first; then what centres often do not
write down is taken out, block by block (`KNOWN`), so that what stays never contradicts itself.

Where the figures come from (shares of patients, medians):

- age 64 ± 12 years, men 0.6-0.7, tumour size 26 mm (quartiles 19-42), CEA 6 ng/mL (3-18) after and about
  20 before chemotherapy, node-positive primary 0.43 (0.6 here, in patients who are not all resected), more than
  one metastasis 0.5, both lobes 0.42, extrahepatic disease 0.13, embolisation 0.07: TCIA
  Colorectal-Liver-Metastases (Simpson et al., doi:10.7937/QXK2-QG03), patients before resection;
- synchronous in half, rectal primary 0.3, right-sided 0.3, RAS mutant 0.45, BRAF V600E 0.07, MSI-H 0.04:
  rounded from registries, from memory;
- everything else, missingness included, is the project's own choice of what is plausible.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]
Facts = dict[str, Any]
Draw = random.Random

FIRST_DAY = datetime.date(2023, 1, 2)
DAYS = 1000
"""Decision dates lie in so many days from the first on."""
KNOWN: Mapping[str, float] = {
    "patient": 0.9, "primary": 0.85, "liver": 0.9, "lesions": 0.6, "ehd": 0.95, "lung": 0.8, "imaging": 0.7,
    "dlm": 0.5, "volumetry": 0.55, "labs": 0.85, "molecular": 0.75, "treatment": 0.9, "plan": 0.8, "lt": 0.2,
    "post": 1.0,
}  # fmt: skip
"""How often a block is written down at all; inside a block each fact is left out with `GAP`."""
GAP = 0.1
KEPT = frozenset({"id", "decision_date", "phase", "present"})
SEGMENTS = ("I", "II", "III", "IVa", "IVb", "V", "VI", "VII", "VIII")
LEFT = frozenset({"II", "III", "IVa", "IVb"})
COLON = {
    "right": ("C18.0", "C18.2", "C18.3", "C18.4"),
    "left": ("C18.5", "C18.6", "C18.7", "C19.9"),
}
VARIANTS = ("G12D", "G12V", "G13D", "G12C")


def cohort(count: int, seed: int) -> Iterator[Document]:
    """`count` case documents (`crlm-case/1`), one at a time. Raises `ValueError` for a negative count."""
    if count < 0:
        raise ValueError(f"{count} is not allowed; allowed: 0 or more cases")
    for number in range(1, count + 1):
        yield case(number, seed)


def case(number: int, seed: int) -> Document:
    """The case with this number of the cohort of this seed."""
    draw = random.Random(f"{seed}/{number}")  # noqa: S311 - plausible, not secret
    today = FIRST_DAY + datetime.timedelta(days=draw.randrange(DAYS))
    whole = _whole(draw, f"S{seed}-{number:07d}", today)
    return {block: facts for block, content in whole.items() if (facts := _written(draw, block, content))}


def _written(draw: Draw, block: str, content: Any) -> Any:
    if block == "case":
        return content
    if draw.random() > KNOWN[block]:
        return None
    if block == "lesions":
        return content
    return {name: value for name, value in content.items() if name in KEPT or draw.random() > GAP}


def _whole(draw: Draw, code: str, today: datetime.date) -> Document:
    """Everything of one patient, before anything is left out."""
    synchronous = draw.random() < 0.5
    line = _line(draw, today) if draw.random() < 0.6 else None
    since = datetime.timedelta(days=draw.randrange(30, 120))
    detected = (line["current_start_date"] if line else today) - since
    diagnosed = detected - datetime.timedelta(
        days=draw.randrange(0, 20) if synchronous else min(2500, 120 + int(draw.expovariate(1 / 420)))
    )
    lesions = _lesions(draw, bool(line))
    liver = _liver(draw, lesions, detected, synchronous)
    lung = draw.random() < 0.12
    spread = lung or draw.random() < 0.1
    phase = "baseline" if line is None else draw.choice(("on_conversion", "on_neoadjuvant", "on_conversion"))
    resected_liver = draw.random() < 0.12
    document: Document = {
        "case": {
            "id": code,
            "decision_date": today.isoformat(),
            "phase": "post_resection" if resected_liver else phase,
        },
        "patient": _patient(draw),
        "primary": _primary(draw, diagnosed, today, synchronous),
        "liver": liver,
        "lesions": lesions,
        "ehd": _extrahepatic(draw, spread, lung),
        "lung": _lung(draw, lung, detected),
        "imaging": _imaging(draw, lesions, line, today),
        "dlm": {"present": any(lesion["disappeared"] for lesion in lesions)},
        "volumetry": _volumetry(draw, liver["lesion_count"]),
        "labs": _labs(draw, bool(line)),
        "molecular": _molecular(draw),
        "treatment": _dated(line) if line else {"systemic_given": False, "prior_chemo_for_metastatic": False},
        "plan": _plan(draw, liver["lesion_count"]),
        "lt": {"available": draw.random() < 0.3},
    }
    if resected_liver:
        margin = draw.choices(("R0", "R1"), (8, 2))[0]
        document["post"] = {
            "liver_resection_date": (today - datetime.timedelta(days=draw.randrange(10, 30))).isoformat(),
            "margin": margin,
            "margin_mm": 0 if margin == "R1" else round(draw.uniform(1, 12), 1),
        }
    return document


def _yes(draw: Draw, share: float) -> bool:
    return draw.random() < share


def _patient(draw: Draw) -> Facts:
    male = _yes(draw, 0.62)
    height = draw.gauss(176 if male else 163, 7)
    ecog = draw.choices((0, 1, 2, 3), (50, 38, 10, 2))[0]
    return {
        "age_years": min(92, max(24, round(draw.gauss(64, 12)))),
        "sex": "male" if male else "female",
        "height_cm": round(min(210, max(140, height))),
        "weight_kg": round(min(160, max(42, draw.gauss(27, 4.5) * (height / 100) ** 2)), 1),
        "ecog": ecog,
        "asa": draw.choices((1, 2, 3, 4), (10, 55, 32, 3))[0],
        "fit_for_surgery": ecog <= 1 or _yes(draw, 0.5),
        "fit_for_intensive_chemo": ecog <= 1 and _yes(draw, 0.8),
        "poor_functional_reserve": _yes(draw, 0.05),
    }


def _primary(draw: Draw, diagnosed: datetime.date, today: datetime.date, synchronous: bool) -> Facts:
    rectal, side = _yes(draw, 0.3), draw.choices(("right", "left"), (3, 4))[0]
    positive = 0 if _yes(draw, 0.4) else 1 + min(20, int(draw.expovariate(0.35)))
    resected = not synchronous or _yes(draw, 0.45)
    facts: Facts = {
        "site_icdo3": "C20.9" if rectal else draw.choice(COLON[side]),
        "side": "left" if rectal else side,
        "diagnosis_date": diagnosed.isoformat(),
        "resected": resected,
        "in_situ": not resected,
        "symptomatic": _yes(draw, 0.15),
        "t_category": draw.choices(("T1", "T2", "T3", "T4a"), (3, 12, 60, 25))[0],
        "n_category": "N0" if positive == 0 else "N1b" if positive <= 3 else "N2a",
    }
    if rectal:
        facts["rectal_level"] = draw.choice(("high", "mid", "low"))
    if resected:
        after = min(draw.randrange(14, 200), (today - diagnosed).days)
        facts["resection_date"] = (diagnosed + datetime.timedelta(days=after)).isoformat()
        facts["positive_nodes"] = positive
        facts["margin"] = draw.choices(("R0", "R1"), (95, 5))[0]
    else:
        facts["resectable"] = _yes(draw, 0.9)
    return facts


def _lesions(draw: Draw, treated: bool) -> list[Facts]:
    count = 1 if _yes(draw, 0.38) else 2 + min(18, int(draw.expovariate(0.3)))
    largest = min(180.0, max(6.0, draw.lognormvariate(3.3, 0.6)))
    found = []
    for number in range(1, count + 1):
        before = largest if number == 1 else max(4.0, largest * draw.random())
        gone = treated and before < 15 and _yes(draw, 0.25)
        now = 0 if gone else round(before * (draw.uniform(0.45, 1.05) if treated else 1), 1)
        lesion: Facts = {
            "id": f"L{number}",
            "segment": draw.choice(SEGMENTS),
            "diameter_mm": now,
            "disappeared": gone,
            "subcapsular": _yes(draw, 0.4),
            "ablatable": now <= 30 and _yes(draw, 0.8),
        }
        if treated:
            lesion["baseline_diameter_mm"] = round(before, 1)
        found.append(lesion)
    return found


def _liver(draw: Draw, lesions: list[Facts], detected: datetime.date, synchronous: bool) -> Facts:
    segments = {lesion["segment"] for lesion in lesions}
    whole = {"IV" if segment.startswith("IV") else segment for segment in segments}
    both = bool(segments & LEFT) and bool(segments - LEFT - {"I"})
    many = len(lesions) > 4
    return {
        "detection_date": detected.isoformat(),
        "detected_at_presentation": synchronous,
        "lesion_count": len(lesions),
        "max_diameter_mm": max(1, *(lesion["diameter_mm"] for lesion in lesions)),
        "distribution": "bilobar" if both else "unilobar",
        "segments_involved_count": len(whole),
        "hepatic_veins_involved": draw.choices((0, 1, 2, 3), (70, 22, 6, 2))[0],
        "both_portal_branches_infiltrated": _yes(draw, 0.03),
        "both_hepatic_arteries_infiltrated": _yes(draw, 0.02),
        "contralateral_portal_pedicle_involved": _yes(draw, 0.04),
        "ivc_involved": _yes(draw, 0.03),
        "near_hepatocaval_confluence": _yes(draw, 0.1 if not many else 0.2),
        "posterosuperior": bool(segments & {"I", "IVa", "VII", "VIII"}),
        "all_lesions_ablatable": all(lesion["ablatable"] for lesion in lesions),
        "any_lesion_ablatable": any(lesion["ablatable"] for lesion in lesions),
        "recurrent_after_hepatectomy": _yes(draw, 0.08),
        "background": draw.choices(
            ("normal", "chemo_injured", "steatosis", "fibrosis", "cirrhosis"), (62, 18, 15, 4, 1)
        )[0],
    }


def _extrahepatic(draw: Draw, spread: bool, lung: bool) -> Facts:
    if not spread:
        return {"present": False}
    sites = ["lung"] if lung else [draw.choice(("peritoneum", "hilar_node", "retroperitoneal_node", "other"))]
    return {
        "present": True,
        "sites": sites,
        "count": 1 + min(8, int(draw.expovariate(0.5))),
        "resectable": _yes(draw, 0.5),
        "limited": _yes(draw, 0.6),
    }


def _lung(draw: Draw, present: bool, detected: datetime.date) -> Facts:
    if not present:
        return {"present": False}
    return {
        "present": True,
        "resectable": _yes(draw, 0.5),
        "peripheral": _yes(draw, 0.7),
        "bilateral": _yes(draw, 0.4),
        "count": 1 + min(12, int(draw.expovariate(0.5))),
        "detection_date": detected.isoformat(),
    }


def _line(draw: Draw, today: datetime.date) -> Facts:
    days = draw.randrange(14, 210)
    length = draw.choices((14, 21), (75, 25))[0]
    return {
        "systemic_given": True,
        "prior_chemo_for_metastatic": True,
        "intent": draw.choices(("conversion", "neoadjuvant", "palliative"), (55, 30, 15))[0],
        "regimen": draw.choices(("FOLFOX", "FOLFIRI", "CAPOX", "FOLFOXIRI"), (45, 20, 20, 15))[0],
        "targeted_agent": _yes(draw, 0.6),
        "current_line": draw.choices((1, 2, 3), (78, 18, 4))[0],
        "current_start_date": today - datetime.timedelta(days=days),
        "cycle_length_days": length,
        "current_cycles_completed": max(0, round(days / length * draw.uniform(0.75, 1))),
        "prior_adjuvant_oxaliplatin": _yes(draw, 0.12),
    }


def _dated(line: Facts) -> Facts:
    return {**line, "current_start_date": line["current_start_date"].isoformat()}


def _imaging(draw: Draw, lesions: list[Facts], line: Facts | None, today: datetime.date) -> Facts:
    facts: Facts = {"ct_done": True, "mri_hepatobiliary_done": _yes(draw, 0.7)}
    if line is None:
        return facts
    since = (today - line["current_start_date"]).days
    targets = sorted(lesions, key=lambda lesion: -lesion["baseline_diameter_mm"])[:2]
    baseline = sum(lesion["baseline_diameter_mm"] for lesion in targets)
    current = sum(lesion["diameter_mm"] for lesion in targets)
    return {
        **facts,
        "restaging_date": (today - datetime.timedelta(days=draw.randrange(0, min(28, since)))).isoformat(),
        "recist": {
            "baseline_sum_mm": round(baseline, 1),
            "nadir_sum_mm": round(min(baseline, current), 1),
            "current_sum_mm": round(current, 1),
            "new_lesions": _yes(draw, 0.08),
        },
    }


def _volumetry(draw: Draw, count: int) -> Facts:
    total = draw.gauss(1600, 260)
    total = min(2800, max(900, total))
    share = min(80.0, max(10.0, draw.gauss(46 if count < 5 else 34, 14)))
    facts: Facts = {
        "measured_tlv_ml": round(total),
        "tumour_volume_ml": round(min(400, draw.expovariate(1 / 40))),
        "flr_ml": round(total * share / 100),
        "hypertrophy_procedure": "none",
    }
    return facts


def _labs(draw: Draw, treated: bool) -> Facts:
    return {
        "cea_ng_ml": round(min(9000.0, draw.lognormvariate(1.8 if treated else 3.0, 1.5)), 1),
        "bilirubin_umol_l": round(min(80, max(3, draw.lognormvariate(2.3, 0.4)))),
        "creatinine_umol_l": round(min(400, max(30, draw.lognormvariate(4.35, 0.25)))),
        "platelets_10e9_l": round(min(700, max(40, draw.gauss(230, 70)))),
    }


def _molecular(draw: Draw) -> Facts:
    unstable = _yes(draw, 0.04)
    mutant = _yes(draw, 0.45)
    facts: Facts = {
        "msi": "MSI-H" if unstable else "MSS",
        "mmr": "dMMR" if unstable else "pMMR",
        "ras": "mutant" if mutant else "wild_type",
        "braf_v600e": "mutant" if not mutant and _yes(draw, 0.12) else "wild_type",
    }
    if mutant:
        facts["kras"] = "mutant"
        facts["kras_variant"] = draw.choices(VARIANTS, (45, 30, 18, 7))[0]
    return facts


def _plan(draw: Draw, count: int) -> Facts:
    feasible = _yes(draw, 0.8 if count < 5 else 0.5)
    vessels = feasible or _yes(draw, 0.5)
    major = count > 3 or _yes(draw, 0.3)
    removed = draw.randrange(3, 6) if major else draw.randrange(1, 3)
    return {
        "r0_feasible": feasible,
        "r0_r1_feasible": feasible or _yes(draw, 0.3),
        "complete_resection_feasible": feasible,
        "inflow_preserved": vessels,
        "outflow_preserved": vessels or _yes(draw, 0.5),
        "biliary_drainage_preserved": vessels or _yes(draw, 0.7),
        "contiguous_segments_spared": 8 - removed if feasible else draw.randrange(0, 4),
        "disease_free_segments_spared": max(0, 8 - removed - min(count, 3)),
        "adjacent_segments_removed": removed,
        "hepatectomy_extent": "major" if major else "minor",
        "needs_two_stage": count > 6 and _yes(draw, 0.4),
        "needs_pve": major and _yes(draw, 0.3),
        "needs_ablation": count > 2 and _yes(draw, 0.4),
        "ablation_feasible": _yes(draw, 0.6),
        "margin_expected_mm": round(draw.uniform(0, 12), 1),
        "surgeon_opinion_resectable": feasible,
        "approach": draw.choices(("open", "laparoscopic", "robotic"), (60, 32, 8))[0],
        "adjuvant_intended": _yes(draw, 0.5),
    }
