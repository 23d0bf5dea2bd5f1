"""Tasks: fetch, call a service."""

import logging

from celery import shared_task
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError

from accounts.models import User
from meetings import services
from meetings.documents import undrafted_meetings
from meetings.models import Meeting
from meetings.upkeep import refresh

logger = logging.getLogger(__name__)


@shared_task
def refresh_reassessments() -> dict[str, int]:
    """Look for patients that the clock has missed; safe to run twice. Returns what was changed."""
    return refresh()


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=2, max_retries=6)
def draft_meeting_documents(meeting_id: int, user_id: int) -> int:
    """Draft what a closed meeting is owed, in the name of who closed or changed it; returns how many were written."""
    meeting, by = Meeting.objects.filter(pk=meeting_id).first(), User.objects.filter(pk=user_id).first()
    if meeting is None or by is None:
        return 0  # a demonstration that was renewed in between
    return len(services.draft_documents(by=by, meeting=meeting))


@shared_task
def sweep_documents() -> int:
    """Draft the documents of closed meetings whose task was lost; returns how many meetings."""
    lost = undrafted_meetings()
    for meeting in lost:
        assert meeting.closed_by is not None
        try:
            services.draft_documents(by=meeting.closed_by, meeting=meeting)
        except PermissionDenied as error:
            logger.warning("The documents of meeting %s wait for a person: %s", meeting.pk, error)
    return len(lost)
