"""Tasks: fetch, call a service."""

import logging

from celery import shared_task
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from accounts.models import User
from meetings import moves, notices, services
from meetings.documents import undrafted_meetings
from meetings.heartbeat import note_beat
from meetings.models import Meeting
from meetings.upkeep import reconcile

logger = logging.getLogger(__name__)


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
def follow_rulebook() -> int:
    """Move open windows to the rulebook in force and tell whom it concerns; safe to run twice. Returns the moved."""
    return moves.follow_rulebook(timezone.now())


@shared_task
def write_notices() -> int:
    """Write the notices of today that are not written yet; safe to run twice, or at once. Returns how many."""
    moves.tell_moves(timezone.now())
    return notices.write_notices(timezone.now())


@shared_task
def send_notices() -> dict[str, int]:
    """Send what waits; safe to run twice, or at once, and to be killed. Returns the counts of `send_due`."""
    return notices.send_due(timezone.now())


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
