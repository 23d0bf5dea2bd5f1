"""The cycles of a line on one page: what was given, late, reduced or not, and that the therapy was stopped."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients import services
from patients.cycle_forms import StopForm, cycle_rows, refuse
from patients.cycles import rows_to_record
from patients.models import TreatmentLine
from patients.selectors import log_access
from patients.views.pages import patient_to_change, posted, signed_in
from patients.wording import counted


def cycles_page(request: HttpRequest, line: TreatmentLine, *, back: str, **context: Any) -> HttpResponse:
    """The page, for whoever may change the record of the line's patient; `back` is where saving leads."""
    patient_to_change(request, line.patient_id)
    today = timezone.localdate()
    rows = rows_to_record(line, today)
    formset, stop = cycle_rows(rows, posted(request)), StopForm(posted(request), prefix="stop")
    problems: list[str] = []
    if request.method == "POST":
        if formset.is_valid() and stop.is_valid():
            sent = [(form, row) for form in formset if (row := form.row())]
            if "all_given" in request.POST:
                sent = _all_given(formset, today.isoformat())
            try:
                written = services.record_cycles(
                    by=signed_in(request), line=line, rows=[row for _, row in sent], **stop.stopped()
                )
            except ValidationError as error:
                problems = refuse(formset, [form for form, _ in sent], stop, error)
            else:
                said = f"{counted(len(written), 'cycle')} saved." if written else "No cycle has changed."
                if stop.stopped():
                    said += " The therapy is noted as stopped."
                messages.success(request, said)
                return redirect(back)
        elif not formset.management_form.is_valid():
            problems = ["The list of cycles did not arrive whole; allowed: the form as it was shown."]
    else:
        log_access(request, line.patient)
    refused = bool(problems) or formset.total_error_count() > 0 or bool(stop.errors)
    return render(
        request,
        "patients/cycles.html",
        {
            "patient": line.patient, "line": line, "formset": formset, "stop": stop, "problems": problems,
            "today": today, "back": back, "refused": refused,
            "errors": _errors(formset, stop, problems) if request.method == "POST" else [],
            "due": [form for form in formset if form.cycle is None and form.expected and form.expected <= today],
            **context,
        },
        status=422 if refused else 200,
    )  # fmt: skip


def _all_given(formset: Any, today: str) -> list[tuple[Any, dict[str, Any]]]:
    """Every cycle up to today of which nothing is recorded was given on its day; other rows as they are."""
    sent = []
    for form in formset:
        row = form.row()
        day = form.cleaned_data["date"]
        if form.cycle is None and not form.cleaned_data["outcome"] and day and day <= today:
            row = {"number": form.cleaned_data["number"], "date": day, "outcome": "given",
                   "reason": "", "seen": form.opened_on}  # fmt: skip
        if row is not None:
            sent.append((form, row))
    return sent


def _errors(formset: Any, stop: StopForm, problems: list[str]) -> list[dict[str, str]]:
    """What is wrong, for the summary: the input's id, and the message with the cycle in front."""
    found = [{"field": "", "message": problem} for problem in problems]
    for form in formset:
        for name, texts in form.errors.items():
            field = form[name].id_for_label if name in form.fields else form["date"].id_for_label
            number = form["number"].value()
            found += [{"field": field, "message": f"Cycle {number}. {text}"} for text in texts]
    for name, texts in stop.errors.items():
        found += [{"field": stop[name].id_for_label, "message": f"Stopped. {text}"} for text in texts]
    return found


@login_required
@require_http_methods(["GET", "POST"])
def line_cycles(request: HttpRequest, pk: int, row_pk: int) -> HttpResponse:
    """The cycles of a line, from the record."""
    line = get_object_or_404(TreatmentLine, pk=row_pk, patient=patient_to_change(request, pk))
    return cycles_page(request, line, back=f"{reverse('patients:detail', args=[pk])}#treatment")
