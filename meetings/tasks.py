"""Tasks: fetch, call a service."""

from celery import shared_task

from meetings.upkeep import refresh


@shared_task
def refresh_reassessments() -> dict[str, int]:
    """Look for patients that the clock has missed; safe to run twice. Returns what was changed."""
    return refresh()
