"""Every write of meetings, decisions and the conversion clock: keyword-only, atomic, with the actor, audited."""

from meetings.services.agenda import add_to_agenda, defer_item, move_item, remove_from_agenda
from meetings.services.booking import BookedMeanwhileError, book
from meetings.services.calendars import make_feed, revoke_feed
from meetings.services.clock import (
    confirm_start,
    mark_not_needed,
    newest_staging,
    put_on_agenda,
    record_scan,
)
from meetings.services.decisions import StaleDecisionError, end_element, record_decision
from meetings.services.meetings import (
    close_meeting,
    create_meeting,
    open_meeting,
    record_attendance,
    remove_attendance,
    show_item,
    update_meeting,
)

__all__ = [
    "BookedMeanwhileError",
    "StaleDecisionError",
    "add_to_agenda",
    "book",
    "close_meeting",
    "confirm_start",
    "create_meeting",
    "defer_item",
    "end_element",
    "make_feed",
    "mark_not_needed",
    "move_item",
    "newest_staging",
    "open_meeting",
    "put_on_agenda",
    "record_attendance",
    "record_decision",
    "record_scan",
    "remove_attendance",
    "remove_from_agenda",
    "revoke_feed",
    "show_item",
    "update_meeting",
]
