"""The rulebook by topic: every threshold with its value, its bounds, its source, and where it is used."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any

from decisions.engine.definitions import DEFINITIONS
from decisions.engine.in_words import in_words
from decisions.engine.logic import Expr
from decisions.engine.logic.core import Threshold as Limit
from decisions.engine.rules import RULES
from decisions.engine.scores import SCORES
from decisions.engine.sources import citation, errata, sources
from decisions.engine.thresholds import SIGNS, Threshold, ThresholdSet, default
from decisions.pages.readers import safety_words, silent_words
from decisions.pages.sources import definition_source, reference_words
from patients import wording

SHOWN_USERS = 4
TOPICS = (
    "remnant", "definitions", "timing", "conversion", "surgery", "local_therapy", "transplantation", "scores", "board",
)  # fmt: skip
"""The order on the page: what the board argues over first, its own choices last."""
POLARITY = {
    "resectable": "met: resectable",
    "borderline": "met: borderline",
    "extends_indication": "met: the indication is extended",
    "easily_resectable": "met: easily resectable",
    "historical": "met: resectable, as once seen",
}


def _within(expr: Expr, seen: set[int]) -> Iterator[Expr]:
    if id(expr) in seen:
        return
    seen.add(id(expr))
    yield expr
    for part in expr.parts():
        yield from _within(part, seen)


def _limits(*exprs: Expr) -> set[str]:
    seen: set[int] = set()
    return {found.name for expr in exprs for found in _within(expr, seen) if isinstance(found, Limit)}


@cache
def users() -> Mapping[str, tuple[tuple[str, str, str], ...]]:
    """Who reads a threshold, directly or through what is derived: name -> (anchor, short name, title)."""
    readers = [
        *(
            (f"d-{item.id}", f"{item.author} {item.year}", item.id, _limits(item.verdict))
            for item in DEFINITIONS
        ),
        *(
            ("", item.name, "score", _limits(item.risk, *(part.points for part in item.items)))
            for item in SCORES
        ),
        *((f"r-{item.id}", item.id, item.title, _limits(item.condition)) for item in RULES.values()),
    ]
    return {
        name: tuple((anchor, short, title) for anchor, short, title, limits in readers if name in limits)
        for name in default().values()
    }


def _holds(needles: list[str], *texts: str) -> bool:
    hay = " ".join(texts).casefold()
    return all(needle in hay for needle in needles)


def _threshold_row(item: Threshold, shipped: Threshold) -> dict[str, Any]:
    readers = users().get(item.name, ())
    unit = "" if item.unit in ("", "-") else item.unit
    return {
        "name": item.name,
        "label": item.label,
        "sign": SIGNS[item.comparison],
        "value": wording.number(item.value),
        "unit": unit,
        "allowed": f"{wording.number(item.minimum)} to {wording.number(item.maximum)} allowed",
        "shipped": "" if item.value == shipped.value else wording.quantity(shipped.value, unit),
        "source": item.source,
        "verified": item.verified,
        "readers": [{"anchor": anchor, "name": name, "title": title} for anchor, name, title in readers],
        "shown": SHOWN_USERS if len(readers) > SHOWN_USERS + 1 else len(readers),
        "more": max(0, len(readers) - SHOWN_USERS) if len(readers) > SHOWN_USERS + 1 else 0,
        "safety": safety_words(item.name),
        "silent": silent_words(item.name),
    }


def _by_topic(thresholds: ThresholdSet) -> list[tuple[str, str, list[Threshold]]]:
    ordered = sorted(thresholds.thresholds(), key=lambda item: _rank(item.topic))
    return [
        (code, label, list(items))
        for (code, label), items in groupby(ordered, key=lambda item: (item.topic, item.topic_label))
    ]


def _rank(topic: str) -> tuple[int, str]:
    return (TOPICS.index(topic) if topic in TOPICS else len(TOPICS), topic)


def topics(thresholds: ThresholdSet) -> list[tuple[str, str, int]]:
    """The topics in order: code, label, how many thresholds."""
    return [(code, label, len(items)) for code, label, items in _by_topic(thresholds)]


def threshold_groups(
    thresholds: ThresholdSet, *, words: Iterable[str] = (), topic: str = ""
) -> list[dict[str, Any]]:
    """The thresholds by topic; `words` are all found in name, label, unit, source or in who reads it."""
    needles = [word.casefold() for word in words]
    found = []
    for code, label, items in _by_topic(thresholds):
        rows = [
            _threshold_row(item, default().get(item.name))
            for item in items
            if topic in ("", code)
            and _holds(
                needles,
                *(item.name, item.label, item.unit, item.source, label),
                *(f"{name} {title}" for _, name, title in users().get(item.name, ())),
            )
        ]
        if rows:
            found.append({"code": code, "label": label, "rows": rows})
    return found


def definition_rows(words: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The definitions of Table 1 as printed, with their source and the slips found in it."""
    needles = [word.casefold() for word in words]
    return [
        {
            "id": item.id,
            "name": f"{item.author} {item.year}",
            "polarity": POLARITY[item.polarity],
            "text": item.text,
            "source": definition_source({"seed_ref": item.seed_ref, "true_ref": item.true_ref}),
            "note": item.note,
            "limits": sorted(_limits(item.verdict)),
        }
        for item in DEFINITIONS
        if _holds(needles, item.id, item.author, str(item.year), item.text, *_limits(item.verdict))
    ]


def rule_groups(thresholds: ThresholdSet, words: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The rules by section of the review, each with its condition in words."""
    needles = [word.casefold() for word in words]
    shown = [
        {
            "id": rule.id,
            "title": rule.title,
            "section": rule.section,
            "when": in_words(rule.condition, thresholds),
            "strength": rule.strength,
            "source": _references(rule.refs),
            "note": rule.note,
            "limits": sorted(_limits(rule.condition)),
        }
        for rule in RULES.values()
        if _holds(
            needles, rule.id, rule.title, rule.strength, _references(rule.refs), *_limits(rule.condition)
        )
    ]
    by_section: dict[str, list[dict[str, Any]]] = {}
    for row in shown:
        by_section.setdefault(str(row["section"]), []).append(row)
    return [{"section": section, "rows": rows} for section, rows in sorted(by_section.items(), key=_order)]


def _order(item: tuple[str, Any]) -> tuple[int, list[int], str]:
    digits = [int(part) for part in item[0].lstrip("s").split(".") if part.isdigit()]
    return (0 if digits else 1, digits, item[0])


def _references(refs: str) -> str:
    listed = [
        part.strip() for part in refs.replace(";", ",").split(",") if part.strip() not in ("", "-", "none")
    ]
    if listed and all(part.isdigit() for part in listed):
        return ", ".join(citation(part) for part in listed)
    return reference_words(listed)


def library(words: Iterable[str] = ()) -> dict[str, Any]:
    """The bibliography and the errata of the review."""
    needles = [word.casefold() for word in words]
    return {
        "errata": [
            item for item in errata() if _holds(needles, item.id, item.where, item.problem, item.resolution)
        ],
        "sources": [item for item in sources().values() if _holds(needles, f"ref {item.number}", item.text)],
    }
