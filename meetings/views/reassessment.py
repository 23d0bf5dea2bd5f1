"""One reassessment: its page, and small forms for what people do with it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.audit import changes_of
from accounts.models import User
from meetings import services
from meetings.clock import clock_rows, visible_reassessments
from meetings.drawings.clock import draw_axis, draw_strip
from meetings.forms.reassessment import AgendaForm, DoneForm, NotNeededForm, StartForm
from meetings.models import Reassessment
from meetings.views.common import change_page, reassessment_of, signed_in
from patients.selectors import log_access


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One window: where it stands, the steps that can be taken, and who did what."""
    user = signed_in(request)
    row = reassessment_of(user, pk)
    log_access(request, row.patient)
    today = timezone.localdate()
    rows = clock_rows(user, today, reassessments=visible_reassessments(user).filter(pk=pk))
    entry = rows[0] if rows else None
    context = {
        "moves": row.moves.select_related("rulebook"),
        "row": row,
        "patient": row.patient,
        "entry": entry,
        "strip": draw_strip(entry.row, draw_axis([entry.row], today)) if entry else [],
        "steps": _steps(user, row),
        "changes": changes_of(row),
    }
    return render(request, "meetings/reassessment.html", context)


def _steps(user: User, row: Reassessment) -> list[tuple[str, str]]:
    """What the user may do with it now: words and address."""
    if row.ended_at is not None:
        return []
    names: list[tuple[str, str]] = []
    if user.has_perm("meetings.change_reassessment", row):
        if row.actual_start is None:
            names.append(("Confirm day 1", "confirm_start"))
        else:
            names.append(("Book scan and board", "book"))
            scanned = row.scan_done_on is not None
            names.append(("Take the scan back", "take_back_scan") if scanned else ("Scan done", "scan_done"))
            names.append(("Record cycles", "cycles"))
        if row.brought_forward_on is None:
            names.append(("Bring forward", "bring_forward"))
        names += [("Postpone", "postpone"), ("Therapy stopped", "stop_therapy")]
        names += [("Put on an agenda", "to_agenda"), ("Not needed", "not_needed")]
    if user.has_perm("meetings.accept_early_scan", row) and row.scan_done_on is None and row.actual_start:
        names.append(("Accept an early scan", "accept_early_scan"))
    return [(words, reverse(f"meetings:{name}", args=[row.pk])) for words, name in names]


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
        work=lambda user, row, given: services.book(by=user, reassessment=row, **given),
    )
