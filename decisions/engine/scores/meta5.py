"""Five-factor score of metachronous disease, 0-5 (specification C8; seed section 3.6, reference 87)."""

from decisions.engine import derived as d
from decisions.engine.logic import Choose, Function, Judgement, fact, named
from decisions.engine.scores.fong import HIGH_CEA, LARGE
from decisions.engine.scores.points import Item, PointScore, points

META5 = PointScore(
    key="meta5",
    name="Five-factor score (metachronous)",
    items=(
        Item("node_positive", "Node-positive primary", points(d.node_positive)),
        Item("size", "Largest lesion above 50 mm", points(LARGE)),
        Item("lesions", "More than one liver lesion", points(fact("liver.lesion_count") > 1)),
        Item("cea", "CEA above 200 ng/mL", points(HIGH_CEA)),
        Item(
            "interval",
            "Under 12 months from the resection of the primary",
            points(fact("liver.detection_date") < Function("add_months", fact("primary.resection_date"), 12)),
        ),
    ),
    groups=(("high", 3), ("low", 0)),
    source="87",
    verified="yes",
    note="The factors are Fong's; only the anchor differs, the resection of the primary (erratum E-23).",
)
meta5_status = named(
    "meta5_status",
    Choose((d.synchronous, "not_applicable"), (META5.score.is_null(), "partial"), otherwise="ok"),
    "Five-factor score, applicability",
)
meta5_risk = named(
    "meta5_risk",
    Choose((d.metachronous, META5.risk), otherwise=Judgement("not_metachronous")),
    "Five-factor score, group",
)
"""The group of a metachronous case; none for a synchronous one."""
