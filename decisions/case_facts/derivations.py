"""Facts derived from other facts and from the lesion list (specification, convention 12).

Counts and 'all lesions' facts come only from a list that is marked complete; an 'any' fact may become true
from an incomplete list, never false. Nothing that is missing becomes false.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from decisions.case_facts.findings import Findings, Found, Truth, Values, all_true, any_true, counted
from patients import wording

LEFT = frozenset({"II", "III", "IVa", "IVb"})
RIGHT = frozenset({"V", "VI", "VII", "VIII"})
"""The sides of the liver; segment I counts to neither."""
POSTEROSUPERIOR = frozenset({"I", "IVa", "VII", "VIII"})
LAPAROSCOPIC = frozenset({"II", "III", "V", "VI"})
MEASURABLE_MM = 10
"""RECIST 1.1: a lesion is measurable from 10 mm on."""
DEEP_MM = 30
"""From the surface to the centre: an external model, not the review (A.1, `lesions[].depth_mm`)."""


def _whole_segment(segment: str) -> str:
    return "IV" if segment.startswith("IV") else segment


def _over(value: float | None, limit: float, *, inclusive: bool) -> Truth:
    if value is None:
        return None
    return value >= limit if inclusive else value > limit


def _counts(lesions: Sequence[Values], complete: bool) -> Findings:
    if not complete:
        return {}
    found: Findings = {
        "liver.lesion_count": Found(
            len(lesions), f"{counted(len(lesions), 'lesion')} in the complete list, disappeared ones included"
        )
    }
    sizes = [lesion.get("diameter_mm") for lesion in lesions]
    known = [size for size in sizes if size is not None]
    if known and len(known) == len(sizes) and max(known) >= 1:
        largest = max(lesions, key=lambda lesion: lesion["diameter_mm"])
        found["liver.max_diameter_mm"] = Found(
            largest["diameter_mm"], f"largest of the complete list: {largest['id']}"
        )
    segments = [lesion.get("segment") for lesion in lesions]
    if segments and all(segments):
        involved = {_whole_segment(str(segment)) for segment in segments}
        found["liver.segments_involved_count"] = Found(
            len(involved),
            f"segments {', '.join(sorted(involved, key=_ROMAN.index))} of the complete list (IVa, IVb are one)",
        )
    return found


_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")


def _distribution(lesions: Sequence[Values], complete: bool) -> Findings:
    segments = [lesion.get("segment") for lesion in lesions]
    left, right = bool(LEFT & set(segments)), bool(RIGHT & set(segments))
    aside = "; segment I counts to neither side" if "I" in segments else ""
    if left and right:
        return {"liver.distribution": Found("bilobar", f"lesions on both sides of the liver{aside}")}
    if complete and (left or right) and None not in segments:
        side = "left" if left else "right"
        basis = f"all lesions of the complete list lie on the {side} side{aside}"
        return {"liver.distribution": Found("unilobar", basis)}
    return {}


def _in_segments(lesion: Values, segments: frozenset[str]) -> Truth:
    segment = lesion.get("segment")
    return None if segment is None else segment in segments


def _laparoscopic(lesion: Values) -> Truth:
    """Peripheral, in II, III, V or VI. Only 'subcapsular' states that a lesion is peripheral."""
    inside = _in_segments(lesion, LAPAROSCOPIC)
    if inside is False:
        return False
    return True if inside and lesion.get("subcapsular") is True else None


def _answers(lesions: Sequence[Values], complete: bool) -> Findings:
    listed = "the complete list" if complete else "the lesions listed so far"
    any_facts: dict[str, tuple[list[Truth], str]] = {
        "liver.posterosuperior": (
            [_in_segments(lesion, POSTEROSUPERIOR) for lesion in lesions],
            "a lesion in segment I, IVa, VII or VIII",
        ),
        "liver.measurable_lesion": (
            [_over(lesion.get("diameter_mm"), MEASURABLE_MM, inclusive=True) for lesion in lesions],
            f"a lesion of {MEASURABLE_MM} mm or more (RECIST 1.1)",
        ),
        "liver.any_lesion_ablatable": (
            [lesion.get("ablatable") for lesion in lesions],
            "a lesion judged ablatable",
        ),
        "liver.any_lesion_deep": (
            [_over(lesion.get("depth_mm"), DEEP_MM, inclusive=False) for lesion in lesions],
            f"a lesion deeper than {DEEP_MM} mm (external model, source outside the review)",
        ),
        "dlm.present": (
            [lesion.get("disappeared") for lesion in lesions],
            "a lesion no longer visible",
        ),
    }
    all_facts: dict[str, tuple[list[Truth], str]] = {
        "liver.all_lesions_ablatable": (
            [lesion.get("ablatable") for lesion in lesions],
            "every lesion judged ablatable",
        ),
        "liver.all_lesions_in_laparoscopic_segments": (
            [_laparoscopic(lesion) for lesion in lesions],
            "every lesion subcapsular in segment II, III, V or VI",
        ),
    }
    found: Findings = {}
    for name, (answers, words) in any_facts.items():
        answer = any_true(answers, complete=complete)
        if answer is not None:
            found[name] = Found(answer, f"{'' if answer else 'not '}{words}, by {listed}")
    for name, (answers, words) in all_facts.items():
        answer = all_true(answers, complete=complete)
        if answer is not None:
            found[name] = Found(answer, f"{'' if answer else 'not '}{words}, by {listed}")
    return found


def from_lesions(lesions: Sequence[Values], *, complete: bool) -> Findings:
    """Facts of the liver from `lesions` (as in a case document, diameters and depth in mm).

    `complete`: the list holds every liver lesion.
    """
    return {
        **_counts(lesions, complete),
        **_distribution(lesions, complete),
        **_answers(lesions, complete),
    }


def lesion_visibility(lesion: Values) -> Found | None:
    """`lesions[].disappeared` from the sizes: a lesion with a size is visible; 0 mm after a size is not."""
    size, before = lesion.get("diameter_mm"), lesion.get("baseline_diameter_mm")
    if size is not None and size > 0:
        return Found(False, f"{size:g} mm now")
    if size == 0 and before is not None and before > 0:
        return Found(True, f"not seen now, {before:g} mm before treatment")
    return None


def from_facts(facts: Values, *, on: datetime.date | None) -> Findings:
    """Facts that follow from other facts, as of the staging date `on`."""
    return {**_primary(facts, on), **_adjuvant(facts)}


def _primary(facts: Values, on: datetime.date | None) -> Findings:
    resected: Any = facts.get("primary.resected")
    basis = "from 'primary resected'"
    if resected is None and facts.get("primary.in_situ") is not None:
        resected, basis = not facts["primary.in_situ"], "from 'primary in place'"
    day = facts.get("primary.resection_date")
    if resected is None and day is not None and on is not None:
        resected = day <= on
        basis = f"resection of the primary on {wording.day(day)}, {'by' if resected else 'after'} the staging date"
    if resected is None:
        return {}
    found = {
        "primary.resected": Found(resected, basis, day),
        "primary.in_situ": Found(not resected, basis, day),
    }
    return {name: value for name, value in found.items() if facts.get(name) is None}


def _adjuvant(facts: Values) -> Findings:
    if facts.get("treatment.prior_adjuvant_oxaliplatin") is True:
        return {"treatment.adjuvant_given": Found(True, "adjuvant oxaliplatin was given")}
    return {}
