"""What the pages of a record share."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from accounts.models import User
from accounts.rules import require
from patients.forms import RecordForm
from patients.models import Patient
from patients.selectors import get_visible_patient


def signed_in(request: HttpRequest) -> User:
    """The user behind a request that `login_required` let through."""
    return cast("User", request.user)


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, also when it is empty; None while the form is only looked at."""
    return request.POST if request.method == "POST" else None


def patient_to_change(request: HttpRequest, pk: int) -> Patient:
    """The patient, for someone who may change the record; raises `Http404` or `PermissionDenied`."""
    patient = get_visible_patient(signed_in(request), pk)
    require(signed_in(request), "patients.change_patient", patient)
    return patient


def form_page(
    request: HttpRequest,
    *,
    patient: Patient,
    form: RecordForm,
    save: Callable[[dict[str, Any]], Any],
    title: str,
    saved: str,
    back: str,
    template: str = "patients/form.html",
    **context: Any,
) -> HttpResponse:
    """One form about one patient: shown, saved by one service, or shown again with what is wrong (422)."""
    if request.method == "POST" and form.is_valid():
        try:
            save(form.values())
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, saved)
            return redirect(back)
    return render(
        request,
        template,
        {"patient": patient, "form": form, "title": title, "back": back, **context},
        status=422 if form.errors else 200,
    )
