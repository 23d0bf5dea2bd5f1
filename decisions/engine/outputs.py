"""Everything that an assessment comes to, as expressions by name: what two rulebooks or two stagings may differ in.

The names are those of the assessment document (`crlm-assessment/1`); `options` holds the status of each option
(`question:option`), `reassess` the two dates that the clock goes by.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decisions.engine.beyond import CLASSES
from decisions.engine.conflicts import CONFLICTS
from decisions.engine.definitions import DEFINITIONS, d11_class, d12_class
from decisions.engine.flags import FLAGS
from decisions.engine.logic import Any_, Choose, Expr, Function, fact, threshold
from decisions.engine.questions import QUESTIONS
from decisions.engine.questions.question import Question
from decisions.engine.rules import RULES
from decisions.engine.scores import SCORES
from decisions.engine.transplant import LT01_MET, TRANSMET


def _statuses(question: Question) -> dict[str, Expr]:
    """The status of each option of a question, as `Question.document` gives it."""
    found: dict[str, Expr] = {}
    for option in question.options:
        own = [argument for argument in question.arguments if argument.option == option.id]
        rules = {
            polarity: [RULES[argument.rule].expr for argument in own if argument.polarity == polarity]
            for polarity in ("for", "against")
        }
        speaks_for = Any_(*(rule.is_true() for rule in rules["for"]))
        speaks_against = Any_(*(rule.is_true() for rule in rules["against"]))
        is_open = Any_(*(rule.is_null() for rule in (*rules["for"], *rules["against"])))
        found[f"{question.id}:{option.id}"] = Choose(
            (speaks_for & speaks_against, "supported with conflict"),
            (is_open, "indeterminate"),
            (speaks_for, "supported"),
            (speaks_against, "opposed"),
            otherwise="no argument",
        )
    return found


_START, _LENGTH = fact("treatment.current_start_date"), fact("treatment.cycle_length_days")


def _window_end(months: str, cycles: str) -> Expr:
    """The earlier of the calendar's and the cycles' end of a window; without a cycle length the calendar's (C19)."""
    calendar = Function("add_months", _START, threshold(months))
    by_cycles = Function("add_days", _START, threshold(cycles) * _LENGTH)
    return Choose((by_cycles.is_null(), calendar), (by_cycles < calendar, by_cycles), otherwise=calendar)


OUTPUTS: Mapping[str, Mapping[str, Expr] | Expr] = {
    "definitions": {definition.id: definition.verdict for definition in DEFINITIONS},
    **CLASSES,
    "d11_class": d11_class,
    "d12_class": d12_class,
    "rules": {rule.id: rule.expr for rule in RULES.values()},
    "scores": {
        **{score.key: score.score for score in SCORES},
        **{f"{score.key}_risk": score.risk for score in SCORES if score.groups},
    },
    "lt": {"seed": LT01_MET, "transmet": TRANSMET},
    "conflicts": {conflict.id: conflict.active for conflict in CONFLICTS},
    "flags": dict(FLAGS),
    "options": {name: expr for question in QUESTIONS for name, expr in _statuses(question).items()},
    "reassess": {
        "due_from": _window_end("REASSESS_MONTHS_MIN", "CONV_CYCLES_MIN"),
        "overdue_after": _window_end("REASSESS_MONTHS_MAX", "CONV_CYCLES_MAX"),
    },
}


def flat() -> dict[tuple[str, str], Expr]:
    """Every output by (family, name); the name is '' for a family of one."""
    found: dict[tuple[str, str], Expr] = {}
    for family, content in OUTPUTS.items():
        members: Mapping[str, Any] = {"": content} if isinstance(content, Expr) else content
        found |= {(family, name): expr for name, expr in members.items()}
    return found


_STATES = {True: "fired", False: "not_fired", None: "indeterminate"}
_ELIGIBLE = {True: "eligible", False: "not_eligible", None: "indeterminate"}
_ACTIVE = {True: "active", False: "inactive"}
RAISED = frozenset({"conflicts", "flags"})
"""Families of what is raised or not: unknown is not raised."""
_WORDS: Mapping[str, Mapping[Any, str]] = {
    "rules": _STATES, "lt": _ELIGIBLE, "conflicts": _ACTIVE, "flags": _ACTIVE,
}  # fmt: skip


def in_words(family: str, value: Any) -> str:
    """What the document says for a value: 'met', 'fired', '3', '2025-06-01', 'indeterminate'."""
    words = _WORDS.get(family)
    if words is not None:
        return words[value]
    if value is None:
        return "indeterminate"
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return str(value)
