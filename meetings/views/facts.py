"""Facts in the room: judgements by the clinician whose they are, and what they change."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from decisions.judgements import give_judgements
from meetings.models import AgendaItem, Meeting
from meetings.pages.facts import facts_context
from meetings.selectors import agenda_of, get_visible_item, get_visible_meeting
from meetings.views.common import signed_in
from meetings.views.room import room_page

UNPROCESSABLE = 422
PREFIX = "judgement:"


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def facts(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """The panel of judgements. GET by htmx renews it (`?wait`: until the assessment is there); POST saves answers."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    found = get_visible_item(user, meeting, item)
    if request.method == "POST":
        return _save(request, meeting, found)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{reverse('meetings:room', args=[pk])}?item={found.pk}#room-facts")
    return _panel(request, found, facts_context(user, found), opened=True)


def _panel(
    request: HttpRequest, item: AgendaItem, context: dict[str, Any], *, opened: bool, status: int = 200
) -> HttpResponse:
    shared = {
        "meeting": item.meeting,
        "item": item,
        "staging": item.staging,
        "patient": item.staging.patient,
        "opened": opened,
    }
    answer = render(request, "meetings/room/facts.html", {**shared, **context}, status=status)
    if "wait" in request.GET and not context.get("facts_waiting"):
        answer["HX-Trigger"] = "room:advice"
    return answer


def _save(request: HttpRequest, meeting: Meeting, item: AgendaItem) -> HttpResponse:
    user = signed_in(request)
    answers = {
        name.removeprefix(PREFIX): str(value)
        for name, value in request.POST.items()
        if name.startswith(PREFIX) and value
    }
    seen = request.POST.get("version", "")
    refused: dict[str, Any] = {}
    try:
        give_judgements(
            by=user,
            staging=item.staging,
            version=int(seen) if seen.isdecimal() else 0,
            answers=answers,
            on=timezone.localdate(),
        )
    except ValidationError as error:
        errors = error.message_dict
        refused = {"typed": answers, "errors": errors}
    context = facts_context(user, item, **refused)
    context["facts_errors"] = (refused.get("errors") or {}).get("staging", [])
    status = UNPROCESSABLE if refused else 200
    if request.htmx:  # type: ignore[attr-defined]
        return _panel(request, item, context, opened=True, status=status)
    if not refused:
        return redirect(f"{reverse('meetings:room', args=[meeting.pk])}?item={item.pk}#room-facts")
    items = agenda_of(meeting, user)
    own = next(other for other in items if other.pk == item.pk)
    return room_page(request, meeting, items, own, status=status, more={**context, "opened": True})
