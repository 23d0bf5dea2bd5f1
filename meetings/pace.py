"""How long an agenda will take: the board's own median minutes a case, or the published mean while it has none."""

import datetime
import statistics
from dataclasses import dataclass

from django.utils import timezone

from meetings.models import AgendaItem, Meeting
from meetings.papers.records import minutes_by_item

PUBLISHED_MINUTES = 3.2
"""Mean discussion of one case over 24 meetings of cancer boards (BMJ 2017;356:j114)."""
PUBLISHED_SOURCE = "BMJ 2017;356:j114"
ENOUGH = 10
"""So many cases of its own a board needs before its own median is used (board's own choice)."""
LOOKED_BACK = datetime.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Pace:
    """Minutes a case; `cases` of the board's own stand behind it, 0 where it is the published mean."""

    minutes: float
    cases: int = 0


@dataclass(frozen=True, slots=True)
class Expected:
    """What an agenda will take: `cases` still to be discussed, `minutes` in all, and when that will be over."""

    pace: Pace
    cases: int
    minutes: int
    ends_at: datetime.datetime


def pace_of(meeting: Meeting, now: datetime.datetime) -> Pace:
    """The median over the cases of this board's closed meetings of the last year, once there are enough."""
    before = Meeting.objects.filter(
        centre=meeting.centre_id, state=Meeting.State.CLOSED, closed_at__gte=now - LOOKED_BACK
    ).prefetch_related("events_in_room")
    spent = [
        minutes
        for earlier in before
        for minutes in minutes_by_item(earlier.events_in_room.all(), earlier.closed_at).values()
    ]
    if len(spent) < ENOUGH:
        return Pace(PUBLISHED_MINUTES)
    return Pace(float(statistics.median(spent)), len(spent))


def expected_of(meeting: Meeting, waiting: int, now: datetime.datetime) -> Expected | None:
    """From the planned start, or from now once the meeting is open; None when it is closed or nothing waits."""
    if meeting.state == Meeting.State.CLOSED or not waiting:
        return None
    pace = pace_of(meeting, now)
    minutes = max(1, round(waiting * pace.minutes))
    begins = now if meeting.state == Meeting.State.OPEN else meeting.starts_at
    return Expected(pace, waiting, minutes, timezone.localtime(begins + datetime.timedelta(minutes=minutes)))


def to_discuss(items: list[AgendaItem]) -> int:
    """How many cases still wait."""
    return sum(item.state == AgendaItem.State.WAITING for item in items)
