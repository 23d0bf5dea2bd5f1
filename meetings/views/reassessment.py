"""What people do with one reassessment: small forms."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.rules import require
from meetings import services
from meetings.forms.reassessment import AgendaForm, DoneForm, NotNeededForm, StartForm
from meetings.models import Reassessment
from meetings.views.common import show_refusal, signed_in


def visible_reassessment(user: User, pk: int) -> Reassessment:
    """The reassessment; raises `Http404` (there is none) or `PermissionDenied` (not this user's business)."""
    row = (
        Reassessment.objects.select_related("patient__centre", "line", "decision", "meeting")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise Http404("There is no such reassessment.")
    if not user.has_perm("patients.view_patient", row.patient):
        raise PermissionDenied("This patient belongs to a centre whose patients you do not see.")
    return row


def _change(
    request: HttpRequest,
    pk: int,
    *,
    title: str,
    action: str,
    done: str,
    blank: Callable[[Reassessment, User], Any],
    bound: Callable[[User], Any],
    work: Callable[[User, Reassessment, dict[str, Any]], Any],
) -> HttpResponse:
    """A small form about one reassessment; a second submit says what the first has done."""
    user = signed_in(request)
    row = visible_reassessment(user, pk)
    require(user, "meetings.change_reassessment", row)
    form = bound(user) if request.method == "POST" else blank(row, user)
    if request.method == "POST" and form.is_valid():
        try:
            work(user, row, form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, done.format(case=row.patient.case_id))
            return redirect("meetings:clock")
    context = {"form": form, "row": row, "patient": row.patient, "title": title, "action": action}
    return render(request, "meetings/clock_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def confirm_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm day 1."""
    return _change(
        request,
        pk,
        title="Confirm the start of therapy",
        action="Confirm day 1",
        done="Day 1 of case {case} is confirmed; the window is firm.",
        blank=lambda row, user: StartForm.of(row),
        bound=lambda user: StartForm(request.POST),
        work=lambda user, row, given: services.confirm_start(by=user, reassessment=row, **given),
    )


@login_required
@require_http_methods(["GET", "POST"])
def scan_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the scan was done."""
    return _change(
        request,
        pk,
        title="The restaging scan was done",
        action="Save",
        done="The scan of case {case} is noted; the board is next.",
        blank=lambda row, user: DoneForm.of(row),
        bound=lambda user: DoneForm(request.POST),
        work=lambda user, row, given: services.record_scan(by=user, reassessment=row, **given),
    )


@login_required
@require_http_methods(["GET", "POST"])
def not_needed(request: HttpRequest, pk: int) -> HttpResponse:
    """End it, with the reason."""
    return _change(
        request,
        pk,
        title="Reassessment not needed",
        action="End the reminder",
        done="The reminder of case {case} has ended, with your reason.",
        blank=lambda row, user: NotNeededForm.of(row),
        bound=lambda user: NotNeededForm(request.POST),
        work=lambda user, row, given: services.mark_not_needed(by=user, reassessment=row, **given),
    )


@login_required
@require_http_methods(["GET", "POST"])
def to_agenda(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the patient's newest staging on an agenda."""
    return _change(
        request,
        pk,
        title="Put on an agenda",
        action="Put on the agenda",
        done="Case {case} is on the agenda.",
        blank=lambda row, user: AgendaForm(user=user),
        bound=lambda user: AgendaForm(request.POST, user=user),
        work=lambda user, row, given: services.book(by=user, reassessment=row, **given),
    )
