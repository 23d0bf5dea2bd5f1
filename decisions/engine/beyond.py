"""Beyond the verdict: what to ask next, how firm a verdict is, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

from decisions.engine import derived as d
from decisions.engine.definitions import DEFINITIONS, Definition, d11_class, d12_class
from decisions.engine.facts import FACTS
from decisions.engine.logic import Context, Expr, Fact, Named
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


# ------------------------------------------------------------------------------------------------ ask next
def ask_next(ctx: Context, rules: Mapping[str, str]) -> list[dict[str, Any]]:
    """Missing facts that could still change something, most useful first.

    Ranked by the number of indeterminate options they could settle, then by verdicts and classes; each
    names what it could settle. A fact that cannot change anything is not in the list.
    """
    options: dict[str, set[str]] = {}
    verdicts: dict[str, set[str]] = {}

    def note(into: dict[str, set[str]], facts: Iterable[str], what: str) -> None:
        for name in facts:
            into.setdefault(name, set()).add(what)

    for definition in DEFINITIONS:
        note(verdicts, definition.verdict.missing(ctx), definition.id)
    for key, expr in CLASSES.items():
        note(verdicts, expr.missing(ctx), key)
    for score in SCORES:
        note(verdicts, score.score.missing(ctx), score.key)
    unsettled = {
        rule: RULES[rule].expr.missing(ctx) for rule, state in rules.items() if state == "indeterminate"
    }
    for question in QUESTIONS:
        if question.applies.value(ctx) is False:
            continue
        for argument in question.arguments:
            if argument.option is not None and argument.rule in unsettled:
                note(options, unsettled[argument.rule], f"{question.id}:{argument.option}")
    order = {name: index for index, name in enumerate(FACTS)}
    names = sorted(
        {*options, *verdicts},
        key=lambda name: (-len(options.get(name, ())), -len(verdicts.get(name, ())), order.get(name, 0)),
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
def _with_fact(ctx: Context, **changes: Any) -> Context:
    """The same case with other values; `flr_pct` replaces the derived remnant, whatever its basis."""
    remnant = changes.pop("flr_pct", None)
    facts = {name.replace("__", "."): value for name, value in changes.items()}
    other = Context({**ctx.facts, **facts}, ctx.thresholds)
    if remnant is not None:
        other.cache[id(d.flr_pct)] = remnant
    return other


@cache
def _resting_on(name: str) -> tuple[tuple[str, Expr], ...]:
    """What could turn with a fact (or with the derived `flr_pct`): everything that reads it."""
    return tuple((key, expr) for key, expr in _FIRM.items() if name in _read_by(expr))


def _read_by(expr: Expr) -> frozenset[str]:
    own = {expr.name} if isinstance(expr, Fact | Named) else set()
    return frozenset(own).union(*(_read_by(part) for part in expr.parts()))


def firmness(ctx: Context) -> list[dict[str, Any]]:
    """Which verdicts flip within the measurement error of diameters, FLR and CEA (board's own choice)."""
    shifts: list[tuple[str, float, Callable[[float], Context]]] = []
    size, flr = ctx.facts.get("liver.max_diameter_mm"), d.flr_pct.value(ctx)
    cea = ctx.facts.get("labs.cea_ng_ml")
    if flr is not None:
        shifts.append(("flr_pct", ctx.thresholds.value("FIRMNESS_FLR_POINTS"),
                       lambda by: _with_fact(ctx, flr_pct=flr + by)))  # fmt: skip
    if size is not None:
        shifts.append(("liver.max_diameter_mm", ctx.thresholds.value("FIRMNESS_DIAMETER_MM"),
                       lambda by: _with_fact(ctx, liver__max_diameter_mm=max(size + by, 0))))  # fmt: skip
    if cea is not None:
        shifts.append(("labs.cea_ng_ml", cea * ctx.thresholds.value("FIRMNESS_CEA_PCT") / 100,
                       lambda by: _with_fact(ctx, labs__cea_ng_ml=cea + by)))  # fmt: skip
    found = []
    for name, error, shifted in shifts:
        flips: dict[str, list[str | None]] = {}
        for sign in (-1, 1):
            other = shifted(sign * error)
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


def _changed(ctx: Context, changes: Mapping[str, float]) -> Context:
    return _with_fact(ctx, **{name.replace(".", "__"): value for name, value in changes.items()})


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
    wanting: list[Definition] = [
        definition
        for definition in DEFINITIONS
        if definition.polarity in _GOOD and definition.evaluate(ctx) in {"not_met", "indeterminate"}
    ]
    found: dict[str, dict[str, float]] = {}
    for changes in _steps(candidates):
        pending = [definition for definition in wanting if definition.id not in found]
        if not pending:
            break
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
