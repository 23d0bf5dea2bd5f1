"""What other values of some thresholds would do to a cohort: every changed output, counted and by case.

An answer can change only where a comparison with a changed threshold comes out otherwise. Those comparisons (the
seeds) are worked out for every case, everything that rests on them for the few cases where one of them turned, so
that a number can be dragged. The cohort is looked through in `slices` that fit into the cache, on all cores.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from decisions.engine.cohort import Cohort, Column, code_of
from decisions.engine.logic import Expr, Function
from decisions.engine.logic.core import Arithmetic, Threshold
from decisions.engine.logic.forms import form_of, limits_of
from decisions.engine.outputs import RAISED, flat, in_words
from decisions.engine.thresholds import ThresholdSet

Output = tuple[str, str]
"""(family, name) as in `outputs.flat`."""
Rows = NDArray[np.int64]
_NONE: Rows = np.empty(0, dtype=np.int64)
AT_ONCE = 65_536
"""Cases that are worked out together: what fits into the cache."""
ALONE = 16_384
"""Cases that one core has done before another has begun."""


@dataclass(slots=True)
class Impact:
    """The changes: how many cases went from what to what for each output, and which cases (numbers from 0)."""

    cases: int
    changed: dict[Output, Counter[str]] = field(default_factory=dict)
    rows: dict[Output, Rows] = field(default_factory=dict)

    def counts(self) -> dict[str, Any]:
        """The counts as the `whatif` command prints them; see `counted`."""
        return counted(self.changed)

    def cases_of(self, *families: str) -> Rows:
        """The numbers of all cases in which something changed (in these families, or in any)."""
        rows = [found for (family, _), found in self.rows.items() if not families or family in families]
        return np.unique(np.concatenate(rows)) if rows else _NONE

    def add(self, key: Output, counter: Counter[str], rows: Rows) -> None:
        """Count the changes of further cases in."""
        self.changed.setdefault(key, Counter()).update(counter)
        earlier = self.rows.get(key)
        self.rows[key] = rows if earlier is None else np.concatenate([earlier, rows])


def counted(changed: Mapping[Output, Mapping[str, int]]) -> dict[str, Any]:
    """Changes by family and name, every family named: `{"definitions": {"D04": {"met->not_met": 31}}, …}`."""
    families: dict[str, Any] = {family: {} for family, _ in flat()}
    for (family, name), counter in sorted(changed.items()):
        found = dict(sorted(counter.items()))
        if name:
            families[family][name] = found
        else:
            families[family] = found
    return families


class _Touched(NamedTuple):
    """What rests on some thresholds: the outputs, the seeds, and the forms worth keeping to work the seeds out."""

    outputs: dict[Output, Expr]
    seeds: tuple[Expr, ...]
    kept: frozenset[int]


@cache
def _touched(names: frozenset[str]) -> _Touched:
    outputs = {key: expr for key, expr in flat().items() if limits_of(expr) & names}
    carries: dict[int, bool] = {}
    seeds: dict[int, Expr] = {}

    def carrier(expr: Expr) -> bool:
        """Whether a touched expression only carries a number to where it is compared."""
        form = form_of(expr)
        if form not in carries:
            below = [part for part in expr.parts() if limits_of(part) & names]
            carried = [carrier(part) for part in below]
            carries[form] = isinstance(expr, Threshold) or (
                all(carried) and (isinstance(expr, Arithmetic | Function) or _is_numeric(expr))
            )
            if not carries[form] and any(carried):
                seeds[form] = expr
        return carries[form]

    for expr in outputs.values():
        if carrier(expr):
            seeds[form_of(expr)] = expr
    kept = {form for seed in seeds.values() for form in _untouched_below(seed, names)}
    return _Touched(outputs, tuple(seeds.values()), frozenset({*seeds, *kept}))


def _is_numeric(expr: Expr) -> bool:
    """A choice between numbers, or a number by name: compared further up, if at all."""
    return type(expr).__name__ in {"Choose", "First", "Named"}


def _untouched_below(seed: Expr, names: frozenset[str]) -> Iterable[int]:
    for part in seed.parts():
        if limits_of(part) & names:
            yield from _untouched_below(part, names)
        else:
            yield form_of(part)


class Preview:
    """A cohort that can be looked at under other thresholds; its own set is what they are compared with."""

    def __init__(self, cohort: Cohort) -> None:
        self.cohort, self.thresholds = cohort, cohort.thresholds
        self._parts = list(cohort.slices(AT_ONCE))
        self._names: frozenset[str] = frozenset()
        self._counted: dict[Output, Counter[str]] = {}

    def under(self, thresholds: ThresholdSet) -> Impact:
        """What changes under another set. The first call for some thresholds costs more than the next."""
        mine = self.thresholds.numbers
        names = frozenset(name for name, value in thresholds.numbers.items() if value != mine[name])
        impact = Impact(self.cohort.size)
        if not names or not self.cohort.size:
            return impact
        touched = _touched(names)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            if names != self._names:
                list(pool.map(_prepare, self._parts, repeat(touched)))
                self._names = names
            turned = list(pool.map(_turned, self._parts, repeat(thresholds), repeat(touched.seeds)))
            starts = np.cumsum([0, *(part.size for part in self._parts)])
            rows = np.concatenate(
                [_NONE, *(found + start for found, start in zip(turned, starts, strict=False))]
            )
            at_once = min(AT_ONCE, max(ALONE, -(-len(rows) // (os.cpu_count() or 1))))
            groups = [rows[start : start + at_once] for start in range(0, len(rows), at_once)]
            for changes in pool.map(self._compare, groups, repeat(thresholds), repeat(touched.outputs)):
                for key, (counter, found) in changes.items():
                    impact.add(key, counter, found)
        return impact

    def _compare(
        self, rows: Rows, thresholds: ThresholdSet, outputs: Mapping[Output, Expr]
    ) -> dict[Output, tuple[Counter[str], Rows]]:
        before = self.cohort.take(rows)
        old = {key: _compared(key, expr.column(before)) for key, expr in outputs.items()}
        after = before.under(thresholds)
        changes = {}
        for key, expr in outputs.items():
            was, now = old[key], _compared(key, expr.column(after))
            found = np.flatnonzero(_differs(was, now))
            if len(found):
                changes[key] = (_transitions(key[0], was, now, found), rows[found])
        return changes

    def counted(self, output: Output) -> Counter[str]:
        """How many cases have which value of an output under the cohort's own set."""
        if output not in self._counted:
            expr = flat()[output]
            counter: Counter[str] = Counter()
            for part in self.cohort.slices(AT_ONCE):
                column = _compared(output, expr.column(part))
                for (value,), count in _tally(column).items():
                    counter[in_words(output[0], value)] += count
            self._counted[output] = counter
        return self._counted[output]


