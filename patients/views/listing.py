"""The list of patients, which is also 'find a case'."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.rules import visible_centres
from patients.selectors import found_exactly, listed_patients, visible_patients
from patients.views.pages import signed_in

PER_PAGE = 25


@login_required
@require_GET
def patient_list(request: HttpRequest) -> HttpResponse:
    """Everyone the user may see; `q` finds by case number, name or hospital number, `centre` narrows down.

    A whole case number or hospital number goes straight to that record.
    """
    user = signed_in(request)
    query, centre = (
        request.GET.get("q", "").replace("\x00", "").strip(),
        request.GET.get("centre", "").replace("\x00", ""),
    )
    only = found_exactly(user, query) if query and "page" not in request.GET else None
    if only is not None:
        return redirect("patients:detail", only.pk)
    found = listed_patients(user, query=query, centre=centre)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "patients/list.html",
        {
            "page": page,
            "query": query,
            "centre": centre,
            "centres": visible_centres(user),
            "any": visible_patients(user).exists(),
            "may_add": user.has_perm("patients.add_patient"),
        },
    )
