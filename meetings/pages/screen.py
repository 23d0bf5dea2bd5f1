"""One screen of the room: what it shows beside the case itself, and what of the advice is still closed."""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from decisions.selectors import latest_assessment
from meetings.live import last_event
from meetings.models import AgendaItem, Meeting, RoomEvent
from meetings.pages.room import agenda_rows, tally
from meetings.presence import people_here
from meetings.quorum import quorum_of
from meetings.similar import similar_on
from meetings.voting import QUESTIONS, Question, RoundState, round_state, settings_of

ADVICE = (
    "definitions", "classes", "timing", "asks", "asks_more", "warnings", "flags", "firmness", "counterfactuals",
    "questions", "questions_more", "questions_folded", "conflicts", "lesion_table", "since", "between",
)  # fmt: skip
"""What of a case's context is advice: taken out while the board has not voted, so that no page can leak it."""


@dataclass(slots=True)
class Votes:
    """The rounds on one case, the one that the keys press, and what may be done."""

    rounds: list[RoundState]
    active: RoundState | None
    reveal: RoundState | None
    unopened: list[Question]
    may_open: bool
    before_meeting: bool


def votes_of(user: User, item: AgendaItem, asked: str = "") -> Votes:
    """Everything about the votes on `item` that `user` may see; `asked` is the question to be answered next."""
    meeting = item.meeting
    rows = list(item.vote_rounds.select_related("revealed_by", "item__meeting", "item__staging__patient"))
    revealed = any(row.revealed_at for row in rows)  # nothing is compared with the advice before
    assessment = latest_assessment(item.staging) if revealed else None
    rounds = [round_state(row, user, assessment.result if assessment else None) for row in rows]
    open_rounds = [state for state in rounds if state.may_vote]
    active = next((state for state in open_rounds if state.question.code == asked), None) or next(
        (state for state in open_rounds if not state.mine), None
    )
    hidden = [state for state in rounds if not state.revealed and not state.closed_because and state.votes_in]
    may_reveal = meeting.state == Meeting.State.OPEN and user.has_perm("meetings.reveal_vote", item)
    may_open = (
        item.state == AgendaItem.State.WAITING
        and meeting.state != Meeting.State.CLOSED
        and user.has_perm("meetings.manage_meeting", item)
    )
    opened = {state.question.code for state in rounds}
    return Votes(
        rounds=rounds,
        active=active,
        reveal=(active if active in hidden else hidden[0]) if may_reveal and hidden else None,
        unopened=[question for code, question in QUESTIONS.items() if code not in opened] if may_open else [],
        may_open=may_open,
        before_meeting=meeting.state == Meeting.State.PLANNED,
    )


def here_context(user: User, meeting: Meeting, items: list[AgendaItem], item: AgendaItem) -> dict[str, Any]:
    """Who is here, what the chair shows, and whether this screen follows."""
    open_ = meeting.state == Meeting.State.OPEN
    shown = next((other for other in items if other.pk == meeting.current_item_id), None) if open_ else None
    quorum = quorum_of(meeting)
    noted = {person.user_id for person in quorum.people}
    return {
        "shown": shown,
        "follows": shown is not None and shown.pk == item.pk,
        "leads": open_ and user.has_perm("meetings.record_decision", meeting),
        "may_manage": meeting.state != Meeting.State.CLOSED
        and user.has_perm("meetings.manage_meeting", meeting),
        "quorum": quorum,
        "people_here": people_here(meeting.pk),
        "noted": noted,
        "may_join": open_ and user.pk not in noted and user.has_perm("meetings.join_meeting", meeting),
    }


def rail_context(items: list[AgendaItem], item: AgendaItem) -> dict[str, Any]:
    """The agenda with this case in it; a case that was taken off has no place and no neighbours."""
    place = next((index for index, other in enumerate(items) if other.pk == item.pk), None)
    neighbours: dict[str, Any] = {"place": None, "previous": None, "next": items[0] if items else None}
    if place is not None:
        neighbours = {
            "place": place + 1,
            "previous": items[place - 1] if place else None,
            "next": items[place + 1] if place + 1 < len(items) else None,
        }
    return {"rows": agenda_rows(items, item), "tally": tally(items), **neighbours}


def screen_context(
    user: User, meeting: Meeting, items: list[AgendaItem], item: AgendaItem, asked: str = ""
) -> dict[str, Any]:
    """Everything around the case. Read before the case: what happens meanwhile is told once more by the stream."""
    patient = item.staging.patient
    return {
        "after": last_event(meeting),
        "meeting": meeting,
        "item": item,
        "patient": patient,
        "similar": similar_on([patient, *(other.staging.patient for other in items)]).get(patient.pk, []),
        "staging": item.staging,
        "votes": votes_of(user, item, asked),
        "may_decide": user.has_perm("meetings.record_decision", item)
        and meeting.state != Meeting.State.CLOSED,
        "may_sign": user.has_perm("meetings.sign_decision", item),
        "warned": warned_of(item),
        **rail_context(items, item),
        **here_context(user, meeting, items, item),
    }


def advice_context(user: User, item: AgendaItem, context: dict[str, Any], *, open_: bool) -> dict[str, Any]:
    """The case's context with the advice, or without it while it is not `open_`; LUNG-07 speaks only with it."""
    kept = context if open_ else {name: value for name, value in context.items() if name not in ADVICE}
    result = context.get("result") or {}
    return {
        **kept,
        "advice_open": open_,
        "may_open_advice": not open_ and user.has_perm("meetings.reveal_vote", item),
        "quorum": quorum_of(item.meeting, result if open_ else None),
        "advice_after_vote": settings_of(item.meeting).advice_after_vote,
    }


def warned_of(item: AgendaItem) -> list[dict[str, str]]:
    """What the last recording of the decision was warned of: rule and text."""
    event = RoomEvent.objects.filter(item=item, kind=RoomEvent.Kind.DECIDED).order_by("-pk").first()
    return list(event.details.get("warnings", [])) if event else []
