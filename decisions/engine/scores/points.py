"""A score that adds points. With missing facts it is a range: `min` (all missing = 0) to `max` (all = full)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from decisions.engine.logic import Choose, Const, Context, Expr, First, named


def points(condition: Expr, worth: int = 1) -> Expr:
    """`worth` points when the condition is true, 0 when it is false, unknown otherwise."""
    return Choose((condition, worth), otherwise=0)


def _sum(terms: Iterable[Expr]) -> Expr:
    total: Expr = Const(0)
    for term in terms:
        total = total + term
    return total


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what is asked, its points (an expression) and the most it can give."""

    key: str
    label: str
    points: Expr
    full: int = 1


@dataclass(frozen=True)
class PointScore:
    """A score of items.

    `groups` are (name, lowest score) from the highest group down to 0; without them there is no risk.
    `verified` is 'yes', 'memory' or 'external'; `source` cites it.
    """

    key: str
    name: str
    items: tuple[Item, ...]
    source: str
    verified: str
    groups: tuple[tuple[str, Expr | int], ...] = ()
    note: str = ""
    minimum: Expr = field(init=False)
    maximum: Expr = field(init=False)
    score: Expr = field(init=False)
    risk: Expr = field(init=False)

    def __post_init__(self) -> None:
        low = _sum(First(item.points, Const(0)) for item in self.items)
        high = _sum(First(item.points, Const(item.full)) for item in self.items)
        total = _sum(item.points for item in self.items)
        object.__setattr__(self, "minimum", named(f"{self.key}.min", low, f"{self.name}, at least"))
        object.__setattr__(self, "maximum", named(f"{self.key}.max", high, f"{self.name}, at most"))
        object.__setattr__(self, "score", named(self.key, total, self.name))
        object.__setattr__(self, "risk", named(f"{self.key}_risk", self._risk(), f"{self.name}, group"))

    @property
    def full(self) -> int:
        """The highest score there is."""
        return sum(item.full for item in self.items)

    def _risk(self) -> Expr:
        if not self.groups:
            return Const(None)
        branches: list[tuple[Expr, str]] = []
        below: Expr | int | None = None
        for name, lowest in self.groups:
            inside = self.minimum >= lowest
            branches.append((inside if below is None else inside & (self.maximum < below), name))
            below = lowest
        # Groups agree only when both ends of the range lie in one; else the open items say what is missing.
        return Choose(*branches, otherwise=Choose((self.score >= 0, Const(None))))

    def evaluate(self, ctx: Context) -> dict[str, Any]:
        """`score` (None while open), `min`, `max`, and `risk` where groups are defined."""
        result = {
            "score": self.score.value(ctx),
            "min": self.minimum.value(ctx),
            "max": self.maximum.value(ctx),
        }
        return {**result, "risk": self.risk.value(ctx)} if self.groups else result
