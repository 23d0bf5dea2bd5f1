"""The board's decision: recorded, signed, added to; what is said of an outcome while it is chosen."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.rules import require
from meetings import services
from meetings.forms.decision import (
    DecisionForm,
    bound_elements,
    element_forms,
    posted_elements,
    show_errors,
)
from meetings.models import AgendaItem, BoardDecision, Meeting
from meetings.pages.decision import DecisionCase, decision_case
from meetings.pages.room import recorded
from meetings.selectors import agenda_of, get_visible_item, get_visible_meeting
from meetings.standard import offered
from meetings.typed import forget_typed, keep_typed
from meetings.views.common import sentences, signed_in
from meetings.views.room import room_page

GONE, UNPROCESSABLE, CONFLICT = 410, 422, 409


@login_required
@require_http_methods(["GET", "POST"])
def decision(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """POST saves the decision of this item, wherever the room is by now; with `sign` it is signed in one go.

    GET with `outcome` tells by htmx whether that outcome follows the advice; any other GET leads to the room.
    """
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    if request.method == "GET":
        return _comparison(request, get_visible_item(user, meeting, item))
    try:
        found = get_visible_item(user, meeting, item)
    except Http404:
        return _taken_off(request, meeting)
    case = decision_case(found)
    form, elements = DecisionForm(request.POST), bound_elements(request.POST, case.choices)
    signs = "sign" in request.POST
    if form.is_valid() & elements.is_valid():
        elsewhere = _moved_on(meeting, found, form)
        if signs and elsewhere is not None and form.cleaned_data["moved_on"] != str(elsewhere.pk):
            return _ask(request, meeting, found, elsewhere)
        try:
            saved = _save(request, found, form, elements, sign=signs)
        except services.StaleDecisionError as error:
            return _stale(request, meeting, found, error.current)
        except services.DeviatesError:
            return _asked_why(request, meeting, found)
        except ValidationError as error:
            show_errors(form, elements, error)
        else:
            forget_typed(user, found)
            _tell(request, saved, elsewhere)
            return redirect(_room_of(found))
    return _again(request, meeting, found, {"form": form, "elements": elements}, UNPROCESSABLE)


def _room_of(item: AgendaItem) -> str:
    return f"{reverse('meetings:room', args=[item.meeting_id])}?item={item.pk}"


def _save(
    request: HttpRequest, item: AgendaItem, form: DecisionForm, elements: Any, *, sign: bool
) -> BoardDecision:
    given = form.cleaned_data
    seen = given["shown_outcome"] == given["outcome"] and "advice_closed" not in request.POST
    return services.record_decision(
        by=signed_in(request),
        item=item,
        expected_revision=given["revision"],
        outcome=given["outcome"],
        rationale=given["rationale"],
        deviation_reason=given["deviation_reason"],
        dissent=given["dissent"],
        intent=given["intent"],
        # Without having seen the box for this outcome nobody has unticked it.
        provisional=given["provisional"] if seen else None,
        elements=posted_elements(elements),
        sign=sign,
    )


def _moved_on(meeting: Meeting, item: AgendaItem, form: DecisionForm) -> AgendaItem | None:
    """The case that the room has gone on to since the form was opened; None when it has not."""
    now = meeting.current_item if meeting.state == Meeting.State.OPEN else None
    if now is None or now.pk == item.pk or form.cleaned_data["room_item"] == str(now.pk):
        return None
    return now


def _tell(request: HttpRequest, saved: BoardDecision, elsewhere: AgendaItem | None) -> None:
    case = saved.item.staging.patient.case_id
    done = "recorded and signed" if saved.signed_at else "recorded"
    if saved.repeated:
        messages.info(
            request,
            f"The decision on case {case} was sent twice; it is {done} once, as revision {saved.revision}.",
        )
    else:
        messages.success(request, f"The decision on case {case} is {done}.")
    if elsewhere is not None:
        messages.warning(
            request,
            f"The room is at case {elsewhere.staging.patient.case_id} by now. What you saved belongs to case {case}.",
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
    return room_page(request, meeting, items, own, {**forms, "refused": True}, status=status)


def _retyped(request: HttpRequest, item: AgendaItem, **changed: str) -> dict[str, Any]:
    """What was typed, with some hidden inputs set anew."""
    typed = request.POST.copy()
    for name, value in changed.items():
        typed[name] = value
    form, elements = DecisionForm(typed), bound_elements(request.POST, decision_case(item).choices)
    form.is_valid()
    elements.is_valid()
    return {"form": form, "elements": elements}


def _stale(
    request: HttpRequest, meeting: Meeting, item: AgendaItem, current: BoardDecision | None
) -> HttpResponse:
    """Somebody was faster: both are shown, and saving again is a decision made with open eyes."""
    forms = _retyped(request, item, revision=str(current.revision if current else 0))
    return _again(request, meeting, item, {**forms, "stale": current}, CONFLICT)


def _ask(request: HttpRequest, meeting: Meeting, item: AgendaItem, elsewhere: AgendaItem) -> HttpResponse:
    """The room has moved on: ask once before a decision on another case is signed; nothing is saved yet."""
    forms = _retyped(request, item, moved_on=str(elsewhere.pk))
    return _again(request, meeting, item, {**forms, "elsewhere": elsewhere}, CONFLICT)


def _asked_why(request: HttpRequest, meeting: Meeting, item: AgendaItem) -> HttpResponse:
    """The outcome deviates: the advice is open by now, nothing is saved yet, and the reason is asked for."""
    changed = {}
    if "advice_closed" in request.POST:
        case = decision_case(item)
        changed = (
            {"provisional": "on"} if case.defaults(request.POST.get("outcome", ""))["provisional"] else {}
        )
    forms = _retyped(request, item, **changed)
    form: DecisionForm = forms["form"]
    form.ask_why()
    return _again(request, meeting, item, forms, UNPROCESSABLE)


def _taken_off(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """The case left the agenda of a meeting that had not begun: say so, and give back what was typed."""
    form = DecisionForm(request.POST)
    form.is_valid()
    rows = [
        value
        for name, value in request.POST.items()
        if name.startswith("element-") and name.endswith("-detail") and value
    ]
    context = {"meeting": meeting, "form": form, "rows": rows}
    return render(request, "meetings/decision_gone.html", context, status=GONE)


def _comparison(request: HttpRequest, item: AgendaItem) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(_room_of(item))
    said = decision_case(item).said_of(request.GET.get("outcome", ""))
    return render(request, "meetings/room/comparison.html", said)


@login_required
@require_POST
def look(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """After an outcome was chosen: what is said of it, and what it usually brings with it. Nothing is saved."""
    user = signed_in(request)
    found = get_visible_item(user, get_visible_meeting(user, pk), item)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(_room_of(found))
    case, outcome = decision_case(found), request.POST.get("outcome", "")
    before = request.POST.get("shown_outcome", "")
    form = DecisionForm(request.POST)
    form.is_valid()
    fresh = DecisionForm(initial={**form.cleaned_data, **_defaults(case, recorded(found), outcome)})
    rows = [row.shown() for row in bound_elements(request.POST, case.choices)]
    offer = offered(rows, case.rows(before) if before else [], case.rows(outcome))
    context = {
        "meeting": found.meeting,
        "item": found,
        "form": fresh,
        "elements": element_forms(offer, case.choices),
        **case.said_of(outcome),
    }
    return render(request, "meetings/room/decision_live.html", context)


@require_POST
@login_required
def keep(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Keep what is typed, for the one who types; `forget` gives it up and leads back to the room."""
    user = signed_in(request)
    found = get_visible_item(user, get_visible_meeting(user, pk), item)
    require(user, "meetings.record_decision", found)
    if "forget" in request.POST:
        forget_typed(user, found)
        return redirect(_room_of(found))
    keep_typed(user, found, {name: str(value) for name, value in request.POST.items()})
    return HttpResponse(status=204)


