"""Voting in the room and before it, saying "I am here", and opening the advice."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from meetings import services
from meetings.models import AgendaItem, Meeting, VoteRound
from meetings.pages.screen import votes_of
from meetings.selectors import get_visible_item, get_visible_meeting
from meetings.views.common import sentences, signed_in
from patients.selectors import get_visible_staging


def _answer(request: HttpRequest, item: AgendaItem, work: Callable[[], Any], asked: str = "") -> HttpResponse:
    """Do one thing to the votes on a case, and show them as they are then, with what is wrong."""
    refused: list[str] = []
    try:
        work()
    except ValidationError as error:
        refused = sentences(error)
    if not request.htmx:  # type: ignore[attr-defined]
        for text in refused:
            messages.error(request, text)
        return redirect(f"{reverse('meetings:room', args=[item.meeting_id])}?item={item.pk}")
    user = signed_in(request)
    found = get_visible_item(user, item.meeting, item.pk)
    context = {
        "meeting": found.meeting,
        "item": found,
        "votes": votes_of(user, found, asked if refused else ""),
        "refused_votes": refused,
        "partial": True,
    }
    return render(request, "meetings/room/votes.html", context, status=422 if refused else 200)


def _round(request: HttpRequest, pk: int, round: int) -> VoteRound:
    """A round on a case that the user may see; its case is read with all that the services ask for."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    found = get_object_or_404(VoteRound, pk=round, item__meeting=meeting)
    found.item = get_visible_item(user, meeting, found.item_id)
    return found


@login_required
@require_POST
def open_vote(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Put a question on a case to the vote: in the room, or before the meeting while it is planned."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    found = get_visible_item(user, meeting, item)

    def work() -> None:
        services.open_vote(
            by=user,
            item=found,
            question=request.POST.get("question", ""),
            before_meeting=meeting.state == Meeting.State.PLANNED,
        )

    return _answer(request, found, work)


@login_required
@require_POST
def cast(request: HttpRequest, pk: int, round: int) -> HttpResponse:
    """Vote, or change one's vote."""
    user, found = signed_in(request), _round(request, pk, round)
    choice = request.POST.get("choice", "")
    return _answer(
        request, found.item, lambda: services.cast_vote(by=user, round=found, choice=choice), found.question
    )


@login_required
@require_POST
def reveal(request: HttpRequest, pk: int, round: int) -> HttpResponse:
    """Show everybody what was voted."""
    user, found = signed_in(request), _round(request, pk, round)
    return _answer(request, found.item, lambda: services.reveal_vote(by=user, round=found))


@login_required
@require_POST
def open_advice(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """The chair opens the advice before any vote was revealed; by htmx the screens renew themselves."""
    user = signed_in(request)
    found = get_visible_item(user, get_visible_meeting(user, pk), item)
    services.open_advice(by=user, item=found)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    return redirect(f"{reverse('meetings:room', args=[pk])}?item={found.pk}")


@login_required
@require_POST
def join(request: HttpRequest, pk: int) -> HttpResponse:
    """I am here: the signed-in member is noted as present; by htmx the screens renew themselves."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    try:
        services.join_meeting(by=user, meeting=meeting)
    except ValidationError as error:
        for text in sentences(error):
            messages.error(request, text)
    else:
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(status=204)
    return redirect("meetings:room", pk)


@login_required
@require_POST
def look_at_advice(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the advice on the case page before the vote; that one did so is kept."""
    user = signed_in(request)
    services.look_at_advice(by=user, staging=get_visible_staging(user, pk))
    return redirect("decisions:staging", pk)
