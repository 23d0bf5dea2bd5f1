"""The record of one patient, and its history."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from patients.courses import boards_of, course_of
from patients.drawings.timeline import draw_timeline
from patients.history import history_of
from patients.record import record_of
from patients.selectors import get_visible_patient, log_access
from patients.views.pages import signed_in

CHANGES_PER_PAGE = 40
READS_SHOWN = 50


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that is known of one patient, with the stagings and the series."""
    user = signed_in(request)
    patient = get_visible_patient(user, pk)
    log_access(request, patient)
    record = record_of(patient)
    return render(
        request,
        "patients/detail.html",
        {
            "patient": patient,
            "record": record,
            "timeline": draw_timeline(
                course_of(record, today=timezone.localdate(), boards=boards_of(patient))
            ),
            "may_change": user.has_perm("patients.change_patient", patient),
        },
    )


@login_required
@require_GET
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who changed what, when and from where, old and new; and who read the record."""
    patient = get_visible_patient(signed_in(request), pk)
    log_access(request, patient)
    page = Paginator(history_of(patient), CHANGES_PER_PAGE).get_page(request.GET.get("page"))
    reads = patient.accesses.select_related("user")[:READS_SHOWN]
    return render(
        request,
        "patients/history.html",
        {"patient": patient, "page": page, "reads": reads, "read_count": patient.accesses.count()},
    )
