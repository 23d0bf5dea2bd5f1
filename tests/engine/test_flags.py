"""Flags name the cases in which another reading of the print would change the verdict."""

import pytest

from decisions.engine.flags import FLAGS
from decisions.engine.logic import Context
from decisions.engine.thresholds import default

EASY_BUT_FOR_THE_VEINS = {
    "plan.adjacent_segments_removed": 2,
    "volumetry.flr_pct": 60,
    "liver.contralateral_portal_pedicle_involved": False,
    "liver.ivc_involved": False,
    "plan.needs_perihilar_biliary_or_vascular_resection": False,
}


@pytest.mark.parametrize(
    ("veins", "most", "raised"),
    [(0, 0, False), (1, 0, True), (2, 0, False), (1, 1, False), (2, 1, False), (None, 0, None)],
)
def test_one_vein_is_sensitive_to_the_reading_only_while_none_is_the_limit(veins, most, raised):
    """'< 1 hepatic vein' may be a misprint of '<= 1' (E-08); with the limit at 1 that reading is taken."""
    facts = EASY_BUT_FOR_THE_VEINS | ({} if veins is None else {"liver.hepatic_veins_involved": veins})
    context = Context(facts, default().override({"NIEUW_HV_MAX_EASY": most}))
    assert FLAGS["READING_SENSITIVE:D12"].value(context) is raised
