"""Calendars that people subscribe to: made with a secret address, and revoked."""

import secrets

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from meetings.calendars import hashed
from meetings.models import CalendarFeed

MOST_FEEDS = 10
"""Open calendars of one person; more than that are forgotten ones."""


def make_feed(*, by: User, scope: str) -> tuple[CalendarFeed, str]:
    """Make a calendar for `by`; returns it with its secret, which is shown once and never kept.

    Raises `PermissionDenied`, and `ValidationError` on `scope`.
    """
    require(by, "meetings.view_meeting")
    if scope not in CalendarFeed.Scope.values:
        raise ValidationError(
            {"scope": [f"{scope!r} is not allowed; allowed: {', '.join(CalendarFeed.Scope.values)}."]}
        )
    with audited(by=by, action="make calendar"):
        list(User.objects.select_for_update(of=("self",)).filter(pk=by.pk))
        if CalendarFeed.objects.filter(owner=by, revoked_at__isnull=True).count() >= MOST_FEEDS:
            raise ValidationError(
                {"scope": [f"You have {MOST_FEEDS} calendars; allowed: revoke one that you do not use."]}
            )
        secret = secrets.token_urlsafe(32)
        feed = CalendarFeed.objects.create(owner=by, scope=scope, token_hash=hashed(secret))
    return feed, secret


def revoke_feed(*, by: User, feed: CalendarFeed) -> CalendarFeed:
    """Close a calendar of one's own; its address answers nothing from now on. Twice changes nothing."""
    if feed.owner_id != by.pk:
        raise PermissionDenied("This calendar belongs to somebody else.")
    with audited(by=by, action="revoke calendar"):
        row = CalendarFeed.objects.select_for_update(of=("self",)).get(pk=feed.pk)
        if row.revoked_at is None:
            row.revoked_at = timezone.now()
            row.save(update_fields=["revoked_at"])
    return row
