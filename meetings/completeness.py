"""How much was known when the board discussed a case: of the facts that matter, the share that was there.

What counts, in one place (also shown on the page): the facts that matter to a case are those that were known and those
that were missing and could still have changed something, by the assessment that the board saw: of a decided case the
one that the decision rests on, of a deferred one the newest before the meeting was closed. A case that was on the
agenda and not discussed does not count, nor does one without an assessment. Nothing of it is kept by person.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models import Centre, User
from decisions.engine.facts import FACTS
from decisions.models import Assessment
from meetings.models import AgendaItem, BoardDecision
from meetings.registry import Period, Spread, spread
from meetings.services.meetings import NOT_DISCUSSED
from patients.selectors import visible_patients

COUNTED = tuple(name for name in FACTS if "[]" not in name and not name.startswith("case."))
"""Facts of the case as a whole: lesions one by one would weigh more in whoever has many."""


@dataclass(frozen=True, slots=True)
class Discussed:
    """One case that a board discussed on `day`; `percent` of the facts that matter were known."""

    day: datetime.date
    centre: str
    percent: int


def share_known(document: Mapping[str, Any], missing: Iterable[Mapping[str, Any]]) -> int | None:
    """How many of 100 facts that matter are known; None when none matters."""
    known = {name for name in COUNTED if _value(document, name) is not None}
    lacking = {str(one["fact"]) for one in missing} & set(COUNTED) - known
    whole = len(known) + len(lacking)
    return round(100 * len(known) / whole) if whole else None


def _value(document: Mapping[str, Any], name: str) -> Any:
    found: Any = document
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def discussed_in(user: User, period: Period, centre: Centre | None = None) -> list[Discussed]:
    """The cases discussed in `period` whose patients `user` may see, of one centre when asked, by day."""
    patients = visible_patients(user)
    if centre is not None:
        patients = patients.filter(centre=centre)
    days = (period.first, period.last)
    decided = BoardDecision.objects.filter(
        item__staging__patient__in=patients, item__meeting__starts_at__date__range=days,
        assessment__isnull=False,
    ).values_list(
        "item__meeting__starts_at", "item__staging__patient__centre__name", "staging_version__document",
        "assessment__result__missing",
    )  # fmt: skip
    deferred = AgendaItem.objects.filter(
        staging__patient__in=patients, meeting__starts_at__date__range=days,
        state=AgendaItem.State.DEFERRED,
    ).exclude(state_note=NOT_DISCUSSED)  # fmt: skip
    seen = Assessment.objects.filter(
        staging_version__staging=OuterRef("staging"),
        created_at__lte=Coalesce(OuterRef("meeting__closed_at"), Now()),
    ).order_by("-staging_version__number", "-created_at", "-pk")
    rows = list(decided.order_by())
    with_assessment = deferred.annotate(seen=Subquery(seen.values("pk")[:1])).filter(seen__isnull=False)
    meetings = dict(with_assessment.values_list("seen", "meeting__starts_at"))
    rows += [
        (meetings[pk], name, document, missing)
        for pk, name, document, missing in Assessment.objects.filter(pk__in=meetings).values_list(
            "pk", "staging_version__staging__patient__centre__name", "staging_version__document",
            "result__missing",
        )
    ]  # fmt: skip
    found = []
    for starts_at, name, document, missing in rows:
        percent = share_known(document or {}, missing or ())
        if percent is not None:
            found.append(Discussed(timezone.localdate(starts_at), name, percent))
    return sorted(found, key=lambda case: (case.day, case.centre, case.percent))


def completeness(cases: Iterable[Discussed], period: Period) -> Spread:
    """Median and quartiles of the cases discussed in `period`, in percent of the facts that matter."""
    return spread([case.percent for case in cases if case.day in period])


def by_month(cases: Sequence[Discussed], parts: Iterable[Period]) -> list[tuple[datetime.date, Spread]]:
    """Of every part (a month, or what of it lies in the period) its first day and its figures."""
    return [(part.first.replace(day=1), completeness(cases, part)) for part in parts]
