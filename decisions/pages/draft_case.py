"""One case today and under a draft: the answers that differ, with how each came about on both sides."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from decisions.engine.assess import assess
from decisions.engine.document import parse
from decisions.pages.advice import CLASS_LABELS, explanations
from decisions.pages.changes import ANSWERS
from decisions.pages.output_words import output_words, value_words
from decisions.pages.traces import Node, trace_node
from decisions.previews import Side
from patients.models import StagingVersion

Document = Mapping[str, Any]


def case_context(version: StagingVersion, sides: Sequence[Side]) -> dict[str, Any]:
    """`untouched` when the draft is not for the case's centre; else `classes`, `definitions`, `rules`, `others`."""
    centre = version.staging.patient.centre_id
    side = next((side for side in sides if centre in side.centres), None)
    if side is None:
        return {"untouched": True}
    case = parse(version.document or {})
    old, new = assess(case, side.before), assess(case, side.after)
    return {
        "classes": _classes(old, new),
        "definitions": _traced("definitions", "definitions", old, new),
        "rules": _traced("rules", "rules", old, new),
        "others": [*_options(old, new), *_raised(old, new), *_window(old, new)],
    }


def _classes(old: Document, new: Document) -> list[dict[str, Any]]:
    return [
        _item(
            CLASS_LABELS.get(key, key),
            "",
            old.get(key),
            new.get(key),
            *(_derived(side, key) for side in (old, new)),
        )
        for key in ANSWERS
        if old.get(key) != new.get(key)
    ]


def _derived(document: Document, key: str) -> Node | None:
    derived = explanations(document, "derived")
    return trace_node(derived[key], derived) if key in derived else None


def _traced(family: str, kind: str, old: Document, new: Document) -> list[dict[str, Any]]:
    return [
        _item(
            output_words(family, name),
            family,
            said,
            new[family][name],
            *(_trace(side, kind, name) for side in (old, new)),
        )
        for name, said in (old.get(family) or {}).items()
        if said != new[family][name]
    ]


def _trace(document: Document, kind: str, name: str) -> Node | None:
    found = (explanations(document, kind).get(name) or {}).get("trace")
    return trace_node(found, explanations(document, "derived")) if found else None


def _item(
    title: str, family: str, old: Any, new: Any, before: Node | None, after: Node | None
) -> dict[str, Any]:
    sides = [before, after]
    said = [set(_conditions(node)) if node else set() for node in sides]
    pruned = [_differing(node, said[1 - place], set()) if node else None for place, node in enumerate(sides)]
    return {
        "title": title,
        "old": value_words(family, _text(old)),
        "new": value_words(family, _text(new)),
        "before": pruned[0],
        "after": pruned[1],
        "same": len(said[0] & said[1]),
    }


def _text(value: Any) -> str:
    return "indeterminate" if value is None else str(value)


def _is_condition(node: Node) -> bool:
    """What says something by itself: a comparison, or a value at the end of a branch."""
    return bool(node.get("limit")) or not node["children"]


def _conditions(node: Node) -> Iterable[tuple[Any, ...]]:
    if _is_condition(node):
        yield _said(node)
    for child in node["children"]:
        yield from _conditions(child)


def _said(node: Node) -> tuple[Any, ...]:
    return (node["text"], node["value"], node.get("measured"), node.get("operator"), node.get("limit"))


def _differing(node: Node, other: set[tuple[Any, ...]], opened: set[tuple[Any, ...]]) -> Node | None:
    """The trace without what the other side says too, each derived value opened once; None when nothing is left."""
    kept = [found for child in node["children"] if (found := _differing(child, other, opened)) is not None]
    own = _is_condition(node) and _said(node) not in other
    if not kept and not own:
        return None
    if node.get("measured"):
        key = (node["text"], node["measured"])
        kept = [] if key in opened else kept
        opened.add(key)
    return {**node, "children": kept}


# --------------------------------------------------------------------------------------- what has no trace of its own
def _row(family: str, name: str, old: str, new: str) -> dict[str, str]:
    return {
        "title": output_words(family, name),
        "old": value_words(family, old),
        "new": value_words(family, new),
    }


def _options(old: Document, new: Document) -> list[dict[str, str]]:
    def statuses(document: Document) -> dict[str, str]:
        return {
            f"{question['id']}:{option['id']}": option["status"]
            for question in document.get("questions") or ()
            for option in question["options"]
        }

    before, after = statuses(old), statuses(new)
    return [
        _row("options", name, before.get(name, ""), said)
        for name, said in after.items()
        if before.get(name) != said
    ]


def _raised(old: Document, new: Document) -> list[dict[str, str]]:
    found = []
    for family in ("conflicts", "flags"):
        before, after = set(old.get(family) or ()), set(new.get(family) or ())
        found += [_row(family, name, "active", "inactive") for name in sorted(before - after)]
        found += [_row(family, name, "inactive", "active") for name in sorted(after - before)]
    return found


def _window(old: Document, new: Document) -> list[dict[str, str]]:
    before, after = old.get("reassess") or {}, new.get("reassess") or {}
    return [
        _row("reassess", key, str(before.get(key) or ""), str(after.get(key) or ""))
        for key in ("due_from", "overdue_after")
        if before.get(key) != after.get(key)
    ]
