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
    kind = value.__class__
    if kind is tuple:
        return list(value)
    return value.isoformat() if kind is datetime.date else value


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
"""Read only: nodes that say the same are the same object, within an assessment and across them."""
Tracer = Callable[[Context], Node]
_CODES = frozenset({bool, str})
_TRACERS: dict[int, tuple[Expr, Tracer]] = {}
"""By identity of the expression, which is kept so that its identity is not given away again."""


def trace(expr: Expr, ctx: Context) -> Node:
    """The trace of `expr` for one case, without what cannot matter to it. Derived variables are named in it."""
    return _tracer(expr)(ctx)


def opened(expr: Named, ctx: Context) -> Node:
    """The trace of a derived variable with what it is made of; the derived variables in that are named again."""
    inside = _tracer(expr.expr)(ctx)
    node = _tracer(expr)(ctx).copy()
    node["children"] = inside.get("children") or [inside]
    return node


def _tracer(expr: Expr) -> Tracer:
    """What evaluates `expr` and records it in one pass; made once for each expression.

    The `truth` of a node is the value of an expression that is true or false, so that what stands above it
    need not ask again.
    """
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


def _compare(expr: Compare) -> Tracer:
    base = {"kind": "compare", "truth": None, **_subject(expr.left), "operator": SIGN[expr.operator]}
    base["limit"] = None
    left_of, right_of, right = expr.left.value, expr.right.value, expr.right
    if isinstance(right, Const):
        constant = right.constant
        base["limit"] = plain(constant)
        return _by_value(base, left_of, lambda left: expr.of(left, constant))
    if isinstance(right, Threshold):
        base["threshold"] = right.name

    def tracer(ctx: Context) -> Node:
        left, limit = left_of(ctx), right_of(ctx)
        node = base.copy()
        if left is not None:
            node["truth"] = expr.of(left, limit)
            node["value"] = plain(left)
        node["limit"] = plain(limit)
        return node

    return tracer


def _by_value(base: Node, of: Callable[[Context], Value], truth: Callable[[Value], bool | None]) -> Tracer:
    """A node that depends on one value alone. Answers and codes come again from case to case, and so does what
    is recorded of them; numbers and days do not. (An expression gives values of one type.)
    """
    known: dict[Value, Node] = {None: base}

    def tracer(ctx: Context) -> Node:
        value = of(ctx)
        node = known.get(value)
        if node is None:
            node = base.copy()
            node["truth"] = truth(value)
            node["value"] = plain(value)
            if value.__class__ in _CODES:
                known[value] = node
        return node

    return tracer


def _one_of(expr: In | Contains, operator: str, options: list[str]) -> Tracer:
    base = {"kind": "compare", "truth": None, **_subject(expr.term), "operator": operator, "limit": options}
    return _by_value(base, expr.term.value, expr.of)


def _in(expr: In) -> Tracer:
    return _one_of(expr, "is one of", list(expr.options))


def _contains(expr: Contains) -> Tracer:
    return _one_of(expr, "includes", [expr.item])


def _leaf(kind: str, expr: Expr) -> Tracer:
    base = {"kind": kind, "truth": None, **_subject(expr)}
    if isinstance(expr, Threshold):
        base["name"] = expr.name
    return _by_value(base, expr.value, _truth)


def _judgement(expr: Judgement) -> Tracer:
    node = {
        "kind": "judgement",
        "truth": None,
        "label": "left to judgement by the source",
        "criterion": expr.criterion,
    }
    return lambda ctx: node


def _joined(kind: str, expr: All | Any_) -> Tracer:
    """Every part is looked at, and the value follows from theirs."""
    parts = [part for part in expr.terms if not isinstance(part, Const)]
    tracers = [_tracer(part) for part in parts]
    constants = [part.constant for part in expr.terms if isinstance(part, Const)]
    decides, otherwise = expr.decides, not expr.decides

    def tracer(ctx: Context) -> Node:
        seen = [part(ctx) for part in tracers]
        values = [node["truth"] for node in seen]
        values += constants
        truth = decides if decides in values else None if None in values else otherwise
        node: Node = {"kind": kind, "truth": truth}
        if truth is None:
            # What keeps it open is known here, and asked for later.
            why = 0
            for part, value in zip(parts, values, strict=False):
                if value is None:
                    why |= part.why(ctx)
            ctx.reasons[expr] = why
        if seen:
            node["children"] = seen
        return node

    return tracer


def _decided(expr: IsNull | IsTrue) -> Tracer:
    part, value_of = _tracer(expr.term), expr.value

    def tracer(ctx: Context) -> Node:
        return {"kind": "null", "truth": value_of(ctx), "children": [part(ctx)]}

    return tracer


def _not(expr: Not) -> Tracer:
    part = _tracer(expr.term)

    def tracer(ctx: Context) -> Node:
        inside = part(ctx)
        truth = inside["truth"]
        return {"kind": "not", "truth": None if truth is None else not truth, "children": [inside]}

    return tracer


def _calculated(kind: str, expr: Expr) -> Tracer:
    tracers = [_tracer(part) for part in expr.parts() if not isinstance(part, Const)]

    def tracer(ctx: Context) -> Node:
        value = expr.value(ctx)
        node: Node = {"kind": kind, "truth": _truth(value), "value": plain(value)}
        if tracers:
            node["children"] = [part(ctx) for part in tracers]
        return node

    return tracer


def _first(expr: First) -> Tracer:
    """The first known alone; all of them while none is."""
    tracers = [(_tracer(option), option) for option in expr.options]

    def tracer(ctx: Context) -> Node:
        asked = []
        value: Value = None
        for one, option in tracers:
            value, node = option.value(ctx), one(ctx)
            if value is not None:
                asked = [node]
                break
            asked.append(node)
        return {"kind": "first", "truth": _truth(value), "value": plain(value), "children": asked}

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

    def tracer(ctx: Context) -> Node:
        value = expr.value(ctx)
        node: Node = {"kind": "choose", "truth": _truth(value), "value": plain(value)}
        asked = []
        for ask, condition, result in ways:
            if ask is None:
                met = condition.value(ctx)
            else:
                seen = ask(ctx)
                met = seen["truth"]
                asked.append(seen)
            if met is not False and result is not None:
                asked.append(result(ctx))
            if met is True:
                break
        if asked:
            node["children"] = asked
        return node

    return tracer


_MAKERS: tuple[tuple[type[Expr], Callable[[Any], Tracer]], ...] = (
    (All, partial(_joined, "all")),
    (Any_, partial(_joined, "any")),
    (Not, _not),
    (Compare, _compare),
    (In, _in),
    (Contains, _contains),
    (Named, partial(_leaf, "derived")),
    (Fact, partial(_leaf, "fact")),
    (Judgement, _judgement),
    (IsNull, _decided),
    (IsTrue, _decided),
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
    value = expr.value(ctx)
    if value is None and expr.reasons(ctx) and not expr.missing(ctx):
        return f"{label_of(expr)}: inside the range that the source leaves to judgement"
    return f"{label_of(expr)}: {shown(value, unit_of(expr))}"
