"""Conditions in words, read from their declaration: what a clinician can check without reading code."""

from __future__ import annotations

import datetime

from decisions.engine.facts import FACTS
from decisions.engine.logic import (
    All,
    Any_,
    Arithmetic,
    Assessed,
    Choose,
    Compare,
    Const,
    Contains,
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
from decisions.engine.thresholds import ThresholdSet
from decisions.engine.trace import SIGN, label_of, shown, unit_of

_TURNED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_FUNCTIONS = {
    "sqrt": "square root of {}",
    "add_months": "{} plus {} months",
    "add_days": "{} plus {} days",
    "days_between": "days from {} to {}",
    "completed_years": "completed years from {} to {}",
}


def in_words(expr: Expr, thresholds: ThresholdSet) -> str:
    """The condition as text: 'Technically resectable; Future liver remnant ≥ 30 % (ADAM_FLR_MIN)'."""
    return _Words(thresholds).say(expr)


def names_in(expr: Expr) -> tuple[list[str], list[str]]:
    """The labels of the facts and derived variables that a condition names, and its thresholds, in order."""
    found: dict[str, None] = {}
    limits: dict[str, None] = {}

    def walk(part: Expr) -> None:
        if isinstance(part, Fact | Named):
            found[label_of(part)] = None
        elif isinstance(part, Threshold):
            limits[part.name] = None
        if not isinstance(part, Named):
            for inner in part.parts():
                walk(inner)

    walk(expr.expr if isinstance(expr, Named) else expr)
    return list(found), list(limits)


class _Words:
    def __init__(self, thresholds: ThresholdSet) -> None:
        self.thresholds = thresholds

    def say(self, expr: Expr, *, inside: bool = False) -> str:
        """`inside`: part of a greater whole, so that what has parts of its own is put in brackets."""
        words = self._words(expr)
        return f"({words})" if inside and isinstance(expr, All | Any_ | Choose) else words

    def _words(self, expr: Expr) -> str:
        if isinstance(expr, All):
            return " and ".join(self.say(term, inside=True) for term in expr.terms)
        if isinstance(expr, Any_):
            return " or ".join(self.say(term, inside=True) for term in expr.terms)
        if isinstance(expr, Not):
            return self._denied(expr.term)
        if isinstance(expr, Compare):
            return self._compared(expr, expr.operator)
        if isinstance(expr, In):
            return f"{self.say(expr.term)} is {self._codes(expr.term, expr.options)}"
        if isinstance(expr, Contains):
            return f"{self.say(expr.term)} includes {self._codes(expr.term, (expr.item,))}"
        if isinstance(expr, IsNull):
            return f"{self.say(expr.term)} not recorded"
        if isinstance(expr, IsTrue):
            return f"{self.say(expr.term, inside=True)}, as recorded"
        if isinstance(expr, Choose):
            return self._chosen(expr)
        if isinstance(expr, First):
            return "the first known of " + ", ".join(self.say(option) for option in expr.options)
        if isinstance(expr, Function):
            arguments = [self.say(argument) for argument in expr.arguments]
            return _FUNCTIONS[expr.kind].format(*arguments)
        if isinstance(expr, Arithmetic):
            return f"{self.say(expr.left)} {expr.operator} {self.say(expr.right)}"
        return self._leaf(expr)

    def _leaf(self, expr: Expr) -> str:
        if isinstance(expr, Threshold):
            item = self.thresholds.get(expr.name)
            unit = "" if item.unit in ("", "-") else f" {item.unit}"
            return f"{shown(float(item.value))}{unit} ({expr.name})"
        if isinstance(expr, Judgement):
            return "left to judgement by the source"
        if isinstance(expr, Const):
            return (
                "always" if expr.constant is True else "unknown" if expr.constant is None else label_of(expr)
            )
        words = label_of(expr)
        return f"{words} (assessed)" if isinstance(expr, Assessed) else words

    def _denied(self, expr: Expr) -> str:
        if isinstance(expr, Compare):
            return self._compared(expr, _TURNED[expr.operator])
        if isinstance(expr, IsNull):
            return f"{self.say(expr.term)} recorded"
        if isinstance(expr, In):
            return f"{self.say(expr.term)} is not {self._codes(expr.term, expr.options)}"
        if isinstance(expr, IsTrue):
            return f"{self.say(expr.term, inside=True)} not recorded as true"
        if isinstance(expr, Fact | Named):
            return f"not: {self.say(expr)}"
        return f"not {self.say(expr, inside=True)}"

    def _compared(self, expr: Compare, operator: str) -> str:
        right = expr.right
        if isinstance(right, Const) and isinstance(right.constant, str):
            sign = "is" if operator == "==" else "is not"
            return f"{self.say(expr.left)} {sign} {self._codes(expr.left, (right.constant,))}"
        if isinstance(right, Const) and not isinstance(right.constant, datetime.date | str | bool):
            return f"{self.say(expr.left)} {SIGN[operator]} {shown(right.constant, unit_of(expr.left))}"
        return f"{self.say(expr.left)} {SIGN[operator]} {self.say(right)}"

    def _chosen(self, expr: Choose) -> str:
        ways = [f"{self.say(condition)}: {self.say(result)}" for condition, result in expr.branches]
        if not (isinstance(expr.otherwise, Const) and expr.otherwise.constant is None):
            ways.append(f"otherwise: {self.say(expr.otherwise)}")
        return "; ".join(ways)

    @staticmethod
    def _codes(term: Expr, codes: tuple[str, ...]) -> str:
        labels = FACTS[term.name].code_labels if isinstance(term, Fact) and term.name in FACTS else {}
        return " or ".join(labels.get(code, code.replace("_", " ")) for code in codes)
