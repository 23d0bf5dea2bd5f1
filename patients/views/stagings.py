"""New stagings, and stagings taken out of use."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from patients.forms import StagingForm, WithdrawForm
from patients.models import Staging
from patients.services import open_staging, withdraw_staging
from patients.views.pages import form_page, patient_to_change, posted, signed_in


@login_required
def new_staging(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a staging; nothing is carried into it. On to its entry page."""
    patient = patient_to_change(request, pk)
    has_one = patient.stagings.filter(withdrawn_at__isnull=True).exists()
    initial = {
        "date": timezone.localdate().isoformat(),
        "kind": Staging.Kind.RESTAGING if has_one else Staging.Kind.BASELINE,
    }
    form = StagingForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            staging = open_staging(by=signed_in(request), patient=patient, **form.values())
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The draft is open. Earlier values stand beside each fact.")
            return redirect("decisions:staging", staging.pk)
    return render(
        request,
        "patients/form.html",
        {
            "patient": patient,
            "form": form,
            "title": "New staging",
            "action": "Open the draft",
            "note": "A new staging starts with nothing known; earlier values are confirmed one by one.",
            "back": reverse("patients:detail", args=[pk]),
        },
        status=422 if form.errors else 200,
    )


@login_required
def withdraw(request: HttpRequest, pk: int, staging_pk: int) -> HttpResponse:
    """Take a staging out of use, with the reason; it stays readable."""
    patient = patient_to_change(request, pk)
    staging = get_object_or_404(patient.stagings, pk=staging_pk)
    return form_page(
        request,
        patient=patient,
        form=WithdrawForm(posted(request)),
        save=lambda values: withdraw_staging(
            by=signed_in(request), staging=staging, reason=values["withdrawn_reason"]
        ),
        title=f"Withdraw the {staging.get_kind_display().lower()} of {staging.date}",
        action="Withdraw",
        saved="The staging is withdrawn.",
        back=reverse("patients:detail", args=[pk]),
    )
