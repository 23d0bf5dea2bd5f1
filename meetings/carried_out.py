"""What the board's decisions said of the advice, what became of them, and which cases it put off.

A decision belongs to the local date of its meeting, and so do its elements, whenever they ended.

- **Follows, deviates**: of the decisions that can be compared with the advice at all; those that cannot are
  counted apart. A deviation carries a coded reason.
- **Carried out**: of the elements that have ended, those that ended as decided ('done'); 'changed' and 'not
  done' carry a reason in the words of who noted it. Elements still open are counted apart.
- **Put off**: of the cases that a meeting took up, those that it did not decide.
- **Minutes a case**: how long a case was on the screen of the room, rounded up; from what happened there.
- **Agreement**: of the members with each other, over the votes revealed; Krippendorff's alpha of each question.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import Centre, User
from meetings.models import AgendaItem, BoardDecision, DecisionElement, Meeting, VoteRound
from meetings.papers.records import minutes_by_item
from meetings.registry import Period, Share, Spread, spread
from meetings.voting import Agreement, agreement
from patients.models import Patient
from patients.selectors import visible_patients

Comparison, Result, State = BoardDecision.Comparison, DecisionElement.Result, AgendaItem.State
Counts = tuple[tuple[str, int], ...]
"""Words and how many, most frequent first."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Decisions held against the advice."""

    follows: Share
    deviates: Share
    no_comparison: int
    reasons: Counts

    @property
    def decisions(self) -> int:
        """All decisions of the period."""
        return self.follows.whole + self.no_comparison


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What became of the elements of decisions."""

    done: Share
    changed: Share
    not_done: Share
    still_open: int
    reasons_changed: Counts
    reasons_not_done: Counts


@dataclass(frozen=True, slots=True)
class PutOff:
    """Cases that a meeting took up and did not decide, and why."""

    deferred: Share
    reasons: Counts


def advice_followed(user: User, period: Period, centre: Centre | None = None) -> Advice:
    """The decisions of `period` on patients whom `user` may see, of one centre when asked."""
    decisions = BoardDecision.objects.filter(
        item__staging__patient__in=_patients(user, centre),
        item__meeting__starts_at__date__range=(period.first, period.last),
    )
    rows = list(decisions.values_list("comparison", "deviation_reason").order_by())
    found = Counter(comparison for comparison, _ in rows)
    compared = found[Comparison.FOLLOWS] + found[Comparison.DEVIATES]
    reasons = (
        BoardDecision.DeviationReason(reason).label
        for comparison, reason in rows
        if comparison == Comparison.DEVIATES
    )
    return Advice(
        follows=Share(found[Comparison.FOLLOWS], compared),
        deviates=Share(found[Comparison.DEVIATES], compared),
        no_comparison=found[Comparison.NO_COMPARISON],
        reasons=_counts(reasons),
    )


def decisions_carried_out(user: User, period: Period, centre: Centre | None = None) -> CarriedOut:
    """The elements of the decisions of `period` on patients whom `user` may see, of one centre when asked."""
    elements = DecisionElement.objects.filter(
        decision__item__staging__patient__in=_patients(user, centre),
        decision__item__meeting__starts_at__date__range=(period.first, period.last),
    )
    rows = [
        (result, DecisionElement.ResultCode(code).label if code else reason)
        for result, code, reason in elements.values_list("result", "result_code", "result_reason").order_by()
    ]
    found = Counter(result for result, _ in rows)
    ended = len(rows) - found[Result.OPEN]
    return CarriedOut(
        done=Share(found[Result.DONE], ended),
        changed=Share(found[Result.CHANGED], ended),
        not_done=Share(found[Result.NOT_DONE], ended),
        still_open=found[Result.OPEN],
        reasons_changed=_counts(reason for result, reason in rows if result == Result.CHANGED),
        reasons_not_done=_counts(reason for result, reason in rows if result == Result.NOT_DONE),
    )


def cases_put_off(user: User, period: Period, centre: Centre | None = None) -> PutOff:
    """The cases of the meetings of `period` whose patients `user` may see, of one centre when asked."""
    items = AgendaItem.objects.filter(
        staging__patient__in=_patients(user, centre),
        meeting__starts_at__date__range=(period.first, period.last),
        state__in=(State.DECIDED, State.DEFERRED),
    )
    rows = list(items.values_list("state", "state_note").order_by())
    reasons = [note for state, note in rows if state == State.DEFERRED]
    return PutOff(Share(len(reasons), len(rows)), _counts(reasons))


def minutes_a_case(user: User, period: Period, centre: Centre | None = None) -> Spread:
    """The minutes of the cases of closed meetings of `period` whose patients `user` may see."""
    seen = set(
        AgendaItem.objects.filter(staging__patient__in=_patients(user, centre)).values_list("pk", flat=True)
    )
    meetings = Meeting.objects.filter(
        state=Meeting.State.CLOSED, starts_at__date__range=(period.first, period.last)
    ).prefetch_related("events_in_room")
    spent = [
        minutes
        for meeting in meetings
        for item, minutes in minutes_by_item(meeting.events_in_room.all(), meeting.closed_at).items()
        if item in seen
    ]
    return spread(spent)


def members_agree(user: User, period: Period, centre: Centre | None = None) -> list[Agreement]:
    """How far the members agreed in the votes of `period` on patients whom `user` may see."""
    rounds = VoteRound.objects.filter(
        item__staging__patient__in=_patients(user, centre),
        item__meeting__starts_at__date__range=(period.first, period.last),
        revealed_at__isnull=False,
    )
    return agreement(rounds)


def _patients(user: User, centre: Centre | None) -> QuerySet[Patient]:
    patients = visible_patients(user)
    return patients if centre is None else patients.filter(centre=centre)


def _counts(words: Iterable[str]) -> Counts:
    """Equal words together, whatever their capitals; '' becomes 'no reason given'."""
    shown: dict[str, str] = {}
    found: Counter[str] = Counter()
    for text in words:
        clean = " ".join(text.split()) or "no reason given"
        key = shown.setdefault(clean.casefold(), clean)
        found[key] += 1
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))
