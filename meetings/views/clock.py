"""The conversion clock: the list, and what people do with a reassessment."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.rules import require, visible_centres
from meetings import services
from meetings.clock import ClockEntry, clock_rows, count_by_status
from meetings.forms.reassessment import AgendaForm, BookForm, DoneForm, NotNeededForm, StartForm
from meetings.pages.clock import as_csv, filtered, groups_of
from meetings.views.common import change_page, signed_in
from patients.selectors import log_access


def _entries(request: HttpRequest, user: User) -> tuple[list[ClockEntry], list[ClockEntry]]:
    """Everybody on the clock, and those whom the filters of the address leave."""
    require(user, "meetings.view_meeting")
    everybody = clock_rows(user, timezone.localdate())
    shown = filtered(
        everybody,
        centre=request.GET.get("centre", ""),
        mine=user if request.GET.get("show") == "mine" else None,
        nothing_booked=request.GET.get("show") == "unbooked",
    )
    return everybody, shown


@login_required
@require_GET
def clock(request: HttpRequest) -> HttpResponse:
    """Everybody under systemic therapy whose liver is not resectable: overdue first."""
    user = signed_in(request)
    everybody, shown = _entries(request, user)
    groups, axis = groups_of(shown, timezone.localdate())
    counts = count_by_status(everybody)
    context = {
        "groups": groups,
        "axis": axis,
        "counts": [(code, counts[code]) for code in counts],
        "total": len(everybody),
        "shown": len(shown),
        "show": request.GET.get("show", ""),
        "centre": request.GET.get("centre", ""),
        "centres": visible_centres(user),
        "may_change": user.has_perm("meetings.change_reassessment"),
    }
    return render(request, "meetings/clock.html", context)


@login_required
@require_GET
def clock_csv(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered, as CSV."""
    user = signed_in(request)
    _, shown = _entries(request, user)
    for entry in shown:
        log_access(request, entry.patient)
    name = f"reassessments-{timezone.localdate().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(as_csv(shown), content_type="text/csv; charset=utf-8", headers=headers)


@login_required
@require_http_methods(["GET", "POST"])
def confirm_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm day 1."""
    return change_page(
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
def book_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """Book the restaging scan."""
    return change_page(
        request,
        pk,
        title="Book the restaging scan",
        action="Book",
        done="The scan of case {case} is booked.",
        blank=lambda row, user: BookForm.of(row),
        bound=lambda user: BookForm(request.POST),
        work=lambda user, row, given: services.book_scan(by=user, reassessment=row, **given),
    )


@login_required
@require_http_methods(["GET", "POST"])
def scan_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the scan was done."""
    return change_page(
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
    return change_page(
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
    return change_page(
        request,
        pk,
        title="Put on an agenda",
        action="Put on the agenda",
        done="Case {case} is on the agenda.",
        blank=lambda row, user: AgendaForm(user=user),
        bound=lambda user: AgendaForm(request.POST, user=user),
        work=lambda user, row, given: services.put_on_agenda(by=user, reassessment=row, **given),
    )
