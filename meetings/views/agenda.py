"""Meetings: the list, planning one, and its agenda."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.rules import require
from meetings import services
from meetings.forms.meeting import MeetingForm
from meetings.models import Meeting
from meetings.pages.agenda import agenda_page, found_rows
from meetings.pages.confirming import confirming_page
from meetings.quorum import quorum_of
from meetings.selectors import get_visible_item, get_visible_meeting, visible_meetings
from meetings.views.common import act_on_meeting, sentences, show_refusal, signed_in
from patients.selectors import found_exactly, get_visible_staging, listed_patients
from patients.wording import day

PAST_SHOWN = 20
FOUND_SHOWN = 9
"""So many patients are found at once: each has its own key."""


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
    """The agenda: its cases in order, what they lack, what proposes itself, what may be confirmed, who is there."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    may_manage = meeting.state != Meeting.State.CLOSED and user.has_perm("meetings.manage_meeting", meeting)
    page = agenda_page(meeting, user, timezone.localtime(), may_manage=may_manage)
    people = User.objects.filter(is_active=True).exclude(discipline="").order_by("discipline", "last_name")
    context = {
        "meeting": meeting,
        "page": page,
        "rows": page.rows,
        "confirming": confirming_page(meeting, user, page.rows),
        "may_manage": may_manage,
        "quorum": quorum_of(meeting),
        "absent": people.exclude(attendances__meeting=meeting) if may_manage else [],
    }
    return render(request, "meetings/detail.html", context)


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
    return act_on_meeting(
        request,
        pk,
        lambda user, meeting: services.close_meeting(by=user, meeting=meeting),
        "The meeting is closed.",
    )


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a staging on the agenda, by its key or by the number of its case (the newest staging).

    With `late`, once the agenda stood; with `item`, from the room, which shows that case again.
    """

    def work(user: User, meeting: Meeting) -> None:
        key, number = request.POST.get("staging", ""), request.POST.get("case", "").strip()
        late = request.POST.get("late") == "1"
        services.add_to_agenda(by=user, meeting=meeting, staging=_staging(user, key, number), late=late)

    answer = act_on_meeting(request, pk, work, "The case is on the agenda.")
    item = request.POST.get("item", "")
    return redirect(f"{reverse('meetings:room', args=[pk])}?item={item}") if item.isdigit() else answer


@login_required
@require_GET
def late(request: HttpRequest, pk: int) -> HttpResponse:
    """Find a patient by name or number and put the newest staging on the agenda, marked as late."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    require(user, "meetings.manage_meeting", meeting)
    query, item = request.GET.get("q", "").strip(), request.GET.get("item", "")
    found = list(listed_patients(user, query=query)[: FOUND_SHOWN + 1]) if query else []
    context = {
        "meeting": meeting,
        "query": query,
        "item": item if item.isdigit() else "",
        "found": found_rows(meeting, found[:FOUND_SHOWN]),
        "more": len(found) > FOUND_SHOWN,
    }
    return render(request, "meetings/late.html", context)


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

    return act_on_meeting(request, pk, work, "", to=f"case-{item}")


@login_required
@require_POST
def defer(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Put a case off to the next meeting, with the fact that it waits for or another reason."""

    def work(user: User, meeting: Meeting) -> str:
        found = get_visible_item(user, meeting, item)
        deferred, placed = services.defer_to_next(
            by=user,
            item=found,
            note=request.POST.get("note", ""),
            missing_fact=request.POST.get("missing_fact", ""),
        )
        case, why = deferred.staging.patient.case_id, deferred.state_note
        if placed is None:
            return f"Case {case} is deferred ({why}). It proposes itself for the next meeting."
        on = day(timezone.localtime(placed.meeting.starts_at))
        return f"Case {case} is deferred ({why}) and on the agenda of {on}."

    return act_on_meeting(request, pk, work, "", to=f"case-{item}")


@login_required
@require_POST
def bring_back(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Take a deferral back."""

    def work(user: User, meeting: Meeting) -> None:
        services.bring_back(by=user, item=get_visible_item(user, meeting, item))

    return act_on_meeting(request, pk, work, "The case is discussed here after all.", to=f"case-{item}")


@login_required
@require_POST
def remove(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Take a case off the agenda."""

    def work(user: User, meeting: Meeting) -> None:
        found = get_visible_item(user, meeting, item)
        services.remove_from_agenda(by=user, item=found, note=request.POST.get("note", ""))

    return act_on_meeting(request, pk, work, "The case is off the agenda.")


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

    return act_on_meeting(request, pk, work, "")
