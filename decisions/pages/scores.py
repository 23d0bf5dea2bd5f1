"""Scores and calculators of an assessment, with their items, their range while facts are missing, and their marks."""

from collections.abc import Mapping
from typing import Any

from decisions.pages.advice import Document, explanations
from decisions.pages.sources import reference_words, threshold_source
from patients.wording import number

POINT_SCORES = ("fong", "meta5", "game", "brudvik", "oslo")


def scores_of(document: Document) -> list[dict[str, Any]]:
    """What the component `score` takes, one entry a score, in a fixed order."""
    said = explanations(document, "scores")
    points = [_points(said.get(key) or {}, document[key]) for key in POINT_SCORES if key in document]
    return [*points, _burden(document), _stage(document)]


def _points(said: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    items = list(said.get("items") or ())
    score, low, high = result.get("score"), result.get("min"), result.get("max")
    note = str(said.get("note") or "")
    if result.get("status") == "not_applicable":
        note = f"Not applicable here. {note}".strip()
    return {
        "name": said.get("name", ""),
        "value": "" if score is None else number(score),
        "range": "" if score is not None or low is None else f"{number(low)}–{number(high)}",
        "of": said.get("full"),
        "risk": f"{result['risk']} risk" if result.get("risk") else "",
        "points": [
            f"{item['label']} {_signed(item['points'])}" for item in items if item.get("points") is not None
        ],
        "missing": [item["label"] for item in items if item.get("points") is None]
        if result.get("status") != "not_applicable"
        else [],
        "verified": said.get("verified") or "memory",
        "source": reference_words([said["source"]]) if said.get("source") else "",
        "note": note,
    }


def _signed(points: float) -> str:
    return f"+{number(points)}" if points else "0"


def _burden(document: Document) -> dict[str, Any]:
    tbs = document.get("tbs")
    source, verified = threshold_source("TBS_ZONE1_LT")
    return {
        "name": "Tumour burden score",
        "value": number(tbs["value"], 2) if tbs else "",
        "risk": f"zone {tbs['zone']}" if tbs else "",
        "points": ["√(largest size in cm² + number²)"],
        "missing": [] if tbs else ["number of lesions, largest size"],
        "verified": verified,
        "source": source.partition(", ")[2],
        "note": "",
    }


def _stage(document: Document) -> dict[str, Any]:
    stage, grade = document.get("h_stage"), document.get("crlm_grade")
    source, verified = threshold_source("H_COUNT_GE")
    known = [str(part) for part in (stage, f"grade {grade}" if grade else None) if part]
    return {
        "name": "H-stage and grade",
        "value": ", ".join(known),
        "risk": "",
        "points": [],
        "missing": [word for word, found in (("H-stage", stage), ("grade", grade)) if not found],
        "verified": verified,
        "source": source.partition(", ")[2],
        "note": "",
    }
