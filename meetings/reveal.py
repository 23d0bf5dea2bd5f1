"""When a hidden vote is revealed, and how that is told.

These functions run inside the transaction of the change that calls them, with the meeting locked; they check no
permission.
"""

from django.utils import timezone

from accounts.models import User
from meetings.live import announce
from meetings.models import AgendaItem, Meeting, RoomEvent, VoteRound
from meetings.voting import expected_voters, why_closed

FEWEST = 2
"""A round reveals itself when at least so many are present and all of them have voted."""


def reveal_what_is_in(meeting: Meeting, item: AgendaItem) -> None:
    """The room looks at this case now: reveal the votes on it that everybody present has cast before."""
    rounds = VoteRound.objects.select_for_update(of=("self",)).filter(item=item, revealed_at__isnull=True)
    for round in rounds.order_by("pk"):
        round.item = item
        if not why_closed(item):
            reveal_when_all_are_in(round, meeting)


def reveal_when_all_are_in(round: VoteRound, meeting: Meeting) -> None:
    """Reveal a round when everybody present has voted; one from before the meeting only while its case is shown."""
    if round.before_meeting and meeting.current_item_id != round.item_id:
        return
    present = {row.user_id for row in expected_voters(round.item)}
    voted = set(round.votes.values_list("voter_id", flat=True))
    if len(present) >= FEWEST and present <= voted:
        reveal(round, None)


def reveal(round: VoteRound, by: User | None) -> None:
    """Show everybody what was voted; `by` None: because everybody present has voted."""
    round.revealed_at, round.revealed_by = timezone.now(), by
    round.save()
    tell(round, RoomEvent.Kind.REVEALED, by)


def tell(round: VoteRound, kind: RoomEvent.Kind, by: User | None) -> None:
    """Announce what happened to a round, without anything of what was voted."""
    announce(
        meeting=round.item.meeting,
        kind=kind,
        by=by,
        item=round.item,
        details={"round": round.pk, "question": round.question},
    )
