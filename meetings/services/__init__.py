"""Every write of meetings, decisions and the conversion clock: keyword-only, atomic, with the actor, audited."""

from meetings.services.agenda import add_to_agenda, defer_item, move_item, remove_from_agenda
from meetings.services.clock import (
    book_scan,
    confirm_start,
    mark_not_needed,
    newest_staging,
    put_on_agenda,
    record_scan,
)
from meetings.services.decisions import StaleDecisionError, record_decision
from meetings.services.documents import (
    StaleDocumentError,
    draft_documents,
    edit_document,
    queue_drafts,
    release_document,
)
from meetings.services.elements import end_element
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
    "StaleDecisionError",
    "StaleDocumentError",
    "add_to_agenda",
    "book_scan",
    "close_meeting",
    "confirm_start",
    "create_meeting",
    "defer_item",
    "draft_documents",
    "edit_document",
    "end_element",
    "mark_not_needed",
    "move_item",
    "newest_staging",
    "open_meeting",
    "put_on_agenda",
    "queue_drafts",
    "record_attendance",
    "record_decision",
    "record_scan",
    "release_document",
    "remove_attendance",
    "remove_from_agenda",
    "show_item",
    "update_meeting",
]
