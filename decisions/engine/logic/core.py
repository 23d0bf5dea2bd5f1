"""Three-valued expressions: declared once, evaluated for one case, traced, and evaluated by columns.

Kleene's logic (specification, convention 1): every value is known or None (unknown); `false and unknown`
is false, `true or unknown` is true, `not unknown` is unknown, and a comparison with an unknown is unknown.
Missing is never false: only `is_null` and `is_true` turn an unknown into an answer.

An expression is built with operators from `fact(...)` and `threshold(...)`; `named(...)` gives a
sub-expression (a derived variable) a name, so that it is computed once a case and can be opened in a trace.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from decisions.engine.logic.reasons import Reasons, facts_in, reason

if TYPE_CHECKING:
    from decisions.engine.cohort import Cohort, Column
    from decisions.engine.thresholds import ThresholdSet

Value = Any
"""A known value (bool, int, float, str, date, tuple of str) or None, the unknown."""
UNASKED = object()
NOISE = 1e-9
"""Calculated numbers that differ by less are the same number: binary fractions cannot hold 35.7 (convention 10)."""


class Context:
    """One case under one set of thresholds; named expressions are computed once."""

    __slots__ = ("cache", "facts", "limits", "reasons", "thresholds")

    def __init__(self, facts: Mapping[str, Value], thresholds: ThresholdSet) -> None:
        self.facts = facts
        self.thresholds = thresholds
        self.limits = thresholds.numbers
        self.cache: dict[Expr, Value] = {}
        self.reasons: dict[Expr, Reasons] = {}


class Expr:
    """An expression. `value` is None when it is undecided; `reasons` then says why."""

    __slots__ = ()
    __hash__ = object.__hash__

    def calculated(self) -> bool:
        """Whether the value is a number that was calculated, and so may carry the noise of binary fractions."""
        return False

    def value(self, ctx: Context) -> Value:
        """The value for one case, None when unknown."""
        raise NotImplementedError

    def parts(self) -> tuple[Expr, ...]:
        """The sub-expressions, in order."""
        return ()

    def reasons(self, ctx: Context) -> Reasons:
        """Why the value is unknown: `missing:<fact>` or `range_zone:<criterion>`; none when it is known."""
        return self.why(ctx) if self.value(ctx) is None else 0

    def why(self, ctx: Context) -> Reasons:
        """`reasons`, asked only while `value` is None."""
        found = 0
        for part in self.parts():
            if part.value(ctx) is None:
                found |= part.why(ctx)
        return found

    def missing(self, ctx: Context) -> frozenset[str]:
        """The base facts that are missing and could still decide this expression."""
        return facts_in(self.reasons(ctx))

    def column(self, cohort: Cohort) -> Column:
        """The values of every case of a cohort, with a mask of what is known; computed once a cohort."""
        return cohort.once(self, self._column)

    def _column(self, cohort: Cohort) -> Column:
        raise NotImplementedError

    def __and__(self, other: Any) -> Expr:
        return All(self, lift(other))

    def __rand__(self, other: Any) -> Expr:
        return All(lift(other), self)

    def __or__(self, other: Any) -> Expr:
        return Any_(self, lift(other))

    def __ror__(self, other: Any) -> Expr:
        return Any_(lift(other), self)

    def __invert__(self) -> Expr:
        return Not(self)

    def __lt__(self, other: Any) -> Expr:
        return Compare(self, "<", lift(other))

    def __le__(self, other: Any) -> Expr:
        return Compare(self, "<=", lift(other))

    def __gt__(self, other: Any) -> Expr:
        return Compare(self, ">", lift(other))

    def __ge__(self, other: Any) -> Expr:
        return Compare(self, ">=", lift(other))

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return Compare(self, "==", lift(other))

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return Compare(self, "!=", lift(other))

    def __add__(self, other: Any) -> Expr:
        return Arithmetic(self, "+", lift(other))

    def __radd__(self, other: Any) -> Expr:
        return Arithmetic(lift(other), "+", self)

    def __sub__(self, other: Any) -> Expr:
        return Arithmetic(self, "-", lift(other))

    def __mul__(self, other: Any) -> Expr:
        return Arithmetic(self, "*", lift(other))

    def __rmul__(self, other: Any) -> Expr:
        return Arithmetic(lift(other), "*", self)

    def __truediv__(self, other: Any) -> Expr:
        return Arithmetic(self, "/", lift(other))

    def __pow__(self, other: Any) -> Expr:
        return Arithmetic(self, "**", lift(other))

    def isin(self, *options: str) -> Expr:
        """True when the value is one of `options`."""
        return In(self, options)

    def contains(self, item: str) -> Expr:
        """True when the value, a list, holds `item`."""
        return Contains(self, item)

    def is_null(self) -> Expr:
        """True when the value is unknown; always decided."""
        return IsNull(self)

    def is_true(self) -> Expr:
        """True when the value is known and true; always decided."""
        return IsTrue(self)


def lift(value: Any) -> Expr:
    """`value` as an expression."""
    return value if isinstance(value, Expr) else Const(value)


class Const(Expr):
    """A number, code or date that is no threshold (specification, convention 15)."""

    __slots__ = ("constant",)

    def __init__(self, constant: Value) -> None:
        self.constant = constant

    def value(self, ctx: Context) -> Value:
        return self.constant

    def _column(self, cohort: Cohort) -> Column:
        return cohort.constant(self.constant)


class Fact(Expr):
    """A fact of the vocabulary, by its dotted name."""

    __slots__ = ("_missing", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._missing = reason(f"missing:{name}")

    def value(self, ctx: Context) -> Value:
        return ctx.facts.get(self.name)

    def why(self, ctx: Context) -> Reasons:
        return self._missing

    def _column(self, cohort: Cohort) -> Column:
        return cohort.fact(self.name)


class Assessed(Fact):
    """A coded fact of which some codes mean 'not assessed' (TX, NX): those are unknown."""

    __slots__ = ("unassessed",)

    def __init__(self, name: str, *unassessed: str) -> None:
        super().__init__(name)
        self.unassessed = unassessed

    def value(self, ctx: Context) -> Value:
        value = ctx.facts.get(self.name)
        return None if value in self.unassessed else value

    def _column(self, cohort: Cohort) -> Column:
        return cohort.fact(self.name, unknown=self.unassessed)


class Threshold(Expr):
    """A named threshold; always known."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def value(self, ctx: Context) -> Value:
        return ctx.limits[self.name]

    def _column(self, cohort: Cohort) -> Column:
        return cohort.constant(cohort.thresholds.value(self.name))


