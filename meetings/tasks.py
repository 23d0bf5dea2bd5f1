"""Tasks: fetch, call a service."""

from celery import shared_task
from django.utils import timezone

from meetings.heartbeat import note_beat
from meetings.upkeep import reconcile


@shared_task
def reconcile_clock() -> int:
    """Prove that nobody is missing from the clock, and mend it; safe to run twice. Returns how many were."""
    return len(reconcile(timezone.now()).missing)


@shared_task
def beat() -> None:
    """Note that the scheduler and a worker are alive."""
    note_beat(timezone.now())
