"""Decision and follow-up: meetings, the room, what the board decided, the clock, reminders, notices, documents."""

from meetings.models.agenda import PreparedDecision, ProposalDismissal
from meetings.models.check import ClockCheck
from meetings.models.decision import BoardDecision, DecisionAddendum, DecisionElement
from meetings.models.document import BoardDocument
from meetings.models.letter import LetterTemplate
from meetings.models.live import RoomEvent
from meetings.models.meeting import AgendaItem, Attendance, Confirmation, Meeting
from meetings.models.move import WindowMove
from meetings.models.notice import Notice, NoticePreference
from meetings.models.reassessment import Reassessment
from meetings.models.reminder import Reminder
from meetings.models.schedule import CalendarFeed, MeetingDay
from meetings.models.settings import BoardSettings
from meetings.models.voting import AdviceLook, Vote, VoteRound

__all__ = [
    "AdviceLook",
    "AgendaItem",
    "Attendance",
    "BoardDecision",
    "BoardDocument",
    "BoardSettings",
    "CalendarFeed",
    "ClockCheck",
    "Confirmation",
    "DecisionAddendum",
    "DecisionElement",
    "LetterTemplate",
    "Meeting",
    "MeetingDay",
    "Notice",
    "NoticePreference",
    "PreparedDecision",
    "ProposalDismissal",
    "Reassessment",
    "Reminder",
    "RoomEvent",
    "Vote",
    "VoteRound",
    "WindowMove",
]
