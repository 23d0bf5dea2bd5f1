"""Calendars (iCalendar, RFC 5545): what a person subscribes to, and single appointments.

No names and no birth dates: a calendar leaves the building. Case numbers only. An appointment keeps its UID for
good; its SEQUENCE counts the times that its day, its place or its being held changed, read from the audit
events; what was called off stays, as cancelled.
"""

import datetime
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.db.models import Max, Q
from django.utils import timezone
from icalendar import Calendar, Event

from accounts.models import User
from meetings.clock import own_patients
from meetings.models import AgendaItem, CalendarFeed, Meeting, Reassessment
from meetings.selectors import visible_meetings
from patients.selectors import visible_patients

KEPT = datetime.timedelta(days=120)
"""Appointments stay in a calendar so long after their day."""
LENGTH = datetime.timedelta(hours=1)
"""A meeting has no end on record; calendars show an hour."""
PRODUCT = "-//CRLM Board//Calendar//EN"


@dataclass(frozen=True, slots=True)
class Revised:
    """How often something changed that moves an appointment, when last, and what it was before it ended."""

    sequence: int
    at: datetime.datetime


def hashed(secret: str) -> str:
    """What is kept of a secret address: its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def feed_of(secret: str) -> CalendarFeed | None:
    """The open calendar behind a secret; None when it is unknown or revoked, or its owner is gone."""
    wanted = hashed(secret)
    feed = CalendarFeed.objects.select_related("owner").filter(token_hash=wanted).first()
    if feed is None or not hmac.compare_digest(feed.token_hash, wanted):
        return None
    if feed.revoked_at is not None or not feed.owner.is_active:
        return None
    return feed


def feed_calendar(feed: CalendarFeed, now: datetime.datetime) -> bytes:
    """The calendar as its owner may see it today: meetings, and restaging scans as whole days."""
    owner = feed.owner
    since = now - KEPT
    events = [
        *_meeting_events(owner, since, own=feed.scope == CalendarFeed.Scope.OWN),
        *_scan_events(owner, timezone.localdate(since), own=feed.scope == CalendarFeed.Scope.OWN),
    ]
    name = "CRLM Board, my patients" if feed.scope == CalendarFeed.Scope.OWN else "CRLM Board"
    return _calendar(name, events)


def meeting_calendar(user: User, meeting: Meeting) -> bytes:
    """One meeting as a file."""
    items = _items(user, [meeting.pk]).get(meeting.pk, [])
    return _calendar(meeting.title, [_meeting_event(meeting, items, _meeting_revisions([meeting.pk]))])


def scan_calendar(reassessment: Reassessment) -> bytes | None:
    """The scan that is booked as a file; None when none was ever booked."""
    event = _scan_event(reassessment, _events_of(Reassessment, [reassessment.pk]).get(reassessment.pk, []))
    return _calendar("Restaging scan", [event]) if event else None


def _calendar(name: str, events: Iterable[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", settings.TIME_ZONE)
    calendar.add("refresh-interval", datetime.timedelta(hours=1), {"value": "DURATION"})
    for event in events:
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _uid(kind: str, pk: int) -> str:
    return f"{kind}-{pk}@crlm-board"


def _event(kind: str, pk: int, summary: str, revised: Revised, *, cancelled: bool) -> Event:
    event = Event()
    event.add("uid", _uid(kind, pk))
    event.add("summary", f"Cancelled: {summary}" if cancelled else summary)
    event.add("dtstamp", revised.at.astimezone(datetime.UTC))
    event.add("last-modified", revised.at.astimezone(datetime.UTC))
    event.add("sequence", revised.sequence)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event


# ------------------------------------------------------------------------------------------------ history
def _events_of(model: Any, keys: Iterable[int]) -> dict[int, list[Any]]:
    """The audit events of these rows, oldest first."""
    found: dict[int, list[Any]] = {}
    events = cast("Any", model).pgh_event_model.objects.filter(pgh_obj_id__in=list(keys))
    for event in events.order_by("pgh_id"):
        found.setdefault(event.pgh_obj_id, []).append(event)
    return found


def _changes(events: Sequence[Any], *columns: str) -> tuple[int, datetime.datetime | None]:
    """How often any of the columns changed after the first event, and when last."""
    seen, times, at = None, -1, None
    for event in events:
        state = (event.pgh_label == "delete", *(getattr(event, column) for column in columns))
        if state != seen:
            seen, times, at = state, times + 1, event.pgh_created_at
    return max(times, 0), at


# ----------------------------------------------------------------------------------------------- meetings
def _meeting_events(owner: User, since: datetime.datetime, *, own: bool) -> list[Event]:
    meetings = list(visible_meetings(owner).filter(starts_at__gte=since).order_by("starts_at", "pk"))
    items = _items(owner, [meeting.pk for meeting in meetings], own=own)
    revised = _meeting_revisions([meeting.pk for meeting in meetings])
    found = [_meeting_event(meeting, items.get(meeting.pk, []), revised) for meeting in meetings]
    return [*found, *_meetings_called_off(owner, since)]


def _meeting_revisions(keys: list[int]) -> dict[int, Revised]:
    """By meeting: the changes of day, place or title; the agenda counts for when it was last modified."""
    history = _events_of(Meeting, keys)
    agenda = dict(
        cast("Any", AgendaItem)
        .pgh_event_model.objects.filter(meeting_id__in=keys)
        .values("meeting_id")
        .annotate(last=Max("pgh_created_at"))
        .values_list("meeting_id", "last")
    )
    found = {}
    for key in keys:
        times, at = _changes(history.get(key, []), "starts_at", "place", "title")
        moments = [moment for moment in (at, agenda.get(key)) if moment is not None]
        found[key] = Revised(times, max(moments, default=timezone.now()))
    return found


def _items(user: User, meetings: list[int], *, own: bool = False) -> dict[int, list[str]]:
    """By meeting: the case numbers on the agenda, in order, of patients whom the user may see."""
    patients = visible_patients(user)
    if own:
        patients = patients.filter(own_patients(user))
    items = (
        AgendaItem.objects.filter(meeting__in=meetings, staging__patient__in=patients)
        .exclude(state=AgendaItem.State.WITHDRAWN)
        .select_related("staging__patient")
        .order_by("meeting", "position")
    )
    found: dict[int, list[str]] = {}
    for item in items:
        found.setdefault(item.meeting_id, []).append(item.staging.patient.case_id)
    return found


def _meeting_event(meeting: Meeting, cases: list[str], revised: dict[int, Revised]) -> Event:
    event = _event("meeting", meeting.pk, meeting.title, revised[meeting.pk], cancelled=False)
    _at(event, meeting.starts_at)
    if meeting.place:
        event.add("location", meeting.place)
    event.add("description", f"Cases: {', '.join(cases)}" if cases else "No case of yours on the agenda yet.")
    return event


def _at(event: Event, starts_at: datetime.datetime) -> None:
    # The end is reckoned in absolute time, so that an hour is an hour on the night the clocks change.
    start = timezone.localtime(starts_at)
    event.add("dtstart", start)
    event.add("dtend", timezone.localtime(starts_at + LENGTH))


def _meetings_called_off(owner: User, since: datetime.datetime) -> list[Event]:
    """Meetings that are gone from the board: their last event is a delete."""
    if not owner.has_perm("meetings.view_meeting"):
        return []
    gone = cast("Any", Meeting).pgh_event_model.objects.filter(pgh_label="delete", starts_at__gte=since)
    if not (owner.is_superuser or owner.all_centres):
        gone = gone.filter(Q(centre__isnull=True) | Q(centre__in=owner.centres.all()))
    gone = list(gone)
    history = _events_of(Meeting, [event.pgh_obj_id for event in gone])
    found = []
    for last in gone:
        times, at = _changes(history[last.pgh_obj_id], "starts_at", "place", "title")
        revised = Revised(times, at or last.pgh_created_at)
        event = _event("meeting", last.pgh_obj_id, last.title, revised, cancelled=True)
        _at(event, last.starts_at)
        found.append(event)
    return found


# -------------------------------------------------------------------------------------------------- scans
def _scan_events(owner: User, since: datetime.date, *, own: bool) -> list[Event]:
    """Restaging scans that were ever booked: of every visible patient, or of the owner's own."""
    patients = visible_patients(owner)
    if own:
        patients = patients.filter(own_patients(owner))
    booked = cast("Any", Reassessment).pgh_event_model.objects.filter(
        patient__in=patients, scan_booked_on__gte=since
    )
    rows = Reassessment.objects.filter(pk__in=booked.values("pgh_obj_id"), patient__in=patients)
    found = list(rows.select_related("patient").order_by("pk"))
    history = _events_of(Reassessment, [row.pk for row in found])
    return [event for row in found if (event := _scan_event(row, history.get(row.pk, [])))]


def _scan_event(row: Reassessment, history: Sequence[Any]) -> Event | None:
    """The scan of one window, moved or called off as it was; None when it never was booked.

    A scan that was not made is called off when the booking was taken back, or the window ended without it.
    """
    booked = [event for event in history if event.scan_booked_on is not None]
    on = row.scan_booked_on or (booked[-1].scan_booked_on if booked else None)
    if on is None:
        return None
    ended = row.ended_at is not None and row.scan_done_on is None
    taken_back = row.scan_booked_on is None
    called_off = taken_back or (ended and row.ended_at is not None and on >= timezone.localdate(row.ended_at))
    since = history[history.index(booked[0]) :] if booked else []
    times, at = _changes(since, "scan_booked_on", "ended_at")
    revised = Revised(times, at or row.created_at)
    event = _event("scan", row.pk, f"Restaging scan {row.patient.case_id}", revised, cancelled=called_off)
    event.add("dtstart", on)
    event.add("dtend", on + datetime.timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    return event
