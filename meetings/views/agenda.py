"""Meetings: the list, planning one, and its agenda."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Discipline, User
from accounts.rules import require
from meetings import services
from meetings.forms.meeting import MeetingForm
from meetings.models import AgendaItem, Meeting
from meetings.pages.agenda import agenda_rows
from meetings.quorum import quorum_of
from meetings.selectors import get_visible_item, get_visible_meeting, proposals_for, visible_meetings
from meetings.views.common import sentences, show_refusal, signed_in
from patients.selectors import found_exactly, get_visible_staging

PAST_SHOWN = 20


@login_required
@require_GET
def meeting_list(request: HttpRequest) -> HttpResponse:
    """What is open or to come, and what was."""
    user = signed_in(request)
    require(user, "meetings.view_meeting")
    meetings = visible_meetings(user).prefetch_related("items")
    coming = meetings.exclude(state=Meeting.State.CLOSED).order_by("starts_at")
    past = meetings.filter(state=Meeting.State.CLOSED)[:PAST_SHOWN]
    context = {"coming": coming, "past": past, "may_manage": user.has_perm("meetings.manage_meeting")}
    return render(request, "meetings/list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Plan a meeting."""
    user = signed_in(request)
    require(user, "meetings.manage_meeting")
    form = MeetingForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            meeting = services.create_meeting(by=user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, "The meeting is planned. Put cases on its agenda.")
            return redirect("meetings:detail", meeting.pk)
    context = {"form": form, "title": "New meeting", "action": "Plan the meeting"}
    return render(request, "meetings/meeting_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change title, start, place or centre."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    require(user, "meetings.manage_meeting", meeting)
    form = (
        MeetingForm(request.POST, user=user)
        if request.method == "POST"
        else MeetingForm.of(meeting, user=user)
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.update_meeting(by=user, meeting=meeting, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            return redirect("meetings:detail", pk)
    context = {"form": form, "meeting": meeting, "title": "Change the meeting", "action": "Save"}
    return render(request, "meetings/meeting_form.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The agenda: its cases in order, what they lack, who is there, and what could be added."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    rows = agenda_rows(meeting, user)
    open_ = meeting.state != Meeting.State.CLOSED
    may_manage = open_ and user.has_perm("meetings.manage_meeting", meeting)
    people = User.objects.filter(is_active=True).exclude(discipline="").order_by("discipline", "last_name")
    context = {
        "meeting": meeting,
        "rows": rows,
        "ready": sum(row.ready for row in rows),
        "decided": sum(row.item.state == AgendaItem.State.DECIDED for row in rows),
        "may_manage": may_manage,
        "proposals": proposals_for(user, meeting)[:12] if may_manage else [],
        "quorum": quorum_of(meeting),
        "absent": people.exclude(attendances__meeting=meeting) if may_manage else [],
        "disciplines": Discipline.choices,
        "today": timezone.localdate(),
    }
    return render(request, "meetings/detail.html", context)


def _act(request: HttpRequest, pk: int, work: Callable[[User, Meeting], Any], done: str) -> HttpResponse:
    """Do one thing to a meeting and go back to its agenda, with what was done or what is wrong."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    try:
        work(user, meeting)
    except ValidationError as error:
        for text in sentences(error):
            messages.error(request, text)
    else:
        if done:
            messages.success(request, done)
    return redirect("meetings:detail", pk)


@login_required
@require_POST
def open_(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the room and go there."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    try:
        services.open_meeting(by=user, meeting=meeting)
    except ValidationError as error:
        for text in sentences(error):
            messages.error(request, text)
        return redirect("meetings:detail", pk)
    return redirect("meetings:room", pk)


@login_required
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the meeting; cases that were not discussed are deferred."""
    return _act(
        request,
        pk,
        lambda user, meeting: services.close_meeting(by=user, meeting=meeting),
        "The meeting is closed.",
    )


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a staging on the agenda, by its key or by the number of its case (the newest staging)."""

    def work(user: User, meeting: Meeting) -> None:
        key, number = request.POST.get("staging", ""), request.POST.get("case", "").strip()
        services.add_to_agenda(by=user, meeting=meeting, staging=_staging(user, key, number))

    return _act(request, pk, work, "The case is on the agenda.")


def _staging(user: User, key: str, number: str) -> Any:
    if key.isdigit():
        return get_visible_staging(user, int(key))
    patient = found_exactly(user, number) if number else None
    if patient is None:
        raise ValidationError({"case": [f"There is no case {number!r}; allowed: a case or hospital number."]})
    staging = patient.stagings.filter(withdrawn_at__isnull=True).order_by("-date", "-pk").first()
    if staging is None:
        raise ValidationError({"case": [f"Case {patient.case_id} has no staging; allowed: open one first."]})
    return staging


@login_required
@require_POST
def move(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Give a case another place."""

    def work(user: User, meeting: Meeting) -> None:
        found = get_visible_item(user, meeting, item)
        text = request.POST.get("position", "")
        if not text.isdigit():
            raise ValidationError(
                {"position": [f"{text!r} is not allowed; allowed: a whole number from 1 on."]}
            )
        services.move_item(by=user, item=found, position=int(text))

    return _act(request, pk, work, "")


@login_required
@require_POST
def remove(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Take a case off the agenda."""

    def work(user: User, meeting: Meeting) -> None:
        found = get_visible_item(user, meeting, item)
        services.remove_from_agenda(by=user, item=found, note=request.POST.get("note", ""))

    return _act(request, pk, work, "The case is off the agenda.")


@login_required
@require_POST
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a person is there, or is not."""

    def work(user: User, meeting: Meeting) -> None:
        key = request.POST.get("user", "")
        if not key.isdigit():
            raise ValidationError({"user": ["A person is needed; allowed: one of the list."]})
        person = get_object_or_404(User, pk=int(key))
        if request.POST.get("present") == "no":
            services.remove_attendance(by=user, meeting=meeting, user=person)
        else:
            services.record_attendance(
                by=user, meeting=meeting, user=person, discipline=request.POST.get("discipline", "")
            )

    return _act(request, pk, work, "")
