"""Every write of advice: keyword-only, atomic, with the actor where a person acts."""

from decisions.rulebooks import sync_rulebook
from decisions.services.activation import activate_due, progress, run_chunk, stalled_activations
from decisions.services.assessing import (
    AssessmentBusyError,
    queue_again,
    request_assessment,
    run_assessment,
    unassessed_jobs,
)
from decisions.services.draft_saving import Wanted, save_and_submit, save_draft
from decisions.services.drafts import (
    add_changes,
    approve_draft,
    draft_roll_back,
    note_look,
    rebase_draft,
    send_back,
    start_draft,
    submit_draft,
    withdraw_draft,
)
from decisions.services.profiles import create_profile
from decisions.services.sets import draft_from_set
from decisions.services.staging import amend_case, stage_case

__all__ = [
    "AssessmentBusyError",
    "Wanted",
    "activate_due",
    "add_changes",
    "amend_case",
    "approve_draft",
    "create_profile",
    "draft_from_set",
    "draft_roll_back",
    "note_look",
    "progress",
    "queue_again",
    "rebase_draft",
    "request_assessment",
    "run_assessment",
    "run_chunk",
    "save_and_submit",
    "save_draft",
    "send_back",
    "stage_case",
    "stalled_activations",
    "start_draft",
    "submit_draft",
    "sync_rulebook",
    "unassessed_jobs",
    "withdraw_draft",
]
