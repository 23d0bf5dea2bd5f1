"""Parts of the room that renew themselves when the stream says so. Each is the page's own template."""

from typing import Any
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from meetings.models import AgendaItem, Meeting
from meetings.pages.room import lesions_case
from meetings.pages.screen import here_context, rail_context, votes_of, warned_of
from meetings.selectors import get_visible_item, get_visible_meeting
from meetings.views.common import signed_in
from meetings.views.room import advice_parts, decision_parts, on_agenda
from patients.selectors import log_access


@login_required
@require_GET
@never_cache
def part(request: HttpRequest, pk: int, item: int, name: str) -> HttpResponse:
    """One part of the screen that shows this case: `rail`, `here`, `votes`, `advice`, `lesions`, `decision`."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    found = get_visible_item(user, meeting, item)
    if name not in PARTS:
        raise Http404(f"There is no part {name!r}; allowed: {', '.join(PARTS)}.")
    if not request.htmx:  # type: ignore[attr-defined]
        lesion = f"&lesion={quote(request.GET['lesion'])}" if "lesion" in request.GET else ""
        return redirect(f"{reverse('meetings:room', args=[pk])}?item={found.pk}{lesion}")
    context = {
        "meeting": meeting,
        "item": found,
        "staging": found.staging,
        "patient": found.staging.patient,
        "partial": True,
    }
    context |= PARTS[name](request, user, meeting, found)
    return render(request, f"meetings/room/{name}.html", context)


def _rail(request: HttpRequest, user: User, meeting: Meeting, item: AgendaItem) -> dict[str, Any]:
    items = on_agenda(meeting, user)
    return {**here_context(user, meeting, items, item), **rail_context(items, item)}


def _here(request: HttpRequest, user: User, meeting: Meeting, item: AgendaItem) -> dict[str, Any]:
    return here_context(user, meeting, on_agenda(meeting, user), item)


def _votes(request: HttpRequest, user: User, meeting: Meeting, item: AgendaItem) -> dict[str, Any]:
    return {"votes": votes_of(user, item, request.GET.get("question", ""))}


def _advice(request: HttpRequest, user: User, meeting: Meeting, item: AgendaItem) -> dict[str, Any]:
    log_access(request, item.staging.patient)
    return advice_parts(user, item)


def _lesions(request: HttpRequest, user: User, meeting: Meeting, item: AgendaItem) -> dict[str, Any]:
    log_access(request, item.staging.patient)
    return lesions_case(item, lesion=request.GET.get("lesion", ""), today=timezone.localdate())


def _decision(request: HttpRequest, user: User, meeting: Meeting, item: AgendaItem) -> dict[str, Any]:
    closed = meeting.state == Meeting.State.CLOSED
    return {
        **decision_parts(user, meeting, item),
        "may_sign": user.has_perm("meetings.sign_decision", item),
        "warned": warned_of(item),
        "may_decide": user.has_perm("meetings.record_decision", item) and not closed,
        "may_manage": user.has_perm("meetings.manage_meeting", meeting) and not closed,
    }


PARTS = {
    "rail": _rail,
    "here": _here,
    "votes": _votes,
    "advice": _advice,
    "lesions": _lesions,
    "decision": _decision,
}
"""By name: what the part's template is given."""
