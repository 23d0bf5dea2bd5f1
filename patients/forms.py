"""Forms of the record.

They hand what was typed to the services as it is; the services say what is wrong with it, by field, and the
form shows that. So one check, and one wording, serves pages, commands and imports.
"""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts.models import Discipline, Role, User
from accounts.rules import visible_centres
from patients.models import (
    ImagingStudy,
    LabResult,
    Lesion,
    LesionMeasurement,
    Patient,
    Procedure,
    Staging,
    TreatmentLine,
    Volumetry,
)
from patients.models.columns import Count, Quantity, YesNo
from patients.values import codes_of

YES_NO = (("", "not known"), ("yes", "yes"), ("no", "no"))


def _widget(column: "models.Field[Any, Any]") -> forms.Widget:
    if isinstance(column, YesNo):
        return forms.Select(choices=YES_NO)
    if isinstance(column, models.DateField):
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if column.choices:
        labels = {str(code): str(label) for code, label in column.flatchoices}
        named = [(code, labels[code].replace("_", " ")) for code in codes_of(column)]
        return forms.Select(choices=[("", "not known" if column.null else "—"), *named])
    if isinstance(column, (Count, Quantity, models.FloatField, models.IntegerField)):
        return forms.TextInput(attrs={"inputmode": "decimal", "class": "w-8", "autocomplete": "off"})
    if isinstance(column, models.TextField):
        return forms.Textarea(attrs={"rows": 3, "class": "w-full"})
    return forms.TextInput(
        attrs={"autocomplete": "off", "maxlength": getattr(column, "max_length", None) or 200}
    )


def column_field(model: type[models.Model], name: str, label: str, hint: str = "") -> forms.Field:
    """The input for one column; what is typed is checked by the service."""
    column = cast("models.Field[Any, Any]", model._meta.get_field(name))
    if isinstance(column, models.BooleanField) and not column.null:
        return forms.BooleanField(label=label, help_text=hint, required=False)
    return forms.CharField(label=label, help_text=hint, required=False, strip=True, widget=_widget(column))


Columns = tuple[tuple[type[models.Model], str, str, str], ...]
"""Model, column, label and hint of each input."""


