"""The page that takes case documents, or a table with a profile, and reports on every record."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.models import Centre, User
from accounts.rules import require, visible_centres
from decisions.cycle_table import import_cycles
from decisions.documents import Report, import_documents
from decisions.interchange import UnreadableError, import_table, read_documents
from decisions.views.common import signed_in
from patients.interchange.profile import load_profile, shipped_profiles

DOCUMENTS = "documents"
CYCLES = "cycles"


class ImportForm(forms.Form):
    """A file, what it is, and what to do with it."""

    file = forms.FileField(
        label="File", help_text="Case documents as JSON or JSON Lines, or a table as CSV or XLSX."
    )
    kind = forms.ChoiceField(label="What the file holds")
    centre = forms.ModelChoiceField(
        label="Centre of new patients",
        queryset=Centre.objects.none(),
        required=False,
        empty_label="not stated",
    )
    amend = forms.BooleanField(
        label="Amend cases that are staged already", required=False, help_text="Otherwise they are refused."
    )
    stage = forms.BooleanField(
        label="Stage every case", required=False, help_text="Freezes the facts and asks for the assessment."
    )
    dry_run = forms.BooleanField(
        label="Only try", required=False, help_text="Reports the same and stores nothing."
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind, centre = self.fields["kind"], self.fields["centre"]
        if isinstance(kind, forms.ChoiceField):
            kind.choices = [
                (DOCUMENTS, "Case documents (crlm-case/1)"),
                (CYCLES, "Table: cycles of systemic therapy"),
                *((name, f"Table: {load_profile(name).title}") for name in shipped_profiles()),
            ]
        if isinstance(centre, forms.ModelChoiceField):
            centre.queryset = visible_centres(user)
            if not (user.all_centres or user.is_superuser):
                centre.required, centre.empty_label = True, None

    def boxes(self) -> list[forms.BoundField]:
        """The three switches."""
        return [self["amend"], self["stage"], self["dry_run"]]


@login_required
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    """The form; after sending it, the report above the form (status 422 when something was refused)."""
    user = signed_in(request)
    require(user, "decisions.import_cases")
    form = ImportForm(request.POST or None, request.FILES or None, user=user)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            report = _run(user, form.cleaned_data)
        except UnreadableError as error:
            form.add_error("file", str(error))
        except PermissionDenied as error:
            form.add_error(None, str(error))
    refused = bool(form.errors) or bool(report and report.refused)
    context = {"form": form, "report": report, "dry_run": report and form.cleaned_data["dry_run"]}
    return render(request, "decisions/import.html", context, status=422 if refused else 200)


def _run(user: User, chosen: dict[str, Any]) -> Report:
    upload, kind = chosen["file"], chosen["kind"]
    if kind == CYCLES:
        dry_run = chosen["dry_run"]
        return import_cycles(by=user, content=upload.read(), filename=upload.name, dry_run=dry_run)
    options = {name: chosen[name] for name in ("amend", "stage", "dry_run", "centre")}
    if kind == DOCUMENTS:
        return import_documents(by=user, documents=read_documents(upload.read()), **options)
    return import_table(by=user, content=upload.read(), filename=upload.name, profile=kind, **options)
