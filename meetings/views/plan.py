"""Another plan beside the patient's: assessed for the eye, stored nowhere."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from decisions.alternatives import assess_alternative, differences, document_to_change, read_changes
from decisions.selectors import current_thresholds
from meetings.pages.plan import plan_rows, said_of, side_of
from meetings.selectors import get_visible_item, get_visible_meeting
from meetings.views.common import signed_in
from meetings.voting import advice_is_open
from patients.selectors import log_access

UNPROCESSABLE = 422


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """The patient's plan and another one, side by side. A POST assesses; it changes nothing in the record."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    found = get_visible_item(user, meeting, item)
    log_access(request, found.staging.patient)
    context: dict[str, Any] = {
        "meeting": meeting,
        "item": found,
        "staging": found.staging,
        "patient": found.staging.patient,
        "advice_open": advice_is_open(found),
    }
    errors: dict[str, list[str]] = {}
    typed = {name: str(value) for name, value in request.POST.items()}
    document: dict[str, Any] = {}
    try:
        document = document_to_change(found.staging)
        thresholds = current_thresholds(found.staging.patient)
        if context["advice_open"]:
            own = assess_alternative(document, {}, thresholds)
            context["own"] = side_of(own)
            changes = read_changes(typed, document)
            if changes:
                other = assess_alternative(document, changes, thresholds)
                context |= {"other": side_of(other), "differs": differences(own, other)}
    except ValidationError as error:
        errors = error.message_dict
    context["rows"] = plan_rows(document, typed, errors)
    context["problems"] = [
        {
            "field": f"id_{name}".replace(".", "-") if name != "staging" else "",
            "message": said_of(name, said) if name != "staging" else " ".join(said),
        }
        for name, said in errors.items()
    ]
    return render(request, "meetings/plan.html", context, status=UNPROCESSABLE if errors and typed else 200)