class Named(Expr):
    """A derived variable: an expression with a name, computed once a case."""

    __slots__ = ("expr", "label", "name", "unit")

    def __init__(self, name: str, expr: Expr, label: str, unit: str | None) -> None:
        self.name, self.expr, self.label, self.unit = name, expr, label, unit

    def value(self, ctx: Context) -> Value:
        found = ctx.cache.get(self, UNASKED)
        if found is UNASKED:
            found = ctx.cache[self] = self.expr.value(ctx)
        return found

    def why(self, ctx: Context) -> Reasons:
        found = ctx.reasons.get(self)
        if found is None:
            found = ctx.reasons[self] = self.expr.why(ctx)
        return found

    def calculated(self) -> bool:
        return self.expr.calculated()

    def parts(self) -> tuple[Expr, ...]:
        return (self.expr,)

    def _column(self, cohort: Cohort) -> Column:
        return self.expr.column(cohort)


class Judgement(Expr):
    """A number lies inside a range that the source leaves to judgement: unknown, with its own reason."""

    __slots__ = ("_open", "criterion")

    def __init__(self, criterion: str) -> None:
        self.criterion = criterion
        self._open = reason(f"range_zone:{criterion}")

    def value(self, ctx: Context) -> Value:
        return None

    def why(self, ctx: Context) -> Reasons:
        return self._open

    def _column(self, cohort: Cohort) -> Column:
        return cohort.unknown()


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}


class Compare(Expr):
    """A comparison; its strictness is copied from the print (convention 3).

    Calculated numbers are compared as they were meant, not as binary fractions hold them: a sum that falls from
    51 to 35.7 mm falls by 30 % (convention 10).
    """

    __slots__ = ("_noisy", "_test", "left", "operator", "right")

    def __init__(self, left: Expr, operator_: str, right: Expr) -> None:
        self.left, self.operator, self.right = left, operator_, right
        self._test = _COMPARE[operator_]
        self._noisy = left.calculated() or right.calculated()

    def value(self, ctx: Context) -> Value:
        return self.of(self.left.value(ctx), self.right.value(ctx))

    def of(self, left: Value, right: Value) -> bool | None:
        """The comparison of two values."""
        if left is None or right is None:
            return None
        if self._noisy and abs(left - right) < NOISE:
            left = right
        return self._test(left, right)

    def parts(self) -> tuple[Expr, ...]:
        return (self.left, self.right)

    def _column(self, cohort: Cohort) -> Column:
        noise = NOISE if self._noisy else 0
        return cohort.binary(self._test, self.left.column(cohort), self.right.column(cohort), noise)


