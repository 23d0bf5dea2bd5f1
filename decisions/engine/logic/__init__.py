"""Three-valued expressions: the language in which the engine is declared. See `core`."""

from typing import Any

from decisions.engine.logic.choices import Choose, First, Function
from decisions.engine.logic.core import (
    All,
    Any_,
    Arithmetic,
    Assessed,
    Compare,
    Const,
    Contains,
    Context,
    Expr,
    Fact,
    In,
    IsNull,
    IsTrue,
    Judgement,
    Named,
    Not,
    Threshold,
    Value,
    lift,
)
from decisions.engine.logic.reasons import Reasons, facts_in, in_order

__all__ = [
    "All",
    "Any_",
    "Arithmetic",
    "Assessed",
    "Choose",
    "Compare",
    "Const",
    "Contains",
    "Context",
    "Expr",
    "Fact",
    "First",
    "Function",
    "In",
    "IsNull",
    "IsTrue",
    "Judgement",
    "Named",
    "Not",
    "Reasons",
    "Threshold",
    "Value",
    "fact",
    "facts_in",
    "in_order",
    "lift",
    "named",
    "threshold",
]


def fact(name: str) -> Fact:
    """The fact `name`; its existence is checked when the declarations are loaded (`tests`)."""
    return Fact(name)


def threshold(name: str) -> Threshold:
    """The threshold `name`."""
    return Threshold(name)


def named(name: str, expr: Any, label: str, unit: str | None = None) -> Named:
    """A derived variable `name`, called `label` on the pages, in `unit`."""
    return Named(name, lift(expr), label, unit)
