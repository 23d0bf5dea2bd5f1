"""Tasks: fetch, call a service."""

from celery import shared_task
from django.utils import timezone

from meetings import notices, services
from meetings.upkeep import refresh


@shared_task
def refresh_reassessments() -> dict[str, int]:
    """Look for patients that the clock has missed; safe to run twice. Returns what was changed."""
    return refresh()


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
