"""Tasks: fetch, call a service."""

from celery import shared_task
from django.utils import timezone

from meetings import notices, services
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


@shared_task
def sync_all_reminders() -> dict[str, int]:
    """Make everybody's dated reminders follow the facts and the day; safe to run twice. Returns the changes."""
    return services.sync_all_reminders()


@shared_task
def write_notices() -> int:
    """Write the notices of today that are not written yet; safe to run twice, or at once. Returns how many."""
    return notices.write_notices(timezone.now())


@shared_task
def send_notices() -> dict[str, int]:
    """Send what waits; safe to run twice, or at once, and to be killed. Returns the counts of `send_due`."""
    return notices.send_due(timezone.now())
