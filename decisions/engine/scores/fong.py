"""Fong's clinical risk score, 0-5 (specification C1; seed section 12, reference 15)."""

from decisions.engine import derived as d
from decisions.engine.logic import Any_, Function, fact, threshold
from decisions.engine.scores.points import Item, PointScore, points

SHORT_INTERVAL = Any_(
    d.synchronous,
    fact("liver.detection_date")
    < Function("add_months", fact("primary.diagnosis_date"), threshold("FONG_DFI_MONTHS")),
)
"""Strictly less than 12 calendar months from the diagnosis of the primary; synchronous counts (C1)."""
SINGLE_OR_MORE = fact("liver.lesion_count") > threshold("FONG_LESIONS_GT")
HIGH_CEA = fact("labs.cea_ng_ml") > threshold("FONG_CEA_GT")
LARGE = fact("liver.max_diameter_mm") > threshold("FONG_SIZE_GT_MM")

FONG = PointScore(
    key="fong",
    name="Fong clinical risk score",
    items=(
        Item("node_positive", "Node-positive primary", points(d.node_positive)),
        Item("interval", "Synchronous, or under 12 months from the primary", points(SHORT_INTERVAL)),
        Item("lesions", "More than one liver lesion", points(SINGLE_OR_MORE)),
        Item("cea", "CEA above 200 ng/mL", points(HIGH_CEA)),
        Item("size", "Largest lesion above 50 mm", points(LARGE)),
    ),
    groups=(("high", threshold("FONG_HIGH_MIN")), ("low", 0)),
    source="15",
    verified="yes",
)
