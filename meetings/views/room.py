"""The live room: one case at a time, its advice, and the board's decision on it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from decisions.views.common import staging_to_read
from meetings import services
from meetings.comparison import compare
from meetings.forms.decision import (
    DecisionForm,
    ElementFormSet,
    element_forms,
    posted_elements,
    show_errors,
)
from meetings.models import AgendaItem, BoardDecision, Meeting
from meetings.pages.room import agenda_rows, presence_of, recorded, room_case, tally
from meetings.selectors import agenda_of, get_visible_item, get_visible_meeting, last_decision
from meetings.views.common import sentences, signed_in
from patients.selectors import log_access

UNPROCESSABLE, CONFLICT = 422, 409


@login_required
@require_GET
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """The room with the case asked for (`?item=`), else the one on the wall, else the first that waits."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    items = [item for item in agenda_of(meeting, user) if item.state != AgendaItem.State.WITHDRAWN]
    item = _chosen(meeting, items, request.GET.get("item", ""))
    if item is None:
        return render(request, "meetings/room_empty.html", {"meeting": meeting})
    decided = recorded(item)
    forms = {"form": DecisionForm.of(decided), "elements": element_forms(decided)}
    return _room(request, meeting, items, item, forms)


def _chosen(meeting: Meeting, items: list[AgendaItem], asked: str) -> AgendaItem | None:
    by_key = {str(item.pk): item for item in items}
    waiting = next((item for item in items if item.state == AgendaItem.State.WAITING), None)
    shown = by_key.get(str(meeting.current_item_id)) if meeting.state == Meeting.State.OPEN else None
    return by_key.get(asked) or shown or waiting or (items[0] if items else None)


