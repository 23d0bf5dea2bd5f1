"""Every write of meetings, decisions and the conversion clock: keyword-only, atomic, with the actor, audited."""

from meetings.services.agenda import (
    add_to_agenda,
    bring_back,
    defer_item,
    defer_to_next,
    move_item,
    remove_from_agenda,
)
from meetings.services.booking import BookedMeanwhileError, book
from meetings.services.calendars import make_feed, revoke_feed
from meetings.services.clock import (
    as_seen,
    confirm_start,
    mark_not_needed,
    newest_staging,
    put_on_agenda,
    record_scan,
    state_seen,
)
from meetings.services.confirmations import (
    confirm_case,
    prepare_confirmation,
    pull_back,
    state_of,
    withdraw_prepared,
)
from meetings.services.course import (
    accept_early_scan,
    bring_forward,
    postpone,
    stop_therapy,
    take_back_scan,
)
from meetings.services.decisions import (
    DeviatesError,
    StaleDecisionError,
    add_addendum,
    record_decision,
    sign_decision,
)
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
    join_meeting,
    open_meeting,
    record_attendance,
    remove_attendance,
    show_item,
    update_meeting,
)
from meetings.services.notices import save_preference, send_again
from meetings.services.proposals import accept_proposals, dismiss_proposal, propose_again
from meetings.services.reminders import reminder_not_needed, sync_all_reminders, sync_reminders
from meetings.services.settings import change_board_settings
from meetings.services.votes import cast_vote, look_at_advice, open_advice, open_vote, reveal_vote

__all__ = [
    "BookedMeanwhileError",
    "DeviatesError",
    "StaleDecisionError",
    "StaleDocumentError",
    "accept_early_scan",
    "accept_proposals",
    "add_addendum",
    "add_to_agenda",
    "as_seen",
    "book",
    "bring_back",
    "bring_forward",
    "cast_vote",
    "change_board_settings",
    "close_meeting",
    "confirm_case",
    "confirm_start",
    "create_meeting",
    "defer_item",
    "defer_to_next",
    "dismiss_proposal",
    "draft_documents",
    "edit_document",
    "end_element",
    "join_meeting",
    "look_at_advice",
    "make_feed",
    "mark_not_needed",
    "move_item",
    "newest_staging",
    "open_advice",
    "open_meeting",
    "open_vote",
    "postpone",
    "prepare_confirmation",
    "propose_again",
    "pull_back",
    "put_on_agenda",
    "queue_drafts",
    "record_attendance",
    "record_decision",
    "record_scan",
    "release_document",
    "reminder_not_needed",
    "remove_attendance",
    "remove_from_agenda",
    "reveal_vote",
    "revoke_feed",
    "save_preference",
    "send_again",
    "show_item",
    "sign_decision",
    "state_of",
    "state_seen",
    "stop_therapy",
    "sync_all_reminders",
    "sync_reminders",
    "take_back_scan",
    "update_meeting",
    "withdraw_prepared",
]
