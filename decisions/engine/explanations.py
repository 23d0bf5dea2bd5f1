"""Why: the trace of every rule, definition and derived variable, with reasons, sentences and sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decisions.engine import derived as d
from decisions.engine.conflicts import CONFLICTS
from decisions.engine.definitions import DEFINITIONS, Definition
from decisions.engine.logic import All, Context, Named, in_order
from decisions.engine.rules import RULES, Rule
from decisions.engine.scores import BRUDVIK, FONG, GAME, META5, OSLO, PointScore
from decisions.engine.timelines import timelines
from decisions.engine.trace import Node, opened, sentence, trace

OPENED: tuple[Named, ...] = tuple(expr for expr in vars(d).values() if isinstance(expr, Named))
"""The derived variables whose traces an assessment holds."""
_ABOUT_RULES: tuple[tuple[Rule, dict[str, Any]], ...] = tuple(
    (rule, {name: getattr(rule, name) for name in ("title", "section", "refs", "strength", "note")})
    for rule in RULES.values()
)
_ABOUT_DEFINITIONS: tuple[tuple[Definition, dict[str, Any]], ...] = tuple(
    (
        definition,
        {
            name: getattr(definition, name)
            for name in ("author", "year", "origin", "polarity", "text", "seed_ref", "true_ref", "note")
        }
        | {"errata": list(definition.errata)},
    )
    for definition in DEFINITIONS
)
"""What is said of each rule and definition whatever the case."""


def traces(ctx: Context) -> dict[str, Node]:
    """The traces of all rules and definitions by id; they decide, so that nothing is worked out twice."""
    found = {}
    for rule in RULES.values():
        node = found[rule.id] = trace(rule.condition, ctx)
        ctx.cache[rule.expr] = node["truth"]
    for definition in DEFINITIONS:
        found[definition.id] = trace(definition.condition, ctx)
    return found


def explanations(ctx: Context, traced: Mapping[str, Node]) -> dict[str, Any]:
    """Traces. Derived variables are named in them and stand opened, once each, under `derived`."""
    return {
        "definitions": {
            definition.id: _definition(definition, about, traced[definition.id], ctx)
            for definition, about in _ABOUT_DEFINITIONS
        },
        "scores": {score.key: _score(score, ctx) for score in (FONG, META5, GAME, BRUDVIK, OSLO)},
        "rules": {rule.id: _rule(rule, about, traced[rule.id], ctx) for rule, about in _ABOUT_RULES},
        "derived": {expr.name: opened(expr, ctx) for expr in OPENED},
        "timelines": timelines(ctx),
        "conflicts": {
            conflict.id: {"question": conflict.question, "sides": list(conflict.sides)}
            for conflict in CONFLICTS
            if conflict.active.value(ctx) is True
        },
    }


def _rule(rule: Rule, about: dict[str, Any], node: Node, ctx: Context) -> dict[str, Any]:
    document = about.copy()
    document["reasons"] = list(in_order(rule.expr.reasons(ctx)))
    document["trace"] = node
    return document


def _definition(definition: Definition, about: dict[str, Any], node: Node, ctx: Context) -> dict[str, Any]:
    verdict = definition.evaluate(ctx)
    condition = definition.condition
    if verdict == "not_applicable":
        words = sentence(definition.applies, ctx)
    elif verdict == "met" and isinstance(condition, All):
        words = f"all {len(condition.terms)} criteria hold"
    else:
        words = sentence(condition, ctx)
    return {
        **about,
        "verdict": verdict,
        "sentence": words,
        "reasons": list(in_order(definition.verdict.reasons(ctx))),
        "trace": node,
    }


def _score(score: PointScore, ctx: Context) -> dict[str, Any]:
    return {
        "name": score.name,
        "source": score.source,
        "verified": score.verified,
        "note": score.note,
        "full": score.full,
        "items": [
            {"key": item.key, "label": item.label, "points": item.points.value(ctx), "full": item.full}
            for item in score.items
        ],
    }
