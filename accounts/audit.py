"""Who did what: every write runs inside `audited`, and the database triggers attach it to each changed row.

The triggers of django-pghistory write an event for every row that is inserted, updated or deleted, also by
bulk operations and raw SQL. What they cannot know is the person; that travels with the connection in a
context: `user` (primary key), `action`, `source`, and for web requests `url` and `ip`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

import pghistory
from django.db import transaction
from django.http import HttpRequest
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


class AuditMiddleware(HistoryMiddleware):
    """Put the page, the address and the signed-in user of a request into the audit context."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """`user`, `url`, `ip` and the source 'web'."""
        return {**super().get_context(request), "ip": request.META.get("REMOTE_ADDR"), "source": "web"}
