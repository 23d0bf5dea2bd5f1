"""Another plan for the same case, assessed and shown beside the patient's; nothing of it is ever stored."""

import copy
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from decisions.engine.assess import assess
from decisions.engine.document import DocumentError, parse
from decisions.engine.facts import FACTS
from decisions.engine.thresholds import ThresholdSet
from decisions.pages.advice import questions_of
from decisions.pages.changes import answers_changed
from decisions.selectors import latest_frozen
from patients.models import Staging

ALLOWED = (
    "plan.r0_feasible", "plan.r0_r1_feasible", "plan.complete_resection_feasible", "plan.inflow_preserved",
    "plan.outflow_preserved", "plan.biliary_drainage_preserved", "plan.contiguous_segments_spared",
    "plan.margin_expected_mm", "plan.hepatectomy_extent", "plan.needs_two_stage", "plan.needs_pve",
    "plan.needs_ablation", "plan.ablation_feasible", "plan.surgeon_opinion_resectable", "volumetry.flr_pct",
    "volumetry.flr_pct_post",
)  # fmt: skip
"""What another plan may change: the plan itself, and the remnant that it leaves (before or after hypertrophy)."""
_OTHER_REMNANT = ("flr_ml", "flr_pct_post", "flr_ml_post")
"""Volumes that belong to the patient's own plan: another remnant in per cent replaces them."""


def assess_alternative(
    document: Mapping[str, Any], changes: Mapping[str, Any], thresholds: ThresholdSet
) -> dict[str, Any]:
    """The assessment document of a case document with `changes` (values by fact, None: missing). Stores nothing.

    Raises `ValidationError` by fact for a fact that another plan may not change, and for a value out of range.
    """
    refused = {
        name: [f"'{name}' is not allowed; allowed: {', '.join(ALLOWED)}."]
        for name in changes
        if name not in ALLOWED
    }
    if refused:
        raise ValidationError(refused)
    other = copy.deepcopy(dict(document))
    if changes.get("volumetry.flr_pct") is not None:
        for key in _OTHER_REMNANT:
            other.get("volumetry", {}).pop(key, None)
    for name, value in changes.items():
        block, _, key = name.partition(".")
        if value is None:
            other.get(block, {}).pop(key, None)
        else:
            other.setdefault(block, {})[key] = value
    try:
        case = parse(other)
    except DocumentError as error:
        raise ValidationError({problem.path: [problem.message] for problem in error.errors}) from error
    return assess(case, thresholds)


def document_to_change(staging: Staging) -> dict[str, Any]:
    """The case document of the newest staged version; raises `ValidationError` when there is none."""
    version = latest_frozen(staging)
    if version is None:
        raise ValidationError({"staging": ["This case is not staged yet; allowed: stage it first."]})
    return dict(version.document or {})


def read_changes(posted: Mapping[str, str], document: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says otherwise than the document: '' leaves a fact as it is, `unknown` makes it missing.

    Raises `ValidationError` by fact for a text that is no value.
    """
    changes: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for name in ALLOWED:
        text = posted.get(name, "").strip()
        if not text:
            continue
        block, _, key = name.partition(".")
        try:
            value = _value(name, text)
        except ValueError:
            problems[name] = [f"{text!r} is not allowed; allowed: {FACTS[name].expected}."]
            continue
        if value != (document.get(block) or {}).get(key):
            changes[name] = value
    if problems:
        raise ValidationError(problems)
    return changes


def _value(name: str, text: str) -> Any:
    if text == "unknown":
        return None
    kind = FACTS[name].type
    if kind == "bool":
        return {"yes": True, "no": False}[text] if text in ("yes", "no") else _refuse()
    if kind == "int":
        return int(text)
    return float(text.replace(",", ".")) if kind == "decimal" else text


def _refuse() -> None:
    raise ValueError


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What two assessments say otherwise: `answers` (label, old, new) and `options` (question, name, old, new)."""
    old = {
        (question["id"], option["name"]): option["status"]
        for shown in questions_of(before)
        for question in shown
        for option in question["options"]
    }
    options = [
        {"question": question["label"], "name": option["name"], "old": was, "new": option["status"]}
        for question in questions_of(after)[0]
        for option in question["options"]
        if (was := old.get((question["id"], option["name"]))) != option["status"]
    ]
    return {"answers": answers_changed(before, after), "options": options}
