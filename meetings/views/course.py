"""Therapy that does not run as planned: cycles, early scans, brought forward, put off, stopped."""

import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.rules import require
from decisions.rulebooks import current_thresholds
from meetings import services
from meetings.forms.course import BringForwardForm, EarlyScanForm, PostponeForm, StopForm, TakeBackForm
from meetings.models import Reassessment
from meetings.views.common import change_page, reassessment_of, signed_in
from patients.cycles import day_of_given
from patients.models import TreatmentLine
from patients.views.cycles import cycles_page
from patients.wording import day


@login_required
@require_http_methods(["GET", "POST"])
def cycles(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the cycles of the therapy that runs."""
    user = signed_in(request)
    row = reassessment_of(user, pk)
    require(user, "meetings.change_reassessment", row)
    line = line_of(row)
    if line is None:
        return render(request, "meetings/no_line.html", {"row": row, "patient": row.patient})
    limit = short_course(line, timezone.localdate())
    answer = cycles_page(request, line, back=reverse("meetings:clock"), limit=limit)
    now = reassessment_of(user, pk)
    if now.brought_forward_on is not None and row.brought_forward_on is None:
        messages.info(request, f"The case is brought forward to the board. {now.brought_forward_reason}.")
    return answer


def line_of(row: Reassessment) -> TreatmentLine | None:
    """The line of the record that a reassessment is about: its own, else the one that runs."""
    running = row.patient.treatment_lines.filter(ended_on__isnull=True).exclude(intent="adjuvant")
    return row.line or running.order_by("-number").first()


def short_course(line: TreatmentLine, today: datetime.date) -> dict[str, Any] | None:
    """When the first cycle past the short course (T-04) falls; None while that is not known.

    `words` says it, `crossed` is true once that day has come, `source` and `verified` are the threshold's.
    """
    thresholds = current_thresholds(line.patient)
    threshold = thresholds.get("SHORT_CHEMO_L1_LT" if line.number == 1 else "SHORT_CHEMO_L2_LT")
    nth = int(thresholds.value(threshold.name))
    falls = day_of_given(line, nth, today)
    if falls is None:
        return None
    crossed = falls <= today
    return {
        "crossed": crossed,
        "source": threshold.source,
        "verified": threshold.verified,
        "words": f"Cycle no. {nth} of those given, the first past the short course, "
        + (f"fell on {day(falls)}." if crossed else f"falls on {day(falls)} when nothing shifts."),
    }


@login_required
@require_http_methods(["GET", "POST"])
def accept_early_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """Count a scan that lies somewhat before the window."""
    concerned = reassessment_of(signed_in(request), pk)
    days = int(current_thresholds(concerned.patient).value("EARLY_SCAN_DAYS"))
    return change_page(
        request,
        pk,
        title="Accept an early scan",
        action="Accept the scan",
        done="The scan of case {case} is accepted; the board is next.",
        blank=lambda row, user: EarlyScanForm.of(row),
        bound=lambda user: EarlyScanForm(request.POST),
        work=lambda user, row, given: services.accept_early_scan(by=user, reassessment=row, **given),
        permission="meetings.accept_early_scan",
        note=f"A scan up to {days} days before the window counts when a clinician accepts it. "
        "The limit is the board's own choice.",
    )


@login_required
@require_http_methods(["GET", "POST"])
def take_back_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The scan noted as done is not the one of this window."""
    return change_page(
        request,
        pk,
        title="Take the scan back",
        action="Take back",
        done="The scan of case {case} is taken back; the scan is next again.",
        blank=lambda row, user: TakeBackForm(),
        bound=lambda user: TakeBackForm(request.POST),
        work=lambda user, row, given: services.take_back_scan(by=user, reassessment=row),
        note="The window waits for its scan again. Examinations in the record stay.",
    )


@login_required
@require_http_methods(["GET", "POST"])
def bring_forward(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the board from today on."""
    return change_page(
        request,
        pk,
        title="Bring the case forward",
        action="Bring forward",
        done="Case {case} is due from today; the board decides.",
        blank=lambda row, user: BringForwardForm(),
        bound=lambda user: BringForwardForm(request.POST),
        work=lambda user, row, given: services.bring_forward(by=user, reassessment=row, **given),
        note="The case is due from today on, whatever the window says, until the board has decided.",
    )


@login_required
@require_http_methods(["GET", "POST"])
def postpone(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that scan and board were put off, and why."""
    return change_page(
        request,
        pk,
        title="Put scan and board off",
        action="Note it",
        done="Case {case} is noted as put off; its window stays where it is.",
        blank=lambda row, user: PostponeForm(),
        bound=lambda user: PostponeForm(request.POST),
        work=lambda user, row, given: services.postpone(by=user, reassessment=row, **given),
        note="This moves no window. It says why nothing happens until that day.",
    )


@login_required
@require_http_methods(["GET", "POST"])
def stop_therapy(request: HttpRequest, pk: int) -> HttpResponse:
    """The therapy was stopped: its line ends, and the case goes to the board."""
    return change_page(
        request,
        pk,
        title="Therapy was stopped",
        action="Note the end",
        done="The therapy of case {case} has ended; the case is due for the board.",
        blank=lambda row, user: StopForm.today(),
        bound=lambda user: StopForm(request.POST),
        work=lambda user, row, given: services.stop_therapy(by=user, reassessment=row, **given),
        note="The line ends in the record. The patient stays on the clock until the board has decided.",
    )
