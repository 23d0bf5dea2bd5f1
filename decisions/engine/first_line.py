"""First-line systemic therapy of unresectable disease, as the sources list it (specification B.4)."""

from collections.abc import Sequence
from typing import Any

from decisions.engine import derived as d
from decisions.engine.logic import Context, fact

_FIT = fact("patient.fit_for_intensive_chemo")


def first_line(ctx: Context) -> dict[str, Any] | None:
    """The options to show, alphabetically, never ranked; None unless the liver is known to be unresectable.

    `status`: `determined`, `conflict` or `indeterminate`; `missing` names the facts that keep it open.
    """
    if d.liver_unresectable.value(ctx) is not True:
        return None
    msi_high = d.msi_high.value(ctx)
    if msi_high is None:
        return _row([], [], "indeterminate", ["molecular.msi"])
    if msi_high:
        return _row(["PEMBROLIZUMAB"], [], "determined")
    return _stable(ctx)


def _stable(ctx: Context) -> dict[str, Any]:
    side, ras, braf = d.primary_side.value(ctx), d.ras_mut.value(ctx), d.braf_mut.value(ctx)
    triplet_out = _FIT.value(ctx) is False
    if side == "right" or ras is True:
        return _with_triplet(["DOUBLET_BEV"], [], triplet_out)
    if side is None or ras is None:
        missing = [name for name, value in (("primary.side", side), ("molecular.ras", ras)) if value is None]
        return _row(["DOUBLET_BACKBONE"], [], "indeterminate", missing)
    if braf is None:
        return _row(["DOUBLET_ANTI_EGFR"], [], "indeterminate", ["molecular.braf_v600e"])
    if braf:
        return _with_triplet(["DOUBLET_ANTI_EGFR", "DOUBLET_BEV"], ["CF-09"], triplet_out)
    return _row(["DOUBLET_ANTI_EGFR", "DOUBLET_BEV"], ["CF-08"], "conflict")


def _with_triplet(options: list[str], conflicts: list[str], triplet_out: bool) -> dict[str, Any]:
    if triplet_out:
        return _row(options, conflicts, "conflict" if conflicts else "determined")
    return _row([*options, "TRIPLET_BEV"], [*conflicts, "CF-07"], "conflict")


def _row(
    options: list[str], conflicts: list[str], status: str, missing: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "status": status,
        "options": sorted(options),
        "conflicts": sorted(conflicts),
        "missing": sorted(missing),
    }
