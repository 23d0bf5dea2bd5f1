"""The case page of a staged version, its assessment while it is on the way, and the assessment as JSON."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.rules import require
from decisions.case_facts import document_of, provenance_of
from decisions.closed import Closed, closed_for
from decisions.engine.assess import ENGINE_VERSION, canonical_json
from decisions.pages.as_of import (
    AsOf,
    AsOfError,
    advice_under,
    as_of_context,
    asked_rulebook,
    first_day,
)
from decisions.pages.case_page import (
    Advice,
    advice_context,
    advice_on,
    fact_sections,
    liver_of,
    plans_of,
    resection_of,
    timeline_of,
    version_list,
)
from decisions.pages.changes import flat
from decisions.pages.entry_page import build_panel, build_sections, gather
from decisions.pages.versions import all_versions
from decisions.replay import replay_all
from decisions.selectors import latest_frozen
from decisions.services import request_assessment
from decisions.views.common import open_version, signed_in, staging_to_read, staging_to_write
from patients.models import Staging, StagingVersion
from patients.record import record_of
from patients.selectors import get_visible_staging, previous_staging

OVER = frozenset({"done", "failed"})


def case_page(request: HttpRequest, staging: Staging, version: StagingVersion) -> HttpResponse:
    """The case as it was staged in `version`; with `?rulebook=` or `?as_of=` under that rulebook, marked as such.

    Advice that is closed to this person is closed under every rulebook.
    """
    current, closed = advice_on(version), closed_for(signed_in(request), staging)
    newest = latest_frozen(staging)
    asked, problem = (None, "") if closed else _asked(request, staging)
    found = advice_under(asked, version) if asked else current
    result = found.result if closed is None else _window_alone(found.result)
    return render(
        request,
        "decisions/case.html",
        {
            **_case_context(request, staging, version.document or {}, version.provenance, result),
            **(_advice_as_of(staging, asked, found, current) if asked else _advice(staging, found, closed)),
            "version": version,
            "superseded": newest is not None and newest.pk != version.pk,
            "versions": version_list(staging),
            "rulebooks": all_versions(),
            "first_day": first_day(),
            "today": timezone.localdate(),
            "as_of_problem": problem,
        },
        status=422 if problem else 200,
    )


def _window_alone(result: dict[str, Any]) -> dict[str, Any]:
    """The reassessment window, which the course shows also while the advice is closed: dates, no judgement."""
    return {name: result[name] for name in ("reassess",) if name in result}


def _asked(request: HttpRequest, staging: Staging) -> tuple[AsOf | None, str]:
    """The rulebook that the address asks for, or what is wrong with it."""
    try:
        return asked_rulebook(request.GET, staging.patient), ""
    except AsOfError as error:
        return None, str(error)


def _advice_as_of(staging: Staging, asked: AsOf, found: Advice, current: Advice) -> dict[str, Any]:
    base = reverse("decisions:staging", args=[staging.pk])
    return {**as_of_context(asked, found, current, base=base), "poll": ""}


def draft_page(request: HttpRequest, staging: Staging) -> HttpResponse:
    """A draft for those who may read but not write: its facts so far, and the answers so far."""
    sections = build_sections(gather(staging))
    panel = build_panel(staging, sections)
    document = document_of(staging, with_derived=True)
    return render(
        request,
        "decisions/draft.html",
        {
            **_case_context(request, staging, document, provenance_of(staging), {}),
            "panel": panel,
        },
    )


def _case_context(
    request: HttpRequest,
    staging: Staging,
    document: dict[str, Any],
    provenance: dict[str, Any],
    result: dict[str, Any],
) -> dict[str, Any]:
    before = previous_staging(staging)
    frozen = latest_frozen(before) if before else None
    earlier = (frozen.document if frozen else document_of(before, with_derived=True)) if before else None
    useful = [str(missing["fact"]) for missing in result.get("missing") or ()]
    user = signed_in(request)
    record = record_of(staging.patient)
    sections = fact_sections(flat(document), provenance, useful)
    return {
        "staging": staging,
        "patient": staging.patient,
        "draft": open_version(staging),
        "sections": sections,
        "facts_known": sum(section["known"] for section in sections),
        "facts_total": sum(section["total"] for section in sections),
        "liver": liver_of(
            document,
            earlier,
            "case-",
            plans=plans_of(staging),
            **resection_of(record, staging.date, result),
        ),
        "earlier_staging": before,
        "timeline": timeline_of(staging.patient, result, timezone.localdate(), record=record),
        "may_change": user.has_perm("patients.change_patient", staging),
        "last_decision_url": _address("meetings:last-decision", staging.pk),
    }


def _address(name: str, pk: int) -> str:
    """The address of a page of an app above this one; '' while there is none."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def _advice(staging: Staging, found: Advice, closed: Closed | None) -> dict[str, Any]:
    if closed is not None:
        return {"closed": closed, "advice": None, "result": {}, "poll": ""}
    base = reverse("decisions:staging", args=[staging.pk])
    poll = f"{reverse('decisions:assessment', args=[staging.pk])}?version={found.version.number}"
    return {
        **advice_context(found, base=base),
        "poll": "" if found.state in OVER and not found.again else poll,
    }


