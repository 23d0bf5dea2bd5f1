"""Tasks: fetch, call a service. Acknowledged late (settings), so that a killed worker loses nothing."""

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from decisions import services


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
