"""What a draft would do: as part of its page while numbers move, as a page, as CSV, and for one case."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.request import QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.models import User
from decisions.closed import closed_for
from decisions.engine.thresholds import ThresholdError
from decisions.impact_jobs import Waiting, impact_or_wait
from decisions.models import RulebookDraft
from decisions.pages.draft_case import case_context
from decisions.pages.drafts import OPEN_STATES, Typed
from decisions.pages.impact_page import Asked, export, impact_context, read_asked
from decisions.previews import sides_of
from decisions.services import note_look
from decisions.views.common import signed_in
from decisions.views.drafts import get_draft
from patients.models import StagingVersion
from patients.selectors import log_access


def unsaved(draft: RulebookDraft, typed: Typed) -> Asked:
    """The numbers of a form that is not saved."""
    query = QueryDict(mutable=True)
    query["live"] = "1"
    query.setlist("centres", [str(pk) for pk in typed.centres])
    for name, row in typed.rows.items():
        query[f"value-{name}"] = row["value"]
    return read_asked(draft, query)


def note(user: User, asked: Asked, context: dict[str, Any]) -> None:
    """Keep that the author, or somebody who may approve, saw what the saved draft would do."""
    concerned = user.pk == asked.draft.author_id or user.has_perm("decisions.approve_rulebook")
    if concerned and not asked.live and asked.draft.state in OPEN_STATES and "figures" in context:
        note_look(by=user, draft=asked.draft, figures=context["figures"])


@login_required
@require_GET
def draft_impact(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures, the flow and the cases; the part alone for htmx."""
    draft, user = get_draft(request, pk), signed_in(request)
    asked = read_asked(draft, request.GET)
    context = impact_context(asked, user)
    note(user, asked, context)
    part = request.htmx  # type: ignore[attr-defined]
    return render(request, f"decisions/rulebook/{'impact' if part else 'impact_page'}.html", context)


@login_required
@require_GET
def draft_impact_csv(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """Every change of the cases that the reader may see."""
    draft, user = get_draft(request, pk), signed_in(request)
    asked = read_asked(draft, request.GET)
    try:
        if asked.problems:
            raise ValidationError(asked.problems)
        sides = sides_of(draft, asked.numbers)
    except (ValidationError, ThresholdError) as error:
        return render(
            request,
            "decisions/rulebook/impact_page.html",
            {**impact_context(asked, user), "error": error},
            status=422,
        )
    impact = impact_or_wait(draft, sides, asked.changes)
    if isinstance(impact, Waiting):
        return render(request, "decisions/rulebook/impact_page.html", impact_context(asked, user), status=202)
    answer = StreamingHttpResponse(export(asked, sides, impact, user), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="draft-{draft.pk}-impact.csv"'
    return answer


@login_required
@require_GET
def draft_case(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    """One case today and under the draft: what differs, with the traces side by side."""
    draft, user = get_draft(request, pk), signed_in(request)
    staged = get_object_or_404(
        StagingVersion.objects.select_related("staging__patient__centre"),
        pk=version,
        state=StagingVersion.State.FROZEN,
    )
    patient = staged.staging.patient
    if not user.has_perm("patients.view_patient", patient):
        raise PermissionDenied("This record belongs to a centre whose patients you do not see.")
    if closed := closed_for(user, staged.staging):
        raise PermissionDenied(closed.why)
    asked = read_asked(draft, request.GET)
    if asked.problems:
        return render(request, "decisions/rulebook/impact_page.html", impact_context(asked, user), status=422)
    try:
        sides = sides_of(draft, asked.numbers)
    except ThresholdError as error:
        raise Http404(error.message) from error
    log_access(request, patient)
    context = {
        "draft": draft,
        "asked": asked,
        "patient": patient,
        "staging": staged.staging,
        "version": staged,
    }
    return render(request, "decisions/rulebook/draft_case.html", {**context, **case_context(staged, sides)})
