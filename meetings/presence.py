"""Who has the room open: heartbeats in Redis that expire by themselves, never in the database.

Attendance is something else: what was noted, by the member or the chair, and what a quorum rests on.
"""

import time
from typing import Any

import redis

from accounts.models import User
from meetings.live import PRESENCE, publish, redis_client

SECONDS = 45.0
"""How long a screen counts as open after its last sign of life."""


def _key(meeting_id: int) -> str:
    return f"room:{meeting_id}:here"


def note_screen(meeting_id: int, user_id: int, screen: str) -> None:
    """A screen of this user shows the room; others are told when the user was not there before."""
    try:
        client, now = redis_client(), time.time()
        before = _users(meeting_id)
        with client.pipeline() as pipeline:
            pipeline.zadd(_key(meeting_id), {f"{user_id}:{screen}": now + SECONDS})
            pipeline.expire(_key(meeting_id), int(SECONDS * 2))
            pipeline.execute()
    except redis.RedisError:
        return
    if user_id not in before:
        publish(meeting_id, PRESENCE)


def forget_screen(meeting_id: int, user_id: int, screen: str) -> None:
    """A screen was closed; others are told when it was the user's last."""
    try:
        redis_client().zrem(_key(meeting_id), f"{user_id}:{screen}")
        gone = user_id not in _users(meeting_id)
    except redis.RedisError:
        return
    if gone:
        publish(meeting_id, PRESENCE)


def _users(meeting_id: int) -> set[int]:
    client = redis_client()
    client.zremrangebyscore(_key(meeting_id), "-inf", time.time())
    members: list[Any] = client.zrange(_key(meeting_id), 0, -1)
    return {int(str(member).partition(":")[0]) for member in members}


def people_here(meeting_id: int) -> list[User] | None:
    """Who has the room open, by discipline and name; None while that is not known (Redis is down)."""
    try:
        users = _users(meeting_id)
    except redis.RedisError:
        return None
    return list(User.objects.filter(pk__in=users).order_by("discipline", "last_name", "first_name"))
