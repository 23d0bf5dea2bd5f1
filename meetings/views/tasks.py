"""Tasks: what decisions left to be done, and how it ended; and what the boards decided on one patient."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.rules import require
from meetings import services
from meetings.documents import released_documents_of
from meetings.followup import decisions_on, element_outcomes, ended_lately, tasks_of
from meetings.forms.element import ENDINGS, EndForm
from meetings.models import DecisionElement
from meetings.views.common import show_refusal, signed_in
from patients.selectors import get_visible_patient, log_access


@login_required
@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    """The signed-in person's open elements; everyone's with `?of=all`, for those who lead the board."""
    user = signed_in(request)
    require(user, "meetings.view_meeting")
    today = timezone.localdate()
    may_see_all = user.has_perm("meetings.manage_meeting")
    everyone = may_see_all and request.GET.get("of", "own" if user.discipline else "all") == "all"
    rows = tasks_of(user, today, everyone=everyone)
    context = {
        "rows": [(row, user.has_perm("meetings.end_element", row.element)) for row in rows],
        "overdue": sum(row.status == "overdue" for row in rows),
        "everyone": everyone,
        "may_see_all": may_see_all,
        "ended": ended_lately(user, today) if everyone else [],
        "outcomes": element_outcomes(user, today) if everyone else None,
        "today": today,
    }
    return render(request, "meetings/tasks.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def end_element(request: HttpRequest, pk: int) -> HttpResponse:
    """How an element ended: done with one press from the list; changed or not done with a coded reason."""
    user = signed_in(request)
    element = _visible_element(user, pk)
    require(user, "meetings.end_element", element)
    patient = element.decision.item.staging.patient
    form = EndForm(request.POST) if request.method == "POST" else EndForm.of(element)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.end_element(
                by=user, element=element, result=given["result"], on=given["on"], code=given["code"],
                reason=given["reason"], expected_result=given["was"] or None,
            )  # fmt: skip
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"Noted on case {patient.case_id}: {element.detail}.")
            return redirect(_back(request))
    log_access(request, patient)
    context = {
        "element": element,
        "patient": patient,
        "form": form,
        "endings": ENDINGS,
        "back": _back(request),
    }
    return render(request, "meetings/end_element.html", context, status=422 if form.errors else 200)


def _visible_element(user: User, pk: int) -> DecisionElement:
    element = (
        DecisionElement.objects.select_related(
            "owner", "decision__item__meeting", "decision__item__staging__patient__centre"
        )
        .filter(pk=pk)
        .first()
    )
    if element is None:
        raise Http404("There is no such task.")
    if not user.has_perm("patients.view_patient", element.decision.item.staging):
        raise PermissionDenied("This task belongs to a centre whose patients you do not see.")
    return element


def _back(request: HttpRequest) -> str:
    """Where the person came from, if that is a page of ours."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    return reverse("meetings:tasks")


@login_required
@require_GET
def patient_decisions(request: HttpRequest, pk: int) -> HttpResponse:
    """What the boards decided on a patient, what became of it, and the letters: a part of the record."""
    user = signed_in(request)
    patient = get_visible_patient(user, pk)
    log_access(request, patient)
    by_item: dict[int | None, list[object]] = {}
    for found in released_documents_of(user, patient):
        by_item.setdefault(found.item_id, []).append(found)
    context = {
        "patient": patient,
        "decisions": [(decision, by_item.get(decision.item_id, [])) for decision in decisions_on(patient)],
        "may_end": user.has_perm("meetings.draft_decision", patient),
        "here": reverse("patients:detail", args=[pk]),
    }
    partial = bool(request.htmx)  # type: ignore[attr-defined]
    template = "meetings/patient_decisions_part.html" if partial else "meetings/patient_decisions.html"
    return render(request, template, context)
