"""Brudvik's modified clinical score, 0-3 (specification C4; Brudvik 2019, from memory)."""

from decisions.engine import derived as d
from decisions.engine.logic import fact, threshold
from decisions.engine.scores.points import Item, PointScore, points

BRUDVIK = PointScore(
    key="brudvik",
    name="Modified clinical score (Brudvik)",
    items=(
        Item("ras", "RAS mutated", points(d.ras_mut)),
        Item("node_positive", "Node-positive primary", points(d.node_positive)),
        Item(
            "size",
            "Largest lesion above 50 mm",
            points(fact("liver.max_diameter_mm") > threshold("BRUDVIK_SIZE_GT_MM")),
        ),
    ),
    source="ext:brudvik2019",
    verified="memory",
    note="Not in the review.",
)
