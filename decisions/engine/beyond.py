"""Beyond the verdict: what to ask next, how firm a verdict is, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

from decisions.engine import derived as d
from decisions.engine.definitions import DEFINITIONS, d11_class, d12_class
from decisions.engine.facts import FACTS
from decisions.engine.logic import All, Choose, Compare, Context, Expr, Fact, Named, Reasons, facts_in
from decisions.engine.logic.forms import form_of
from decisions.engine.questions import QUESTIONS
from decisions.engine.rules import RULES
from decisions.engine.scores import SCORES

CLASSES: dict[str, Expr] = {
    "timing_class": d.timing_class,
    "flr_class": d.flr_class,
    "liver_class": d.liver_class,
    "h_stage": d.h_stage,
    "crlm_grade": d.crlm_grade,
    "response": d.response,
}
_FIRM: dict[str, Expr] = {
    "flr_class": d.flr_class,
    "liver_class": d.liver_class,
    "d11_class": d11_class,
    "d12_class": d12_class,
    "h_stage": d.h_stage,
    "crlm_grade": d.crlm_grade,
    **{definition.id: definition.verdict for definition in DEFINITIONS},
    **{f"{score.key}_risk": score.risk for score in SCORES if score.groups},
}
_GOOD = {"resectable", "easily_resectable", "historical"}
_ASKED: tuple[tuple[str, Expr], ...] = (
    *((definition.id, definition.verdict) for definition in DEFINITIONS),
    *CLASSES.items(),
    *((score.key, score.score) for score in SCORES),
)
_ARGUED: Mapping[str, tuple[tuple[str, str], ...]] = {
    question.id: tuple(
        (f"{question.id}:{argument.option}", argument.rule)
        for argument in question.arguments
        if argument.option is not None
    )
    for question in QUESTIONS
}
"""Of each question: the option and the rule that argues about it."""
_ORDER = {name: index for index, name in enumerate(FACTS)}


# ------------------------------------------------------------------------------------------------ ask next
def ask_next(ctx: Context, rules: Mapping[str, str]) -> list[dict[str, Any]]:
    """Missing facts that could still change something, most useful first.

    Ranked by the number of indeterminate options they could settle, then by verdicts and classes; each
    names what it could settle. A fact that cannot change anything is not in the list.
    """
    verdicts: dict[str, list[str]] = {}
    for what, expr in _ASKED:
        for name in expr.missing(ctx):
            verdicts.setdefault(name, []).append(what)
    unsettled = {
        rule: RULES[rule].expr.reasons(ctx) for rule, state in rules.items() if state == "indeterminate"
    }
    opened: dict[str, Reasons] = {}
    for question in QUESTIONS:
        if question.applies.value(ctx) is not False:
            for what, rule in _ARGUED[question.id]:
                if rule in unsettled:
                    opened[what] = opened.get(what, 0) | unsettled[rule]
    options: dict[str, list[str]] = {}
    for what, reasons in opened.items():
        for name in facts_in(reasons):
            options.setdefault(name, []).append(what)
    names = sorted(
        {*options, *verdicts},
        key=lambda name: (-len(options.get(name, ())), -len(verdicts.get(name, ())), _ORDER.get(name, 0)),
    )
    return [
        {
            "fact": name,
            "label": FACTS[name].label,
            "settles": sorted(verdicts.get(name, ())),
            "options": sorted(options.get(name, ())),
        }
        for name in names
    ]


# ------------------------------------------------------------------------------------------------ firmness
def _changed(ctx: Context, changes: Mapping[str, float]) -> Context:
    """The same case with other values; `flr_pct` replaces the derived remnant, whatever its basis.

    What does not read the changed facts keeps the value that is known already.
    """
    remnant = changes.get("flr_pct")
    facts = {name: value for name, value in changes.items() if name != "flr_pct"}
    other = Context({**ctx.facts, **facts}, ctx.thresholds)
    other.cache = ctx.cache.copy()
    for name in changes:
        for key in _kept_of(name):
            other.cache.pop(key, None)
    if remnant is not None:
        other.cache[d.flr_pct] = remnant
    return other


@cache
def _resting_on(name: str) -> tuple[tuple[str, Expr], ...]:
    """What could turn with a fact (or with the derived `flr_pct`): everything that reads it."""
    return tuple((key, expr) for key, expr in _FIRM.items() if name in _read_by(expr))


@cache
def _kept_of(name: str) -> tuple[Expr, ...]:
    """Which values that a case keeps could turn with a fact: those of what reads it, under `_FIRM`."""
    found: dict[Expr, None] = {}

    def look(expr: Expr) -> None:
        if expr in found or name not in _read_by(expr):
            return
        if isinstance(expr, Named | Choose):
            found[expr] = None
        for part in expr.parts():
            look(part)

    for expr in _FIRM.values():
        look(expr)
    return tuple(found)


@cache
def _read_by(expr: Expr) -> frozenset[str]:
    own = {expr.name} if isinstance(expr, Fact | Named) else set()
    return frozenset(own).union(*(_read_by(part) for part in expr.parts()))


@cache
def _compared(name: str) -> tuple[Compare, ...] | None:
    """The comparisons under `_FIRM` through which alone a number is read; None when something else reads it."""
    found: dict[int, Compare] = {}

    def itself(expr: Expr) -> bool:
        return isinstance(expr, Fact | Named) and expr.name == name

    def only_compared(expr: Expr) -> bool:
        if name not in _read_by(expr):
            return True
        if isinstance(expr, Compare) and itself(expr.left):
            found[form_of(expr)] = expr
            return only_compared(expr.right)
        return not itself(expr) and all(only_compared(part) for part in expr.parts())

    return tuple(found.values()) if all(only_compared(expr) for expr in _FIRM.values()) else None


def _may_turn(ctx: Context, name: str, before: float, after: float) -> bool:
    """Whether anything could turn between two values: where no limit lies between them, nothing does."""
    compared = _compared(name)
    if compared is None:
        return True
    return any(
        one.of(before, limit) is not one.of(after, limit)
        for one in compared
        for limit in (one.right.value(ctx),)
    )


def firmness(ctx: Context) -> list[dict[str, Any]]:
    """Which verdicts flip within the measurement error of diameters, FLR and CEA (board's own choice)."""
    size, flr = ctx.facts.get("liver.max_diameter_mm"), d.flr_pct.value(ctx)
    cea, limit = ctx.facts.get("labs.cea_ng_ml"), ctx.thresholds.value
    shifts: list[tuple[str, float, float]] = []
    if flr is not None:
        shifts.append(("flr_pct", flr, limit("FIRMNESS_FLR_POINTS")))
    if size is not None:
        shifts.append(("liver.max_diameter_mm", size, limit("FIRMNESS_DIAMETER_MM")))
    if cea is not None:
        shifts.append(("labs.cea_ng_ml", cea, cea * limit("FIRMNESS_CEA_PCT") / 100))
    found = []
    for name, value, error in shifts:
        flips: dict[str, list[str | None]] = {}
        for sign in (-1, 1):
            shifted = max(value + sign * error, 0)
            if not _may_turn(ctx, name, value, shifted):
                continue
            other = _changed(ctx, {name: shifted})
            for key, expr in _resting_on(name):
                now, then = expr.value(ctx), expr.value(other)
                if now != then:
                    flips.setdefault(key, [now]).append(then)
        if flips:
            found.append({"fact": name, "error": error, "flips": flips})
    return found


# ----------------------------------------------------------------------------------------- counterfactuals
_FLR_LIMITS = (
    "CHARN_FLR_GT", "REES_FLR_HIGH", "ADAM_FLR_MIN", "ESMO_FLR_GT", "ICHIDA_FLR_GT", "NIEUW_FLR_GT",
    "HUISKENS_FLR_NORMAL_HIGH", "HUISKENS_FLR_COMP_HIGH", "FLR_NORMAL_LOW", "FLR_NORMAL_HIGH", "FLR_CHEMO_LOW",
    "FLR_CHEMO_HIGH", "FLR_CIRRHOSIS_LOW", "FLR_CIRRHOSIS_HIGH",
)  # fmt: skip
_JUST_ABOVE = 0.1
ACTIONS = {
    "flr_pct": {"action": "hypertrophy of the remnant", "source": "section 5.1, references 4, 101, 112"},
    "liver.lesion_count": {
        "action": "fewer lesions to treat, by response or ablation",
        "source": "sections 3.2 and 7, references 31, 145, 146",
    },
    "liver.max_diameter_mm": {
        "action": "smaller lesions, by response",
        "source": "section 3.2, reference 31",
    },
}
"""The modifiable facts: nothing else, never a judgement, an age or a mutation."""


@cache
def _unmodifiable(condition: Expr) -> tuple[Expr, ...]:
    """The criteria that no modifiable fact touches: unless all of them hold, nothing can make it met."""
    terms = condition.terms if isinstance(condition, All) else ()
    return tuple(term for term in terms if not _read_by(term) & ACTIONS.keys())


def _candidates(ctx: Context) -> dict[str, list[float]]:
    flr, count = d.flr_pct.value(ctx), ctx.facts.get("liver.lesion_count")
    size = ctx.facts.get("liver.max_diameter_mm")
    result: dict[str, list[float]] = {}
    if flr is not None:
        limits = {float(ctx.thresholds.value(name)) for name in _FLR_LIMITS}
        result["flr_pct"] = sorted(v for limit in limits for v in (limit, limit + _JUST_ABOVE) if v > flr)
    if count is not None:
        limits = {
            ctx.thresholds.value("EKBERG_MAX_LESIONS_EXCL") - 1,
            ctx.thresholds.value("ICHIDA_MAX_LESIONS"),
            ctx.thresholds.value("PHELIP_MAX_LESIONS"),
        }
        result["liver.lesion_count"] = sorted((limit for limit in limits if 0 < limit < count), reverse=True)
    if size is not None:
        limit = ctx.thresholds.value("ICHIDA_SIZE_LT_MM") - 1
        result["liver.max_diameter_mm"] = [limit] if limit < size else []
    return {name: values for name, values in result.items() if values}


def _steps(candidates: Mapping[str, list[float]]) -> Iterator[dict[str, float]]:
    names = list(candidates)
    for name in names:
        yield from ({name: value} for value in candidates[name])
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            yield from ({one: a, other: b} for a, b in product(candidates[one], candidates[other]))


def counterfactuals(ctx: Context) -> list[dict[str, Any]]:
    """The smallest changes of modifiable facts that make a definition met, with the action and its source."""
    candidates = _candidates(ctx)
    wanting = [
        definition
        for definition in DEFINITIONS
        if definition.polarity in _GOOD
        and definition.evaluate(ctx) in {"not_met", "indeterminate"}
        and all(term.value(ctx) is True for term in _unmodifiable(definition.condition))
    ]
    found: dict[str, dict[str, float]] = {}
    for changes in _steps(candidates):
        # Where a definition reads only one of two changed facts, that change alone has been tried.
        pending = [
            definition
            for definition in wanting
            if definition.id not in found and changes.keys() <= _read_by(definition.verdict)
        ]
        if not pending:
            continue
        other = _changed(ctx, changes)
        found |= {definition.id: changes for definition in pending if definition.evaluate(other) == "met"}
    grouped: dict[tuple[tuple[str, float], ...], list[str]] = {}
    for id_, changes in sorted(found.items()):
        grouped.setdefault(tuple(changes.items()), []).append(id_)
    return [
        {
            "changes": [{"fact": name, "to": value, **ACTIONS[name]} for name, value in changes],
            "definitions": ids,
        }
        for changes, ids in grouped.items()
    ]
