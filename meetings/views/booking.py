"""Booking scan and board: one patient with days to choose from, or several at once."""

import datetime
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.rules import require
from meetings import services
from meetings.bookings import booked_for, offers_for
from meetings.clock import ClockEntry, clock_rows, visible_reassessments
from meetings.drawings.clock import draw_axis
from meetings.forms.booking import (
    MODALITIES,
    OTHER,
    BoardForm,
    BookingForm,
    PostponeForm,
    StopForm,
    board_of,
    pair_of,
)
from meetings.meeting_days import AHEAD, BoardDay, board_days
from meetings.models import Reassessment
from meetings.pages.bulk import LEAVE, Chosen, carry_out, chosen_entries, counts, described, likely_modality
from meetings.pages.clock import pair_strip
from meetings.views.common import reassessment_of, show_refusal, signed_in
from patients.selectors import log_access


# ------------------------------------------------------------------------------------------- one patient
@login_required
@require_http_methods(["GET", "POST"])
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Days for the scan and the board that fit the windows, or days of one's own; booked in one go."""
    user = signed_in(request)
    row = reassessment_of(user, pk)
    require(user, "meetings.change_reassessment", row)
    log_access(request, row.patient)
    form = BookingForm(request.POST) if request.method == "POST" else BookingForm()
    meanwhile = ""
    if request.method == "POST" and form.is_valid():
        try:
            booked = _book(user, row, form)
        except ValidationError as error:
            show_refusal(form, error)
        except services.BookedMeanwhileError as error:
            meanwhile = str(error)
        else:
            messages.success(request, f"Case {row.patient.case_id}: {booked.words} is booked.")
            return redirect("meetings:clock")
    context = _booking_page(user, reassessment_of(user, pk), form, meanwhile)
    failed = bool(form.errors) or bool(meanwhile)
    return render(request, "meetings/book.html", context, status=422 if failed else 200)


def _book(user: User, row: Reassessment, form: BookingForm) -> Any:
    given = form.cleaned_data
    return services.book(
        by=user,
        reassessment=row,
        modality=given["modality"],
        place=given["place"],
        note=given["note"],
        seen=given["seen"],
        **form.days(),
    )


def _booking_page(user: User, row: Reassessment, form: BookingForm, meanwhile: str) -> dict[str, Any]:
    today = timezone.localdate()
    entry = _entry_of(user, row, today)
    booked = booked_for(row)
    possible = row.actual_start is not None and entry is not None
    offers = offers_for(row, today) if possible else None
    axis = draw_axis([entry.row], today) if entry else None
    pairs = [
        (offer, pair_strip(entry.row, axis, offer.suggestion.scan, offer.board.on, prefix=f"p{number}-"))
        for number, offer in enumerate(offers.offers if offers else [])
        if entry and axis
    ]
    first = pairs[0][0].key if pairs else OTHER
    modality = form["modality"].value() or (likely_modality(entry, booked) if entry else "")
    return {
        "form": form,
        "row": row,
        "entry": entry,
        "patient": row.patient,
        "offers": offers,
        "pairs": pairs,
        "axis": axis,
        "booked": booked,
        "meanwhile": meanwhile,
        "picked": form["pair"].value() or first,
        "modality": modality,
        "modalities": MODALITIES,
        # Once told of the other booking, sending again means to change it.
        "seen": booked.token if meanwhile or not form.is_bound else form["seen"].value(),
        "holidays": settings.HOLIDAYS,
        "may_manage": user.has_perm("meetings.manage_meeting"),
    }


def _entry_of(user: User, row: Reassessment, today: datetime.date) -> ClockEntry | None:
    rows = list(visible_reassessments(user).filter(pk=row.pk))
    return next(iter(clock_rows(user, today, reassessments=rows)), None)