def _defaults(case: DecisionCase, decided: BoardDecision | None, outcome: str) -> dict[str, Any]:
    if decided is not None and decided.outcome == outcome:
        return {
            "shown_outcome": outcome,
            "intent": decided.intent,
            "provisional": decided.provisional,
            "deviation_reason": decided.deviation_reason,
        }
    return case.defaults(outcome)


@login_required
@require_POST
def sign(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Sign the decision as it was seen (`revision`)."""
    user = signed_in(request)
    found = get_visible_item(user, get_visible_meeting(user, pk), item)
    decided = recorded(found)
    if decided is None:
        raise Http404("There is no decision on this case yet.")
    seen = request.POST.get("revision", "")
    try:
        signed = services.sign_decision(
            by=user, decision=decided, expected_revision=int(seen) if seen.isdecimal() else 0
        )
    except services.StaleDecisionError as error:
        messages.error(request, f"Not signed. {error} Look at it again, then sign.")
    else:
        when = f"{signed.signed_by} signed it already" if signed.repeated else "is signed"
        messages.success(request, f"The decision on case {found.staging.patient.case_id}: {when}.")
    return redirect(_room_of(found))


@login_required
@require_POST
def addendum(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Add to a signed decision; a text that is refused stays in the form."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    found = get_visible_item(user, meeting, item)
    decided = recorded(found)
    if decided is None:
        raise Http404("There is no decision on this case yet.")
    text = request.POST.get("text", "")
    try:
        services.add_addendum(by=user, decision=decided, text=text)
    except ValidationError as error:
        items = agenda_of(meeting, user)
        own = next(other for other in items if other.pk == found.pk)
        refused = {"addendum_text": text, "addendum_errors": sentences(error)}
        return room_page(request, meeting, items, own, status=UNPROCESSABLE, more=refused)
    messages.success(request, f"Added to the decision on case {found.staging.patient.case_id}.")
    return redirect(_room_of(found))
