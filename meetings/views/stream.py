"""The stream that every screen follows, and the list for screens that have to ask.

A stream holds one Redis subscription and no database connection: each read opens its own and gives it back.
"""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import redis
import redis.asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from meetings.live import PRESENCE, channel, last_event, messages_after
from meetings.presence import forget_screen, note_screen
from meetings.selectors import get_visible_meeting

HEARTBEAT = 15.0
"""Seconds after which a silent stream gives a sign of life and looks by itself for what it was not told."""
LONGEST = 15 * 60.0
"""Seconds after which a stream ends; the screen comes back at once, and may still see the meeting or not."""
MOST, MOST_OF_ONE = 300, 12
"""Streams of this process, and of one person in it; the others ask instead."""

_streams: Counter[int] = Counter()


class BadNumberError(ValueError):
    """The number of the last event seen is none."""


@require_GET
async def stream(request: HttpRequest, pk: int) -> HttpResponseBase:
    """`text/event-stream` of what happens in the meeting, from the event after `Last-Event-ID` or `?after=` on.

    Without either it begins with what comes next. 204 where the server cannot stream (WSGI), 401 without a
    sign-in, 403, 404, 400 for a number that is none, 503 when this process follows enough screens already.
    """
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=204)
    user = await request.auser()
    if not isinstance(user, User):
        return HttpResponse(status=401)
    try:
        after = await sync_to_async(_begin)(user, pk, request)
    except BadNumberError as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    if _streams.total() >= MOST or _streams[user.pk] >= MOST_OF_ONE:
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    return StreamingHttpResponse(
        _follow(user.pk, pk, after),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _begin(user: User, pk: int, request: HttpRequest) -> int:
    """Check the permission; where to begin. The connection that the sign-in was read with goes back as well."""
    try:
        meeting = get_visible_meeting(user, pk)
        asked = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
        return _number(asked) if asked else last_event(meeting)
    finally:
        connections.close_all()


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadNumberError(f"after is {text[:40]!r}; allowed: the number of an event, such as 0 or 1412.")
    return int(text)


async def _follow(user_id: int, meeting_id: int, after: int) -> AsyncIterator[str]:
    screen = uuid.uuid4().hex
    loop = asyncio.get_running_loop()
    ends, noted = loop.time() + LONGEST, loop.time()
    client = redis.asyncio.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_connect_timeout=2, socket_timeout=None
    )
    _streams[user_id] += 1
    try:
        # Subscribed first and read afterwards: what happens in between is heard, read, or both.
        heard = client.pubsub(ignore_subscribe_messages=True)
        await heard.subscribe(channel(meeting_id))
        yield "retry: 1000\n\n"
        await _in_thread(note_screen, meeting_id, user_id, screen)
        while loop.time() < ends:
            found = await _in_thread(_read, user_id, meeting_id, after)
            if found is None:
                return
            for message in found:
                after = message["id"]
                yield f"id: {after}\ndata: {json.dumps(message)}\n\n"
            while (word := await _next(heard)) is not None and word != PRESENCE and int(word) <= after:
                pass
            if loop.time() - noted >= HEARTBEAT:
                noted = loop.time()
                await _in_thread(note_screen, meeting_id, user_id, screen)
            if word is None:
                yield ": still here\n\n"
            elif word == PRESENCE:
                yield "event: presence\ndata: {}\n\n"
    except redis.RedisError:
        # The screen asks the database from now on, and tries the stream again later.
        yield "event: unavailable\ndata: {}\n\n"
    finally:
        _streams[user_id] -= 1
        if not _streams[user_id]:
            del _streams[user_id]
        loop.run_in_executor(None, forget_screen, meeting_id, user_id, screen)
        await client.aclose()


async def _next(heard: Any) -> str | None:
    """The next word on the channel, None when it was silent for a heartbeat."""
    message = await heard.get_message(timeout=HEARTBEAT)
    return str(message["data"]) if message is not None else None


async def _in_thread(work: Any, *arguments: Any) -> Any:
    return await sync_to_async(work, thread_sensitive=False)(*arguments)


def _read(user_id: int, meeting_id: int, after: int) -> list[dict[str, Any]] | None:
    """What came after, as far as the user may (still) see it; None when that is nothing at all any more."""
    try:
        user = User.objects.filter(pk=user_id, is_active=True).first()
        return None if user is None else messages_after(get_visible_meeting(user, meeting_id), user, after)
    except (Http404, PermissionDenied):
        return None
    finally:
        connections.close_all()


@require_GET
@never_cache
def events(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a JSON list, for screens that cannot hold a stream: what came after `?after=` (default 0)."""
    user = request.user
    if not isinstance(user, User):
        return JsonResponse({"error": "You are signed out."}, status=401)
    meeting = get_visible_meeting(user, pk)
    try:
        after = _number(request.GET.get("after", "0"))
    except BadNumberError as error:
        return JsonResponse({"error": str(error)}, status=400)
    note_screen(meeting.pk, user.pk, "asks")
    return JsonResponse(messages_after(meeting, user, after), safe=False)
