"""A rule: a condition over facts, with what it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field

from decisions.engine.logic import Context, Expr, named

STATE = {True: "fired", False: "not_fired", None: "indeterminate"}


@dataclass(frozen=True)
class Rule:
    """One rule of the specification.

    `section` is the seed's ('ext': not in the seed), `refs` its references as printed, `strength` the kind
    of evidence in the source's own terms. What it says for which option stands in `questions`.
    """

    id: str
    title: str
    section: str
    refs: str
    condition: Expr
    strength: str
    note: str = ""
    expr: Expr = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "expr", named(self.id, self.condition, self.title))

    def evaluate(self, ctx: Context) -> str:
        """`fired`, `not_fired` or `indeterminate`."""
        return STATE[self.expr.value(ctx)]