def _asked_version(request: HttpRequest, staging: Staging) -> StagingVersion:
    number = request.GET.get("version", "")
    version = (
        staging.versions.filter(number=int(number), state=StagingVersion.State.FROZEN).first()
        if number.isdigit()
        else latest_frozen(staging)
    )
    if version is None:
        raise Http404("This case is not staged yet.")
    return version


@login_required
@require_GET
def assessment(request: HttpRequest, pk: int) -> HttpResponse:
    """The advice part of the page: asked again each second until it is over. Without script: the page itself."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("decisions:staging", pk)
    staging = get_visible_staging(signed_in(request), pk)
    version = _asked_version(request, staging)
    found = advice_on(version)
    context = {
        "staging": staging,
        "patient": staging.patient,
        "version": version,
        "may_change": signed_in(request).has_perm("patients.change_patient", staging),
        **_advice(staging, found, closed_for(signed_in(request), staging)),
    }
    return render(request, "decisions/case/advice.html", context)


@login_required
@require_GET
def assessment_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The assessment document as it is stored (`crlm-assessment/1`)."""
    staging = staging_to_read(request, pk)
    closed = closed_for(signed_in(request), staging)
    if closed is not None:
        raise PermissionDenied(closed.why)
    found = advice_on(_asked_version(request, staging)).assessment
    if found is None:
        raise Http404("There is no assessment of this version yet.")
    return HttpResponse(canonical_json(found.result), content_type="application/json")


@login_required
@require_GET
def run_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Every assessment of a version run again under its own rulebook: identical, or what differs. Stores nothing."""
    staging = staging_to_read(request, pk)
    if closed := closed_for(signed_in(request), staging):
        raise PermissionDenied(closed.why)
    version = _asked_version(request, staging)
    made = version.assessments.select_related("rulebook__profile", "staging_version").order_by(
        "-created_at", "-pk"
    )
    part = request.htmx  # type: ignore[attr-defined]
    return render(
        request,
        "decisions/case/replays.html" if part else "decisions/replay.html",
        {
            "staging": staging,
            "patient": staging.patient,
            "version": version,
            "engine_version": ENGINE_VERSION,
            "replays": list(replay_all(made)),
        },
    )


@require_POST
@login_required
def assess_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for an assessment that failed, or that was made under an earlier rulebook; others are left alone."""
    staging = staging_to_write(request, pk)
    require(signed_in(request), "decisions.stage_case", staging)
    version = latest_frozen(staging)
    if version is None:
        raise Http404("This case is not staged yet.")
    request_assessment(staging_version=version)
    messages.success(request, "The assessment was asked for again.")
    return redirect("decisions:staging", pk)
