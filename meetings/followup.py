"""What is still to be done after decisions, and what became of it."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import DateField, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from meetings.models import BoardDecision, DecisionElement
from meetings.rules import names_of
from meetings.selectors import open_items
from patients.drawings.course import Event
from patients.models import Patient
from patients.selectors import visible_patients

Result, Code = DecisionElement.Result, DecisionElement.ResultCode
SOON = datetime.timedelta(days=7)
ENDED_SHOWN = datetime.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Task:
    """One open element as the one to do it sees it; `due` is the deadline, else the planned day 1, else None."""

    element: DecisionElement
    patient: Patient
    due: datetime.date | None
    status: str

    @property
    def who(self) -> str:
        """The person, else the office; '' when nobody was named."""
        return str(self.element.owner) if self.element.owner else self.element.responsible


def tasks_of(user: User, today: datetime.date, *, everyone: bool = False) -> list[Task]:
    """The user's open elements, or everyone's at the user's centres: overdue first, then by date, undated last.

    An element is the user's by name, or by discipline while no person is named.
    """
    elements = _visible(user).filter(result=Result.OPEN)
    if not everyone:
        named = Q()
        for name in names_of(user):
            named |= Q(responsible__iexact=name)
        elements = elements.filter(Q(owner=user) | (Q(owner__isnull=True) & named if named else Q(pk__in=[])))
    rows = elements.annotate(due=_due()).order_by(
        F("due").asc(nulls_last=True), "decision__item__staging__patient__case_id", "pk"
    )
    return [_task(element, today) for element in rows]


def _due() -> Coalesce:
    """The deadline, else the planned day 1."""
    return Coalesce("deadline", "planned_start", output_field=DateField())


def _visible(user: User) -> QuerySet[DecisionElement]:
    return DecisionElement.objects.filter(
        decision__item__staging__patient__in=visible_patients(user)
    ).select_related("owner", "decision__item__meeting", "decision__item__staging__patient__centre")


def _task(element: DecisionElement, today: datetime.date) -> Task:
    due: datetime.date | None = element.due  # type: ignore[attr-defined]
    if due is None:
        status = "later"
    elif due < today:
        status = "overdue"
    else:
        status = "soon" if due <= today + SOON else "not_due"
    return Task(element, element.decision.item.staging.patient, due, status)


def ended_lately(user: User, today: datetime.date) -> list[DecisionElement]:
    """What ended in the last thirty days, newest first."""
    ended = _visible(user).exclude(result=Result.OPEN).filter(result_on__gte=today - ENDED_SHOWN)
    return list(ended.order_by("-result_on", "-pk"))


def decisions_on(patient: Patient) -> list[BoardDecision]:
    """Every decision of a board on this patient with its elements and addenda, newest first."""
    return list(
        BoardDecision.objects.filter(item__staging__patient=patient)
        .select_related("item__meeting", "item__staging", "recorded_by", "signed_by")
        .prefetch_related("elements__owner", "addenda__by")
        .order_by("-item__meeting__starts_at", "-pk")
    )


def boards_on(patient: Patient) -> list[Event]:
    """The boards that decided on this patient, named by the outcome, and those that will (`planned`)."""
    decided = BoardDecision.objects.filter(item__staging__patient=patient).select_related("item__meeting")
    past = [
        Event(timezone.localdate(decision.item.meeting.starts_at), decision.get_outcome_display())
        for decision in decided
    ]
    return past + [
        Event(timezone.localdate(item.meeting.starts_at), "Board", planned=True)
        for item in open_items(patient)
    ]


# -------------------------------------------------------------------------------------------------- what became of it
@dataclass(frozen=True, slots=True)
class Outcomes:
    """How elements of decisions ended: counts, and why those ended that were changed or not done.

    `by_code` counts the coded reasons, most frequent first. Nothing here names a person.
    """

    open: int = 0
    done: int = 0
    changed: int = 0
    not_done: int = 0
    overdue: int = 0
    by_code: list[tuple[str, int]] = field(default_factory=list)

    @property
    def ended(self) -> int:
        """How many have ended, one way or the other."""
        return self.done + self.changed + self.not_done

    @property
    def done_percent(self) -> float | None:
        """The share of ended elements that were done as decided, in percent; None while none has ended."""
        return 100 * self.done / self.ended if self.ended else None


def element_outcomes(
    user: User,
    today: datetime.date,
    *,
    since: datetime.date | None = None,
    until: datetime.date | None = None,
) -> Outcomes:
    """How the elements decided by boards from `since` to `until` (local days, inclusive) ended, of all the
    patients that the user sees.
    """
    elements = _visible(user)
    if since is not None:
        elements = elements.filter(decision__item__meeting__starts_at__date__gte=since)
    if until is not None:
        elements = elements.filter(decision__item__meeting__starts_at__date__lte=until)
    return counted_outcomes(elements.annotate(due=_due()).values_list("result", "result_code", "due"), today)


def counted_outcomes(rows: Iterable[tuple[str, str, datetime.date | None]], today: datetime.date) -> Outcomes:
    """The counts of rows of result, coded reason, due date."""
    found = list(rows)
    results = Counter(result for result, _, _ in found)
    codes = Counter(code for result, code, _ in found if result in (Result.CHANGED, Result.NOT_DONE))
    return Outcomes(
        open=results[Result.OPEN],
        done=results[Result.DONE],
        changed=results[Result.CHANGED],
        not_done=results[Result.NOT_DONE],
        overdue=sum(result == Result.OPEN and due is not None and due < today for result, _, due in found),
        by_code=[
            (Code(code).label if code else "Reason not coded", count)
            for code, count in sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
    )
