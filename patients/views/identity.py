"""A new case, and changes of who the patient is."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.rules import require
from patients.forms import IdentityForm, NewCaseForm, VitalStatusForm, initial_of
from patients.selectors import next_case_number
from patients.services import register_case, update_patient
from patients.views.pages import form_page, patient_to_change, posted, signed_in


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Identity and the first staging; on to the entry page of its draft."""
    user = signed_in(request)
    require(user, "patients.add_patient")
    form = NewCaseForm(posted(request), user=user, initial={"case_id": next_case_number()})
    if request.method == "POST" and form.is_valid():
        try:
            staging = register_case(by=user, **form.values())
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{staging.patient} is registered; the draft of the staging is open.")
            return redirect("decisions:staging", staging.pk)
    return render(request, "patients/new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change identity, responsible clinicians, wishes, comorbidity."""
    patient = patient_to_change(request, pk)
    names = [name for _, name, _, _ in IdentityForm.columns]
    initial = {
        **initial_of(patient, names),
        **{name: getattr(patient, name) for name in ("centre", "surgeon", "oncologist")},
    }
    form = IdentityForm(posted(request), user=signed_in(request), initial=initial)
    return form_page(
        request,
        patient=patient,
        form=form,
        save=lambda values: update_patient(by=signed_in(request), patient=patient, **values),
        title="Identity, clinicians, wishes",
        saved="Saved.",
        back=reverse("patients:detail", args=[pk]),
        template="patients/edit.html",
    )


@login_required
def vital_status(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the patient died or was transferred, with the date; reminders end with that reason."""
    patient = patient_to_change(request, pk)
    form = VitalStatusForm(posted(request), initial=initial_of(patient, ["vital_status", "vital_status_on"]))
    return form_page(
        request,
        patient=patient,
        form=form,
        save=lambda values: update_patient(by=signed_in(request), patient=patient, **values),
        title="Vital status",
        saved="The status is recorded.",
        back=reverse("patients:detail", args=[pk]),
        note="Open reminders of a patient who died or was transferred end with that reason.",
    )
