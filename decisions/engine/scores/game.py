"""GAME score, 0-7 (specification C3; Margonis 2018, external, abstract verified)."""

from decisions.engine import derived as d
from decisions.engine.logic import fact, threshold
from decisions.engine.scores.points import Item, PointScore, points

GAME = PointScore(
    key="game",
    name="GAME score",
    items=(
        Item("kras", "KRAS mutated", points(d.kras_mut)),
        Item("cea", "CEA at least 20 ng/mL", points(fact("labs.cea_ng_ml") >= threshold("GAME_CEA_GE"))),
        Item("node_positive", "Node-positive primary", points(d.node_positive)),
        Item("tbs", "Tumour burden score: 3 to 9 one point, from 9 two", d.tbs_zone - 1, full=2),
        Item("ehd", "Extrahepatic disease", points(fact("ehd.present"), 2), full=2),
    ),
    groups=(("high", 4), ("medium", 2), ("low", 0)),
    source="ext:margonis2018",
    verified="external",
    note="Not in the review.",
)
