"""Decision and follow-up: meetings, what the board decided, the conversion clock."""

from meetings.models.decision import BoardDecision, DecisionElement
from meetings.models.meeting import AgendaItem, Attendance, Meeting
from meetings.models.reassessment import Reassessment

__all__ = [
    "AgendaItem",
    "Attendance",
    "BoardDecision",
    "DecisionElement",
    "Meeting",
    "Reassessment",
]
