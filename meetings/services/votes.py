"""Blind votes: opened, cast, revealed; and the advice that stays closed until then."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.audit import audited
from accounts.models import Discipline, User
from accounts.rules import require
from meetings.live import announce
from meetings.models import AdviceLook, AgendaItem, Meeting, RoomEvent, Vote, VoteRound
from meetings.reveal import reveal, reveal_when_all_are_in, tell
from meetings.services.agenda import locked_item
from meetings.services.meetings import locked, refuse_closed
from meetings.voting import QUESTIONS, advice_is_open, closed_for, why_closed
from patients.models import Staging


def open_vote(*, by: User, item: AgendaItem, question: str, before_meeting: bool = False) -> VoteRound:
    """Put a question on a case to the vote; one that is open already stays as it is.

    With `before_meeting` members vote on their own while the meeting is still planned: they are reminded on their
    first page and in the digest. Such a vote stays hidden, whoever has voted, until the room looks at its case; it
    is revealed then when everybody present has voted, or by the chair. So nobody comes to the meeting with the
    others' votes in mind, and a case on which all present have voted is not asked again.
    Raises `PermissionDenied`, and `ValidationError` on `meeting`, `item` or `question`.
    """
    require(by, "meetings.manage_meeting", item)
    if question not in QUESTIONS:
        raise ValidationError(
            {"question": [f"{question!r} is not allowed; allowed: one of {', '.join(QUESTIONS)}."]}
        )
    with audited(by=by, action="open vote"):
        meeting = locked(item.meeting)
        refuse_closed(meeting)
        item = locked_item(item)
        _refuse_over(item)
        if (meeting.state == Meeting.State.PLANNED) != before_meeting:
            raise ValidationError({"meeting": [_WHEN[before_meeting].format(meeting=meeting)]})
        round = VoteRound.objects.filter(item=item, question=question).first()
        if round is None:
            round = VoteRound.objects.create(
                item=item, question=question, before_meeting=before_meeting, opened_by=by
            )
            tell(round, RoomEvent.Kind.VOTE_OPENED, by)
        elif round.revealed_at is not None:
            raise ValidationError({"question": [_revealed(round)]})
    return round


_WHEN = {
    True: "{meeting} has begun; allowed: a vote in the room.",
    False: "{meeting} is not open yet; allowed: a vote before the meeting, or open it first.",
}


def cast_vote(*, by: User, round: VoteRound, choice: str) -> Vote:
    """Vote, or change one's vote before the reveal; the same vote twice changes nothing.

    In an open meeting the votes are revealed when everybody present has voted; those asked for before the meeting
    not before the room looks at their case. Raises `PermissionDenied`, and
    `ValidationError` on `round` (revealed, or its case is over), `meeting` or `choice`.
    """
    require(by, "meetings.cast_vote", round.item)
    with audited(by=by, action="vote"):
        meeting, round = _held(round)
        refuse_closed(meeting)
        if round.revealed_at is not None:
            raise ValidationError({"round": [f"{_revealed(round)} A vote after that does not count."]})
        if why := why_closed(round.item):
            raise ValidationError({"round": [f"{why} This vote is closed; nothing was counted."]})
        allowed = [option.code for option in QUESTIONS[round.question].choices]
        if choice not in allowed:
            raise ValidationError(
                {"choice": [f"{choice!r} is not allowed; allowed: one of {', '.join(allowed)}."]}
            )
        vote = Vote.objects.filter(round=round, voter=by).first()
        if vote is None:
            vote = Vote.objects.create(
                round=round, voter=by, discipline=_discipline(by, meeting), choice=choice
            )
            # Told once: that somebody thought again would be a hint.
            tell(round, RoomEvent.Kind.VOTED, by)
        elif vote.choice != choice:
            vote.choice = choice
            vote.save()
        if meeting.state == Meeting.State.OPEN:
            reveal_when_all_are_in(round, meeting)
    return vote


def _discipline(voter: User, meeting: Meeting) -> str:
    """For which discipline: that noted at the door, else the voter's own."""
    noted = meeting.attendances.filter(user=voter).exclude(discipline="").first()
    return Discipline(noted.discipline if noted else voter.discipline)


def reveal_vote(*, by: User, round: VoteRound) -> VoteRound:
    """Show everybody what was voted; a second time changes nothing.

    Raises `PermissionDenied`, and `ValidationError` on `meeting` (not open) or `round` (nobody has voted, or its
    case is over).
    """
    require(by, "meetings.reveal_vote", round.item)
    with audited(by=by, action="reveal votes"):
        meeting, round = _held(round)
        if round.revealed_at is not None:
            return round
        refuse_closed(meeting)
        if meeting.state == Meeting.State.PLANNED:
            raise ValidationError(
                {"meeting": [f"{meeting} is not open yet; its votes are revealed in the meeting."]}
            )
        if why := why_closed(round.item):
            raise ValidationError({"round": [f"{why} This vote is closed and stays hidden."]})
        if not round.votes.exists():
            raise ValidationError({"round": ["Nobody has voted yet; allowed: once a vote is in."]})
        reveal(round, by)
    return round


def open_advice(*, by: User, item: AgendaItem, deciding: bool = False) -> None:
    """Open the advice on a case before any vote was revealed; the room's events keep who and when.

    `deciding`: the board had decided, and its outcome deviates. Nothing happens when it is open already. Raises
    `PermissionDenied`.
    """
    require(by, "meetings.reveal_vote", item)
    with audited(by=by, action="open advice before the vote"):
        locked(item.meeting)
        item = locked_item(item)
        if not advice_is_open(item):
            details = {"opened": True, "deciding": deciding}
            announce(meeting=item.meeting, kind=RoomEvent.Kind.ADVICE, by=by, item=item, details=details)


def look_at_advice(*, by: User, staging: Staging) -> None:
    """Read the advice on the case page before the board has voted; that one did so is kept, and said at the reveal.

    The room stays as it is. Nothing happens when the advice is open to `by`. Raises `PermissionDenied`.
    """
    require(by, "patients.view_patient", staging)
    with audited(by=by, action="read advice before the vote"):
        for item in closed_for(by, staging):
            AdviceLook.objects.get_or_create(item=item, by=by)


def _held(round: VoteRound) -> tuple[Meeting, VoteRound]:
    """Meeting, case and round as they are now, held until the transaction ends; always in this order."""
    meeting = locked(round.item.meeting)
    item = locked_item(round.item)
    round = VoteRound.objects.select_for_update(of=("self",)).select_related("revealed_by").get(pk=round.pk)
    round.item = item
    return meeting, round


def _refuse_over(item: AgendaItem) -> None:
    if item.state != AgendaItem.State.WAITING:
        why = why_closed(item) or "The board has decided this case."
        raise ValidationError({"item": [f"{why} Allowed: a vote on a case that waits."]})


def _revealed(round: VoteRound) -> str:
    assert round.revealed_at is not None
    how = f"by {round.revealed_by}" if round.revealed_by else "when the last vote was in"
    return f"The votes on this question were revealed at {timezone.localtime(round.revealed_at):%H:%M} {how}."
