"""Every write of advice: keyword-only, atomic, with the actor where a person acts."""

from decisions.rulebooks import sync_rulebook
from decisions.services.assessing import (
    AssessmentBusyError,
    queue_again,
    request_assessment,
    run_assessment,
    unassessed_jobs,
)
from decisions.services.staging import amend_case, stage_case

__all__ = [
    "AssessmentBusyError",
    "amend_case",
    "queue_again",
    "request_assessment",
    "run_assessment",
    "stage_case",
    "sync_rulebook",
    "unassessed_jobs",
]
