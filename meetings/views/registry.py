"""The board's own figures, and the windows behind them."""

import datetime

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.rules import require, visible_centres
from meetings.completeness import discussed_in
from meetings.forms.registry import PeriodForm
from meetings.pages.registry import (
    SECTIONS,
    STANDINGS,
    figures_csv,
    lines_of,
    registry_of,
    standing_in,
    windows_at,
    windows_csv,
)
from meetings.views.common import signed_in
from patients.models import Patient
from patients.selectors import log_access

PER_PAGE = 100


def _asked(request: HttpRequest) -> tuple[User, PeriodForm, datetime.date]:
    user, today = signed_in(request), timezone.localdate()
    require(user, "meetings.view_registry")
    return user, PeriodForm(request.GET, today=today, centres=visible_centres(user)), today


@login_required
@require_GET
def registry(request: HttpRequest) -> HttpResponse:
    """How many windows were missed, how long the board took, what became of its decisions."""
    user, form, today = _asked(request)
    context = {
        "form": form,
        "registry": registry_of(user, form.period, form.chosen_centre, now=timezone.now(), today=today),
        "sections": SECTIONS,
        "query": _query(form),
        "centres": visible_centres(user),
    }
    return render(request, "meetings/registry.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def windows(request: HttpRequest) -> HttpResponse:
    """The windows behind a figure."""
    user, form, today = _asked(request)
    standing = request.GET.get("standing", "")
    found = standing_in(windows_at(user, form.chosen_centre), standing, form.period, today)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "lines": lines_of(list(page.object_list), today),
        "standing": standing,
        "standings": list(STANDINGS.items()),
        "standing_words": STANDINGS.get(standing, "") if standing else "",  # type: ignore[call-overload]
        "period": form.period,
        "query": _query(form),
        "centres": visible_centres(user),
    }
    return render(request, "meetings/registry_windows.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def registry_csv(request: HttpRequest) -> HttpResponse:
    """The figures by month and centre, as CSV."""
    user, form, today = _asked(request)
    windows = windows_at(user, form.chosen_centre)
    discussed = discussed_in(user, form.period, form.chosen_centre)
    return _file("figures", figures_csv(windows, discussed, form.period, today), today)


@login_required
@require_GET
def registry_windows_csv(request: HttpRequest) -> HttpResponse:
    """The windows behind a figure, as CSV."""
    user, form, today = _asked(request)
    standing = request.GET.get("standing", "")
    found = standing_in(windows_at(user, form.chosen_centre), standing, form.period, today)
    for patient in Patient.objects.filter(pk__in={window.patient_id for window in found}):
        log_access(request, patient)
    return _file("windows", windows_csv(found, today), today)


def _query(form: PeriodForm) -> str:
    """The period and the centre as parameters of an address."""
    period = form.period
    centre = f"&centre={form.chosen_centre.code}" if form.chosen_centre else ""
    return f"first={period.first.isoformat()}&last={period.last.isoformat()}{centre}"


def _file(name: str, text: str, today: datetime.date) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}-{today.isoformat()}.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
