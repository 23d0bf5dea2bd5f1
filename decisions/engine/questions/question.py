"""Questions, options and arguments (the PROforma model): the sources argue, the board decides.

The status of an option describes its arguments and prescribes nothing: `supported`, `supported with
conflict`, `opposed`, `indeterminate` (an argument is still open), `no argument`. Options stand in
alphabetical order; nothing is weighed or ranked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from decisions.engine.logic import Context, Expr

Polarity = Literal["for", "against", "caution", "information"]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Argument:
    """What a rule says for, against or about an option (None: about the question as a whole).

    `says` names who says it and how strongly. `verified`: 'yes', 'memory', 'engine_choice' or 'external'.
    """

    rule: str
    option: str | None
    polarity: Polarity
    says: str
    section: str
    refs: tuple[str, ...]
    verified: str
    external: bool = False
    _written: dict[str, dict[str, Any]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        written = {state: self._as_data(state) for state in ("fired", "indeterminate")}
        object.__setattr__(self, "_written", written)

    def _as_data(self, state: str) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "state": state,
            "polarity": self.polarity,
            "says": self.says,
            "section": self.section,
            "refs": list(self.refs),
            "verified": self.verified,
            "external": self.external,
        }

    def document(self, state: str) -> dict[str, Any]:
        """The argument as data, with the state of its rule (`fired` or `indeterminate`); read only: the same
        object whatever the case.
        """
        return self._written[state]


@dataclass(frozen=True)
class Question:
    """A clinical question. Outside `applies` it is folded, with the reason; the rules stay complete."""

    id: str
    label: str
    applies: Expr
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]

    def document(self, ctx: Context, rules: Mapping[str, str]) -> dict[str, Any]:
        """The question for one case; `rules` maps rule ids to their states."""
        spoken: dict[str | None, list[dict[str, Any]]] = {None: []}
        for option in self.options:
            spoken[option.id] = []
        for argument in self.arguments:
            state = rules[argument.rule]
            if state != "not_fired":
                spoken[argument.option].append(argument.document(state))
        return {
            "id": self.id,
            "label": self.label,
            "applies": self.applies.value(ctx),
            "options": [
                {
                    "id": option.id,
                    "label": option.label,
                    "status": _status(spoken[option.id]),
                    "arguments": spoken[option.id],
                }
                for option in self.options
            ],
            "about": spoken[None],
        }


def _status(arguments: list[dict[str, Any]]) -> str:
    """What the arguments that speak make of an option."""
    fired = {argument["polarity"] for argument in arguments if argument["state"] == "fired"}
    if "for" in fired and "against" in fired:
        return "supported with conflict"
    for argument in arguments:
        if argument["state"] == "indeterminate" and argument["polarity"] in ("for", "against"):
            return "indeterminate"
    if "for" in fired:
        return "supported"
    return "opposed" if "against" in fired else "no argument"
