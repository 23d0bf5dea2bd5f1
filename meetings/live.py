"""What happens in a room, told to every screen: stored with the change, published when it is committed.

An event's number is its place in the stream. The meeting's row is locked while an event is written, so the
events of a meeting become visible in the order of their numbers: a screen that has seen number n and asks for
what came after n misses nothing. Redis only wakes the screens; what they read comes from the database.
"""

import functools
import logging
from collections.abc import Mapping
from typing import Any

import redis
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from meetings.models import AgendaItem, Meeting, RoomEvent
from patients.selectors import visible_patients

log = logging.getLogger(__name__)

PRESENCE = "presence"
"""What the channel says when somebody came or went; everything else on it is the number of an event."""
AT_ONCE = 500
"""Events that are read at once; a screen that lacks more asks again."""


def channel(meeting_id: int) -> str:
    """The Redis channel of a meeting."""
    return f"room:{meeting_id}"


@functools.cache
def redis_client() -> "redis.Redis":
    """This process's Redis, with short patience: nothing clinical waits for it."""
    return redis.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_connect_timeout=1, socket_timeout=2
    )


def announce(
    *,
    meeting: Meeting,
    kind: str,
    by: User | None = None,
    item: AgendaItem | None = None,
    details: Mapping[str, Any] | None = None,
) -> RoomEvent:
    """Write down what happened, in the transaction of the change itself, and wake the screens on commit.

    `kind` is a `RoomEvent.Kind`; `details` (JSON values) never say what somebody voted. Must run inside a
    transaction. A Redis that is down costs the screens a few seconds and the change nothing.
    """
    Meeting.objects.select_for_update(of=("self",)).only("pk").get(pk=meeting.pk)
    event = RoomEvent.objects.create(
        meeting=meeting, kind=RoomEvent.Kind(kind), by=by, item=item, details=dict(details or {})
    )
    transaction.on_commit(functools.partial(publish, meeting.pk, str(event.pk)))
    return event


def publish(meeting_id: int, word: str) -> None:
    """Wake the screens of a meeting; a failure is logged, never raised."""
    try:
        redis_client().publish(channel(meeting_id), word)
    except redis.RedisError as error:
        log.warning(
            "screens of meeting %s were not woken, they ask again by themselves: %s", meeting_id, error
        )


def last_event(meeting: Meeting) -> int:
    """The number of the newest event of a meeting, 0 when there is none."""
    newest = RoomEvent.objects.filter(meeting=meeting).order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def messages_after(meeting: Meeting, user: User, after: int) -> list[dict[str, Any]]:
    """What happened in the meeting after event number `after`, oldest first, at most `AT_ONCE`.

    Each has `id`, `kind`, `item` (key or None), `case` (number or ''), `by` (name or ''), `at` (local time) and
    `details`. Of a case that the user may not see, only that something happened is told.
    """
    events = (
        RoomEvent.objects.filter(meeting=meeting, pk__gt=after)
        .select_related("by", "item__staging__patient")
        .order_by("pk")[:AT_ONCE]
    )
    found = list(events)
    patients = {event.item.staging.patient_id for event in found if event.item is not None}
    seen = (
        set(visible_patients(user).filter(pk__in=patients).values_list("pk", flat=True))
        if patients
        else set()
    )
    return [_message(event, seen) for event in found]


def _message(event: RoomEvent, seen: set[int]) -> dict[str, Any]:
    item = event.item if event.item is not None and event.item.staging.patient_id in seen else None
    hidden = event.item is not None and item is None
    return {
        "id": event.pk,
        "kind": event.kind,
        "item": item.pk if item else None,
        "case": item.staging.patient.case_id if item else "",
        "by": str(event.by) if event.by else "",
        "at": timezone.localtime(event.at).strftime("%H:%M:%S"),
        "details": {} if hidden else event.details,
    }
