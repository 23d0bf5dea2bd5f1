"""The dates that the sources ask to keep (specification, part D): one declared table, and what is dated by it.

A timeline whose trigger is unknown gives nothing; none is ever guessed. Nothing here reads a clock: what has
happened since the facts were staged, and the day itself, come as `Events`.
"""

from decisions.engine.timelines.parts import (
    Events,
    Happening,
    LineCourse,
    Occasion,
    Timeline,
    under_consideration,
)
from decisions.engine.timelines.table import BY_ID, TIMELINES, occasions, timelines

__all__ = [
    "BY_ID",
    "TIMELINES",
    "Events",
    "Happening",
    "LineCourse",
    "Occasion",
    "Timeline",
    "occasions",
    "timelines",
    "under_consideration",
]
