"""What an output of the engine and its values are called on the rulebook's pages."""

from functools import cache

from decisions.engine.conflicts import CONFLICTS
from decisions.engine.definitions import DEFINITIONS
from decisions.engine.questions import QUESTIONS
from decisions.engine.rules import RULES
from decisions.engine.scores import SCORES
from decisions.pages.advice import CLASS_LABELS, FLAG_WORDS
from decisions.pages.words import shown_value

FAMILY_WORDS = {
    "liver_class": "liver class",
    "flr_class": "class of the remnant",
    "definitions": "verdicts of definitions",
    "options": "option status",
    "reassess": "reassessment windows",
    "conflicts": "conflicts",
    "scores": "scores",
    "rules": "rules",
    "flags": "flags",
    "lt": "transplantation",
}
_REASSESS = {"due_from": "window opens", "overdue_after": "overdue after"}
_TRANSPLANT = {"seed": "criteria for transplantation", "transmet": "TRANSMET criteria"}


@cache
def _names() -> dict[tuple[str, str], str]:
    found = {("definitions", item.id): f"{item.author} {item.year}" for item in DEFINITIONS}
    found |= {("rules", item.id): f"{item.id} {item.title}" for item in RULES.values()}
    found |= {("conflicts", item.id): item.question for item in CONFLICTS}
    found |= {("scores", item.key): item.name for item in SCORES}
    found |= {("scores", f"{item.key}_risk"): f"{item.name}, risk group" for item in SCORES}
    found |= {
        ("options", f"{question.id}:{option.id}"): option.label
        for question in QUESTIONS
        for option in question.options
    }
    found |= {("reassess", key): words for key, words in _REASSESS.items()}
    return found | {("lt", key): words for key, words in _TRANSPLANT.items()}


def family_words(family: str) -> str:
    """'verdicts of definitions' for `definitions`."""
    return FAMILY_WORDS.get(family) or CLASS_LABELS.get(family, family.replace("_", " ")).lower()


def output_words(family: str, name: str) -> str:
    """What an output is called: 'Adam 2012', 'Borderline liver remnant'."""
    if not name:
        return CLASS_LABELS.get(family, family.replace("_", " "))
    if family == "flags":
        code, _, about = name.partition(":")
        words = FLAG_WORDS.get(code, code.replace("_", " ").capitalize())
        return words.format(_names().get(("definitions", about), about)).rstrip(".")
    return _names().get((family, name), name)


def value_words(family: str, value: str) -> str:
    """A value of an output: 'not met', '22 Apr 2026', 'supported, with conflict'."""
    if family in ("conflicts", "flags"):
        return {"active": "raised", "inactive": "not raised"}.get(value, value)
    return shown_value("", value, None)
