"""Reads of meetings and decisions that are more than a get. The clock's reads stand in `clock.py`."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from accounts.models import User
from accounts.rules import visible_centres
from meetings.models import AgendaItem, BoardDecision, Meeting, VoteRound
from patients.models import Patient, Staging
from patients.selectors import visible_patients

__all__ = [
    "agenda_of",
    "get_visible_item",
    "get_visible_meeting",
    "last_decision",
    "next_meeting",
    "next_planned",
    "open_items",
    "open_votes_for",
    "visible_meetings",
]


def visible_meetings(user: User) -> QuerySet[Meeting]:
    """The meetings that this user may see: of their centres, and those of all centres."""
    if not user.has_perm("meetings.view_meeting"):
        return Meeting.objects.none()
    meetings = Meeting.objects.select_related("centre", "closed_by")
    if user.is_superuser or user.all_centres:
        return meetings
    return meetings.filter(Q(centre__isnull=True) | Q(centre__in=visible_centres(user)))


def get_visible_meeting(user: User, pk: int) -> Meeting:
    """The meeting; raises `Http404` (there is none) or `PermissionDenied` (not this user's business)."""
    meeting = Meeting.objects.select_related("centre", "closed_by", "current_item").filter(pk=pk).first()
    if meeting is None:
        raise Http404("There is no such meeting.")
    if not user.has_perm("meetings.view_meeting", meeting):
        raise PermissionDenied("This meeting belongs to a centre whose patients you do not see.")
    return meeting


def get_visible_item(user: User, meeting: Meeting, pk: int) -> AgendaItem:
    """An item of this meeting whose patient the user may see; raises `Http404` or `PermissionDenied`."""
    item = (
        AgendaItem.objects.select_related("meeting", "staging__patient__centre")
        .filter(meeting=meeting, pk=pk)
        .first()
    )
    if item is None:
        raise Http404("There is no such case on this agenda.")
    if not user.has_perm("patients.view_patient", item.staging):
        raise PermissionDenied("This case belongs to a centre whose patients you do not see.")
    return item


def next_meeting(user: User, now: datetime.datetime) -> Meeting | None:
    """The meeting that is open, else the next one planned from the start of today on."""
    meetings = visible_meetings(user)
    running = meetings.filter(state=Meeting.State.OPEN).order_by("starts_at").last()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    planned = meetings.filter(state=Meeting.State.PLANNED, starts_at__gte=today).order_by("starts_at").first()
    return running or planned


def agenda_of(meeting: Meeting, user: User | None = None) -> list[AgendaItem]:
    """The items in order, each with staging, patient, centre, and its decision (`item.board_decision` or None).

    With `user`, cases of centres that the user does not see are left out.
    """
    items = meeting.items.select_related("staging__patient__centre").prefetch_related(
        Prefetch("decision", BoardDecision.objects.select_related("recorded_by").prefetch_related("elements"))
    )
    if user is not None:
        items = items.filter(staging__patient__in=visible_patients(user))
    found = list(items.order_by("position"))
    for item in found:
        item.board_decision = getattr(item, "decision", None)  # type: ignore[attr-defined]
    return found


def next_planned(item: AgendaItem) -> Meeting | None:
    """The next planned meeting after this item's at which its patient can be discussed."""
    patient = item.staging.patient
    return (
        Meeting.objects.filter(state=Meeting.State.PLANNED, starts_at__gt=item.meeting.starts_at)
        .filter(Q(centre__isnull=True) | Q(centre=patient.centre_id))
        .order_by("starts_at", "pk")
        .first()
    )


def open_votes_for(user: User) -> list[VoteRound]:
    """Votes before a meeting that wait for this user: not cast, not revealed, on a case that still waits.

    Soonest meeting first; each with its case, patient and meeting.
    """
    if not user.has_perm("meetings.cast_vote"):
        return []
    rounds = (
        VoteRound.objects.filter(
            before_meeting=True,
            revealed_at__isnull=True,
            item__state=AgendaItem.State.WAITING,
            item__meeting__in=visible_meetings(user),
            item__staging__patient__in=visible_patients(user),
        )
        .exclude(item__meeting__state=Meeting.State.CLOSED)
        .exclude(votes__voter=user)
        .select_related("item__meeting", "item__staging__patient")
    )
    return list(rounds.order_by("item__meeting__starts_at", "item__position", "pk"))


def last_decision(staging: Staging) -> BoardDecision | None:
    """What the last board said of this patient before this staging's own board; None when there was none."""
    earlier = BoardDecision.objects.filter(item__staging__patient=staging.patient_id).exclude(
        item__staging=staging
    )
    if staging.date is not None:
        earlier = earlier.filter(
            Q(item__staging__date__lt=staging.date) | Q(item__staging__date__isnull=True)
        )
    return (
        earlier.select_related("item__meeting", "item__staging", "recorded_by")
        .prefetch_related("elements")
        .order_by("-item__meeting__starts_at", "-pk")
        .first()
    )


def open_items(patient: Patient) -> QuerySet[AgendaItem]:
    """The patient's cases that wait on a meeting that is not closed."""
    return (
        AgendaItem.objects.filter(staging__patient=patient, state=AgendaItem.State.WAITING)
        .exclude(meeting__state=Meeting.State.CLOSED)
        .select_related("meeting", "staging")
        .order_by("meeting__starts_at")
    )
