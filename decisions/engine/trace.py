"""Traces: what an expression looked at, with every value, unit, operator, limit and source.

A trace is recorded by evaluating, and is plain data that a page can render:
`{"kind", "truth", "label", ...}` with `children`. Kinds: `all`, `any`, `not`, `compare`, `fact`, `derived`,
`choose`, `first`, `judgement`, `null`, `constant`, `calculation`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
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
    Value,
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


Node = dict[str, Any]
Tracer = Callable[[Context], tuple[Value, Node]]
_TRACERS: dict[int, tuple[Expr, Tracer]] = {}
"""By identity of the expression, which is kept so that its identity is not given away again."""


def trace(expr: Expr, ctx: Context) -> Node:
    """The trace of `expr` for one case, without what cannot matter to it. Derived variables are named in it."""
    return _tracer(expr)(ctx)[1]


def opened(expr: Named, ctx: Context) -> Node:
    """The trace of a derived variable with what it is made of; the derived variables in that are named again."""
    node = trace(expr, ctx)
    inside = trace(expr.expr, ctx)
    return {**node, "children": inside.get("children") or [inside]}


def _tracer(expr: Expr) -> Tracer:
    """What evaluates `expr` and records it in one pass; made once for each expression."""
    found = _TRACERS.get(id(expr))
    if found is None:
        make = next(make for kind, make in _MAKERS if isinstance(expr, kind))
        found = _TRACERS[id(expr)] = (expr, make(expr))
    return found[1]


def _truth(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _subject(expr: Expr) -> Node:
    """What stays the same of a fact, a derived variable or a number in every trace: its place in the node."""
    node: Node = {"label": label_of(expr), "value": None, "unit": unit_of(expr)}
    if isinstance(expr, Fact | Named):
        node["name"] = expr.name
    return node


def _of_term(kind: str, expr: Expr, term: Expr, fixed: Node, limit: Expr | None = None) -> Tracer:
    base = {"kind": kind, "truth": None, **_subject(term), **fixed}

    def tracer(ctx: Context) -> tuple[Value, Node]:
        value = expr.value(ctx)
        node = base.copy()
        node["truth"] = value
        node["value"] = plain(term.value(ctx))
        if limit is not None:
            node["limit"] = plain(limit.value(ctx))
        return value, node

    return tracer


def _compare(expr: Compare) -> Tracer:
    fixed: Node = {"operator": SIGN[expr.operator], "limit": None}
    if isinstance(expr.right, Threshold):
        fixed["threshold"] = expr.right.name
    return _of_term("compare", expr, expr.left, fixed, expr.right)


def _in(expr: In) -> Tracer:
    return _of_term("compare", expr, expr.term, {"operator": "is one of", "limit": list(expr.options)})


def _contains(expr: Contains) -> Tracer:
    return _of_term("compare", expr, expr.term, {"operator": "includes", "limit": [expr.item]})


def _leaf(kind: str, expr: Expr) -> Tracer:
    base = {"kind": kind, "truth": None, **_subject(expr)}
    if isinstance(expr, Threshold):
        base["name"] = expr.name

    def tracer(ctx: Context) -> tuple[Value, Node]:
        value = expr.value(ctx)
        node = base.copy()
        node["truth"] = _truth(value)
        node["value"] = plain(value)
        return value, node

    return tracer


def _judgement(expr: Judgement) -> Tracer:
    node = {
        "kind": "judgement",
        "truth": None,
        "label": "left to judgement by the source",
        "criterion": expr.criterion,
    }
    return lambda ctx: (None, node)


def _joined(kind: str, expr: All | Any_) -> Tracer:
    """Every part is looked at, and the value follows from theirs."""
    tracers = [_tracer(part) for part in expr.terms if not isinstance(part, Const)]
    constants = {part.constant for part in expr.terms if isinstance(part, Const)}
    decides = expr.decides

    def tracer(ctx: Context) -> tuple[Value, Node]:
        seen = [part(ctx) for part in tracers]
        values = {value for value, _ in seen} | constants
        value = decides if decides in values else None if None in values else not decides
        node: Node = {"kind": kind, "truth": value}
        if seen:
            node["children"] = [inside for _, inside in seen]
        return value, node

    return tracer


def _turned(kind: str, expr: Not | IsNull | IsTrue) -> Tracer:
    part = _tracer(expr.term)

    def tracer(ctx: Context) -> tuple[Value, Node]:
        inside = part(ctx)[1]
        value = expr.value(ctx)
        return value, {"kind": kind, "truth": value, "children": [inside]}

    return tracer


def _calculated(kind: str, expr: Expr) -> Tracer:
    tracers = [_tracer(part) for part in expr.parts() if not isinstance(part, Const)]

    def tracer(ctx: Context) -> tuple[Value, Node]:
        value = expr.value(ctx)
        node: Node = {"kind": kind, "truth": _truth(value), "value": plain(value)}
        if tracers:
            node["children"] = [part(ctx)[1] for part in tracers]
        return value, node

    return tracer


def _first(expr: First) -> Tracer:
    """The first known alone; all of them while none is."""
    tracers = [_tracer(option) for option in expr.options]

    def tracer(ctx: Context) -> tuple[Value, Node]:
        asked = []
        value: Value = None
        for one in tracers:
            value, node = one(ctx)
            if value is not None:
                asked = [node]
                break
            asked.append(node)
        return value, {"kind": "first", "truth": _truth(value), "value": plain(value), "children": asked}

    return tracer


def _choose(expr: Choose) -> Tracer:
    """The conditions up to the one that is met, and the results that may still be the answer."""
    ways = [
        (
            None if isinstance(condition, Const) else _tracer(condition),
            condition,
            None if isinstance(result, Const) else _tracer(result),
        )
        for condition, result in (*expr.branches, (Const(True), expr.otherwise))
    ]

    def tracer(ctx: Context) -> tuple[Value, Node]:
        value = expr.value(ctx)
        node: Node = {"kind": "choose", "truth": _truth(value), "value": plain(value)}
        asked = []
        for ask, condition, result in ways:
            if ask is None:
                met = condition.value(ctx)
            else:
                met, seen = ask(ctx)
                asked.append(seen)
            if met is not False and result is not None:
                asked.append(result(ctx)[1])
            if met is True:
                break
        if asked:
            node["children"] = asked
        return value, node

    return tracer


_MAKERS: tuple[tuple[type[Expr], Callable[[Any], Tracer]], ...] = (
    (All, partial(_joined, "all")),
    (Any_, partial(_joined, "any")),
    (Not, partial(_turned, "not")),
    (Compare, _compare),
    (In, _in),
    (Contains, _contains),
    (Named, partial(_leaf, "derived")),
    (Fact, partial(_leaf, "fact")),
    (Judgement, _judgement),
    (IsNull, partial(_turned, "null")),
    (IsTrue, partial(_turned, "null")),
    (Choose, _choose),
    (First, _first),
    (Arithmetic, partial(_calculated, "calculation")),
    (Function, partial(_calculated, "calculation")),
    (Const, partial(_leaf, "constant")),
    (Threshold, partial(_leaf, "threshold")),
)


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
