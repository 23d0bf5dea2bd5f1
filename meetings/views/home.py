"""The first page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from meetings.pages.home import home_of
from meetings.views.common import signed_in


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The signed-in user's work: the next meeting, what is due, what is missing."""
    user = signed_in(request)
    now = timezone.localtime()
    context = {
        "home": home_of(user, now),
        "now": now,
        "may_add": user.has_perm("patients.add_patient"),
        "may_import": user.has_perm("decisions.import_cases"),
        "may_manage": user.has_perm("meetings.manage_meeting"),
        "may_see_rulebook": user.has_perm("decisions.view_rulebook"),
        "may_change": user.has_perm("meetings.change_reassessment"),
        "may_change_people": user.has_perm("accounts.change_user"),
        "clinical": user.has_perm("meetings.view_meeting"),
    }
    return render(request, "meetings/home.html", context)
