"""One case in, one assessment out (`crlm-assessment/1`); the same input gives the same bytes."""

from __future__ import annotations

import datetime
import hashlib
import json
from functools import lru_cache
from typing import Any

from decisions.engine import derived as d
from decisions.engine.beyond import ask_next, counterfactuals, firmness
from decisions.engine.conflicts import CONFLICTS
from decisions.engine.definitions import DEFINITIONS, Definition, d11_class, d12_class
from decisions.engine.document import Case
from decisions.engine.first_line import first_line
from decisions.engine.flags import FLAGS
from decisions.engine.lesions import lesion_advice
from decisions.engine.logic import All, Context, Expr, Named
from decisions.engine.quality import data_warnings
from decisions.engine.questions import QUESTIONS
from decisions.engine.rules import RULES
from decisions.engine.scores import BRUDVIK, FONG, GAME, META5, OSLO, PointScore, meta5_status
from decisions.engine.thresholds import ThresholdSet, default
from decisions.engine.timelines import timelines
from decisions.engine.trace import opened, sentence, trace
from decisions.engine.transplant import transplant
from decisions.engine.windows import reassess

ENGINE_VERSION = "1.1.0"
SCHEMA = "crlm-assessment/1"
SOURCES_UP_TO = "2025-03"
OPENED: tuple[Named, ...] = tuple(expr for expr in vars(d).values() if isinstance(expr, Named))
"""The derived variables whose traces an assessment holds."""