# ---------------------------------------------------------------------------------------- several at once
def _bulk(
    request: HttpRequest,
    *,
    action: str,
    title: str,
    button: str,
    form: forms.Form | None,
    work: Callable[[Chosen, dict[str, Any]], str],
    days: bool = False,
    boards: Callable[[list[ClockEntry]], list[BoardDay]] | None = None,
) -> HttpResponse:
    """List the chosen patients and what will happen; on POST do it, and report for each."""
    user = signed_in(request)
    require(user, "meetings.change_reassessment")
    given = request.POST if request.method == "POST" else request.GET
    today = timezone.localdate()
    entries, gone = chosen_entries(user, given.getlist("row"), today)
    for entry in entries:
        log_access(request, entry.patient)
    chosen, axis = described(entries, today, days=days)
    sent = request.method == "POST" and bool(chosen)
    if sent and (form is None or form.is_valid()):
        carry_out(chosen, lambda item: work(item, form.cleaned_data if form else {}))
    report = counts(chosen)
    nothing_done = sent and not report["done"] and not report["left_out"]
    context = {
        "action": action,
        "title": title,
        "button": button,
        "form": form,
        "chosen": chosen,
        "gone": gone,
        "axis": axis,
        "days": days,
        "sent": sent,
        "boards": boards(entries) if boards else [],
        "modalities": MODALITIES,
        **report,
    }
    return render(request, "meetings/bulk.html", context, status=422 if nothing_done else 200)


@login_required
@require_http_methods(["GET", "POST"])
def bulk_book(request: HttpRequest) -> HttpResponse:
    """Book scan and board for the chosen patients."""
    user = signed_in(request)

    def work(item: Chosen, given: dict[str, Any]) -> str:
        key = item.key
        item.picked = request.POST.get(f"pair-{key}", "")
        item.modality = request.POST.get(f"modality-{key}", "")
        if item.picked == LEAVE:
            return ""
        booked = services.book(
            by=user,
            reassessment=item.entry.reassessment,
            modality=item.modality,
            seen=request.POST.get(f"seen-{key}", ""),
            **pair_of(item.picked),
        )
        return f"{booked.words} booked"

    return _bulk(
        request, action="meetings:bulk_book", title="Book scan and board", button="Book", form=None, work=work,
        days=True,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def bulk_agenda(request: HttpRequest) -> HttpResponse:
    """Put the chosen patients on the agenda of one board."""
    user = signed_in(request)

    def work(item: Chosen, given: dict[str, Any]) -> str:
        seen = request.POST.get(f"seen-{item.key}", "")
        booked = services.book(
            by=user, reassessment=item.entry.reassessment, seen=seen, **board_of(given["board"])
        )
        staged = services.newest_staging(item.entry.reassessment) is not None
        return booked.words + ("" if staged else "; no staging yet, so not on the agenda")

    return _bulk(
        request, action="meetings:bulk_agenda", title="Put on an agenda", button="Put on the agenda",
        form=BoardForm(request.POST if request.method == "POST" else None), work=work, boards=_boards_for,
    )  # fmt: skip


def _boards_for(entries: list[ClockEntry]) -> list[BoardDay]:
    """The days of the boards that may discuss at least one of these patients."""
    today = timezone.localdate()
    found: dict[str, BoardDay] = {}
    for centre in sorted({entry.patient.centre_id for entry in entries}):
        for board in board_days(centre, today, today + AHEAD):
            found.setdefault(board.key, board)
    return sorted(found.values(), key=lambda board: board.starts_at)


@login_required
@require_http_methods(["GET", "POST"])
def bulk_postpone(request: HttpRequest) -> HttpResponse:
    """Note for the chosen patients that the reassessment was put off, with the reason."""
    user = signed_in(request)

    def work(item: Chosen, given: dict[str, Any]) -> str:
        services.postpone(by=user, reassessment=item.entry.reassessment, **given)
        return "postponed"

    return _bulk(
        request, action="meetings:bulk_postpone", title="Postpone, with reason", button="Postpone",
        form=PostponeForm(request.POST if request.method == "POST" else None), work=work,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def bulk_stop(request: HttpRequest) -> HttpResponse:
    """Note for the chosen patients that the therapy was stopped."""
    user = signed_in(request)

    def work(item: Chosen, given: dict[str, Any]) -> str:
        services.stop_therapy(by=user, reassessment=item.entry.reassessment, **given)
        return "therapy stopped, case brought forward"

    return _bulk(
        request, action="meetings:bulk_stop", title="Therapy stopped", button="Note that it was stopped",
        form=StopForm(request.POST if request.method == "POST" else None), work=work,
    )  # fmt: skip
