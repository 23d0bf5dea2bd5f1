"""Scores and calculators (specification C), one module each; partial facts give a range, never a guess."""

from decisions.engine.scores.brudvik import BRUDVIK
from decisions.engine.scores.fong import FONG
from decisions.engine.scores.game import GAME
from decisions.engine.scores.meta5 import META5, meta5_status
from decisions.engine.scores.oslo import OSLO, oslo_le_max
from decisions.engine.scores.points import Item, PointScore

SCORES = (FONG, META5, GAME, BRUDVIK, OSLO)

__all__ = [
    "BRUDVIK",
    "FONG",
    "GAME",
    "META5",
    "OSLO",
    "SCORES",
    "Item",
    "PointScore",
    "meta5_status",
    "oslo_le_max",
]
