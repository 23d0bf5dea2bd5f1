"""Notices: what was sent and what failed, and what each person wants to be sent."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import require
from meetings import services
from meetings.forms.notices import NoticeFilterForm, PreferenceForm
from meetings.models import Notice
from meetings.notices import without_chair
from meetings.pages.notices import (
    PER_PAGE,
    absence_of,
    counted_states,
    listed_notices,
    may_read,
    notified_people,
    own_notices,
)
from meetings.recipients import absences_on, notice_findings
from meetings.views.common import sentences, show_refusal, signed_in


@login_required
@require_GET
def notice_list(request: HttpRequest) -> HttpResponse:
    """What was sent, what waits, what failed, to whom, and why."""
    user = signed_in(request)
    require(user, "meetings.view_notice")
    today = timezone.localdate()
    given = NoticeFilterForm(request.GET).given
    context = {
        "page": Paginator(listed_notices(given), PER_PAGE).get_page(request.GET.get("page")),
        "given": given,
        "counts": counted_states(),
        "states": Notice.State.choices,
        "kinds": Notice.Kind.choices,
        "people": notified_people(),
        "any": Notice.objects.exists(),
        "away": absences_on(today).values(),
        "without_chair": without_chair(user, today),
        "findings": notice_findings(),
        "may_change_people": user.has_perm("accounts.change_user"),
        "may_send": user.has_perm("meetings.send_notice"),
        "reader": user,
    }
    return render(request, "meetings/notices.html", context)


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail as it was written, for its recipient and for whom it was meant."""
    user = signed_in(request)
    notice = get_object_or_404(Notice.objects.select_related("recipient", "stands_in_for"), pk=pk)
    if not may_read(user, notice):
        raise PermissionDenied("A notice is read by its recipient, and by the person for whom it was meant.")
    return render(request, "meetings/notice.html", {"notice": notice})


@login_required
@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a notice once more that failed, or of which nobody knows whether it left."""
    user = signed_in(request)
    notice = get_object_or_404(Notice, pk=pk)
    try:
        services.send_again(by=user, notice=notice)
    except ValidationError as error:
        for sentence in sentences(error):
            messages.error(request, sentence)
    else:
        messages.success(request, f"The notice to {notice.recipient} waits to be sent again.")
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("meetings:notices")


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """One's own notices: how often, and who reads them while one is away."""
    user = signed_in(request)
    require(user, "patients.view_patient")
    form = PreferenceForm(request.POST, user=user) if request.method == "POST" else PreferenceForm.of(user)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_preference(by=user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("meetings:preferences")
    absence, covering = absence_of(user, timezone.localdate())
    context = {
        "form": form,
        "absence": absence,
        "covering": covering,
        "notices": own_notices(user),
        "may_see_all": user.has_perm("meetings.view_notice"),
        "is_chair": user.has_role("chair"),
    }
    return render(request, "meetings/notice_preferences.html", context, status=422 if form.errors else 200)
