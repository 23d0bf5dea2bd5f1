"""Two versions of the rulebook over the same stored cases."""

import csv
import io
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.rules import require
from decisions.models import RulebookVersion
from decisions.pages.comparing import Comparison, csv_rows
from decisions.pages.versions import all_versions, versus
from decisions.rulebooks import InForce
from decisions.views.common import signed_in
from decisions.views.versions import version_of

AT_ONCE = 25
"""Cases that one page lists."""


@login_required
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """`?left=<number>&right=<number>`: what differs and in which cases. Cases of other centres are counted only."""
    user = signed_in(request)
    require(user, "decisions.view_rulebook")
    problem, (left, right) = "", _defaults()
    try:
        left = version_of(request.GET["left"]) if request.GET.get("left") else left
        right = version_of(request.GET["right"]) if request.GET.get("right") else right
    except Http404 as error:
        problem = f"{error} Allowed: a version from the list."
    context: dict[str, Any] = {
        "versions": all_versions(),
        "left": left,
        "right": right,
        "problem": problem,
    }
    if not problem:
        context |= _compared(user, left, right, request.GET.get("page"))
    return render(request, "decisions/rulebook/compare.html", context, status=404 if problem else 200)


def _defaults() -> tuple[RulebookVersion, RulebookVersion]:
    """The two that are compared where none is named: the board's own, and what holds beside or came before it."""
    versions = InForce().versions
    earlier = RulebookVersion.objects.exclude(pk=versions[0].pk).order_by("-number").first()
    return versions[0], versions[1] if len(versions) > 1 else earlier or versions[0]


def _compared(user: User, left: RulebookVersion, right: RulebookVersion, page: str | None) -> dict[str, Any]:
    comparison = Comparison(left, right)
    visible = comparison.visible(user)
    found = Paginator(visible, AT_ONCE).get_page(page)
    return {
        "differing": versus(right, left),
        "summary": comparison.summary(),
        "flow": comparison.flow(),
        "cases": list(comparison.cases(list(found.object_list))),
        "page": found,
        "listed": len(visible),
        "elsewhere": len(comparison.differing) - len(visible),
    }


@login_required
@require_GET
def compare_csv(request: HttpRequest) -> HttpResponse:
    """The listed cases of a comparison as CSV: one row for each class or definition that differs."""
    user = signed_in(request)
    require(user, "decisions.view_rulebook")
    left, right = (version_of(request.GET.get(side, "")) for side in ("left", "right"))
    comparison, out = Comparison(left, right), io.StringIO()
    csv.writer(out).writerows(csv_rows(comparison, comparison.visible(user)))
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = (
        f'attachment; filename="rulebook-{left.number}-against-{right.number}.csv"'
    )
    return answer