def _prepare(part: Cohort, touched: _Touched) -> None:
    for seed in touched.seeds:
        seed.column(part)
    part.keep(touched.kept)


def _turned(part: Cohort, thresholds: ThresholdSet, seeds: Iterable[Expr]) -> Rows:
    """The cases of a part in which a seed comes out otherwise."""
    other = part.under(thresholds)
    found = np.zeros(part.size, dtype=bool)
    for seed in seeds:
        found |= _differs(seed.column(part), seed.column(other))
    return np.flatnonzero(found)


def _differs(old: Column, new: Column) -> NDArray[np.bool_]:
    return (old.known != new.known) | (new.known & (old.values != new.values))


def _compared(key: Output, column: Column) -> Column:
    """The column as the document tells it: a flag or a conflict whose condition is unknown is not raised."""
    if key[0] in RAISED:
        raised = column.known & column.values.astype(bool, copy=False)
        return Column(raised, np.ones(len(raised), dtype=bool), "truth")
    return column


def _transitions(family: str, old: Column, new: Column, rows: Rows) -> Counter[str]:
    if family == "reassess":
        return Counter(moved=len(rows))
    taken = (column._replace(values=column.values[rows], known=column.known[rows]) for column in (old, new))
    return Counter(
        {
            "->".join(in_words(family, value) for value in pair): count
            for pair, count in _tally(*taken).items()
        }
    )


def _tally(*columns: Column) -> Counter[tuple[Any, ...]]:
    """How often which values stand side by side; None where unknown."""
    told, keys = [], np.zeros(len(columns[0].known), dtype=np.int64)
    for column in columns:
        values, inverse = np.unique(column.values[column.known], return_inverse=True)
        numbers = np.zeros(len(column.known), dtype=np.int64)
        numbers[column.known] = inverse + 1
        words = [code_of(value) if column.kind == "code" else value for value in values.tolist()]
        told.append([None, *words])
        keys = keys * len(told[-1]) + numbers
    found: Counter[tuple[Any, ...]] = Counter()
    for key, count in zip(*(part.tolist() for part in np.unique(keys, return_counts=True)), strict=True):
        pair: list[Any] = []
        for words in reversed(told):
            key, number = divmod(key, len(words))
            pair.append(words[number])
        found[tuple(reversed(pair))] = count
    return found
