"""Expressions over columns: the operations that `Expr.column` asks for, on numpy arrays.

A column has one value and one `known` bit per case. Kleene's logic holds row by row: what is not known is
unknown, whatever stands in `values` there. NaN and NaT become unknown at the edge (`number_column`,
`date_column`). Codes are numbers given out once per process, dates are whole days.

The engine imports numpy here only; one case never needs this module.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from decisions.engine.facts import FACTS
from decisions.engine.logic.forms import form_of, limits_of_form

if TYPE_CHECKING:
    from decisions.engine.logic import Expr
    from decisions.engine.thresholds import ThresholdSet

Kind = Literal["number", "truth", "code", "date", "list", "nothing"]
Mask = NDArray[np.bool_]

_NUMBERS: dict[str, int] = {}
_CODES: list[str] = []


def number_of(code: str) -> int:
    """The number that stands for a code in columns."""
    if code not in _NUMBERS:
        _NUMBERS[code] = len(_CODES)
        _CODES.append(code)
    return _NUMBERS[code]


def code_of(number: int) -> str:
    """The code that a number stands for."""
    return _CODES[number]


class Column(NamedTuple):
    """One value per case: float64, bool, int32 codes, datetime64[D], or for a list one bit per allowed item;
    `known` says where it counts.
    """

    values: NDArray[Any]
    known: Mask
    kind: Kind

    def tolist(self) -> list[Any]:
        """Plain values, None where unknown; codes as text, dates as dates."""
        found = self.values.tolist()
        if self.kind == "list":
            raise TypeError("a list is asked for its items (`Contains`)")
        if self.kind == "code":
            found = [
                _CODES[number] if known else None for number, known in zip(found, self.known, strict=True)
            ]
        return [value if known else None for value, known in zip(found, self.known.tolist(), strict=True)]


def number_column(values: NDArray[Any]) -> Column:
    """A column of numbers; NaN is unknown."""
    numbers = np.asarray(values, dtype=float)
    return Column(numbers, ~np.isnan(numbers), "number")


def date_column(values: NDArray[Any]) -> Column:
    """A column of dates; NaT is unknown."""
    dates = np.asarray(values, dtype="M8[D]")
    known = ~np.isnat(dates)
    return Column(np.where(known, dates, np.datetime64(0, "D")), known, "date")


def plain_column(values: Sequence[Any], kind: Kind) -> Column:
    """A column of plain values, None where unknown."""
    known = np.array([value is not None for value in values], dtype=bool)
    if kind == "truth":
        return Column(np.array([bool(value) for value in values], dtype=bool), known, kind)
    if kind == "code":
        numbers = [-1 if value is None else number_of(value) for value in values]
        return Column(np.array(numbers, dtype=np.int32), known, kind)
    if kind == "date":
        return date_column(np.array(["NaT" if value is None else value for value in values], dtype="M8[D]"))
    return number_column(np.array([np.nan if value is None else value for value in values], dtype=float))


def list_column(values: Sequence[tuple[str, ...] | None], allowed: Sequence[str]) -> Column:
    """A column of lists of codes, None where unknown."""
    bits = {code: 1 << number for number, code in enumerate(allowed)}
    sums = [sum(bits[item] for item in value or ()) for value in values]
    return Column(
        np.array(sums, dtype=np.int64), np.array([value is not None for value in values], dtype=bool), "list"
    )


def kind_of(name: str) -> Kind:
    """What the columns of a fact hold, by its type in the vocabulary."""
    type_ = FACTS[name].type
    if type_.startswith("list"):
        return "list"
    if type_ == "bool":
        return "truth"
    if type_ == "date":
        return "date"
    return "number" if type_ in {"int", "decimal"} else "code"


class _Taken(Mapping[str, Column]):
    """Some rows of each of `facts`, taken when first asked for."""

    def __init__(self, facts: Mapping[str, Column], rows: NDArray[np.int64]) -> None:
        self._facts, self._rows = facts, rows
        self._taken: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._taken:
            column = self._facts[name]
            self._taken[name] = column._replace(
                values=column.values.take(self._rows), known=column.known.take(self._rows)
            )
        return self._taken[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


class Cohort:
    """The facts of `size` cases under one threshold set, and what was computed from them.

    `facts` maps fact names to columns, an absent one is unknown everywhere. Expressions that say the same are
    computed once, and kept as long as the cohort: a great cohort is best worked through in `slices`.
    """

    def __init__(self, size: int, facts: Mapping[str, Column], thresholds: ThresholdSet) -> None:
        self.size, self.facts, self.thresholds = size, facts, thresholds
        self._computed: dict[int, Column] = {}
        self._everywhere = np.ones(size, dtype=bool)
        self._everywhere.flags.writeable = False

    @classmethod
    def of_cases(
        cls, cases: Sequence[Mapping[str, Any]], thresholds: ThresholdSet, names: Iterable[str] = FACTS
    ) -> Cohort:
        """The columns of parsed cases, of these facts."""
        facts: dict[str, Column] = {}
        for name in names:
            values = [case.get(name) for case in cases]
            if name.startswith("lesions[]") or all(value is None for value in values):
                continue
            kind = kind_of(name)
            facts[name] = (
                list_column(values, FACTS[name].allowed or ())
                if kind == "list"
                else plain_column(values, kind)
            )
        return cls(len(cases), facts, thresholds)

    def slices(self, rows: int = 65_536) -> Iterator[Cohort]:
        """The same cases in cohorts of at most so many rows, which fit into the cache; nothing is copied."""
        for start in range(0, self.size, rows):
            part = slice(start, min(start + rows, self.size))
            facts = {
                name: column._replace(values=column.values[part], known=column.known[part])
                for name, column in self.facts.items()
            }
            yield Cohort(part.stop - start, facts, self.thresholds)

    def take(self, rows: NDArray[np.int64]) -> Cohort:
        """The cases with these numbers (from 0), as a cohort of their own; a fact is copied when it is asked for."""
        return Cohort(len(rows), _Taken(self.facts, rows), self.thresholds)

    def under(self, thresholds: ThresholdSet) -> Cohort:
        """The same cases under another set; what does not rest on a changed threshold is not worked out again."""
        mine = self.thresholds.numbers
        changed = {name for name, value in thresholds.numbers.items() if mine[name] != value}
        other = Cohort(self.size, self.facts, thresholds)
        other._computed = {
            form: column for form, column in self._computed.items() if not limits_of_form(form) & changed
        }
        return other

    def keep(self, forms: Collection[int]) -> None:
        """Forget all columns but those of these forms."""
        self._computed = {form: column for form, column in self._computed.items() if form in forms}

    # -------------------------------------------------------------------------------- leaves
    def unknown(self) -> Column:
        """A column of which nothing is known."""
        return Column(np.zeros(self.size), np.zeros(self.size, dtype=bool), "nothing")

    def fact(self, name: str, unknown: Iterable[str] = ()) -> Column:
        """A fact; the codes in `unknown` mean that it was not assessed."""
        column = self.facts.get(name)
        if column is None:
            return self.unknown()
        if unknown:
            left_out = _is_one_of(column.values, unknown)
            return column._replace(known=column.known & ~left_out)
        return column

    def constant(self, value: Any) -> Column:
        """The same value everywhere; None is unknown everywhere."""
        if value is None:
            return self.unknown()
        kind: Kind = "number"
        if isinstance(value, bool):
            kind = "truth"
        elif isinstance(value, str):
            kind, value = "code", np.int32(number_of(value))
        elif isinstance(value, datetime.date):
            kind, value = "date", np.datetime64(value, "D")
        else:
            value = float(value)
        return Column(np.full(self.size, value), self._everywhere, kind)

    def once(self, expr: Expr, column: Callable[[Cohort], Column]) -> Column:
        """The column of all expressions that say the same as this one."""
        form = form_of(expr)
        found = self._computed.get(form)
        if found is None:
            found = self._computed[form] = column(self)
        return found

    # -------------------------------------------------------------------------------- operations
    def binary(
        self, compare: Callable[[Any, Any], Any], left: Column, right: Column, noise: float = 0
    ) -> Column:
        """A comparison; unknown where a side is. Numbers closer than `noise` are the same number."""
        if "nothing" in (left.kind, right.kind):
            return Column(np.zeros(self.size, dtype=bool), np.zeros(self.size, dtype=bool), "truth")
        known = left.known & right.known
        if noise:
            with np.errstate(invalid="ignore"):
                return Column(_BEYOND[compare](left.values - right.values, noise), known, "truth")
        return Column(compare(left.values, right.values), known, "truth")

    def arithmetic(self, apply: Callable[[Any, Any], Any], left: Column, right: Column) -> Column:
        """A calculation; unknown where a side is and where the result is not a finite number."""
        with np.errstate(all="ignore"):
            result = np.asarray(
                apply(left.values.astype(float, copy=False), right.values.astype(float, copy=False))
            )
        return Column(result, left.known & right.known & np.isfinite(result), "number")

    def junction(self, terms: Sequence[Column], *, decides: bool) -> Column:
        """Kleene's *or* (`decides` true) or *and* (`decides` false)."""
        decided = np.zeros(self.size, dtype=bool)
        known = np.ones(self.size, dtype=bool)
        for term in terms:
            values = term.values.astype(bool, copy=False)
            decided |= term.known & (values if decides else ~values)
            known &= term.known
        return Column(decided if decides else ~decided, decided | known, "truth")

    def negate(self, term: Column) -> Column:
        """Kleene's *not*."""
        return Column(~term.values.astype(bool, copy=False), term.known, "truth")

    def isin(self, term: Column, options: Iterable[str]) -> Column:
        """One of several codes."""
        return Column(_is_one_of(term.values, options), term.known, "truth")

    def contains(self, term: Column, fact: Expr, item: str) -> Column:
        """Whether the lists of a list fact hold `item`."""
        if term.kind == "nothing":
            return self.unknown()
        allowed = FACTS[getattr(fact, "name", "")].allowed or ()
        return Column((term.values >> allowed.index(item)) & 1 == 1, term.known, "truth")

    def is_null(self, term: Column) -> Column:
        """Where the value is unknown; known everywhere."""
        return Column(~term.known, self._everywhere, "truth")

    def is_true(self, term: Column) -> Column:
        """Where the value is known to be true; known everywhere."""
        held = term.known & term.values.astype(bool, copy=False)
        return Column(held, self._everywhere, "truth")

    def first(self, options: Sequence[Column]) -> Column:
        """The first of the options that is known."""
        result = options[0]
        for option in options[1:]:
            result = _where(result.known, result, option)
        return result

    def choose(self, condition: Column, taken: Column, otherwise: Column) -> Column:
        """`taken` where the condition holds, `otherwise` where it fails; where unknown, what both say."""
        held = condition.known & condition.values.astype(bool, copy=False)
        if taken.kind == "nothing":
            return otherwise._replace(known=otherwise.known & condition.known & ~held)
        if otherwise.kind == "nothing":
            return taken._replace(known=taken.known & held)
        if condition.known is self._everywhere or condition.known.all():
            return Column(
                np.where(held, taken.values, otherwise.values),
                np.where(held, taken.known, otherwise.known),
                taken.kind,
            )
        both = condition.known | (taken.known & (taken.values == otherwise.values))
        known = (held & taken.known) | (~held & both & otherwise.known)
        return Column(np.where(held, taken.values, otherwise.values), known, taken.kind)

    def function(self, kind: str, arguments: Sequence[Column]) -> Column:
        """A function of known values."""
        known = np.logical_and.reduce([argument.known for argument in arguments])
        if any(argument.kind == "nothing" for argument in arguments):
            return self.unknown()
        values = [argument.values for argument in arguments]
        if kind == "sqrt":
            with np.errstate(invalid="ignore"):
                return Column(np.sqrt(values[0]), known & (values[0] >= 0), "number")
        if kind == "add_months":
            return Column(_add_months(values[0], values[1]), known, "date")
        if kind == "add_days":
            days = np.where(known, values[1], 0).astype(np.int64)
            return Column(values[0] + days, known, "date")
        if kind == "days_between":
            return Column((values[1] - values[0]).astype(np.int64).astype(float), known, "number")
        if kind == "completed_years":
            return Column(_completed_years(values[0], values[1]), known, "number")
        raise ValueError(f"no column form of {kind!r}")