class RecordForm(forms.Form):
    """A form whose checks stand in a service. `columns` names model, column, label and hint of its inputs."""

    columns: Columns = ()
    use_required_attribute = (
        False  # what is missing is said by us, all at once, not by the browser one by one
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for model, name, label, hint in self.columns:
            self.fields[name] = column_field(model, name, label, hint)

    def values(self) -> dict[str, Any]:
        """What was typed, by column; an empty input is `None` where the column can be empty."""
        nullable = {name for model, name, _, _ in self.columns if _can_be_null(model, name)}
        return {
            name: None if value == "" and name in nullable else value
            for name, value in self.cleaned_data.items()
        }

    def refuse(self, error: ValidationError) -> None:
        """Show what a service refused at its fields; what belongs to no input stands on top."""
        by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, messages in by_field.items():
            known = name in self.fields
            for message in messages:
                self.add_error(
                    name if known else None, message if known or not name else f"{name}: {message}"
                )


def _can_be_null(model: type[models.Model], name: str) -> bool:
    column = cast("models.Field[Any, Any]", model._meta.get_field(name))
    return column.null or isinstance(column, models.DateField)


def initial_of(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """The values of a row as the inputs show them."""
    shown = {True: "yes", False: "no"}
    initial = {}
    for name in names:
        value, column = getattr(row, name), row._meta.get_field(name)
        is_answer = isinstance(column, YesNo) and value is not None
        number = isinstance(value, float) and value == int(value)
        initial[name] = shown[value] if is_answer else int(value) if number else value
    return initial


def _clinicians(*disciplines: str) -> "models.QuerySet[User]":
    members = User.objects.filter(is_active=True, discipline__in=disciplines)
    return members.filter(roles__overlap=[Role.MEMBER, Role.CHAIR])


class IdentityForm(RecordForm):
    """Who the patient is, who is responsible, what the patient wants."""

    columns: Columns = (
        (Patient, "case_id", "Case number", "Pseudonymous; it stands on every page and in every export."),
        (Patient, "family_name", "Family name", ""),
        (Patient, "given_name", "Given name", ""),
        (Patient, "birth_date", "Date of birth", ""),
        (Patient, "sex", "Sex", ""),
        (Patient, "hospital_number", "Hospital number", ""),
        (Patient, "phone", "Telephone", ""),
        (Patient, "referred_on", "Referred on", ""),
        (Patient, "referring_doctor", "Referring doctor", ""),
        (Patient, "wishes", "What the patient wants", "In the patient's words, where they are known."),
        (Patient, "wishes_asked_on", "Asked on", ""),
        (Patient, "comorbidity", "Comorbidity", ""),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        centres = visible_centres(user)
        self.fields["centre"] = forms.ModelChoiceField(
            centres, label="Centre", required=False, empty_label=None if len(centres) == 1 else "—"
        )
        surgeons = _clinicians(Discipline.HPB_SURGEON, Discipline.TRANSPLANT_SURGEON)
        self.fields["surgeon"] = forms.ModelChoiceField(
            surgeons, label="Responsible surgeon", required=False, empty_label="not named"
        )
        self.fields["oncologist"] = forms.ModelChoiceField(
            _clinicians(Discipline.MEDICAL_ONCOLOGIST),
            label="Responsible oncologist",
            required=False,
            empty_label="not named",
        )


class NewCaseForm(IdentityForm):
    """A new patient with the first staging."""

    columns = (
        *IdentityForm.columns,
        (Staging, "kind", "Kind of staging", ""),
        (Staging, "question", "Question to the board", ""),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["staging_date"] = forms.CharField(
            label="Date of the staging",
            help_text="The day as of which the disease is described.",
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}),
            initial=timezone.localdate().isoformat(),
        )
        self.fields["kind"].initial = Staging.Kind.BASELINE


class VitalStatusForm(RecordForm):
    columns = (
        (Patient, "vital_status", "Status", ""),
        (Patient, "vital_status_on", "Since", "The date of death or of the transfer."),
    )


class StagingForm(RecordForm):
    columns = (
        (Staging, "date", "Date of the staging", "The day as of which the disease is described."),
        (Staging, "kind", "Kind of staging", ""),
        (Staging, "question", "Question to the board", ""),
    )


class WithdrawForm(RecordForm):
    columns = ((Staging, "withdrawn_reason", "Why the staging is withdrawn", ""),)


class LabForm(RecordForm):
    columns = (
        (LabResult, "analyte", "Analyte", ""),
        (LabResult, "date", "Date", ""),
        (LabResult, "value", "Value", "In the unit of the analyte, with a decimal point."),
    )


class StudyForm(RecordForm):
    columns = (
        (ImagingStudy, "modality", "Modality", ""),
        (ImagingStudy, "date", "Date", ""),
        (ImagingStudy, "booked", "Booked, not yet done", ""),
        (
            ImagingStudy,
            "recist_baseline",
            "Baseline of RECIST",
            "The study that responses are measured against.",
        ),
        (ImagingStudy, "new_lesions", "New lesions", ""),
        (
            ImagingStudy,
            "study_uid",
            "Study UID",
            "The DICOM Study Instance UID, where it is known. It leads to the images.",
        ),
        (ImagingStudy, "report", "Report", ""),
    )


class VolumetryForm(RecordForm):
    columns = (
        (Volumetry, "date", "Date", ""),
        (Volumetry, "planned_resection", "Planned resection", ""),
        (Volumetry, "flr_ml", "Future liver remnant (mL)", ""),
        (
            Volumetry,
            "flr_pct",
            "Future liver remnant (%), as reported",
            "Left empty, the engine computes it.",
        ),
        (Volumetry, "measured_tlv_ml", "Total liver volume, measured (mL)", ""),
        (Volumetry, "tumour_volume_ml", "Tumour volume (mL)", ""),
    )


class LineForm(RecordForm):
    columns = (
        (TreatmentLine, "regimen", "Regimen", ""),
        (
            TreatmentLine,
            "drugs",
            "Targeted and other drugs",
            "A drug changed for toxicity stays in the line.",
        ),
        (TreatmentLine, "targeted_agent", "Targeted agent", ""),
        (TreatmentLine, "intent", "Intent", ""),
        (TreatmentLine, "cycle_length_days", "Length of a cycle (days)", ""),
        (TreatmentLine, "planned_start", "Planned start", ""),
    )


class LineStartForm(RecordForm):
    columns = ((TreatmentLine, "actual_start", "Day 1 of cycle 1", "Your name stands with this date."),)


class LineEndForm(RecordForm):
    columns = (
        (TreatmentLine, "ended_on", "Ended on", ""),
        (TreatmentLine, "end_reason", "Reason", "Progression, completed, toxicity, the board, a wish …"),
    )


class ProcedureForm(RecordForm):
    columns = (
        (Procedure, "kind", "Procedure", ""),
        (Procedure, "planned_on", "Planned on", ""),
        (Procedure, "done_on", "Done on", ""),
        (Procedure, "margin", "Margin", ""),
        (Procedure, "margin_mm", "Margin (mm)", ""),
        (Procedure, "note", "Note", ""),
    )


class MeasurementForm(RecordForm):
    """The diameters of all known lesions in one study, and one lesion more."""

    def __init__(self, *args: Any, study: ImagingStudy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = Lesion.objects.filter(patient=study.patient).values_list("label", flat=True)
        measured = {row.lesion.label: row for row in study.measurements.select_related("lesion")}
        self.labels = list(labels)
        for label in self.labels:
            row = measured.get(label)
            first = initial_of(row, ["diameter_mm"])["diameter_mm"] if row else None
            self.fields[f"diameters[{label}]"] = self._diameter(f"{label}: longest diameter (mm)", first)
            self.fields[f"targets[{label}]"] = forms.BooleanField(
                label=f"{label} is a target lesion", required=False, initial=bool(row and row.target)
            )
        self.fields["new_label"] = column_field(Lesion, "label", "Another lesion", "Its label, such as L4.")
        self.fields["new_diameter"] = self._diameter("Its longest diameter (mm)", None)

    @staticmethod
    def _diameter(label: str, initial: Any) -> forms.Field:
        field = column_field(LesionMeasurement, "diameter_mm", label, "Empty: not measured. 0: not seen.")
        field.initial = initial
        return field

    def rows(self) -> list[tuple[str, Any, Any]]:
        """Label, diameter and target mark, a row a lesion."""
        return [(label, self[f"diameters[{label}]"], self[f"targets[{label}]"]) for label in self.labels]

    def measured(self) -> dict[str, Any]:
        """`diameters` and `targets` for `measure_lesions`."""
        typed = self.cleaned_data
        diameters = {label: typed[f"diameters[{label}]"] or None for label in self.labels}
        targets = [label for label in self.labels if typed[f"targets[{label}]"]]
        if typed["new_label"]:
            diameters[typed["new_label"]] = typed["new_diameter"] or None
        return {"diameters": diameters, "targets": targets}
