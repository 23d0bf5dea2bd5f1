"""The lesion list of a draft: added on the drawn liver, changed cell by cell, taken over, taken off."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from decisions import entry
from decisions.case_facts import resolve
from decisions.pages.entry_page import build_panel, build_sections, gather, reworked_rows
from decisions.pages.lesions import (
    IN_MORE,
    IN_ROW,
    SEGMENTS,
    build_cell,
    build_lesions,
    findings_of,
    kind_of,
    slug_of,
)
from decisions.views.common import open_version, posted_version, signed_in, staging_to_write
from decisions.views.entry import entry_page, gone
from patients.models import Staging

BLANK_ALLOWED = frozenset({"vascular_relation", "plan"})
"""Columns whose empty value is '', not NULL."""


def _write(request: HttpRequest, staging: Staging) -> dict[str, Any]:
    return {"by": signed_in(request), "staging": staging, "version": posted_version(request)}


def _list_changed(
    request: HttpRequest, staging: Staging, save: Callable[[], Any], *, focus: str = ""
) -> HttpResponse:
    """Run `save` and answer with the whole list; the row labelled `focus` (or what `save` returns) is gone on with."""
    before = resolve(staging)
    refused = ""
    try:
        focus = save() or focus
    except ValidationError as error:
        if "staging" in error.message_dict:
            return gone(request, staging, error)
        refused = " ".join(error.messages)
    staging.refresh_from_db()
    lesions = build_lesions(staging, error=refused, focus=focus)
    draft = open_version(staging)
    status = 422 if refused else 200
    if not request.htmx:  # type: ignore[attr-defined]
        if refused and draft:
            return entry_page(
                request, staging, draft, lesions=lesions, errors={"lesions": [refused]}, status=status
            )
        return redirect(f"{reverse('decisions:staging', args=[staging.pk])}#lesions")
    return _part(request, staging, before, lesions=lesions, table=True, status=status)


def _part(request: HttpRequest, staging: Staging, before: Any, *, status: int, **shown: Any) -> HttpResponse:
    sources = gather(staging)
    sections = build_sections(sources)
    context = {
        "staging": staging,
        "draft": open_version(staging),
        "panel": build_panel(staging, sections),
        "reworked": reworked_rows(before, sources, []),
        **shown,
    }
    return render(request, "decisions/entry/saved.html", context, status=status)


@require_POST
@login_required
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """A new lesion in the segment that was chosen; the same form sent twice adds one."""
    staging = staging_to_write(request, pk)
    segment = request.POST.get("segment", "")
    if segment and segment not in SEGMENTS:
        lesions = f"{segment!r} is no segment; allowed: {', '.join(SEGMENTS)}."
        return _list_changed(request, staging, lambda: _refuse(lesions))
    return _list_changed(
        request,
        staging,
        lambda: entry.add_lesion(
            **_write(request, staging), label=request.POST.get("label", ""), segment=segment or None
        ),
    )


def _refuse(message: str) -> str:
    raise ValidationError({"lesions[].segment": [message]})


@require_POST
@login_required
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over lesions of the previous staging."""
    staging = staging_to_write(request, pk)
    labels = request.POST.getlist("label")
    return _list_changed(
        request,
        staging,
        lambda: entry.take_over_lesions(**_write(request, staging), labels=labels),
        focus=labels[0] if len(labels) == 1 else "",
    )


@require_POST
@login_required
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """State that the list holds every lesion, or take that back."""
    staging = staging_to_write(request, pk)
    stated = request.POST.get("complete") == "yes"
    return _list_changed(
        request, staging, lambda: entry.set_complete(**_write(request, staging), complete=stated)
    )


@require_POST
@login_required
def lesion(request: HttpRequest, pk: int, label: str) -> HttpResponse:
    """One lesion: a single cell (`only`), the whole row without script, or taken off the list (`remove`)."""
    staging = staging_to_write(request, pk)
    if "remove" in request.POST:
        return _list_changed(
            request, staging, lambda: entry.drop_lesion(**_write(request, staging), label=label)
        )
    only = request.POST.get("only", "")
    names = [name for name in (*IN_ROW, *IN_MORE) if f"{name}.was" in request.POST and only in ("", name)]
    typed = {name: _text(request, name) for name in names}
    was = {name: request.POST.get(f"{name}.was", "") for name in names}
    columns = {name: _value(name, text) for name, text in typed.items() if text != was[name]}
    before, errors = resolve(staging), {}
    try:
        entry.change_lesion(**_write(request, staging), label=label, columns=columns, was=was)
    except ValidationError as error:
        errors = {name: " ".join(said) for name, said in error.message_dict.items()}
        if "staging" in errors:
            return gone(request, staging, error)
    staging.refresh_from_db()
    draft = open_version(staging)
    if not request.htmx:  # type: ignore[attr-defined]
        if errors and draft:
            lesions = build_lesions(staging, typed={label: typed}, errors={label: errors})
            said = {"lesions": [f"{label}: {message}" for message in errors.values()]}
            return entry_page(request, staging, draft, lesions=lesions, errors=said, status=422)
        return redirect(f"{reverse('decisions:staging', args=[pk])}#lesion-{slug_of(label)}")
    finding = next((found for found in findings_of(staging) if found.lesion.label == label), None)
    if finding is None or not names:
        return _part(request, staging, before, lesions=build_lesions(staging), table=True, status=200)
    name = names[0]
    cell = build_cell(finding, name, typed=typed[name] if errors else None, error=errors.get(name, ""))
    return _part(
        request, staging, before, cell=cell, lesions=build_lesions(staging), status=422 if errors else 200
    )


def _text(request: HttpRequest, name: str) -> str:
    if kind_of(name) == "list":
        return ",".join(request.POST.getlist(name))
    return request.POST.get(name, "").strip()


def _value(name: str, text: str) -> Any:
    if text == "":
        return "" if name in BLANK_ALLOWED else None
    return text.split(",") if kind_of(name) == "list" else text
