"""Facts in clinicians' words: label, unit and the words of their codes, all from the engine's vocabulary."""

import datetime
import re
from typing import Any

from decisions.engine.facts import FACTS
from patients import wording
from patients.states import look

WITHOUT_UNIT = frozenset({"", "-", "ISO 8601"})
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class FactWords:
    """How one fact is spoken of."""

    def __init__(self, name: str) -> None:
        definition = FACTS[name]
        self.label: str = definition.label
        self._codes = definition.code_labels
        unit = definition.unit or ""
        self.unit = "" if unit in WITHOUT_UNIT else unit.split(" (")[0]

    def code(self, code: str) -> str:
        """The words of one of its codes, as inside a sentence: 'bilobar', 'C18.7 Sigmoid colon'."""
        words = self._codes.get(code) or code.replace("_", " ")
        return words[0].lower() + words[1:] if words[1:2].islower() else words

    def value(self, value: Any) -> str:
        """A value with its unit; '' for a missing one, 'none' for an empty list."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, (list, tuple)):
            return ", ".join(self.code(str(item)) for item in value) or "none"
        if isinstance(value, str) and _DAY.fullmatch(value):
            value = datetime.date.fromisoformat(value)
        if isinstance(value, datetime.date):
            return wording.day(value)
        if isinstance(value, (int, float)):
            return wording.quantity(value, self.unit)
        return self.code(str(value))


def fact_words(name: str) -> FactWords:
    """The words for fact `name`; raises `KeyError` for a name that is not in the vocabulary."""
    return FactWords(name)


def value_in_words(name: str, value: Any) -> str:
    """A value of fact `name` as a clinician reads it, with its unit."""
    return fact_words(name).value(value)


def known_label(name: str, otherwise: str) -> str:
    """The label of fact `name`, or `otherwise` for what is no fact."""
    return FACTS[name].label if name in FACTS else otherwise


def shown_value(name: str, value: Any, unit: str | None) -> str:
    """A value of a fact or of a derived variable, with its unit; '' for a missing one."""
    if name in FACTS:
        return value_in_words(name, value)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: ""}[value]
    if isinstance(value, (int, float)):
        return wording.quantity(value, "" if unit in WITHOUT_UNIT else unit or "")
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item).replace("_", " ") for item in value)
    return (
        wording.day(datetime.date.fromisoformat(value))
        if _DAY.fullmatch(str(value))
        else answer_words(str(value))
    )


def answer_words(code: str) -> str:
    """A verdict or class of an assessment in words: 'borderline remnant' for `borderline_flr`."""
    try:
        return look(code).word
    except KeyError:
        return code.replace("_", " ")


_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(text: str) -> str:
    """A text as a cell of a table that a spreadsheet will read: no cell acts as a formula."""
    text = text.replace(wording.NBSP, " ")
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
