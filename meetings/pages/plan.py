"""Two plans side by side: the form of the other one, and what the engine says of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from decisions.alternatives import ALLOWED
from decisions.engine.facts import FACTS
from decisions.judgements import value_of
from decisions.pages.advice import asks_of, classes_of, definitions_of
from decisions.pages.words import fact_words, value_in_words

ASKED = 4
"""Missing facts that are named of each plan."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One fact of the plan: what the patient's says, and what was typed for the other ('' leaves it)."""

    name: str
    label: str
    unit: str
    own: str
    options: tuple[tuple[str, str], ...]
    text: str
    error: str

    @property
    def id(self) -> str:
        """The id of its input."""
        return f"id_{self.name}".replace(".", "-")


def said_of(name: str, texts: Iterable[str]) -> str:
    """What is wrong with the fact `name`, under the name that it has on the page."""
    label = FACTS[name].label if name in FACTS else name
    return " ".join(f"{label}: {text.removeprefix(f'{name}: ')}" for text in texts)


def plan_rows(
    document: Mapping[str, Any], typed: Mapping[str, str], errors: Mapping[str, list[str]]
) -> list[PlanRow]:
    """Every fact that another plan may change."""
    rows = []
    for name in ALLOWED:
        words, found = fact_words(name), FACTS[name]
        value = value_of(document, name)
        options: tuple[tuple[str, str], ...] = ()
        if found.type == "bool":
            options = (("yes", "yes"), ("no", "no"))
        elif found.allowed is not None:
            options = tuple((code, words.code(code)) for code in found.allowed)
        if options:
            options = (("", "as it is"), *options, ("unknown", "not known"))
        rows.append(
            PlanRow(
                name=name,
                label=found.label,
                unit=words.unit,
                own=value_in_words(name, value) if value is not None else "",
                options=options,
                text=typed.get(name, ""),
                error=said_of(name, errors.get(name, ())),
            )
        )
    return rows


def side_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """What one column shows of an assessment."""
    document = dict(result)
    asks = asks_of(document)
    return {
        "classes": classes_of(document),
        "definitions": definitions_of(document),
        "asks": asks[:ASKED],
        "asks_more": max(0, len(asks) - ASKED),
    }
