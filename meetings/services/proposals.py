"""What people do with the cases that propose themselves: put on the agenda, turn down, take that back."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from meetings.models import AgendaItem, Meeting, ProposalDismissal
from meetings.proposals import Proposal, proposals_for
from meetings.services.agenda import add_to_agenda
from meetings.services.meetings import locked, refuse_closed
from patients.models import Staging


def accept_proposals(
    *, by: User, meeting: Meeting, stagings: Iterable[Staging] | None = None
) -> list[AgendaItem]:
    """Put proposed cases on the agenda, each with the reason for which it proposed itself; None: all of them.

    All or nothing. Raises `PermissionDenied`, and `ValidationError` on `meeting` (closed) or `staging` (not
    proposed any more: somebody was faster).
    """
    require(by, "meetings.manage_meeting", meeting)
    with audited(by=by, action="put proposals on agenda"):
        meeting = locked(meeting)
        refuse_closed(meeting)
        found = proposals_for(by, meeting)
        wanted = found.open
        if stagings is not None:
            known = {one.staging.pk: one for one in [*found.open, *found.dismissed]}
            wanted = [_asked(known, staging) for staging in stagings]
        return [
            add_to_agenda(by=by, meeting=meeting, staging=one.staging, reason=one.reason) for one in wanted
        ]


def _asked(known: dict[int, Proposal], staging: Staging) -> Proposal:
    if staging.pk not in known:
        raise ValidationError(
            {
                "staging": [
                    f"Case {staging.patient.case_id} does not propose itself any more: it is on an agenda, or was "
                    "decided meanwhile. Allowed: put it on by its number."
                ]
            }
        )
    return known[staging.pk]


def dismiss_proposal(*, by: User, meeting: Meeting, staging: Staging, reason: str) -> ProposalDismissal:
    """Turn a proposal down, with the reason; it comes back when something new happens.

    Raises `PermissionDenied`, and `ValidationError` on `reason` or `staging`.
    """
    require(by, "meetings.manage_meeting", meeting)
    said = reason.strip()
    if not 3 <= len(said) <= 200:
        raise ValidationError(
            {"reason": [f"{len(said)} characters; allowed: a reason of 3 to 200 characters."]}
        )
    with audited(by=by, action="turn proposal down"):
        found = proposals_for(by, locked(meeting))
        proposal = _asked({one.staging.pk: one for one in [*found.open, *found.dismissed]}, staging)
        row, _ = ProposalDismissal.objects.get_or_create(
            staging=staging, grounds=proposal.signatures, defaults={"reason": said, "by": by}
        )
    return row


def propose_again(*, by: User, meeting: Meeting, staging: Staging) -> None:
    """Take the dismissals of a case back: it proposes itself again. Twice changes nothing."""
    require(by, "meetings.manage_meeting", meeting)
    require(by, "patients.view_patient", staging)
    with audited(by=by, action="propose case again"):
        ProposalDismissal.objects.filter(staging=staging).delete()
