"""The benchmarks over many cases: by columns, after loading, on all cores; part of `make bench`."""

import json
import os
import resource
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from decisions.bench_parts import line, seconds
from decisions.engine.cohort import Cohort
from decisions.engine.definitions import DEFINITIONS
from decisions.engine.document import Case, parse
from decisions.engine.impact import Preview
from decisions.engine.logic import Context, Expr
from decisions.engine.outputs import flat
from decisions.engine.parquet import read_cohort, write_cohort
from decisions.engine.rules import RULES
from decisions.engine.scores import SCORES
from decisions.engine.synthetic import cohort as synthetic
from decisions.engine.thresholds import default

MANY, MOST, SAMPLE = 100_000, 1_000_000, 20_000
WIDEST = {"FLR_NORMAL_HIGH": 35}
"""The threshold on which most answers rest: the upper remnant limit of a normal liver, at another value."""
DECISIONS: tuple[Expr, ...] = (
    *(rule.expr for rule in RULES.values()),
    *(definition.verdict for definition in DEFINITIONS),
    *(score.score for score in SCORES),
)


@cache
def _sample() -> list[Case]:
    return [parse(document) for document in synthetic(SAMPLE, seed=1)]


def _cohort(size: int) -> Cohort:
    """So many synthetic cases: the sample, repeated."""
    sample, copies = Cohort.of_cases(_sample(), default()), size // SAMPLE
    facts = {
        name: column._replace(values=np.tile(column.values, copies), known=np.tile(column.known, copies))
        for name, column in sample.facts.items()
    }
    return Cohort(size, facts, default())


def _with_peak(text: str) -> str:
    """The line with `peak_mib`, the most memory that the process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return json.dumps({**json.loads(text), "peak_mib": round(peak)}, ensure_ascii=False)


def evaluate_cohort() -> str:
    """Every rule, definition and score over a million synthetic cases; the baseline is the same case by case on one
    core, from a sample.
    """
    whole = _cohort(MOST)

    def by_columns() -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_work_through, whole.slices()))

    return _with_peak(
        line(
            f"{len(DECISIONS)} decisions over {MOST:,} cases",
            seconds(by_columns, repeat=3),
            "s",
            _one_by_one(DECISIONS) * MOST,
        )
    )


def _work_through(part: Cohort) -> None:
    for expr in DECISIONS:
        expr.column(part)


def _one_by_one(exprs: tuple[Expr, ...]) -> float:
    """Seconds a case of working expressions out case by case on one core."""

    def work() -> None:
        for case in _sample()[:200]:
            context = Context(case, default())
            for expr in exprs:
                expr.value(context)

    return seconds(work) / 200


def preview_change() -> list[str]:
    """What another value of the widest threshold changes in every counted answer, after loading; the baseline is to
    work those answers out anew, case by case on one core, from a sample.
    """
    again = _one_by_one(tuple(flat().values()))
    lines = []
    for size in (MANY, MOST):
        preview, other = Preview(_cohort(size)), default().override(WIDEST)
        took = seconds(partial(preview.under, other)) * 1e3
        name = f"preview of one threshold over {size:,} cases"
        lines.append(_with_peak(line(name, took, "ms", again * size * 1e3)))
    return lines


def load_cohort() -> str:
    """A million cases from a Parquet file, checked; the baseline is Polars' own reading of the file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cohort.parquet"
        write_cohort(_cohort(MOST), file)
        return _with_peak(
            line(
                f"load {MOST:,} cases",
                seconds(lambda: read_cohort(file, default()), repeat=3),
                "s",
                seconds(lambda: pl.read_parquet(file), repeat=3),
            )
        )


COHORT_BENCHMARKS: tuple[Any, ...] = (evaluate_cohort, preview_change, load_cohort)
