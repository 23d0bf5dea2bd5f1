"""When the board meets: its regular days and the meetings that are planned; and public holidays."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import holidays
from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from meetings.models import AgendaItem, Meeting, MeetingDay
from patients.wording import day

AHEAD = datetime.timedelta(weeks=26)
"""How far ahead the regular days of the board are offered."""


@dataclass(frozen=True, slots=True)
class BoardDay:
    """A day on which the board meets: a meeting that is planned, or a regular day without one yet.

    `cases`: how many wait on its agenda.
    """

    on: datetime.date
    starts_at: datetime.datetime
    title: str
    place: str
    centre_id: int | None
    meeting: Meeting | None = None
    regular: MeetingDay | None = None
    cases: int = 0

    @property
    def key(self) -> str:
        """How a form names it: 'm12' for a meeting, the date for a regular day that has none yet."""
        return f"m{self.meeting.pk}" if self.meeting else self.on.isoformat()

    @property
    def words(self) -> str:
        """'Thu 30 Apr 2026 13:00, Liver board, 4 cases'."""
        at = timezone.localtime(self.starts_at)
        cases = f", {self.cases} on the agenda" if self.cases else ""
        return f"{self.on:%a} {day(self.on)} {at:%H:%M}, {self.title}{cases}"


def days_of(regular: MeetingDay, first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """The days from `first` to `last` on which a regular board meets."""
    end = min(last, regular.last_on) if regular.last_on else last
    step = 7 * regular.every_weeks
    begin = max(first, regular.first_on)
    skipped = -(-(begin - regular.first_on).days // step)
    found, on = [], regular.first_on + datetime.timedelta(days=skipped * step)
    while on <= end:
        found.append(on)
        on += datetime.timedelta(days=step)
    return found


def start_of(regular: MeetingDay, on: datetime.date) -> datetime.datetime:
    """When the board begins on that day, in the board's time zone."""
    return timezone.make_aware(datetime.datetime.combine(on, regular.starts_at))


def board_days(centre_id: int | None, first: datetime.date, last: datetime.date) -> list[BoardDay]:
    """The days of the boards that may discuss a patient of this centre, in order.

    A planned meeting takes the place of the regular one of the same centre and day; a day whose meeting is
    closed is not offered.
    """
    of_centre = Q(centre__isnull=True) | Q(centre=centre_id)
    waiting = Count("items", filter=Q(items__state=AgendaItem.State.WAITING))
    begin, end = (timezone.make_aware(datetime.datetime.combine(on, datetime.time())) for on in
                  (first, last + datetime.timedelta(days=1)))  # fmt: skip
    meetings = Meeting.objects.filter(of_centre, starts_at__gte=begin, starts_at__lt=end)
    taken: set[tuple[datetime.date, int | None]] = set()
    found = []
    for meeting in meetings.annotate(cases=waiting).order_by("starts_at", "pk"):
        on = timezone.localdate(meeting.starts_at)
        taken.add((on, meeting.centre_id))
        if meeting.state != Meeting.State.CLOSED:
            found.append(
                BoardDay(
                    on, meeting.starts_at, meeting.title, meeting.place, meeting.centre_id, meeting,
                    cases=meeting.cases,
                )
            )  # fmt: skip
    for regular in MeetingDay.objects.filter(of_centre):
        for on in days_of(regular, first, last):
            if (on, regular.centre_id) not in taken:
                taken.add((on, regular.centre_id))
                at = start_of(regular, on)
                found.append(
                    BoardDay(on, at, regular.title, regular.place, regular.centre_id, regular=regular)
                )
    return sorted(found, key=lambda board: (board.starts_at, board.centre_id is None))


@lru_cache(maxsize=16)
def _of_year(region: str, year: int) -> Mapping[datetime.date, str]:
    country, _, subdivision = region.partition("-")
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    if "en_US" in found.supported_languages:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language="en_US")
    return dict(found.items())


def public_holidays(first: datetime.date, last: datetime.date) -> dict[datetime.date, str]:
    """Day and name of the public holidays of the board's region (setting HOLIDAYS); none without a region."""
    if not settings.HOLIDAYS:
        return {}
    years = range(first.year, last.year + 1)
    return {on: name for year in years for on, name in _of_year(settings.HOLIDAYS, year).items()}
