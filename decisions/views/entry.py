"""The entry page of a draft, and what its rows and sections post."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from decisions import entry
from decisions.case_facts import resolve
from decisions.forms import HeadingForm
from decisions.pages.entry_page import build_panel, build_sections, gather, reworked_rows
from decisions.pages.layout import SECTIONS, anchor
from decisions.pages.lesions import build_lesions
from decisions.pages.posted import PostedFact, read_fact, refused_rows
from decisions.pages.rows import Typed, build_row
from decisions.selectors import latest_frozen
from decisions.views.common import open_version, posted_version, problems_of, signed_in, staging_to_write
from patients.facts import FACT_COLUMNS
from patients.models import Staging, StagingVersion

GONE = 409


def entry_page(
    request: HttpRequest,
    staging: Staging,
    draft: StagingVersion,
    *,
    typed: Mapping[str, Typed] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    heading: HeadingForm | None = None,
    lesions: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page; `typed` and `errors` are what was sent and refused."""
    sections = build_sections(gather(staging), typed)
    context = {
        "staging": staging,
        "patient": staging.patient,
        "draft": draft,
        "frozen": latest_frozen(staging),
        "sections": sections,
        "panel": build_panel(staging, sections),
        "heading": heading or HeadingForm.of(staging),
        "lesions": lesions or build_lesions(staging, picked=request.GET.get("segment", "")),
        "problems": problems_of(errors or {}),
    }
    return render(request, "decisions/entry.html", context, status=status)


def gone(request: HttpRequest, staging: Staging, error: ValidationError) -> HttpResponse:
    """The draft that the form was made from is not there any more: say so, keep what was sent out of the record."""
    words = " ".join(error.message_dict["staging"])
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(words, status=GONE, content_type="text/plain")
    messages.error(request, f"Not saved. {words}")
    return redirect("decisions:staging", staging.pk)


@require_POST
@login_required
def fact(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One row: saved, taken over from the previous staging (`confirm`), or taken back (`clear`).

    Answers with the row, and out of band with what was worked out anew and the panel. Status 422: the row with
    the message above the input and what was typed still in it.
    """
    staging = staging_to_write(request, pk)
    if name not in FACT_COLUMNS:
        raise Http404(f"There is no fact {name}.")
    before = resolve(staging)
    write: dict[str, Any] = {"by": signed_in(request), "staging": staging, "version": posted_version(request)}
    posted, typed, errors = read_fact(name, request.POST), None, {}
    try:
        if "confirm" in request.POST:
            entry.take_over(**write, name=name)
        elif "clear" in request.POST:
            entry.take_back(**write, name=name)
        elif posted is not None:
            entry.save_rows(**write, posted=[posted])
    except ValidationError as error:
        errors = error.message_dict
        if "staging" in errors:
            return gone(request, staging, error)
        typed = (
            refused_rows({name: posted}, errors).get(name)
            if posted
            else Typed("", error=" ".join(errors[name]))
        )
    if not request.htmx:  # type: ignore[attr-defined]
        draft = open_version(staging)
        if errors and draft:
            return entry_page(
                request, staging, draft, typed={name: typed} if typed else {}, errors=errors, status=422
            )
        return redirect(f"{reverse('decisions:staging', args=[pk])}#{anchor(name)}")
    sources = gather(staging)
    return _answer(
        request, staging, status=422 if errors else 200,
        row=build_row(name, sources, typed), reworked=reworked_rows(before, sources, [name]), sources=sources,
    )  # fmt: skip


def _answer(
    request: HttpRequest, staging: Staging, *, status: int, sources: Any, **shown: Any
) -> HttpResponse:
    """Part of the page for htmx: what was asked for, and out of band all that follows from it."""
    sections = build_sections(sources)
    context = {
        "staging": staging,
        "draft": open_version(staging),
        "panel": build_panel(staging, sections),
        "sections": sections,
        **shown,
    }
    return render(request, "decisions/entry/saved.html", context, status=status)


@require_POST
@login_required
def block(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """A whole section, as browsers without script post it: all or nothing is stored, and nothing typed is lost."""
    staging = staging_to_write(request, pk)
    section = next((section for section in SECTIONS if section.code == code), None)
    if section is None:
        raise Http404(f"There is no section {code}.")
    posted = _posted_rows(request, section.names)
    write: dict[str, Any] = {"by": signed_in(request), "staging": staging, "version": posted_version(request)}
    touched = request.POST.get("confirm") or request.POST.get("clear") or ""
    try:
        entry.save_section(
            **write,
            posted=[row for row in posted.values() if row.name != touched],
            confirm=_of_section(request.POST.get("confirm"), section.names),
            clear=_of_section(request.POST.get("clear"), section.names),
        )
    except ValidationError as error:
        errors = error.message_dict
        draft = open_version(staging)
        if "staging" in errors or draft is None:
            return gone(request, staging, error)
        return entry_page(
            request, staging, draft, typed=refused_rows(posted, errors), errors=errors, status=422
        )
    messages.success(request, f"{section.title}: saved.")
    return redirect(
        f"{reverse('decisions:staging', args=[pk])}#{anchor(touched) if touched else f'section-{code}'}"
    )


def _posted_rows(request: HttpRequest, names: tuple[str, ...]) -> dict[str, PostedFact]:
    rows = {name: read_fact(name, request.POST) for name in names}
    return {name: row for name, row in rows.items() if row is not None}


def _of_section(name: str | None, names: tuple[str, ...]) -> str:
    return name if name and name in names else ""


@require_POST
@login_required
def heading(request: HttpRequest, pk: int) -> HttpResponse:
    """Question, date and kind of the staging."""
    staging = staging_to_write(request, pk)
    form = HeadingForm.of(staging, request.POST)
    if form.is_valid():
        try:
            entry.set_heading(
                by=signed_in(request), staging=staging, version=posted_version(request), **form.cleaned_data
            )
        except ValidationError as error:
            if "staging" in error.message_dict:
                return gone(request, staging, error)
            form.refuse(error)
    draft = open_version(staging)
    if form.errors and draft:
        return entry_page(request, staging, draft, heading=form, status=422)
    messages.success(request, "This staging: saved.")
    return redirect("decisions:staging", pk)


@require_POST
@login_required
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the draft away: the whole staging, or only the amendment."""
    staging = staging_to_write(request, pk)
    patient = staging.patient
    staged = latest_frozen(staging)
    try:
        entry.discard(by=signed_in(request), staging=staging, version=posted_version(request))
    except ValidationError as error:
        return gone(request, staging, ValidationError({"staging": error.messages}))
    if staged is not None:
        messages.success(request, f"The amendment was discarded; version {staged.number} stands.")
        return redirect("decisions:staging", pk)
    messages.success(request, "The draft was discarded.")
    return redirect("patients:detail", patient.pk)