def _room(
    request: HttpRequest,
    meeting: Meeting,
    items: list[AgendaItem],
    item: AgendaItem,
    forms: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    patient = item.staging.patient
    log_access(request, patient)
    place = next(index for index, other in enumerate(items) if other.pk == item.pk)
    case = room_case(
        item, base=reverse("decisions:staging", args=[item.staging_id]), today=timezone.localdate()
    )
    may_decide = user.has_perm("meetings.record_decision", item) and meeting.state != Meeting.State.CLOSED
    result = case.advice.result if case.advice else {}
    outcome = forms["form"]["outcome"].value()
    return render(
        request,
        "meetings/room.html",
        {
            "meeting": meeting,
            "item": item,
            "patient": patient,
            "staging": item.staging,
            "case": case,
            "rows": agenda_rows(items, item),
            "tally": tally(items),
            "place": place + 1,
            "previous": items[place - 1] if place else None,
            "next": items[place + 1] if place + 1 < len(items) else None,
            "presence": presence_of(meeting),
            "decided": recorded(item),
            "may_decide": may_decide,
            "may_manage": user.has_perm("meetings.manage_meeting", meeting)
            and meeting.state != Meeting.State.CLOSED,
            "compared": compare(result, outcome) if outcome in BoardDecision.Outcome.values else None,
            **case.context,
            **forms,
        },
        status=status,
    )


@login_required
@require_http_methods(["GET", "POST"])
def decision(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """POST saves the decision of this item, wherever the room is by now. GET with `outcome` tells by htmx whether
    that outcome follows the advice; any other GET leads to the room.
    """
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    found = get_visible_item(user, meeting, item)
    if request.method == "GET":
        return _comparison(request, meeting, found)
    form, elements = DecisionForm(request.POST), ElementFormSet(request.POST, prefix="element")
    valid = form.is_valid() & elements.is_valid()
    if valid:
        try:
            _save(request, found, form, elements)
        except services.StaleDecisionError as error:
            return _stale(request, meeting, found, error.current)
        except ValidationError as error:
            show_errors(form, elements, error)
        else:
            messages.success(request, f"The decision on case {found.staging.patient.case_id} is recorded.")
            return redirect(f"{reverse('meetings:room', args=[pk])}?item={found.pk}")
    return _again(request, meeting, found, {"form": form, "elements": elements}, UNPROCESSABLE)


def _save(request: HttpRequest, item: AgendaItem, form: DecisionForm, elements: Any) -> None:
    given = form.cleaned_data
    services.record_decision(
        by=signed_in(request),
        item=item,
        expected_revision=given["revision"],
        outcome=given["outcome"],
        rationale=given["rationale"],
        deviation_reason=given["deviation_reason"],
        dissent=given["dissent"],
        provisional=given["provisional"],
        elements=posted_elements(elements),
    )


def _again(
    request: HttpRequest, meeting: Meeting, item: AgendaItem, forms: dict[str, Any], status: int
) -> HttpResponse:
    """The room with everything that was typed."""
    user = signed_in(request)
    if not user.has_perm("meetings.record_decision", item):
        raise PermissionDenied(
            f"{user} may not record a decision here: the role or the centre does not allow it."
        )
    items = [other for other in agenda_of(meeting, user) if other.pk == item.pk or other.state != "withdrawn"]
    own = next(other for other in items if other.pk == item.pk)
    return _room(request, meeting, items, own, {**forms, "refused": True}, status=status)


def _stale(
    request: HttpRequest, meeting: Meeting, item: AgendaItem, current: BoardDecision | None
) -> HttpResponse:
    """Somebody was faster: both are shown, and saving again is a decision made with open eyes."""
    typed = request.POST.copy()
    typed["revision"] = str(current.revision if current else 0)
    form, elements = DecisionForm(typed), ElementFormSet(request.POST, prefix="element")
    form.is_valid()
    elements.is_valid()
    return _again(request, meeting, item, {"form": form, "elements": elements, "stale": current}, CONFLICT)


def _comparison(request: HttpRequest, meeting: Meeting, item: AgendaItem) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{reverse('meetings:room', args=[meeting.pk])}?item={item.pk}")
    outcome = request.GET.get("outcome", "")
    result: dict[str, Any] = {}
    case = room_case(item, base="", today=timezone.localdate())
    if case.advice is not None:
        result = case.advice.result
    compared = compare(result, outcome) if outcome in BoardDecision.Outcome.values else None
    return render(request, "meetings/room/comparison.html", {"compared": compared})


@login_required
@require_POST
def defer(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Put the case off, with a reason."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    found = get_visible_item(user, meeting, item)
    try:
        services.defer_item(by=user, item=found, note=request.POST.get("note", ""))
    except ValidationError as error:
        for text in sentences(error):
            messages.error(request, text)
    else:
        messages.success(request, f"Case {found.staging.patient.case_id} is deferred.")
    return redirect(f"{reverse('meetings:room', args=[pk])}?item={found.pk}")


@login_required
@require_POST
def show(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Put the case on the wall."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    found = get_visible_item(user, meeting, item)
    try:
        services.show_item(by=user, meeting=meeting, item=found)
    except ValidationError as error:
        for text in sentences(error):
            messages.error(request, text)
    return redirect(f"{reverse('meetings:room', args=[pk])}?item={found.pk}")


@login_required
@require_GET
def wall(request: HttpRequest, pk: int) -> HttpResponse:
    """The projector: the case that the chair shows. By htmx it answers 204 while nothing has changed."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    items = [item for item in agenda_of(meeting, user) if item.state != AgendaItem.State.WITHDRAWN]
    item = _chosen(meeting, items, "")
    if item is None:
        return render(request, "meetings/wall.html", {"meeting": meeting, "item": None, "shown": "none"})
    case = room_case(item, base="", today=timezone.localdate(), prefix="wall-", projector=True)
    assessed = case.advice.assessment.pk if case.advice and case.advice.assessment else 0
    shown = f"{item.pk}-{assessed}"
    partial = bool(request.htmx)  # type: ignore[attr-defined]
    if partial and request.GET.get("shown") == shown:
        return HttpResponse(status=204)
    log_access(request, item.staging.patient)
    context = {
        "meeting": meeting,
        "item": item,
        "patient": item.staging.patient,
        "staging": item.staging,
        "case": case,
        "shown": shown,
        "place": next(index for index, other in enumerate(items, start=1) if other.pk == item.pk),
        "of": len(items),
        **case.context,
    }
    return render(request, "meetings/wall_case.html" if partial else "meetings/wall.html", context)


@login_required
@require_GET
def last_decision_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What the last board said of this patient and whether it was done: a part of the case page."""
    staging = staging_to_read(request, pk)
    context = {"last_decision": last_decision(staging), "staging": staging, "patient": staging.patient}
    partial = bool(request.htmx)  # type: ignore[attr-defined]
    template = "meetings/room/last_decision.html" if partial else "meetings/last_decision.html"
    return render(request, template, context)
