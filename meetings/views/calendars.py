"""Calendars: the page where people make and revoke them, the secret addresses, and single appointments."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import require
from meetings import services
from meetings.calendars import feed_calendar, feed_of, meeting_calendar, scan_calendar
from meetings.models import CalendarFeed
from meetings.selectors import get_visible_meeting
from meetings.views.common import reassessment_of, sentences, signed_in
from patients.selectors import log_access

ICS = "text/calendar; charset=utf-8"


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def calendars(request: HttpRequest) -> HttpResponse:
    """The user's calendars; a new one shows its secret address, this once."""
    user = signed_in(request)
    require(user, "meetings.view_meeting")
    context: dict[str, Any] = {"scopes": CalendarFeed.Scope.choices, "problem": "", "address": ""}
    if request.method == "POST":
        try:
            feed, secret = services.make_feed(by=user, scope=request.POST.get("scope", ""))
        except ValidationError as error:
            context["problem"] = " ".join(sentences(error))
        else:
            context |= {
                "made": feed,
                "address": request.build_absolute_uri(reverse("meetings:feed", args=[secret])),
            }
    context["feeds"] = CalendarFeed.objects.filter(owner=user)
    return render(request, "meetings/calendars.html", context, status=422 if context["problem"] else 200)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Close one's own calendar."""
    user = signed_in(request)
    feed = CalendarFeed.objects.filter(pk=pk, owner=user).first()
    if feed is None:
        raise Http404("There is no such calendar of yours.")
    services.revoke_feed(by=user, feed=feed)
    messages.success(request, "The calendar is revoked; its address answers nothing any more.")
    return redirect("meetings:calendars")


@never_cache
@require_GET
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar behind a secret address; no session, no name. Unknown and revoked look the same."""
    found = feed_of(secret)
    if found is None:
        raise Http404("There is no such calendar.")
    now = timezone.now()
    content = feed_calendar(found, now)
    CalendarFeed.objects.filter(pk=found.pk).update(last_read_at=now)
    headers = {"X-Robots-Tag": "noindex, nofollow", "Content-Disposition": 'inline; filename="board.ics"'}
    return HttpResponse(content, content_type=ICS, headers=headers)


def _attached(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=ICS, headers=headers)


@login_required
@require_GET
def meeting_file(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting for one's own calendar."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    return _attached(meeting_calendar(user, meeting), f"meeting-{meeting.pk}.ics")


@login_required
@require_GET
def scan_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The booked scan of one patient for one's own calendar."""
    row = reassessment_of(signed_in(request), pk)
    content = scan_calendar(row)
    if content is None:
        raise Http404("No scan is booked for this patient.")
    log_access(request, row.patient)
    return _attached(content, f"scan-{row.pk}.ics")
