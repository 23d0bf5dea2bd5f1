"""Tasks: fetch, call a service. Acknowledged late (settings), so that a killed worker loses nothing."""

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from decisions import impact_jobs, services


@shared_task(
    acks_late=True,
    autoretry_for=(services.AssessmentBusyError, OperationalError, InterfaceError),
    retry_backoff=2,
    retry_backoff_max=120,
    retry_jitter=True,
    max_retries=6,
    throws=(SoftTimeLimitExceeded,),
)
def assess_staging(job_id: int) -> None:
    """Run one assessment job; see `services.run_assessment`."""
    services.run_assessment(job_id)


@shared_task
def sweep_unassessed() -> int:
    """Queue every staged case that has no current assessment and whose job was lost; returns how many."""
    lost = services.unassessed_jobs()
    for job in lost:
        services.queue_again(job)
    return len(lost)


@shared_task(
    acks_late=True,
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=2,
    retry_backoff_max=120,
    retry_jitter=True,
    max_retries=6,
)
def assess_under_rulebook(activation_id: int) -> int:
    """Assess the next cases of a rulebook's activation, and queue the rest; returns how many are left."""
    left = services.run_chunk(activation_id)
    if left:
        # A moment of rest: what is left may be in the hands of another worker.
        assess_under_rulebook.apply_async((activation_id,), countdown=0.2)
    return left


@shared_task
def activate_rulebooks() -> int:
    """Activate the approved drafts whose day has come, and go on with activations whose worker was lost."""
    activated = services.activate_due()
    for activation_id in services.stalled_activations():
        assess_under_rulebook.delay(activation_id)
    return len(activated)


@shared_task(acks_late=True, autoretry_for=(OperationalError, InterfaceError), max_retries=3)
def preview_impact(key: str, draft_id: int, changes: dict[str, float] | None, centres: list[int]) -> None:
    """Work out what a draft would do to a great board; see `impact_jobs`."""
    impact_jobs.work_out(key, draft_id, changes, centres)
