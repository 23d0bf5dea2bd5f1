"""What an assessment decides, without saying why: classes, verdicts, scores, rules, flags, conflicts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from decisions.engine import derived as d
from decisions.engine.conflicts import CONFLICTS
from decisions.engine.definitions import DEFINITIONS, d11_class, d12_class
from decisions.engine.document import Case
from decisions.engine.first_line import first_line
from decisions.engine.flags import FLAGS
from decisions.engine.lesions import lesion_advice
from decisions.engine.logic import Context, Expr
from decisions.engine.quality import data_warnings
from decisions.engine.scores import BRUDVIK, FONG, GAME, META5, OSLO, meta5_status
from decisions.engine.transplant import transplant
from decisions.engine.windows import reassess


def answers(case: Case, ctx: Context, rules: Mapping[str, str]) -> dict[str, Any]:
    """The decided part of the assessment document, in its order; `rules` maps rule ids to their states.

    Undecided is `indeterminate` for classes and verdicts, and None for numbers (contract, 'Forms').
    """
    return {
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
            lesion["id"]: lesion_advice(lesion.get("diameter_mm"), ctx.thresholds)
            for lesion in case.lesions
            if lesion.get("id")
        },
        "oxali_zone": d.oxali_zone.value(ctx),
        "dlm_relative_odds": _rounded(d.dlm_relative_odds.value(ctx), 2),
        "rules": rules,
        "conflicts": sorted(conflict.id for conflict in CONFLICTS if conflict.active.value(ctx) is True),
        "flags": sorted(flag for flag, raised in FLAGS.items() if raised.value(ctx) is True),
        "warnings": _warnings(case, ctx),
    }


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
