"""`make bench`: how fast the engine is, as ratios against baselines measured in the same run.

Each line is one JSON object: `name`, `value`, `unit`, `baseline` (what the same run took for the work named in
the docstring of the benchmark, in the same unit) and `ratio` (value by baseline; smaller is faster). Absolute
numbers belong to the machine, ratios travel.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import numpy as np
import rule_engine

from decisions.engine.answers import answers
from decisions.engine.assess import assess, canonical_json
from decisions.engine.cohort import Cohort
from decisions.engine.definitions import DEFINITIONS
from decisions.engine.document import parse
from decisions.engine.explanations import explanations, traces
from decisions.engine.logic import Context, Expr
from decisions.engine.questions import QUESTIONS
from decisions.engine.rules import RULES, STATE
from decisions.engine.scores import SCORES
from decisions.engine.synthetic import cohort as synthetic
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
COHORT_SIZE, SAMPLE = 1_000_000, 20_000
DECISIONS: tuple[Expr, ...] = (
    *(rule.expr for rule in RULES.values()),
    *(definition.verdict for definition in DEFINITIONS),
    *(score.score for score in SCORES),
)


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
        _line("assess one case", _repeated(lambda: assess(case), 100) / 1e3, "ms", baseline),
        _line("answer and explain one case", _repeated(explained, 100) / 1e3, "ms", baseline),
    ]


def write_one() -> str:
    """The canonical text of an assessment; the baseline is making that assessment."""
    case = parse(EXAMPLE)
    result = assess(case)
    return _line(
        "write one assessment",
        _seconds(lambda: canonical_json(result)) * 1e3,
        "ms",
        _seconds(lambda: assess(case)) * 1e3,
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
        _line("one definition, declared", declared, "µs", by_hand),
        _line("one definition, with its trace", traced, "µs", by_hand),
        _line("one definition, in rule-engine", _repeated(lambda: rule.matches(facts)), "µs", by_hand),
    ]


def _repeated(work: Callable[[], Any], times: int = 2000) -> float:
    """Microseconds of one call among many."""

    def many() -> None:
        for _ in range(times):
            work()

    return _seconds(many, repeat=5) / times * 1e6


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
    return _line(
        "read one document",
        _seconds(lambda: parse(EXAMPLE)) * 1e6,
        "µs",
        _seconds(lambda: json.loads(text)) * 1e6,
    )


def evaluate_cohort() -> str:
    """Every rule, definition and score over a million synthetic cases, by columns, on all cores, after loading;
    the baseline is the same case by case on one core, from a sample. `peak_mib` is the memory of the process.
    """
    rulebook = default()
    cases = [parse(document) for document in synthetic(SAMPLE, seed=1)]
    sample = Cohort.of_cases(cases, rulebook)
    copies = COHORT_SIZE // SAMPLE
    facts = {
        name: column._replace(values=np.tile(column.values, copies), known=np.tile(column.known, copies))
        for name, column in sample.facts.items()
    }
    whole = Cohort(COHORT_SIZE, facts, rulebook)

    def by_columns() -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_work_through, whole.slices()))

    def one_by_one() -> None:
        for case in cases[:200]:
            context = Context(case, rulebook)
            for expr in DECISIONS:
                expr.value(context)

    line = _line(
        f"{len(DECISIONS)} decisions over {COHORT_SIZE:,} cases",
        _seconds(by_columns, repeat=3),
        "s",
        _seconds(one_by_one) / 200 * COHORT_SIZE,
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return json.dumps({**json.loads(line), "peak_mib": round(peak)})


def _work_through(part: Cohort) -> None:
    for expr in DECISIONS:
        expr.column(part)


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
    for benchmark in (
        read_one,
        assess_one,
        write_one,
        decide_once,
        evaluate_cohort,
        import_engine,
    ):
        lines = benchmark()
        sys.stdout.write("\n".join([lines] if isinstance(lines, str) else lines) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
