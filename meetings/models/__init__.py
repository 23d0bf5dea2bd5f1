"""Decision and follow-up: meetings, what the board decided, the conversion clock, reminders and notices."""

from meetings.models.check import ClockCheck
from meetings.models.decision import BoardDecision, DecisionElement
from meetings.models.meeting import AgendaItem, Attendance, Meeting
from meetings.models.notice import Notice, NoticePreference
from meetings.models.reassessment import Reassessment
from meetings.models.reminder import Reminder
from meetings.models.schedule import CalendarFeed, MeetingDay

__all__ = [
    "AgendaItem",
    "Attendance",
    "BoardDecision",
    "CalendarFeed",
    "ClockCheck",
    "DecisionElement",
    "Meeting",
    "MeetingDay",
    "Notice",
    "NoticePreference",
    "Reassessment",
    "Reminder",
]
