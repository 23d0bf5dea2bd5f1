"""One case in, one assessment out (`crlm-assessment/1`); the same input gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from decisions.engine.answers import answers
from decisions.engine.beyond import ask_next, counterfactuals, firmness
from decisions.engine.document import Case
from decisions.engine.explanations import explanations, traces
from decisions.engine.logic import Context
from decisions.engine.questions import QUESTIONS
from decisions.engine.rules import RULES, STATE
from decisions.engine.thresholds import ThresholdSet, default

ENGINE_VERSION = "1.1.0"
SCHEMA = "crlm-assessment/1"
SOURCES_UP_TO = "2025-03"


def assess(case: Case, thresholds: ThresholdSet | None = None) -> dict[str, Any]:
    """The assessment document of one case; every key of the contract is present.

    Undecided is `indeterminate` for classes and verdicts, and None for numbers (contract, 'Forms').
    """
    rulebook = thresholds or default()
    ctx = Context(case, rulebook)
    traced = traces(ctx)
    rules = {id_: STATE[traced[id_]["truth"]] for id_ in RULES}
    return {
        "schema": SCHEMA,
        "engine_version": ENGINE_VERSION,
        "sources_up_to": SOURCES_UP_TO,
        "rulebook": {"version": rulebook.version, "hash": rulebook.hash, "thresholds": rulebook.values()},
        "case_id": case.get("case.id"),
        **answers(case, ctx, rules),
        "missing": ask_next(ctx, rules),
        "questions": [question.document(ctx, rules) for question in QUESTIONS],
        "explanations": explanations(ctx, traced),
        "firmness": firmness(ctx),
        "counterfactuals": counterfactuals(ctx),
    }


def canonical_json(document: dict[str, Any]) -> str:
    """The document's canonical text: one line, UTF-8, keys in the order of the document."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def content_hash(document: dict[str, Any]) -> str:
    """SHA-256 of what a document says, whatever the order of its keys (databases do not keep that)."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
