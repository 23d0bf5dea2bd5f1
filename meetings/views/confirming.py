"""Standard cases for confirmation without discussion: prepared, confirmed one by one, pulled back."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts.models import User
from meetings import services
from meetings.models import BoardDecision, Meeting
from meetings.pages.decision import decision_case
from meetings.selectors import get_visible_item
from meetings.standard import INTENTS
from meetings.views.common import act_on_meeting

PLACE = "confirming"


@login_required
@require_POST
def prepare(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Prepare the decision, with what usually follows it; everybody reads it before anybody confirms."""

    def work(user: User, meeting: Meeting) -> None:
        found, outcome = get_visible_item(user, meeting, item), request.POST.get("outcome", "")
        known = outcome in BoardDecision.Outcome.values
        rows, detail = (
            decision_case(found).rows(outcome) if known else [],
            request.POST.get("detail", "").strip(),
        )
        if rows and detail:
            rows[0]["detail"] = detail
        services.prepare_confirmation(
            by=user,
            item=found,
            outcome=outcome,
            intent=str(INTENTS.get(outcome, "")),
            rationale=request.POST.get("rationale", ""),
            elements=rows,
        )

    return act_on_meeting(request, pk, work, "Prepared. A surgeon and an oncologist confirm it.", to=PLACE)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Take back what was prepared."""

    def work(user: User, meeting: Meeting) -> None:
        services.withdraw_prepared(by=user, item=get_visible_item(user, meeting, item))

    return act_on_meeting(request, pk, work, "Nothing is prepared for this case any more.", to=PLACE)


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Confirm one case; with the second discipline it is decided."""

    def work(user: User, meeting: Meeting) -> str:
        found = get_visible_item(user, meeting, item)
        decision = services.confirm_case(by=user, item=found, seen=request.POST.get("seen", ""))
        case = found.staging.patient.case_id
        if decision is None:
            return f"You confirmed case {case}. It waits for the other discipline."
        return f"Case {case} is decided: {decision.get_outcome_display()}, confirmed without discussion."

    return act_on_meeting(request, pk, work, "", to=PLACE)


@login_required
@require_POST
def pull_back(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Bring the case back into discussion."""

    def work(user: User, meeting: Meeting) -> None:
        services.pull_back(by=user, item=get_visible_item(user, meeting, item))

    return act_on_meeting(request, pk, work, "The case is discussed in the meeting.", to=PLACE)
