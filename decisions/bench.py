"""`make bench`: how fast the engine is, as ratios against baselines measured in the same run.

Each line is one JSON object: `name`, `value`, `unit`, `baseline` (what the same run took for the work named in
the docstring of the benchmark, in the same unit) and `ratio` (value by baseline; smaller is faster). Absolute
numbers belong to the machine, ratios travel.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from decisions.engine.assess import assess, canonical_json
from decisions.engine.cohort import Cohort
from decisions.engine.definitions import DEFINITIONS
from decisions.engine.document import parse
from decisions.engine.logic import Context
from decisions.engine.rules import RULES
from decisions.engine.thresholds import default

EXAMPLE: dict[str, Any] = {
    "case": {"id": "bench", "decision_date": "2025-03-20", "phase": "on_conversion"},
    "patient": {"age_years": 61, "ecog": 0, "height_cm": 175, "weight_kg": 80, "fit_for_surgery": True},
    "primary": {
        "site_icdo3": "C18.7", "diagnosis_date": "2024-10-01", "t_category": "T3", "n_category": "N1b",
        "resected": False,
    },
    "liver": {
        "detected_at_presentation": True, "detection_date": "2024-10-03", "lesion_count": 6,
        "max_diameter_mm": 38, "distribution": "bilobar", "segments_involved_count": 5, "background": "normal",
    },
    "lesions": [{"id": f"L{number}", "segment": "VI", "diameter_mm": 10 + number} for number in range(6)],
    "ehd": {"present": False},
    "lung": {"present": False},
    "volumetry": {"measured_tlv_ml": 1705, "tumour_volume_ml": 60, "flr_ml": 505},
    "labs": {"cea_ng_ml": 24},
    "molecular": {"msi": "MSS", "ras": "wild_type", "braf_v600e": "wild_type"},
    "treatment": {"current_line": 1, "current_start_date": "2025-01-10", "cycle_length_days": 14},
    "plan": {"r0_feasible": True, "inflow_preserved": True, "outflow_preserved": True},
}  # fmt: skip
COHORT_SIZE = 5_000


def _seconds(work: Callable[[], Any], *, repeat: int = 7) -> float:
    """The median time of a call after one to warm up."""
    work()
    found = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return median(found)


def _line(name: str, value: float, unit: str, baseline: float) -> str:
    return json.dumps(
        {
            "name": name,
            "value": round(value, 4),
            "unit": unit,
            "baseline": round(baseline, 4),
            "ratio": round(value / baseline, 3),
        },
        ensure_ascii=False,
    )


def assess_one() -> str:
    """One case to its whole assessment; the baseline writes that assessment as JSON once."""
    case = parse(EXAMPLE)
    result = assess(case)
    return _line(
        "assess one case",
        _seconds(lambda: assess(case)) * 1e3,
        "ms",
        _seconds(lambda: canonical_json(result)) * 1e3,
    )


def read_one() -> str:
    """One case document checked; the baseline is Python's own reading of its JSON text."""
    text = json.dumps(EXAMPLE)
    return _line(
        "read one document",
        _seconds(lambda: parse(EXAMPLE)) * 1e6,
        "µs",
        _seconds(lambda: json.loads(text)) * 1e6,
    )


def evaluate_cohort() -> str:
    """All rules and definitions over a cohort by columns; the baseline is the same, case by case."""
    case, rulebook = parse(EXAMPLE), default()
    cases = [case] * COHORT_SIZE
    conditions = [rule.condition for rule in RULES.values()] + [item.condition for item in DEFINITIONS]

    def by_columns() -> None:
        cohort = Cohort.of_cases(cases, rulebook)
        for condition in conditions:
            condition.column(cohort)

    def one_by_one() -> None:
        context = Context(case, rulebook)
        for condition in conditions:
            condition.value(context)

    scalar = _seconds(one_by_one) * COHORT_SIZE
    return _line(f"rules over {COHORT_SIZE} cases", _seconds(by_columns, repeat=3), "s", scalar)


def import_engine() -> str:
    """Starting a process that has the engine; the baseline is a bare interpreter."""

    def start(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    return _line(
        "import the engine",
        _seconds(lambda: start("import decisions.engine.assess"), repeat=3) * 1e3,
        "ms",
        _seconds(lambda: start("pass"), repeat=3) * 1e3,
    )


def main() -> None:
    """Run every benchmark and print its line."""
    for benchmark in (read_one, assess_one, evaluate_cohort, import_engine):
        sys.stdout.write(benchmark() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
