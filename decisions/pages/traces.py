"""The engine's traces as the page shows them: nodes with the fact, its value, the operator, the limit, the source.

The engine names a derived variable in a trace and opens it once, under `explanations.derived`; here it is
put in its place, so that a reader can follow a verdict down to the facts.
"""

from collections.abc import Mapping
from typing import Any

from decisions.pages.sources import threshold_source
from decisions.pages.words import known_label, shown_value

Node = dict[str, Any]

JOINS = {
    "all": {
        True: "all of these hold",
        False: "all of these would have to hold",
        None: "all of these must hold",
    },
    "any": {
        True: "at least one of these holds",
        False: "none of these holds",
        None: "one of these must hold",
    },
    "not": {True: "this does not hold", False: "this holds, and must not", None: "this must not hold"},
}
DEEPEST = 12
"""Levels that are opened; a trace is never that deep, a loop would be."""


def trace_node(trace: Mapping[str, Any], derived: Mapping[str, Any], depth: int = 0) -> Node:
    """One node for the component `trace`: `value`, `text`, and `children`, or what was measured against which limit."""
    kind = str(trace.get("kind", ""))
    opened = _children(trace, derived)
    children = [trace_node(child, derived, depth + 1) for child in opened] if depth < DEEPEST else []
    truth = trace.get("truth")
    node: Node = {
        "value": _value(truth) if _judged(trace) else "noted",
        "text": _text(trace, kind),
        "children": children,
    }
    if kind not in JOINS:
        node["measured"] = _measured(trace)
        node["operator"] = trace.get("operator", "")
        node["limit"] = _limit(trace)
        node["source"], node["verified"] = threshold_source(trace.get("threshold"))
    if kind == "judgement" and not node["measured"]:
        node["measured"] = "a range of the source"
    return node


def _value(truth: Any) -> str:
    return "unknown" if truth is None else str(truth).lower()


def _judged(trace: Mapping[str, Any]) -> bool:
    """True for what can be true or false; a number on its own is only noted."""
    return isinstance(trace.get("truth"), bool) or trace.get("value") is None or "operator" in trace


def _children(trace: Mapping[str, Any], derived: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    own = [kept for child in trace.get("children", ()) for kept in _without_steps(child)]
    name = trace.get("name")
    if own or not name or name not in derived or trace.get("kind") not in ("derived", "compare"):
        return own
    inside = derived[name]
    if inside.get("kind") != "derived" and not inside.get("children"):
        return [inside]
    return [kept for child in inside.get("children", ()) for kept in _without_steps(child)]


def _without_steps(trace: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A step of a calculation, or of choosing what is known, is left out for what it was worked out from."""
    inside = trace.get("children", ())
    if trace.get("kind") not in ("calculation", "first") or not inside:
        return [trace]
    return [kept for child in inside for kept in _without_steps(child)]


def _text(trace: Mapping[str, Any], kind: str) -> str:
    if kind in JOINS:
        return JOINS[kind][trace.get("truth")]
    if kind == "null":
        return "recorded at all"
    label = trace.get("label") or {"choose": "depends on", "first": "the first that is known"}.get(kind, "")
    return known_label(str(trace.get("name", "")), str(label)) or "worked out from"


def _measured(trace: Mapping[str, Any]) -> str:
    return shown_value(str(trace.get("name", "")), trace.get("value"), trace.get("unit"))


def _limit(trace: Mapping[str, Any]) -> str:
    limit = trace.get("limit")
    if limit is None:
        return ""
    if isinstance(limit, list):
        return " or ".join(shown_value(str(trace.get("name", "")), item, None) for item in limit)
    return shown_value("", limit, trace.get("unit"))
