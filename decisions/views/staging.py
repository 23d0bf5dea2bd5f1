"""The staging page: entry while a draft is open, the case once it is staged; staging and amending."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from decisions.entry import facts_hash, stage_seen
from decisions.forms import ReasonForm
from decisions.pages.entry_page import build_panel, build_sections, gather
from decisions.selectors import latest_frozen
from decisions.services import amend_case
from decisions.views.case import case_page, draft_page
from decisions.views.common import (
    open_version,
    posted_version,
    problems_of,
    signed_in,
    staging_to_read,
    staging_to_write,
)
from decisions.views.entry import entry_page
from patients.models import StagingVersion


@login_required
@require_GET
def staging(request: HttpRequest, pk: int) -> HttpResponse:
    """Entry for those who may write while a draft is open; else the case, of the newest version or of `?version=`.

    With `?rulebook=` or `?as_of=` it is the staged case, also while a draft is open.
    """
    found = staging_to_read(request, pk)
    wanted = request.GET.get("version", "")
    if wanted:
        version = found.versions.filter(
            number=int(wanted) if wanted.isdigit() else 0, state=StagingVersion.State.FROZEN
        ).first()
        if version is None:
            raise Http404(f"This staging has no staged version {wanted}.")
        return case_page(request, found, version)
    draft, frozen = open_version(found), latest_frozen(found)
    elsewhere = bool(request.GET.get("rulebook") or request.GET.get("as_of"))
    if elsewhere and frozen is None:
        raise Http404("This case is not staged yet, so there is no advice under another rulebook.")
    if draft is not None and not elsewhere and signed_in(request).has_perm("patients.change_patient", found):
        return entry_page(request, found, draft)
    if frozen is not None:
        return case_page(request, found, frozen)
    return draft_page(request, found)


@login_required
def stage(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, with what will happen and what is noticed about the data; then freeze the draft.

    A draft that is staged already, or whose facts somebody changed after this page was made, is not staged
    again: the page says what happened instead.
    """
    found = staging_to_write(request, pk)
    user = signed_in(request)
    draft = open_version(found)
    if draft is None:
        messages.info(request, "This case is staged already; nothing was done twice.")
        return redirect("decisions:staging", pk)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            stage_seen(
                by=user, staging=found, version=posted_version(request), seen=request.POST.get("seen", "")
            )
        except ValidationError as error:
            errors = error.message_dict
        else:
            messages.success(request, "The case is staged. Its assessment is on the way.")
            return redirect("decisions:staging", pk)
    sections = build_sections(gather(found))
    return render(
        request,
        "decisions/stage.html",
        {
            "staging": found,
            "patient": found.patient,
            "draft": draft,
            "panel": build_panel(found, sections),
            "base": reverse("decisions:staging", args=[pk]),
            "seen": facts_hash(found),
            "problems": problems_of(errors),
        },
        status=422 if errors else 200,
    )


@login_required
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the next version of a staged case as a draft, with the reason; the staged one stays."""
    found = staging_to_write(request, pk)
    if open_version(found) is not None:
        messages.info(request, "An amendment is open already; this is its draft.")
        return redirect("decisions:staging", pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            amend_case(by=signed_in(request), staging=found, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The amendment is open. Change what has to be changed, then stage it.")
            return redirect("decisions:staging", pk)
    return render(
        request,
        "decisions/amend.html",
        {"staging": found, "patient": found.patient, "form": form, "frozen": latest_frozen(found)},
        status=422 if form.errors else 200,
    )
