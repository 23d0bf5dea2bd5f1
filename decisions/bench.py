"""`make bench`: how fast the engine is, as ratios against baselines measured in the same run.

Each line is one JSON object: `name`, `value`, `unit`, `baseline` (what the same run took for the work named in
the docstring of the benchmark, in the same unit) and `ratio` (value by baseline; smaller is faster). Absolute
numbers belong to the machine, ratios travel.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import rule_engine

from decisions.bench_cohorts import COHORT_BENCHMARKS
from decisions.bench_parts import line, seconds
from decisions.engine.answers import answers
from decisions.engine.assess import assess, canonical_json
from decisions.engine.definitions import DEFINITIONS
from decisions.engine.document import parse
from decisions.engine.explanations import explanations, traces
from decisions.engine.logic import Context
from decisions.engine.questions import QUESTIONS
from decisions.engine.rules import RULES, STATE
from decisions.engine.thresholds import default
from decisions.engine.trace import trace

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


def assess_one() -> list[str]:
    """One case to its whole assessment, and of that the explained answers alone: every rule, definition and score
    with its trace and reasons, every question with its arguments. The rest is what stands beyond the verdict (ask
    next, firmness, counterfactuals). The baseline of both is every answer without a word of why.
    """
    case, rulebook = parse(EXAMPLE), default()

    def answered(context: Context, rules: dict[str, str]) -> None:
        answers(case, context, rules)
        for question in QUESTIONS:
            question.document(context, rules)

    def only_answers() -> None:
        context = Context(case, rulebook)
        answered(context, {rule.id: rule.evaluate(context) for rule in RULES.values()})

    def explained() -> None:
        context = Context(case, rulebook)
        traced = traces(context)
        answered(context, {id_: STATE[traced[id_]["truth"]] for id_ in RULES})
        explanations(context, traced)

    baseline = _repeated(only_answers, 300) / 1e3
    return [
        line("assess one case", _repeated(lambda: assess(case), 100) / 1e3, "ms", baseline),
        line("answer and explain one case", _repeated(explained, 100) / 1e3, "ms", baseline),
    ]


def write_one() -> str:
    """The canonical text of an assessment; the baseline is making that assessment."""
    case = parse(EXAMPLE)
    result = assess(case)
    return line(
        "write one assessment",
        seconds(lambda: canonical_json(result)) * 1e3,
        "ms",
        seconds(lambda: assess(case)) * 1e3,
    )


def decide_once() -> list[str]:
    """One definition (ESMO, from the remnant in mL) three ways: declared and with its trace, by a general rule
    engine (rule-engine, from the remnant in % that is handed to it), and by hand; the baseline is by hand.
    """
    case, rulebook = parse(EXAMPLE), default()
    definition = next(item for item in DEFINITIONS if item.key == "cervantes_2022")
    facts = {"complete": True, "flr_pct": 29.6, "limit": rulebook.value("ESMO_FLR_GT")}
    rule = rule_engine.Rule("complete and flr_pct > limit")
    by_hand = _repeated(lambda: _esmo_by_hand(case, rulebook.value("ESMO_FLR_GT")))
    declared = _repeated(lambda: definition.condition.value(Context(case, rulebook)))
    traced = _repeated(lambda: trace(definition.condition, Context(case, rulebook)))
    return [
        line("one definition, declared", declared, "µs", by_hand),
        line("one definition, with its trace", traced, "µs", by_hand),
        line("one definition, in rule-engine", _repeated(lambda: rule.matches(facts)), "µs", by_hand),
    ]


def _repeated(work: Callable[[], Any], times: int = 2000) -> float:
    """Microseconds of one call among many."""

    def many() -> None:
        for _ in range(times):
            work()

    return seconds(many, repeat=5) / times * 1e6


def _esmo_by_hand(case: Any, limit: float) -> bool | None:
    """What a developer would write without the engine: unknown stays None."""
    complete = case.get("plan.complete_resection_feasible")
    if complete is None:
        outside = [case.get(name) for name in ("plan.r0_feasible", "plan.r0_r1_feasible")]
        complete = True if True in outside else None
    if complete is False:
        return False
    share, remnant, total, tumour = (
        case.get(f"volumetry.{name}") for name in ("flr_pct", "flr_ml", "measured_tlv_ml", "tumour_volume_ml")
    )
    if share is None and remnant is not None and total is not None and tumour is not None:
        share = 100 * remnant / (total - tumour)
    enough = None if share is None else share > limit
    if enough is False:
        return False
    return True if complete and enough else None


def read_one() -> str:
    """One case document checked; the baseline is Python's own reading of its JSON text."""
    text = json.dumps(EXAMPLE)
    return line(
        "read one document",
        seconds(lambda: parse(EXAMPLE)) * 1e6,
        "µs",
        seconds(lambda: json.loads(text)) * 1e6,
    )


def import_engine() -> str:
    """Starting a process that has the engine; the baseline is a bare interpreter."""

    def start(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    return line(
        "import the engine",
        seconds(lambda: start("import decisions.engine.assess"), repeat=3) * 1e3,
        "ms",
        seconds(lambda: start("pass"), repeat=3) * 1e3,
    )


def main() -> None:
    """Run every benchmark and print its line."""
    for benchmark in (
        read_one,
        assess_one,
        write_one,
        decide_once,
        *COHORT_BENCHMARKS,
        import_engine,
    ):
        lines = benchmark()
        sys.stdout.write("\n".join([lines] if isinstance(lines, str) else lines) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
