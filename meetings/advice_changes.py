"""What of the advice differs between two assessments of a case, in words."""

from collections.abc import Mapping

from decisions.pages.advice import CLASS_LABELS, definition_names
from decisions.pages.words import shown_value

CLASSES = (
    "timing_class",
    "liver_class",
    "flr_class",
    "response",
    "d11_class",
    "d12_class",
    "h_stage",
    "crlm_grade",
)


def advice_changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """What differs between two assessment documents: 'Liver: resectable → unresectable'.

    Classes first, then definitions, then options of the questions; scores and figures are not advice.
    """
    names = definition_names(after) or definition_names(before)
    found = [
        f"{CLASS_LABELS[key]}: {_said(before.get(key))} → {_said(after.get(key))}"
        for key in CLASSES
        if before.get(key) != after.get(key)
    ]
    old, new = _part(before, "definitions"), _part(after, "definitions")
    found += [
        f"{names.get(code, code)}: {_said(old.get(code))} → {_said(verdict)}"
        for code, verdict in new.items()
        if old.get(code) != verdict
    ]
    was, now = _options(before), _options(after)
    found += [
        f"{label}: {was.get(key, ('', 'not asked'))[1]} → {status}"
        for key, (label, status) in now.items()
        if was.get(key, ("", "not asked"))[1] != status
        and {was.get(key, ("", ""))[1], status} - {"no argument", ""}
    ]
    found += [
        f"{label}: {status} → not asked"
        for key, (label, status) in was.items()
        if key not in now and status not in ("no argument", "")
    ]
    return found


def _said(value: object) -> str:
    return "open" if value is None else shown_value("", value, None)


def _part(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}


def _options(document: Mapping[str, object]) -> dict[tuple[str, str], tuple[str, str]]:
    questions = document.get("questions")
    return {
        (question["id"], option["id"]): (str(option["label"]), str(option["status"]))
        for question in (questions if isinstance(questions, list) else ())
        if question.get("applies") is not False
        for option in question["options"]
    }
