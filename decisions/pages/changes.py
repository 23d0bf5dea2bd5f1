"""What changed: the facts between two case documents, and the answers between two assessments."""

from collections.abc import Mapping
from typing import Any

from decisions.pages.advice import CLASS_LABELS, Document, definition_names
from decisions.pages.words import known_label, shown_value

ANSWERS = (
    "timing_class",
    "liver_class",
    "flr_class",
    "flr_pct",
    "response",
    "d11_class",
    "d12_class",
    "h_stage",
    "crlm_grade",
)


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a case document by name; a lesion's as `lesions[L1].diameter_mm`."""
    found: dict[str, Any] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                walk(f"{path}.{key}" if path else str(key), inner)
        elif path == "lesions":
            for lesion in value:
                walk(
                    f"lesions[{lesion.get('id')}]", {key: item for key, item in lesion.items() if key != "id"}
                )
        else:
            found[path] = value

    walk("", document)
    return found


def facts_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """The facts that differ, each with label, old and new value in words ('' for missing)."""
    old, new = flat(before), flat(after)
    return [
        {"label": _label(name), "old": _said(name, old.get(name)), "new": _said(name, new.get(name))}
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _label(name: str) -> str:
    lesion, _, column = name.partition("].")
    if column:
        return f"{lesion.removeprefix('lesions[')}, {known_label(f'lesions[].{column}', column)}"
    return known_label(name, name)


def _said(name: str, value: Any) -> str:
    _, _, column = name.partition("].")
    return shown_value(f"lesions[].{column}" if column else name, value, None)


def answers_changed(before: Document, after: Document) -> list[dict[str, str]]:
    """Classes, definitions and scores that differ, each with label, old and new value in words."""
    names = definition_names(after) or definition_names(before)
    changed = [(CLASS_LABELS.get(key, key), _word(before.get(key)), _word(after.get(key))) for key in ANSWERS]
    codes = after.get("definitions") or {}
    changed += [
        (names.get(code, code), _word((before.get("definitions") or {}).get(code)), _word(verdict))
        for code, verdict in codes.items()
    ]
    changed += [
        (CLASS_LABELS[key], _score(before.get(key)), _score(after.get(key)))
        for key in ("fong", "meta5", "game", "brudvik", "oslo")
    ]
    return [{"label": label, "old": old, "new": new} for label, old, new in changed if old != new]


def _word(value: Any) -> str:
    return "" if value is None else shown_value("", value, None)


def _score(result: Any) -> str:
    if not isinstance(result, Mapping) or result.get("min") is None:
        return ""
    return str(result["score"]) if result.get("score") is not None else f"{result['min']}–{result['max']}"
