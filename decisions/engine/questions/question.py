"""Questions, options and arguments (the PROforma model): the sources argue, the board decides.

The status of an option describes its arguments and prescribes nothing: `supported`, `supported with
conflict`, `opposed`, `indeterminate` (an argument is still open), `no argument`. Options stand in
alphabetical order; nothing is weighed or ranked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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

    def document(self, state: str) -> dict[str, Any]:
        """The argument as data, with the state of its rule."""
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
        speaking = [argument for argument in self.arguments if rules[argument.rule] != "not_fired"]
        return {
            "id": self.id,
            "label": self.label,
            "applies": self.applies.value(ctx),
            "options": [self._option(option, speaking, rules) for option in self.options],
            "about": [a.document(rules[a.rule]) for a in speaking if a.option is None],
        }

    @staticmethod
    def _option(option: Option, speaking: list[Argument], rules: Mapping[str, str]) -> dict[str, Any]:
        own = [argument for argument in speaking if argument.option == option.id]
        documents = [argument.document(rules[argument.rule]) for argument in own]
        fired = {argument.polarity for argument in own if rules[argument.rule] == "fired"}
        is_open = any(
            rules[argument.rule] == "indeterminate" and argument.polarity in {"for", "against"}
            for argument in own
        )
        if {"for", "against"} <= fired:
            status = "supported with conflict"
        elif is_open:
            status = "indeterminate"
        elif "for" in fired:
            status = "supported"
        elif "against" in fired:
            status = "opposed"
        else:
            status = "no argument"
        return {"id": option.id, "label": option.label, "status": status, "arguments": documents}
