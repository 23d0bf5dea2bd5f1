"""One threshold: what it is, who reads it in which words, and what it was in every version."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from decisions.engine.conflicts import CONFLICTS
from decisions.engine.definitions import DEFINITIONS
from decisions.engine.in_words import in_words, names_in
from decisions.engine.logic import Expr, Named, threshold
from decisions.engine.logic.forms import limits_of
from decisions.engine.questions import QUESTIONS
from decisions.engine.rules import RULES
from decisions.engine.safety import safety_limits
from decisions.engine.scores import SCORES
from decisions.engine.thresholds import SIGNS, ThresholdSet, default
from decisions.models import DraftChange, RulebookVersion
from decisions.previews import silent_thresholds
from decisions.rulebooks import InForce
from patients import wording


def threshold_page(name: str) -> dict[str, Any]:
    """Everything that the page of a threshold shows, under the board's version in force. Raises `KeyError`."""
    held = InForce()
    thresholds = held.thresholds()
    item, shipped = thresholds.get(name), default().get(name)
    guarded = safety_limits().get(name)
    return {
        "item": item,
        "value": in_full(item.value, item.comparison, item.unit),
        "shipped": in_full(shipped.value, item.comparison, item.unit),
        "is_shipped": item.value == shipped.value,
        "comparison": COMPARISONS[item.comparison],
        "least": wording.quantity(item.minimum, unit_of(item.unit)),
        "most": wording.quantity(item.maximum, unit_of(item.unit)),
        "guarded": {"rule": guarded[0], "harm": guarded[1]} if guarded else None,
        "silent": name in silent_thresholds(),
        "readers": list(readers_of(name, thresholds)),
        "history": history_of(name),
        "layers": layers_of(name, held),
    }


COMPARISONS = {
    "at_least": "reached from this value on (≥)",
    "above": "exceeded above this value (>)",
    "at_most": "kept up to this value (≤)",
    "below": "kept below this value (<)",
    "within": "one end of a range",
    "none": "a number that is reckoned with, not compared",
}


def unit_of(unit: str) -> str:
    """The unit as it is written behind a number; '' where there is none."""
    return "" if unit in ("", "-") else unit


def in_full(value: float | None, comparison: str, unit: str) -> str:
    """'≥ 30 %'; '' for no value."""
    if value is None:
        return ""
    sign = SIGNS[comparison]  # type: ignore[index]
    words = wording.quantity(value, unit_of(unit))
    return f"{sign}{wording.NBSP}{words}" if sign else words


# ---------------------------------------------------------------------------------------------------- readers
SHOWN = 6
"""So many readers through derived variables are shown at once; more are folded."""


def _all_readers() -> Iterator[tuple[str, str, str, Expr]]:
    """Kind, short name, title, and the condition of everything that may read a threshold."""
    for item in DEFINITIONS:
        name = f"{item.author} {item.year}"
        yield "Definitions of resectability", name, item.text, item.condition
        yield "Definitions of resectability", name, "speaks of cases with", item.applies
    for rule in RULES.values():
        yield "Rules", rule.id, rule.title, rule.condition
    for score in SCORES:
        for part in score.items:
            yield "Scores", score.name, part.label, part.points
    for conflict in CONFLICTS:
        yield "Where the sources disagree", conflict.id, conflict.question, conflict.active
    for question in QUESTIONS:
        yield "Whether a question is asked", question.label, "", question.applies


def readers_of(name: str, thresholds: ThresholdSet) -> Iterator[dict[str, Any]]:
    """By kind, who reads a threshold: directly, with the condition, or through derived variables, with theirs first."""
    found: dict[str, list[dict[str, Any]]] = {}
    derived: dict[str, Named] = {}
    for kind, short, title, expr in _all_readers():
        if name not in limits_of(expr):
            continue
        through = {part.label: part for part in _named_within(expr) if name in names_in(part)[1]}
        derived |= {label: part for label, part in through.items() if part.name not in RULES}
        far = through if name not in names_in(expr)[1] else ()
        found.setdefault(kind, []).append(_row(short, title, expr, thresholds, name, far))
    if derived:
        rows = [_row(label, "", part.expr, thresholds, name) for label, part in sorted(derived.items())]
        yield {"kind": "Derived variables", "direct": rows, "indirect": []}
    for kind, rows in found.items():
        direct, indirect = ([row for row in rows if bool(row["through"]) is far] for far in (False, True))
        yield {"kind": kind, "direct": direct, "indirect": indirect, "open": len(indirect) <= SHOWN}
    for label, *limits in WINDOW:
        if name in limits:
            months, cycles = (in_words(threshold(limit), thresholds) for limit in limits)
            text = f"Start of the line plus {months}, or plus {cycles} where their length is known and that is earlier"
            row = {"name": label, "title": "", "text": marked(text, name), "through": []}
            yield {"kind": "Dates of the clock", "direct": [row], "indirect": []}


WINDOW = (
    ("The reassessment window opens", "REASSESS_MONTHS_MIN", "CONV_CYCLES_MIN"),
    ("The reassessment is overdue after", "REASSESS_MONTHS_MAX", "CONV_CYCLES_MAX"),
)
"""The dates of the clock, and the thresholds of months and cycles that they stand on."""


def _row(
    short: str, title: str, expr: Expr, thresholds: ThresholdSet, name: str, through: Iterable[str] = ()
) -> dict[str, Any]:
    text = marked(in_words(expr, thresholds), name)
    return {"name": short, "title": title, "text": text, "through": sorted(through)}


def _named_within(expr: Expr) -> Iterable[Named]:
    seen: dict[int, Named] = {}
    waiting = [expr]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Named):
            if id(part) in seen:
                continue
            seen[id(part)] = part
        waiting.extend(part.parts())
    return seen.values()


def marked(text: str, name: str) -> list[tuple[bool, str]]:
    """The sentence in pieces, True for a number that is this threshold's: '30 % (ADAM_FLR_MIN)'."""
    unit = unit_of(default().get(name).unit)
    number = rf"[\d.,−-]+{' ' if unit else ''}{re.escape(unit)}"
    pieces = re.split(rf"({number} \({re.escape(name)}\))", text)
    return [(place % 2 == 1, piece) for place, piece in enumerate(pieces) if piece]


# ---------------------------------------------------------------------------------------------------- versions
def history_of(name: str) -> list[dict[str, Any]]:
    """What the threshold was, newest first: the first version of all, and every version that moved it in its layer."""
    item = default().get(name)
    versions = RulebookVersion.objects.select_related("profile", "created_by", "draft__approved_by")
    changes = {change.draft_id: change for change in DraftChange.objects.filter(name=name)}
    newest: Mapping[int | None, float] = {}
    rows = []
    for version in versions.order_by("number"):
        value = version.thresholds.get(name, item.value)
        before = newest.get(version.profile_id, newest.get(None))
        newest = {**newest, version.profile_id: value}
        if value == before:
            continue
        draft = getattr(version, "draft", None)
        rows.append(
            {
                "version": version,
                "value": in_full(value, item.comparison, item.unit),
                "before": in_full(before, item.comparison, item.unit),
                "draft": draft,
                "change": changes.get(draft.pk) if draft else None,
            }
        )
    return rows[::-1]


def layers_of(name: str, held: InForce) -> list[dict[str, Any]]:
    """The value in every layer that holds, the board's own first, and whether the layer sets it itself."""
    item = default().get(name)
    return [
        {
            "version": version,
            "value": in_full(version.thresholds.get(name, item.value), item.comparison, item.unit),
            "sets": name in version.changes,
        }
        for version in held.versions
    ]