class Arithmetic(Expr):
    """A calculation; unknown when a part is, or when it cannot be done (division by zero)."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, left: Expr, operator_: str, right: Expr) -> None:
        self.left, self.operator, self.right = left, operator_, right

    def value(self, ctx: Context) -> Value:
        left, right = self.left.value(ctx), self.right.value(ctx)
        if left is None or right is None:
            return None
        try:
            result = _ARITHMETIC[self.operator](left, right)
        except (ZeroDivisionError, OverflowError):
            return None
        return None if isinstance(result, complex) or not math.isfinite(result) else result

    def calculated(self) -> bool:
        return True

    def parts(self) -> tuple[Expr, ...]:
        return (self.left, self.right)

    def _column(self, cohort: Cohort) -> Column:
        return cohort.arithmetic(
            _ARITHMETIC[self.operator], self.left.column(cohort), self.right.column(cohort)
        )


class _Junction(Expr):
    """And, or: flat, so that a trace reads as a list."""

    __slots__ = ("terms",)
    decides: bool

    def __init__(self, *terms: Expr) -> None:
        flat: list[Expr] = []
        for term in terms:
            flat += term.parts() if type(term) is type(self) else (term,)
        self.terms = tuple(flat)

    def value(self, ctx: Context) -> Value:
        unknown = False
        for term in self.terms:
            value = term.value(ctx)
            if value is None:
                unknown = True
            elif value is self.decides:
                return self.decides
        return None if unknown else not self.decides

    def why(self, ctx: Context) -> Reasons:
        found = ctx.reasons.get(self)
        if found is None:
            found = ctx.reasons[self] = super().why(ctx)
        return found

    def parts(self) -> tuple[Expr, ...]:
        return self.terms

    def _column(self, cohort: Cohort) -> Column:
        return cohort.junction([term.column(cohort) for term in self.terms], decides=self.decides)


class All(_Junction):
    """Every term: false as soon as one is false."""

    __slots__ = ()
    decides = False


class Any_(_Junction):  # noqa: N801 (the name `Any` is typing's)
    """At least one term: true as soon as one is true."""

    __slots__ = ()
    decides = True


class Not(Expr):
    """The opposite; of an unknown, unknown."""

    __slots__ = ("term",)

    def __init__(self, term: Expr) -> None:
        self.term = term

    def value(self, ctx: Context) -> Value:
        value = self.term.value(ctx)
        return None if value is None else not value

    def parts(self) -> tuple[Expr, ...]:
        return (self.term,)

    def _column(self, cohort: Cohort) -> Column:
        return cohort.negate(self.term.column(cohort))


class In(Expr):
    """One of several codes."""

    __slots__ = ("options", "term")

    def __init__(self, term: Expr, options: tuple[str, ...]) -> None:
        self.term, self.options = term, options

    def value(self, ctx: Context) -> Value:
        return self.of(self.term.value(ctx))

    def of(self, value: Value) -> bool | None:
        """Whether a value is one of the codes."""
        return None if value is None else value in self.options

    def parts(self) -> tuple[Expr, ...]:
        return (self.term,)

    def _column(self, cohort: Cohort) -> Column:
        return cohort.isin(self.term.column(cohort), self.options)


class Contains(Expr):
    """A list of codes that holds one."""

    __slots__ = ("item", "term")

    def __init__(self, term: Expr, item: str) -> None:
        self.term, self.item = term, item

    def value(self, ctx: Context) -> Value:
        return self.of(self.term.value(ctx))

    def of(self, value: Value) -> bool | None:
        """Whether a list holds the code."""
        return None if value is None else self.item in value

    def parts(self) -> tuple[Expr, ...]:
        return (self.term,)

    def _column(self, cohort: Cohort) -> Column:
        return cohort.contains(self.term.column(cohort), self.term, self.item)


class IsNull(Expr):
    """Whether a value is unknown. Decided always, so adding a fact may change it (convention 14)."""

    __slots__ = ("term",)

    def __init__(self, term: Expr) -> None:
        self.term = term

    def value(self, ctx: Context) -> Value:
        return self.term.value(ctx) is None

    def parts(self) -> tuple[Expr, ...]:
        return (self.term,)

    def _column(self, cohort: Cohort) -> Column:
        return cohort.is_null(self.term.column(cohort))


class IsTrue(Expr):
    """Whether a value is known and true. Decided always (convention 14)."""

    __slots__ = ("term",)

    def __init__(self, term: Expr) -> None:
        self.term = term

    def value(self, ctx: Context) -> Value:
        return self.term.value(ctx) is True

    def parts(self) -> tuple[Expr, ...]:
        return (self.term,)

    def _column(self, cohort: Cohort) -> Column:
        return cohort.is_true(self.term.column(cohort))
