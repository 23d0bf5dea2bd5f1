"""What is typed of a decision and not recorded yet: kept for half a day, so that a browser that dies loses nothing.

Only for the one who typed it, and only until that person records the decision, empties the form, or somebody else
records another revision. It lies in the cache: a convenience, never a record; without Redis it is not there.
"""

import logging
from collections.abc import Mapping

import redis
from django.core.cache import cache
from django.http import QueryDict

from accounts.models import User
from meetings.models import AgendaItem

logger = logging.getLogger(__name__)

KEPT_SECONDS = 12 * 3600
LONGEST = 20_000
"""Characters of a form that is kept; nobody types as much in a meeting."""
_SAYS_SOMETHING = ("outcome", "rationale", "dissent")


def _key(user: User, item: AgendaItem) -> str:
    return f"typed:{user.pk}:{item.pk}"


def keep_typed(user: User, item: AgendaItem, posted: Mapping[str, str]) -> None:
    """Keep the form as it stands; an empty one is forgotten."""
    typed = QueryDict(mutable=True)
    typed.update({name: value for name, value in posted.items() if name != "csrfmiddlewaretoken"})
    text = typed.urlencode()
    says = any(posted.get(name) for name in _SAYS_SOMETHING) and len(text) <= LONGEST
    try:
        if says:
            cache.set(_key(user, item), text, KEPT_SECONDS)
        else:
            cache.delete(_key(user, item))
    except redis.RedisError as error:
        logger.warning("What was typed is not kept: %s", error)


def forget_typed(user: User, item: AgendaItem) -> None:
    """It is recorded, or not wanted any more."""
    keep_typed(user, item, {})


def typed_of(user: User, item: AgendaItem, revision: int) -> QueryDict | None:
    """What this person typed on top of this revision of the decision (0: none yet); None when there is nothing."""
    try:
        text = cache.get(_key(user, item))
    except redis.RedisError:
        return None
    if not text:
        return None
    typed = QueryDict(text)
    return typed if typed.get("revision") == str(revision) else None
