"""Cases that propose themselves: put on the agenda one by one or all, turned down, taken back."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts.models import User
from meetings import services
from meetings.models import Meeting
from meetings.views.common import act_on_meeting
from patients.models import Staging
from patients.selectors import get_visible_staging
from patients.wording import counted

PLACE = "proposed"


def _asked(request: HttpRequest, user: User) -> Staging:
    key = request.POST.get("staging", "")
    if not key.isdigit():
        raise ValidationError({"staging": [f"{key!r} is no case; allowed: one of those that are proposed."]})
    return get_visible_staging(user, int(key))


@login_required
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one proposed case on the agenda, or with `all` every one."""

    def work(user: User, meeting: Meeting) -> str:
        every = request.POST.get("all") == "1"
        stagings = None if every else [_asked(request, user)]
        items = services.accept_proposals(by=user, meeting=meeting, stagings=stagings)
        if not every:
            return f"Case {items[0].staging.patient.case_id} is on the agenda."
        return f"{counted(len(items), 'case')} put on the agenda."

    return act_on_meeting(request, pk, work, "", to=PLACE)


@login_required
@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn a proposal down, with the reason."""

    def work(user: User, meeting: Meeting) -> str:
        staging = _asked(request, user)
        services.dismiss_proposal(
            by=user, meeting=meeting, staging=staging, reason=request.POST.get("reason", "")
        )
        return f"Case {staging.patient.case_id} is not proposed until something new happens."

    return act_on_meeting(request, pk, work, "", to=PLACE)


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a case that was turned down propose itself again."""

    def work(user: User, meeting: Meeting) -> None:
        services.propose_again(by=user, meeting=meeting, staging=_asked(request, user))

    return act_on_meeting(request, pk, work, "The case proposes itself again.", to=PLACE)
