"""Random cases: any fact may be missing, and values fall on the limits as often as between them."""

import datetime
import random

from hypothesis import strategies as st

from decisions.engine.facts import FACTS
from decisions.engine.thresholds import default

NUMBERS = {
    "liver.lesion_count": (0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12),
    "liver.lesion_count_baseline": (1, 3, 4, 6),
    "liver.max_diameter_mm": (10, 20, 25.5, 30, 49.9, 50, 51, 55, 56, 80),
    "labs.cea_ng_ml": (5, 19.9, 20, 80, 81, 200, 201),
    "volumetry.flr_pct": (15, 20, 24.9, 25, 29.6, 30, 35, 38, 40, 45, 50, 60),
    "volumetry.flr_pct_post": (20, 28, 30, 40, 55),
    "patient.age_years": (17, 40, 65, 66, 67, 69, 70, 80),
    "treatment.current_cycles_completed": (0, 3, 4, 6, 7, 12, 13),
    "treatment.current_line": (1, 2, 3, 4),
    "primary.positive_nodes": (0, 1, 3, 4, 8),
}
DATES = tuple(
    datetime.date.fromisoformat(text)
    for text in (
        "2023-08-31",
        "2024-01-31",
        "2024-02-29",
        "2024-08-31",
        "2025-01-31",
        "2025-02-28",
        "2025-03-20",
    )
)
CODES = {
    "primary.histology_icdo3": ("8140/3",),
    "molecular.kras_variant": ("G12C", "G12D"),
    "case.id": ("A", "B"),
}
NAMES = tuple(name for name in FACTS if not name.startswith("lesions[]"))


def any_value(name, draw):
    """A value that the vocabulary allows for `name`."""
    fact = FACTS[name]
    if fact.type == "bool":
        return draw.choice((True, False))
    if fact.type == "date":
        return draw.choice(DATES)
    if fact.type.startswith("list"):
        return tuple(item for item in fact.allowed or () if draw.random() < 0.7)
    if fact.type in {"int", "decimal"}:
        low, high = fact.minimum or 0, fact.maximum or 100
        near = NUMBERS.get(name) or (low, low + 1, low + 2, (low + high) // 2)
        return draw.choice(near)
    allowed = [code for code in fact.allowed or () if code not in {"unknown", "..."}]
    return draw.choice(CODES.get(name) or allowed)


def any_case(seed):
    """A case in which each fact is given with one probability for the whole case."""
    draw = random.Random(seed)
    given = draw.choice((0.3, 0.6, 0.9, 1.0))
    return {name: any_value(name, draw) for name in NAMES if draw.random() < given}


def any_thresholds(seed):
    """A threshold set with a few values moved to their bounds or between."""
    draw = random.Random(seed)
    rulebook = default()
    values = rulebook.values()
    moved = draw.sample(sorted(values), k=8)
    changes = {
        name: values[name] + draw.choice((-1, 1)) for name in moved if isinstance(values[name], int | float)
    }
    accepted = rulebook
    for name, value in changes.items():
        try:
            accepted = accepted.override({name: value})
        except ValueError:
            continue
    return accepted


def document_of(case, lesions=()):
    """The case document with these facts."""
    document = {}
    for name, value in case.items():
        *path, key = name.split(".")
        block = document
        for step in path:
            block = block.setdefault(step, {})
        block[key] = value.isoformat() if isinstance(value, datetime.date) else value
    return document | ({"lesions": list(lesions)} if lesions else {})


def random_documents():
    """Valid case documents, with lesions; a date later than the staging's is left out."""

    def build(seed):
        draw = random.Random(seed)
        case = {name: value for name, value in any_case(seed).items() if name != "lesions"}
        today = case.get("case.decision_date")
        earlier = case.get("volumetry.hypertrophy_date")
        for name, value in list(case.items()):
            if isinstance(value, datetime.date):
                fact = FACTS[name]
                if (fact.latest and today and value > today) or (
                    fact.not_before and earlier and value < earlier
                ):
                    del case[name]
        diagnosed, resected = case.get("primary.diagnosis_date"), case.get("primary.resection_date")
        if diagnosed and resected and resected < diagnosed:
            # The engine only warns of it; the record refuses it.
            del case["primary.resection_date"]
        lesions = [
            {
                "id": f"M{number}",
                "segment": draw.choice(("IVa", "VIII", "unknown")),
                "diameter_mm": draw.choice((12, 30.5, None)),
            }
            for number in range(draw.randrange(4))
        ]
        return document_of(case, lesions)

    return st.integers(0, 10**6).map(build)
