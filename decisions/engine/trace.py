"""Traces: what an expression looked at, with every value, unit, operator, limit and source.

A trace is recorded by evaluating, and is plain data that a page can render:
`{"kind", "truth", "label", ...}` with `children`. Kinds: `all`, `any`, `not`, `compare`, `fact`, `derived`,
`choose`, `first`, `judgement`, `null`, `constant`, `calculation`.
"""

from __future__ import annotations

import datetime
from typing import Any

from decisions.engine.facts import FACTS
from decisions.engine.logic import (
    All,
    Any_,
    Arithmetic,
    Choose,
    Compare,
    Const,
    Contains,
    Context,
    Expr,
    Fact,
    First,
    Function,
    In,
    IsNull,
    IsTrue,
    Judgement,
    Named,
    Not,
    Threshold,
)

SIGN = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
_OPPOSITE = {"<": "≥", "<=": ">", ">": "≤", ">=": "<", "==": "≠", "!=": "="}


def plain(value: Any) -> Any:
    """`value` as JSON holds it; numbers unrounded."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def shown(value: Any, unit: str | None = None) -> str:
    """`value` in words: two decimals at most, with its unit; yes, no, unknown."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        value = f"{value:.2f}".rstrip("0").rstrip(".")
    elif isinstance(value, datetime.date):
        value = value.isoformat()
    elif isinstance(value, str):
        value = value.replace("_", " ")
    elif isinstance(value, tuple):
        value = ", ".join(value)
    return f"{value} {unit}" if unit else str(value)


def label_of(expr: Expr) -> str:
    """What the pages call a fact, a derived variable or a limit."""
    if isinstance(expr, Fact):
        return FACTS[expr.name].label
    if isinstance(expr, Named):
        return expr.label
    if isinstance(expr, Threshold):
        return expr.name
    if isinstance(expr, Const):
        return shown(expr.constant)
    return "value"


def unit_of(expr: Expr) -> str | None:
    """The unit of a fact or derived variable."""
    if isinstance(expr, Fact):
        return FACTS[expr.name].unit
    return expr.unit if isinstance(expr, Named) else None


def trace(expr: Expr, ctx: Context, *, open_derived: bool = True) -> dict[str, Any]:
    """The trace of `expr` for one case, without what cannot matter to it.

    `open_derived=False` names derived variables without opening them.
    """
    node = _node(expr, ctx)
    inside = _inside(expr, ctx, open_derived)
    if inside:
        node["children"] = [trace(part, ctx, open_derived=open_derived) for part in inside]
    return node


def _inside(expr: Expr, ctx: Context, open_derived: bool) -> list[Expr]:
    if isinstance(expr, Compare | In | Contains):
        left = expr.left if isinstance(expr, Compare) else expr.term
        return [left] if isinstance(left, Named) and open_derived else []
    if isinstance(expr, Named):
        return _inside(expr.expr, ctx, open_derived) or [expr.expr] if open_derived else []
    if isinstance(expr, Choose):
        asked: list[Expr] = []
        for condition, result in (*expr.branches, (Const(True), expr.otherwise)):
            asked += [part for part in (condition,) if not isinstance(part, Const)]
            met = condition.value(ctx)
            if met is not False:
                asked += [part for part in (result,) if not isinstance(part, Const)]
            if met is True:
                break
        return asked
    if isinstance(expr, First):
        known = next((option for option in expr.options if option.value(ctx) is not None), None)
        return list(expr.options) if known is None else [known]
    return [part for part in expr.parts() if not isinstance(part, Const)]


def _node(expr: Expr, ctx: Context) -> dict[str, Any]:
    value = expr.value(ctx)
    node: dict[str, Any] = {"kind": _kind(expr), "truth": value if isinstance(value, bool) else None}
    if isinstance(expr, Compare):
        return node | _comparison(expr, ctx)
    if isinstance(expr, In | Contains):
        options = list(expr.options) if isinstance(expr, In) else [expr.item]
        sign = "is one of" if isinstance(expr, In) else "includes"
        return node | _subject(expr.term, ctx) | {"operator": sign, "limit": options}
    if isinstance(expr, Fact | Named | Const | Threshold):
        node |= {"label": label_of(expr), "value": plain(value), "unit": unit_of(expr)}
        if isinstance(expr, Fact | Named | Threshold):
            node["name"] = expr.name
    elif isinstance(expr, Judgement):
        node |= {"label": "left to judgement by the source", "criterion": expr.criterion}
    elif isinstance(expr, Arithmetic | Function | First | Choose):
        node["value"] = plain(value)
    return node


def _subject(expr: Expr, ctx: Context) -> dict[str, Any]:
    node: dict[str, Any] = {"label": label_of(expr), "value": plain(expr.value(ctx)), "unit": unit_of(expr)}
    if isinstance(expr, Fact | Named):
        node["name"] = expr.name
    return node


def _comparison(expr: Compare, ctx: Context) -> dict[str, Any]:
    node = _subject(expr.left, ctx) | {
        "operator": SIGN[expr.operator],
        "limit": plain(expr.right.value(ctx)),
    }
    if isinstance(expr.right, Threshold):
        node["threshold"] = expr.right.name
    return node


_KINDS: tuple[tuple[type[Expr], str], ...] = (
    (All, "all"),
    (Any_, "any"),
    (Not, "not"),
    (Compare, "compare"),
    (In, "compare"),
    (Contains, "compare"),
    (Named, "derived"),
    (Fact, "fact"),
    (Judgement, "judgement"),
    (IsNull, "null"),
    (IsTrue, "null"),
    (Choose, "choose"),
    (First, "first"),
    (Arithmetic, "calculation"),
    (Function, "calculation"),
    (Const, "constant"),
    (Threshold, "threshold"),
)


def _kind(expr: Expr) -> str:
    return next(word for kind, word in _KINDS if isinstance(expr, kind))


_SAID_TWICE = frozenset({"%", "mm", "ng/mL"})
"""Units that stand after the limit as well as after the value."""


def sentence(expr: Expr, ctx: Context, *, wanted: bool = True) -> str:
    """One criterion in short words, such as 'Future liver remnant 29.6 %, needs ≥ 30 %'."""
    if isinstance(expr, Not):
        return sentence(expr.term, ctx, wanted=not wanted)
    if isinstance(expr, Compare):
        value, limit = expr.left.value(ctx), expr.right.value(ctx)
        if value is None:
            return f"{label_of(expr.left)} unknown"
        sign = SIGN[expr.operator] if wanted else _OPPOSITE[expr.operator]
        held = "" if expr.value(ctx) is wanted else "needs "
        unit = unit_of(expr.left)
        bound = shown(limit, unit if unit in _SAID_TWICE else None)
        return f"{label_of(expr.left)} {shown(value, unit)}, {held}{sign} {bound}"
    if isinstance(expr, All | Any_):
        decided = expr.value(ctx)
        open_ = [term for term in expr.terms if term.value(ctx) is decided]
        return "; ".join(sentence(term, ctx, wanted=wanted) for term in open_)
    if isinstance(expr, Judgement):
        return "left to judgement by the source"
    reasons = expr.reasons(ctx)
    zones = [reason for reason in reasons if reason.startswith("range_zone:")]
    value = expr.value(ctx)
    if value is None and zones and not expr.missing(ctx):
        return f"{label_of(expr)}: inside the range that the source leaves to judgement"
    return f"{label_of(expr)}: {shown(value, unit_of(expr))}"
