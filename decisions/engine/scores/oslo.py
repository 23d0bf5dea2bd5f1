"""Oslo score before transplantation, 0-4 (specification C5; named in seed section 9, components from memory)."""

from decisions.engine import derived as d
from decisions.engine.logic import Choose, First, Function, fact, named, threshold
from decisions.engine.scores.points import Item, PointScore, points

REFERENCE_DATE = First(fact("lt.planned_date"), fact("case.decision_date"))

OSLO = PointScore(
    key="oslo",
    name="Oslo score",
    items=(
        Item(
            "size",
            "Largest lesion above 55 mm",
            points(fact("liver.max_diameter_mm") > threshold("OSLO_SIZE_GT_MM")),
        ),
        Item("cea", "CEA above 80 µg/L", points(fact("labs.cea_ng_ml") > threshold("OSLO_CEA_GT"))),
        Item(
            "interval",
            "Under 24 months from the resection of the primary",
            points(
                Function("add_months", fact("primary.resection_date"), threshold("OSLO_INTERVAL_LT_MONTHS"))
                > REFERENCE_DATE
            ),
        ),
        Item("response", "Progression on chemotherapy", points(d.response == "PD")),
    ),
    source="160",
    verified="memory",
)
oslo_le_max = named(
    "oslo_le_max",
    Choose(
        (OSLO.maximum <= threshold("LT_OSLO_MAX"), True),
        (OSLO.minimum > threshold("LT_OSLO_MAX"), False),
        otherwise=OSLO.score <= threshold("LT_OSLO_MAX"),
    ),
    "Oslo score low enough",
)