_BEYOND: Mapping[Callable[[Any, Any], Any], Callable[[NDArray[Any], float], NDArray[Any]]] = {
    operator.lt: lambda apart, noise: apart <= -noise,
    operator.le: lambda apart, noise: apart < noise,
    operator.gt: lambda apart, noise: apart >= noise,
    operator.ge: lambda apart, noise: apart > -noise,
    operator.eq: lambda apart, noise: np.abs(apart) < noise,
    operator.ne: lambda apart, noise: np.abs(apart) >= noise,
}
"""Each comparison by how far apart the sides are, in one pass."""


def _is_one_of(values: NDArray[Any], codes: Iterable[str]) -> Mask:
    """For the few codes of a condition one comparison each beats a search."""
    found = np.zeros(len(values), dtype=bool)
    for code in codes:
        found |= values == number_of(code)
    return found


def _where(mask: Mask, one: Column, other: Column) -> Column:
    if one.kind == "nothing":
        return other._replace(known=other.known & ~mask)
    if other.kind == "nothing":
        return one._replace(known=one.known & mask)
    return Column(
        np.where(mask, one.values, other.values), (mask & one.known) | (~mask & other.known), one.kind
    )


def _day_of_month(days: NDArray[Any]) -> NDArray[Any]:
    return (days - days.astype("M8[M]").astype("M8[D]")).astype(np.int64)


def _add_months(start: NDArray[Any], months: NDArray[Any]) -> NDArray[Any]:
    """Convention 5: the same day, clamped to the last of the month."""
    month = start.astype("M8[M]")
    then = month + months.astype(np.int64)
    first, following = then.astype("M8[D]"), (then + 1).astype("M8[D]")
    return np.minimum(first + (start - month.astype("M8[D]")), following - 1)


def _completed_years(start: NDArray[Any], end: NDArray[Any]) -> NDArray[Any]:
    born, now = start.astype("M8[M]").astype(np.int64), end.astype("M8[M]").astype(np.int64)
    earlier = (now % 12 < born % 12) | ((now % 12 == born % 12) & (_day_of_month(end) < _day_of_month(start)))
    return (now // 12 - born // 12 - earlier).astype(float)
