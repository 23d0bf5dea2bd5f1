"""Who did what: every write runs inside `audited`, and the database triggers attach it to each changed row.

The triggers of django-pghistory write an event for every row that is inserted, updated or deleted, also by
bulk operations and raw SQL. What they cannot know is the person; that travels with the connection in a
context: `user` (primary key), `action`, `source`, and for web requests `url` and `ip`.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

import pghistory
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from pghistory.middleware import HistoryMiddleware

from accounts.models import User

Source = Literal["web", "command", "import", "task"]

_inside: ContextVar[bool] = ContextVar("inside_audited", default=False)


@contextmanager
def audited(*, by: User, action: str, source: Source | None = None, **details: Any) -> Iterator[None]:
    """Run a write as one transaction whose every change is attributed to `by`.

    The outermost `action` names the change: a service that calls others stays one action. Without
    `source` a write inside a web request counts as 'web', any other as 'command'. `details` (JSON values)
    are stored with the change.
    """
    with pghistory.context(user=by.pk, **details) as context:
        metadata = context.metadata
        if source is not None:
            metadata["source"] = source
        metadata.setdefault("source", "command")
        outermost = not _inside.get()
        if outermost:
            earlier = metadata.get("action")
            metadata["action"] = f"{earlier}, {action}" if earlier and earlier != action else action
        token = _inside.set(True)
        try:
            with transaction.atomic():
                yield
        finally:
            _inside.reset(token)


@dataclass(frozen=True, slots=True)
class LastChange:
    """The newest change of a row; `by` is None for a change outside the program."""

    event: int
    at: datetime.datetime
    by: User | None
    action: str

    @property
    def words(self) -> str:
        """'Joan Farrow, book restaging scan, 12 May 2026 14:03'."""
        who = str(self.by) if self.by else "somebody"
        return f"{who}, {self.action}, {timezone.localtime(self.at):%d %b %Y %H:%M}"


def changes_of(row: Any) -> list[LastChange]:
    """Who changed this row of a tracked model, and when: the last change first."""
    events = row.pgh_event_model.objects.filter(pgh_obj_id=row.pk).select_related("pgh_context")
    found = list(events.order_by("-pgh_id"))
    metadata = [event.pgh_context.metadata if event.pgh_context else {} for event in found]
    people = User.objects.in_bulk({data["user"] for data in metadata if data.get("user")})
    return [
        LastChange(
            event.pgh_id,
            event.pgh_created_at,
            people.get(data.get("user") or 0),
            data.get("action", "a change"),
        )
        for event, data in zip(found, metadata, strict=True)
    ]


def last_change(row: Any) -> LastChange | None:
    """Who changed this row of a tracked model last, and when; None when nothing is recorded of it."""
    events = row.pgh_event_model.objects.filter(pgh_obj_id=row.pk).select_related("pgh_context")
    event = events.order_by("-pgh_id").first()
    if event is None:
        return None
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    by = User.objects.filter(pk=metadata.get("user") or 0).first()
    return LastChange(event.pgh_id, event.pgh_created_at, by, metadata.get("action", "a change"))


class AuditMiddleware(HistoryMiddleware):
    """Put the page, the address and the signed-in user of a request into the audit context."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """`user`, `url`, `ip` and the source 'web'."""
        return {**super().get_context(request), "ip": request.META.get("REMOTE_ADDR"), "source": "web"}