def assess(case: Case, thresholds: ThresholdSet | None = None) -> dict[str, Any]:
    """The assessment document of one case; every key of the contract is present.

    Undecided is `indeterminate` for classes and verdicts, and None for numbers (contract, 'Forms').
    """
    rulebook = thresholds or default()
    ctx = Context(case, rulebook)
    rules = {rule.id: rule.evaluate(ctx) for rule in RULES.values()}
    return {
        "schema": SCHEMA,
        "engine_version": ENGINE_VERSION,
        "sources_up_to": SOURCES_UP_TO,
        "rulebook": {"version": rulebook.version, "hash": rulebook.hash, "thresholds": rulebook.values()},
        "case_id": case.get("case.id"),
        **_classes(ctx),
        **_scores(ctx),
        "response": d.response.value(ctx),
        "first_line": first_line(ctx),
        "neoadjuvant": {
            "for": [rule for rule in ("NEO-01", "NEO-02", "NEO-03") if rules[rule] == "fired"],
            "against": [rule for rule in ("NEO-04", "NEO-05") if rules[rule] == "fired"],
        },
        "reassess": reassess(ctx),
        "lt": transplant(ctx),
        "hypertrophy": _hypertrophy(ctx),
        "lesions": {
            lesion["id"]: lesion_advice(lesion.get("diameter_mm"), rulebook)
            for lesion in case.lesions
            if lesion.get("id")
        },
        "oxali_zone": d.oxali_zone.value(ctx),
        "dlm_relative_odds": _rounded(d.dlm_relative_odds.value(ctx), 2),
        "rules": rules,
        "conflicts": sorted(conflict.id for conflict in CONFLICTS if conflict.active.value(ctx) is True),
        "flags": sorted(flag for flag, raised in FLAGS.items() if raised.value(ctx) is True),
        "warnings": _warnings(case, ctx),
        "missing": ask_next(ctx, rules),
        "questions": [question.document(ctx, rules) for question in QUESTIONS],
        "explanations": _explanations(ctx),
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


@lru_cache(maxsize=8192)
def _sorted(reasons: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(reasons))


def _in_order(reasons: frozenset[str]) -> list[str]:
    """The reasons sorted; the same ones come again from rule to rule and from case to case."""
    return list(_sorted(reasons))


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _or_indeterminate(expr: Expr, ctx: Context) -> str:
    value = expr.value(ctx)
    return "indeterminate" if value is None else str(value)


def _classes(ctx: Context) -> dict[str, Any]:
    return {
        "timing_class": _or_indeterminate(d.timing_class, ctx),
        "age": d.age.value(ctx),
        "flr_pct": _rounded(d.flr_pct.value(ctx), 2),
        "flr_class": d.flr_class.value(ctx),
        "liver_class": _or_indeterminate(d.liver_class, ctx),
        "definitions": {definition.id: definition.evaluate(ctx) for definition in DEFINITIONS},
        "d11_class": _or_indeterminate(d11_class, ctx),
        "d12_class": _or_indeterminate(d12_class, ctx),
    }


def _scores(ctx: Context) -> dict[str, Any]:
    status = _or_indeterminate(meta5_status, ctx)
    counted = status in {"ok", "partial"}
    meta5 = META5.evaluate(ctx) if counted else dict.fromkeys(("score", "min", "max", "risk"))
    burden = d.tbs.value(ctx)
    return {
        "fong": FONG.evaluate(ctx),
        "meta5": {**meta5, "status": status},
        "game": GAME.evaluate(ctx),
        "brudvik": BRUDVIK.evaluate(ctx),
        "oslo": OSLO.evaluate(ctx),
        "tbs": None if burden is None else {"value": round(burden, 2), "zone": d.tbs_zone.value(ctx)},
        "h_stage": d.h_stage.value(ctx),
        "crlm_grade": d.crlm_grade.value(ctx),
    }


def _hypertrophy(ctx: Context) -> dict[str, Any]:
    procedure = ctx.facts.get("volumetry.hypertrophy_procedure")
    date = ctx.facts.get("volumetry.hypertrophy_date")
    window = None
    if procedure in ("PVE", "PVL") and date is not None:
        weeks = (ctx.thresholds.value(f"PVE_VOLUMETRY_WEEKS_{end}") for end in ("MIN", "MAX"))
        window = [(date + datetime.timedelta(weeks=float(week))).isoformat() for week in weeks]
    return {
        "bsa": _rounded(d.bsa.value(ctx), 3),
        "tlv_ml": _rounded(d.tlv.value(ctx), 1),
        "sflr_pre": _rounded(d.sflr_pre.value(ctx), 2),
        "sflr_post": _rounded(d.sflr_post.value(ctx), 2),
        "dh": _rounded(d.dh.value(ctx), 2),
        "weeks": _rounded(d.hypertrophy_weeks.value(ctx), 2),
        "kgr": _rounded(d.kgr.value(ctx), 2),
        "revolumetry_window": window,
        "flr_bw_pct": _rounded(d.flr_bw_pct.value(ctx), 3),
        "alpps_prestage1": d.alpps_prestage1.value(ctx),
    }


def _warnings(case: Case, ctx: Context) -> list[dict[str, Any]]:
    warnings = list(data_warnings(case))
    if d.response_assumes.value(ctx) is True:
        warnings.append(
            {
                "code": "RESPONSE_ASSUMES_NO_NEW_LESION",
                "path": "imaging.recist.new_lesions",
                "message": "The response counts unreported new lesions and non-target progression as none.",
            }
        )
    if case.get("primary.n_category") == "N1c":
        warnings.append(
            {
                "code": "N1C_COUNTS_AS_POSITIVE",
                "path": "primary.n_category",
                "message": "N1c (tumour deposits) counts as node-positive in the scores.",
            }
        )
    return warnings


def _definition(definition: Definition, ctx: Context) -> dict[str, Any]:
    verdict = definition.evaluate(ctx)
    condition = definition.condition
    if verdict == "not_applicable":
        words = sentence(definition.applies, ctx)
    elif verdict == "met" and isinstance(condition, All):
        words = f"all {len(condition.terms)} criteria hold"
    else:
        words = sentence(condition, ctx)
    return {
        "author": definition.author,
        "year": definition.year,
        "origin": definition.origin,
        "polarity": definition.polarity,
        "text": definition.text,
        "seed_ref": definition.seed_ref,
        "true_ref": definition.true_ref,
        "note": definition.note,
        "errata": list(definition.errata),
        "verdict": verdict,
        "sentence": words,
        "reasons": _in_order(definition.verdict.reasons(ctx)),
        "trace": trace(condition, ctx),
    }


def _score(score: PointScore, ctx: Context) -> dict[str, Any]:
    return {
        "name": score.name,
        "source": score.source,
        "verified": score.verified,
        "note": score.note,
        "full": score.full,
        "items": [
            {"key": item.key, "label": item.label, "points": item.points.value(ctx), "full": item.full}
            for item in score.items
        ],
    }


def _explanations(ctx: Context) -> dict[str, Any]:
    """Traces. Derived variables are named in them and stand opened, once each, under `derived`."""
    return {
        "definitions": {definition.id: _definition(definition, ctx) for definition in DEFINITIONS},
        "scores": {score.key: _score(score, ctx) for score in (FONG, META5, GAME, BRUDVIK, OSLO)},
        "rules": {
            rule.id: {
                "title": rule.title,
                "section": rule.section,
                "refs": rule.refs,
                "strength": rule.strength,
                "note": rule.note,
                "reasons": _in_order(rule.expr.reasons(ctx)),
                "trace": trace(rule.condition, ctx),
            }
            for rule in RULES.values()
        },
        "derived": {expr.name: opened(expr, ctx) for expr in OPENED},
        "timelines": timelines(ctx),
        "conflicts": {
            conflict.id: {"question": conflict.question, "sides": list(conflict.sides)}
            for conflict in CONFLICTS
            if conflict.active.value(ctx) is True
        },
    }
