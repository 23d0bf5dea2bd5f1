"""The live room: one case at a time, its advice, and the board's decision on it."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from decisions.views.common import staging_to_read
from meetings import services
from meetings.forms.decision import DecisionForm, bound_elements, element_forms, recorded_rows
from meetings.live import last_event
from meetings.models import AgendaItem, Meeting
from meetings.pages.decision import DecisionCase, decision_case
from meetings.pages.facts import facts_context
from meetings.pages.room import RoomCase, advice_case, read_case, recorded, room_case
from meetings.pages.screen import advice_context, screen_context, votes_of
from meetings.selectors import agenda_of, get_visible_item, get_visible_meeting, last_decision
from meetings.typed import typed_of
from meetings.views.common import sentences, signed_in
from meetings.voting import advice_is_open
from patients.selectors import log_access

UNPROCESSABLE, CONFLICT = 422, 409


@login_required
@require_GET
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """The room with the case asked for (`?item=`), else the one on the wall, else the first that waits."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    items = on_agenda(meeting, user)
    item = chosen(meeting, items, request.GET.get("item", ""))
    if item is None:
        return render(request, "meetings/room_empty.html", {"meeting": meeting})
    return room_page(request, meeting, items, item)


def on_agenda(meeting: Meeting, user: User) -> list[AgendaItem]:
    """The cases that this user sees, without those that were taken off."""
    return [item for item in agenda_of(meeting, user) if item.state != AgendaItem.State.WITHDRAWN]


def chosen(meeting: Meeting, items: list[AgendaItem], asked: str) -> AgendaItem | None:
    """The case asked for, else the one that the chair shows, else the first that waits."""
    by_key = {str(item.pk): item for item in items}
    waiting = next((item for item in items if item.state == AgendaItem.State.WAITING), None)
    shown = by_key.get(str(meeting.current_item_id)) if meeting.state == Meeting.State.OPEN else None
    return by_key.get(asked) or shown or waiting or (items[0] if items else None)


def room_page(
    request: HttpRequest,
    meeting: Meeting,
    items: list[AgendaItem],
    item: AgendaItem,
    forms: dict[str, Any] | None = None,
    *,
    status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """The whole room with this case; `forms` and `more` are what was sent and could not be saved."""
    user = signed_in(request)
    patient = item.staging.patient
    log_access(request, patient)
    around = screen_context(user, meeting, items, item, request.GET.get("question", ""))
    parts = case_parts(user, item, request.GET.get("lesion", ""))
    case: RoomCase = parts["case"]
    context = {
        **around,
        **parts,
        **decision_parts(user, meeting, item, forms, case=case),
        **facts_context(user, item, case.advice),
        **(more or {}),
    }
    return render(request, "meetings/room.html", context, status=status)


def case_parts(user: User, item: AgendaItem, lesion: str = "") -> dict[str, Any]:
    """The case, with the series of `lesion` if that is asked for, and as far as it is open, the advice on it."""
    open_ = advice_is_open(item)
    room = f"{reverse('meetings:room', args=[item.meeting_id])}?item={item.pk}"
    case = room_case(
        item,
        base=reverse("decisions:staging", args=[item.staging_id]),
        today=timezone.localdate(),
        advice_open=open_,
        lesion=lesion,
        lesion_href=lambda label: f"{room}&lesion={quote(label)}#room-lesions",
    )
    return {"case": case, **advice_context(user, item, case.context, open_=open_)}


def advice_parts(user: User, item: AgendaItem) -> dict[str, Any]:
    """The advice on the case as far as it is open, without the case."""
    open_ = advice_is_open(item)
    case = advice_case(item, base=reverse("decisions:staging", args=[item.staging_id]), advice_open=open_)
    return {"case": case, **advice_context(user, item, case.context, open_=open_)}


def forms_again(typed: QueryDict, case: DecisionCase, room_item: int | None) -> dict[str, Any]:
    """The forms with what was typed before and never sent; nothing is called wrong yet."""
    form = DecisionForm(typed)
    form.is_valid()
    rows = [row.shown() for row in bound_elements(typed, case.choices)]
    initial = {**{name: typed.get(name) for name in form.fields}, **form.cleaned_data}
    return {
        "form": DecisionForm(initial={**initial, "room_item": room_item, "moved_on": ""}),
        "elements": element_forms([row for row in rows if row], case.choices),
    }


def decision_parts(
    user: User,
    meeting: Meeting,
    item: AgendaItem,
    forms: dict[str, Any] | None = None,
    *,
    case: RoomCase | None = None,
) -> dict[str, Any]:
    """The decision as it is recorded, its form (`forms`, else a fresh one), and what is said of its outcome.

    `case` is the case, where the page has read it already.
    """
    room = case or read_case(item)
    decided, deciding = recorded(item), decision_case(item, room.advice.result if room.advice else {})
    typed = typed_of(user, item, decided.revision if decided else 0) if forms is None else None
    if typed is not None:
        forms = {**forms_again(typed, deciding, meeting.current_item_id), "typed_before": True}
    elif forms is None:
        forms = {
            "form": DecisionForm.of(decided, meeting.current_item_id),
            "elements": element_forms(recorded_rows(decided), deciding.choices),
        }
    return {
        "decided": decided,
        "version": room.version,
        "outcomes": deciding.outcomes(),
        **deciding.said_of(forms["form"]["outcome"].value() or ""),
        **forms,
    }


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
    """Show the case to the room; by htmx it answers 204, because the screens follow by themselves."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    found = get_visible_item(user, meeting, item)
    try:
        services.show_item(by=user, meeting=meeting, item=found)
    except ValidationError as error:
        for text in sentences(error):
            messages.error(request, text)
    else:
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(status=204)
    return redirect(f"{reverse('meetings:room', args=[pk])}?item={found.pk}")


@login_required
@require_GET
def wall(request: HttpRequest, pk: int) -> HttpResponse:
    """The projector: the case that the chair shows. By htmx it answers 204 while nothing has changed on it."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    after = last_event(meeting)
    items = on_agenda(meeting, user)
    item = chosen(meeting, items, "")
    if item is None:
        empty = {"meeting": meeting, "item": None, "shown": "none", "after": after}
        return render(request, "meetings/wall.html", empty)
    open_ = advice_is_open(item)
    case = room_case(
        item, base="", today=timezone.localdate(), advice_open=open_, prefix="wall-", projector=True
    )
    assessed = case.advice.assessment.pk if case.advice and case.advice.assessment else 0
    votes = votes_of(user, item)
    said = "-".join(f"{state.votes_in}.{len(state.voters)}.{state.revealed:d}" for state in votes.rounds)
    decided = recorded(item)
    taken = f"{decided.revision}.{decided.signed_at is not None:d}" if decided else "0"
    shown = f"{item.pk}-{assessed}-{open_:d}-{item.state}-{said}-{taken}"
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
        "after": after,
        "votes": votes,
        "decided": decided,
        "place": next(index for index, other in enumerate(items, start=1) if other.pk == item.pk),
        "of": len(items),
        **advice_context(user, item, case.context, open_=open_),
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
