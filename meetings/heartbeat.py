"""When the scheduler and a worker last did something together.

Kept in the cache, which is the broker's server: without it no periodic task runs either.
"""

import datetime

import redis
from django.core.cache import cache

_KEY = "meetings.last_beat"


def note_beat(now: datetime.datetime) -> None:
    """Note a sign of life."""
    cache.set(_KEY, now.isoformat(), timeout=None)


def last_beat() -> datetime.datetime | None:
    """The last sign of life; None when there was none, or the cache does not answer."""
    try:
        stored = cache.get(_KEY)
    except redis.RedisError:
        return None
    return datetime.datetime.fromisoformat(stored) if stored else None
