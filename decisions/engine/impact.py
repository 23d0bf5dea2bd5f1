"""What other values of some thresholds would do to a cohort: every changed output, counted and by case.

Only what rests on a changed threshold is worked out anew; what it is made of is kept, so that a number can be
dragged. Everything happens in `slices` of the cohort that fit into the cache, on all cores.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from decisions.engine.cohort import Cohort, Column, code_of
from decisions.engine.logic import Expr
from decisions.engine.logic.forms import form_of, limits_of
from decisions.engine.outputs import RAISED, flat, in_words
from decisions.engine.thresholds import ThresholdSet

Output = tuple[str, str]
"""(family, name) as in `outputs.flat`."""


@dataclass(slots=True)
class Impact:
    """The changes: how many cases went from what to what for each output, and which cases (numbers from 0)."""

    cases: int
    changed: dict[Output, Counter[str]] = field(default_factory=dict)
    rows: dict[Output, np.ndarray[Any, Any]] = field(default_factory=dict)

    def counts(self) -> dict[str, Any]:
        """The counts as the `whatif` command prints them: `{"definitions": {"D04": {"met->not_met": 31}}, …}`."""
        families: dict[str, Any] = {family: {} for family, _ in flat()}
        for (family, name), counter in sorted(self.changed.items()):
            found = dict(sorted(counter.items()))
            if name:
                families[family][name] = found
            else:
                families[family] = found
        return families

    def cases_of(self, *families: str) -> np.ndarray[Any, Any]:
        """The numbers of all cases in which something changed (in these families, or in any)."""
        rows = [found for (family, _), found in self.rows.items() if not families or family in families]
        return np.unique(np.concatenate(rows)) if rows else np.empty(0, dtype=np.int64)


class Preview:
    """A cohort made ready for other values of the thresholds `names`; the cohort's own set is what is compared."""

    def __init__(self, cohort: Cohort, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        self.cases, self.thresholds = cohort.size, cohort.thresholds
        self.outputs = {key: expr for key, expr in flat().items() if limits_of(expr) & self.names}
        self._kept = self._frontier()
        self._parts = list(cohort.slices())
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self._before = list(pool.map(self._prepare, self._parts))

    def _frontier(self) -> frozenset[int]:
        """The parts that no change of `names` touches, of expressions that it does touch."""
        kept: set[int] = set()
        seen: set[int] = set()

        def look(expr: Expr) -> None:
            if id(expr) in seen:
                return
            seen.add(id(expr))
            if limits_of(expr) & self.names:
                for part in expr.parts():
                    look(part)
            else:
                kept.add(form_of(expr))

        for expr in self.outputs.values():
            look(expr)
        return frozenset(kept)

    def _prepare(self, part: Cohort) -> dict[Output, Column]:
        before = {key: _compared(key, expr.column(part)) for key, expr in self.outputs.items()}
        part.keep(self._kept)
        return before

    def under(self, thresholds: ThresholdSet) -> Impact:
        """What changes under another set, which may differ in `names` alone. Raises `ValueError` otherwise."""
        others = {
            name for name, value in thresholds.numbers.items() if value != self.thresholds.numbers[name]
        } - self.names
        if others:
            raise ValueError(
                f"{', '.join(sorted(others))} differ too; allowed: changes of {', '.join(sorted(self.names))}."
            )
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(partial(self._compare, thresholds), self._parts, self._before))
        impact = Impact(self.cases)
        start = 0
        for part, changes in zip(self._parts, found, strict=True):
            for key, (counter, rows) in changes.items():
                impact.changed.setdefault(key, Counter()).update(counter)
                earlier = impact.rows.get(key)
                impact.rows[key] = (
                    rows + start if earlier is None else np.concatenate([earlier, rows + start])
                )
            start += part.size
        return impact

    def _compare(
        self, thresholds: ThresholdSet, part: Cohort, before: Mapping[Output, Column]
    ) -> dict[Output, tuple[Counter[str], np.ndarray[Any, Any]]]:
        other = part.under(thresholds)
        changes = {}
        for key, expr in self.outputs.items():
            old, new = before[key], _compared(key, expr.column(other))
            differs = (old.known != new.known) | (old.known & new.known & (old.values != new.values))
            rows = np.flatnonzero(differs)
            if len(rows):
                changes[key] = (_transitions(key[0], old, new, rows), rows)
        return changes


def _compared(key: Output, column: Column) -> Column:
    """The column as the document tells it: a flag or a conflict whose condition is unknown is not raised."""
    if key[0] in RAISED:
        raised = column.known & column.values.astype(bool, copy=False)
        return Column(raised, np.ones(len(raised), dtype=bool), "truth")
    return column


def _transitions(family: str, old: Column, new: Column, rows: np.ndarray[Any, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    before, after = _values(old, rows), _values(new, rows)
    for pair, count in Counter(zip(before, after, strict=True)).items():
        words = "->".join(in_words(family, value) for value in pair)
        found["moved" if family == "reassess" else words] += count
    return found


def _values(column: Column, rows: np.ndarray[Any, Any]) -> list[Any]:
    values: list[Any] = column.values[rows].tolist()
    if column.kind == "code":
        values = [code_of(int(value)) for value in values]
    known = column.known[rows].tolist()
    return [value if is_known else None for value, is_known in zip(values, known, strict=True)]
