"""The page of notices: what was sent, what waits, what failed, to whom."""

import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from meetings.models import Notice, NoticePreference
from meetings.recipients import absences_on, covers_for

PER_PAGE = 50
OWN_SHOWN = 10


def listed_notices(given: dict[str, Any]) -> QuerySet[Notice]:
    """The notices that the filter leaves, newest first; `person` is who receives it or for whom it is."""
    found = Notice.objects.select_related("recipient", "stands_in_for").defer("text", "html")
    if "person" in given:
        found = found.filter(Q(recipient=given["person"]) | Q(stands_in_for=given["person"]))
    return found.filter(**{name: given[name] for name in ("state", "kind") if name in given}).order_by(
        "-day", "-pk"
    )


def counted_states() -> list[tuple[str, int]]:
    """How many notices stand where, every state named."""
    counts = dict(Notice.objects.order_by().values_list("state").annotate(Count("pk")))
    return [(state, counts.get(state, 0)) for state in Notice.State.values]


def notified_people() -> list[User]:
    """Everybody to whom or for whom a notice was ever written."""
    found = User.objects.filter(
        Q(pk__in=Notice.objects.order_by().values("recipient"))
        | Q(pk__in=Notice.objects.order_by().values("stands_in_for"))
    )
    return list(found)


def own_notices(user: User) -> list[Notice]:
    """The newest ones that this user received, or that somebody received for them."""
    mine = Notice.objects.filter(Q(recipient=user) | Q(stands_in_for=user))
    return list(
        mine.select_related("recipient", "stands_in_for")
        .defer("text", "html")
        .order_by("-day", "-pk")[:OWN_SHOWN]
    )


def may_read(user: User, notice: Notice) -> bool:
    """The text of a mail is for its recipient, and for whom it was meant."""
    return user.pk in (notice.recipient_id, notice.stands_in_for_id)


def absence_of(user: User, today: datetime.date) -> tuple[NoticePreference | None, list[NoticePreference]]:
    """The user's own absence today, and those of the people for whom the user was named as cover."""
    away = absences_on(today)
    return away.get(user.pk), covers_for(user, away.values())
