"""Rows of the series: added, corrected, taken back. One page serves laboratory, imaging, volumetry, lines and
procedures; lines and studies have steps of their own (day 1, end; measurements; cycles in `cycles`)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from patients import services
from patients.forms import (
    LabForm,
    LineEndForm,
    LineForm,
    LineStartForm,
    MeasurementForm,
    ProcedureForm,
    RecordForm,
    StudyForm,
    VolumetryForm,
    initial_of,
)
from patients.models import ImagingStudy, LabResult, Procedure, TreatmentLine, Volumetry
from patients.views.pages import form_page, patient_to_change, posted, signed_in


@dataclass(frozen=True, slots=True)
class Series:
    """What a series page needs to know: its table, its form and its three services."""

    name: str
    model: type[models.Model]
    form: type[RecordForm]
    add: Callable[..., Any]
    correct: Callable[..., Any]
    remove: Callable[..., Any]
    argument: str
    anchor: str


SERIES = {
    "lab": Series(
        "laboratory value", LabResult, LabForm, services.add_lab_result, services.correct_lab_result,
        services.remove_row, "result", "laboratory",
    ),
    "study": Series(
        "examination", ImagingStudy, StudyForm, services.add_study, services.correct_study,
        services.remove_row, "study", "imaging",
    ),
    "volumetry": Series(
        "volumetry", Volumetry, VolumetryForm, services.add_volumetry, services.correct_volumetry,
        services.remove_row, "volumetry", "volumetry",
    ),
    "line": Series(
        "line of systemic therapy", TreatmentLine, LineForm, services.start_line, services.correct_line,
        services.remove_treatment_row, "line", "treatment",
    ),
    "procedure": Series(
        "procedure", Procedure, ProcedureForm, services.add_procedure, services.correct_procedure,
        services.remove_treatment_row, "procedure", "procedures",
    ),
}  # fmt: skip


def _series(kind: str) -> Series:
    if kind not in SERIES:
        raise Http404(f"There is no series '{kind}'.")
    return SERIES[kind]


def _back(pk: int, anchor: str) -> str:
    return f"{reverse('patients:detail', args=[pk])}#{anchor}"


@login_required
def add_row(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Add a row; `?analyte=` and the like fill the form in advance."""
    patient, series = patient_to_change(request, pk), _series(kind)
    form = series.form(posted(request), initial=request.GET.dict())
    return form_page(
        request,
        patient=patient,
        form=form,
        save=lambda values: series.add(by=signed_in(request), patient=patient, **values),
        title=f"Add a {series.name}" if series.name[0] not in "aeiou" else f"Add an {series.name}",
        saved="Saved.",
        back=_back(pk, series.anchor),
    )


@login_required
def change_row(request: HttpRequest, pk: int, kind: str, row_pk: int) -> HttpResponse:
    """Correct a row, or take it back."""
    patient, series = patient_to_change(request, pk), _series(kind)
    row: Any = get_object_or_404(series.model, pk=row_pk, patient=patient)
    back = _back(pk, series.anchor)
    form = series.form(
        posted(request), initial=initial_of(row, [name for _, name, _, _ in series.form.columns])
    )
    if request.method == "POST" and "remove" in request.POST:
        try:
            series.remove(by=signed_in(request), row=row)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, f"Taken back: {row}. The history keeps it.")
        return redirect(back)
    return form_page(
        request,
        patient=patient,
        form=form,
        save=lambda values: series.correct(by=signed_in(request), **{series.argument: row}, **values),
        title=f"Correct: {row}",
        saved="Corrected.",
        back=back,
        removable=True,
    )


@login_required
def measure(request: HttpRequest, pk: int, row_pk: int) -> HttpResponse:
    """The diameters of the lesions in one study."""
    patient = patient_to_change(request, pk)
    study = get_object_or_404(ImagingStudy, pk=row_pk, patient=patient)
    form = MeasurementForm(posted(request), study=study)
    return form_page(
        request,
        patient=patient,
        form=form,
        save=lambda values: services.measure_lesions(by=signed_in(request), study=study, **form.measured()),
        title=f"Measurements: {study}",
        saved="The measurements are saved.",
        back=_back(pk, "imaging"),
        template="patients/measure.html",
        rows=form.rows(),
    )


def _line(request: HttpRequest, pk: int, row_pk: int) -> TreatmentLine:
    return get_object_or_404(TreatmentLine, pk=row_pk, patient=patient_to_change(request, pk))


@login_required
def confirm_start(request: HttpRequest, pk: int, row_pk: int) -> HttpResponse:
    """Day 1 of cycle 1, confirmed by the person who is signed in."""
    line = _line(request, pk, row_pk)
    planned = line.actual_start or line.planned_start
    form = LineStartForm(posted(request), initial={"actual_start": planned})
    return form_page(
        request,
        patient=line.patient,
        form=form,
        save=lambda values: services.confirm_line_start(by=signed_in(request), line=line, **values),
        title=f"Confirm day 1: {line}",
        saved="Day 1 is confirmed; the reassessment window follows it.",
        back=_back(pk, "treatment"),
    )


@login_required
def end(request: HttpRequest, pk: int, row_pk: int) -> HttpResponse:
    """The end of a line, with the reason."""
    line = _line(request, pk, row_pk)
    form = LineEndForm(posted(request), initial=initial_of(line, ["ended_on", "end_reason"]))
    return form_page(
        request,
        patient=line.patient,
        form=form,
        save=lambda values: services.end_line(
            by=signed_in(request), line=line, ended_on=values["ended_on"], reason=values["end_reason"] or ""
        ),
        title=f"End {line}",
        saved="The line has ended.",
        back=_back(pk, "treatment"),
    )
