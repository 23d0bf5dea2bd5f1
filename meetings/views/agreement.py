"""How a draft of the rulebook would have agreed with the board's recorded decisions."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.rules import require
from decisions.engine.thresholds import ThresholdError
from decisions.models import RulebookDraft
from decisions.previews import sides_of
from meetings.agreement import Agreement, agreement_under
from meetings.models import BoardDecision
from meetings.views.common import signed_in

SHOWN = 12


@login_required
@require_safe
def draft_agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the draft's page; opened by itself it is a page of its own."""
    user = signed_in(request)
    require(user, "decisions.view_rulebook")
    draft = get_object_or_404(RulebookDraft.objects.select_related("base", "profile"), pk=pk)
    context: dict[str, object] = {"draft": draft}
    try:
        found = agreement_under(sides_of(draft), user)
    except ThresholdError as error:
        context["problem"] = error.message
    else:
        context |= {
            "agreement": found,
            "before": Agreement.share(found.before),
            "after": Agreement.share(found.after),
            "rows": [
                (code.label, found.before[code], found.after[code]) for code in BoardDecision.Comparison
            ],
            "changed": found.changed[:SHOWN],
            "more": max(0, len(found.changed) - SHOWN),
        }
    template = "meetings/draft_agreement.html"
    return render(request, f"{template}#agreement" if getattr(request, "htmx", False) else template, context)
