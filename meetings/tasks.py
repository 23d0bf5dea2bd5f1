"""Tasks: fetch, call a service."""

from celery import shared_task

from meetings import services
from meetings.upkeep import refresh


@shared_task
def refresh_reassessments() -> dict[str, int]:
    """Look for patients that the clock has missed; safe to run twice. Returns what was changed."""
    return refresh()


@shared_task
def sync_all_reminders() -> dict[str, int]:
    """Make everybody's dated reminders follow the facts and the day; safe to run twice. Returns the changes."""
    return services.sync_all_reminders()
