"""Values chosen and computed: the first known, the first that applies, functions of dates and numbers."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from decisions.engine.calendar import add_months, completed_years
from decisions.engine.logic.core import UNASKED, Const, Context, Expr, Judgement, Value, lift
from decisions.engine.logic.reasons import Reasons

if TYPE_CHECKING:
    from decisions.engine.cohort import Cohort, Column


class First(Expr):
    """The first known of several values: what is given overrides what is computed (convention 14)."""

    __slots__ = ("options",)

    def __init__(self, *options: Expr) -> None:
        self.options = options

    def value(self, ctx: Context) -> Value:
        for option in self.options:
            value = option.value(ctx)
            if value is not None:
                return value
        return None

    def calculated(self) -> bool:
        return any(option.calculated() for option in self.options)

    def parts(self) -> tuple[Expr, ...]:
        return self.options

    def _column(self, cohort: Cohort) -> Column:
        return cohort.first([option.column(cohort) for option in self.options])


class Choose(Expr):
    """The value of the first condition that is true, else `otherwise`.

    An undecided condition leaves the value unknown, unless both ways lead to the same known value.
    """

    __slots__ = ("branches", "otherwise")

    def __init__(self, *branches: tuple[Expr, Any], otherwise: Any = None) -> None:
        self.branches = tuple((condition, lift(value)) for condition, value in branches)
        self.otherwise = lift(otherwise)

    def value(self, ctx: Context) -> Value:
        # Scores and classes ask the same choice many times over.
        found = ctx.cache.get(self, UNASKED)
        if found is UNASKED:
            found = ctx.cache[self] = self._from(ctx, 0)
        return found

    def _from(self, ctx: Context, start: int) -> Value:
        for index in range(start, len(self.branches)):
            condition, result = self.branches[index]
            met = condition.value(ctx)
            if met is True:
                return result.value(ctx)
            if met is None:
                first = result.value(ctx)
                return first if first is not None and first == self._from(ctx, index + 1) else None
        return self.otherwise.value(ctx)

    def calculated(self) -> bool:
        return self.otherwise.calculated() or any(result.calculated() for _, result in self.branches)

    def parts(self) -> tuple[Expr, ...]:
        return (*(part for branch in self.branches for part in branch), self.otherwise)

    def taken(self, ctx: Context) -> Iterator[tuple[Expr, Expr]]:
        """The branches that may be the answer, in order: (condition, result); the last alone when decided."""
        for condition, result in self.branches:
            met = condition.value(ctx)
            if met is not False:
                yield condition, result
            if met is True:
                return
        yield Const(True), self.otherwise

    def why(self, ctx: Context) -> Reasons:
        found, open_condition = 0, False
        for condition, result in self.taken(ctx):
            if condition.value(ctx) is None:
                open_condition = True
                found |= condition.why(ctx)
            # A judgement counts only where it is known to be reached; before that, a fact is missing.
            if result.value(ctx) is None and not (open_condition and isinstance(result, Judgement)):
                found |= result.why(ctx)
        return found

    def _column(self, cohort: Cohort) -> Column:
        result = self.otherwise.column(cohort)
        for condition, value in reversed(self.branches):
            result = cohort.choose(condition.column(cohort), value.column(cohort), result)
        return result


class Function(Expr):
    """A function of known values: a square root, a date moved by months, completed years …"""

    __slots__ = ("arguments", "kind")

    _SCALAR: Mapping[str, Callable[..., Value]] = {
        "sqrt": lambda x: math.sqrt(x) if x >= 0 else None,
        "add_months": lambda day, months: add_months(day, months),
        "add_days": lambda day, days: day + datetime.timedelta(days=days),
        "days_between": lambda start, end: (end - start).days,
        "completed_years": completed_years,
    }

    def __init__(self, kind: str, *arguments: Any) -> None:
        self.kind, self.arguments = kind, tuple(lift(argument) for argument in arguments)

    def value(self, ctx: Context) -> Value:
        values = [argument.value(ctx) for argument in self.arguments]
        return None if any(value is None for value in values) else self._SCALAR[self.kind](*values)

    def calculated(self) -> bool:
        return self.kind == "sqrt"

    def parts(self) -> tuple[Expr, ...]:
        return self.arguments

    def _column(self, cohort: Cohort) -> Column:
        return cohort.function(self.kind, [argument.column(cohort) for argument in self.arguments])
