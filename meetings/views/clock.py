"""The conversion clock: the list, its exports and the call list."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.rules import require, visible_centres
from meetings.clock import ORDER, ClockEntry, clock_rows, count_by_status
from meetings.pages.calls import call_list
from meetings.pages.clock import (
    TITLES,
    Choices,
    Filters,
    filtered,
    groups_of,
    last_check,
    missed_words,
    missing_words,
    read_filters,
)
from meetings.pages.clock_export import as_csv, as_xlsx
from meetings.views.common import signed_in
from patients.selectors import log_access

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROW_KEYS = (
    ("j", "Next patient"),
    ("ArrowDown", "Next patient"),
    ("k", "Previous patient"),
    ("ArrowUp", "Previous patient"),
    ("x", "Choose the patient"),
)
"""Keys that move in the list, for the sheet of keys; the script does what they say."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """Everybody on the clock, those whom the filters of the address leave, and the filters."""

    everybody: list[ClockEntry]
    shown: list[ClockEntry]
    filters: Filters
    choices: Choices

    @property
    def status(self) -> int:
        return 422 if self.choices.problems else 200


def _listed(request: HttpRequest, user: User) -> _Listed:
    require(user, "meetings.view_meeting")
    everybody = clock_rows(user, timezone.localdate())
    filters, choices = read_filters(request.GET, everybody, user, visible_centres(user))
    return _Listed(everybody, filtered(everybody, filters, user), filters, choices)


def _address(request: HttpRequest, **changed: str) -> str:
    """The address of the page with some filters set or, with '', left out; the others stay."""
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value:
            query[name] = value
    text = query.urlencode()
    return f"?{text}" if text else "?"


@login_required
@require_GET
def clock(request: HttpRequest) -> HttpResponse:
    """Everybody under systemic therapy whose liver is not resectable: overdue first."""
    user = signed_in(request)
    listed = _listed(request, user)
    today = timezone.localdate()
    groups, axis = groups_of(listed.shown, today)
    counts = count_by_status(listed.everybody)
    check = last_check()
    segments = [
        ("", "All", listed.choices.everybody),
        ("unbooked", "Nothing booked", listed.choices.unbooked),
        ("mine", "Mine", listed.choices.mine),
    ]
    context = {
        "groups": groups,
        "axis": axis,
        "today": today,
        "counts": [
            (code, TITLES[code][0].lower(), counts[code], _address(request, state=code)) for code in ORDER
        ],
        "states": [(code, TITLES[code][0]) for code in ORDER],
        "segments": [(code, label, n, _address(request, show=code)) for code, label, n in segments],
        "total": len(listed.everybody),
        "shown": len(listed.shown),
        "filters": listed.filters,
        "choices": listed.choices,
        "query": request.GET.urlencode(),
        "check": check,
        "was_missing": missing_words(check),
        "miss_rate": missed_words(user, today),
        "row_keys": ROW_KEYS,
        "may_change": user.has_perm("meetings.change_reassessment"),
    }
    return render(request, "meetings/clock.html", context, status=listed.status)


def _file(
    request: HttpRequest, listed: _Listed, content: str | bytes, kind: str, ending: str
) -> HttpResponse:
    if listed.choices.problems:
        # A file with other patients than those asked for would be worse than none.
        return HttpResponse("\n".join(listed.choices.problems), content_type="text/plain", status=422)
    for entry in listed.shown:
        log_access(request, entry.patient)
    name = f"reassessments-{timezone.localdate().isoformat()}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


@login_required
@require_GET
def clock_csv(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered, as CSV."""
    listed = _listed(request, signed_in(request))
    return _file(request, listed, as_csv(listed.shown), "text/csv; charset=utf-8", "csv")


@login_required
@require_GET
def clock_xlsx(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered, as a workbook."""
    listed = _listed(request, signed_in(request))
    return _file(request, listed, as_xlsx(listed.shown, timezone.localdate()), XLSX, "xlsx")


@login_required
@require_GET
def calls(request: HttpRequest) -> HttpResponse:
    """Whom to telephone, what for, and who handled the case last; filtered as the clock is."""
    user = signed_in(request)
    listed = _listed(request, user)
    calls = call_list(listed.shown, timezone.localdate())
    for call in calls:
        log_access(request, call.entry.patient)
    context = {
        "calls": calls,
        "now": timezone.localtime(),
        "filters": listed.filters,
        "problems": listed.choices.problems,
        "query": request.GET.urlencode(),
        "may_change": user.has_perm("meetings.change_reassessment"),
    }
    return render(request, "meetings/calls.html", context, status=listed.status)
