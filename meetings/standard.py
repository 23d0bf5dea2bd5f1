"""What usually follows an outcome: who does what by when, offered in the form and never stored unseen.

Kinds, disciplines and terms are the board's own habit, not a source's; the chair changes or empties them.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Discipline, User
from meetings.models import BoardDecision, DecisionElement
from patients.models import Patient

Outcome, Kind, Intent = BoardDecision.Outcome, DecisionElement.Kind, BoardDecision.Intent


@dataclass(frozen=True, slots=True)
class Usual:
    """One thing that usually follows: of a kind, in words, by a discipline, within days."""

    kind: str
    detail: str
    discipline: str
    days: int
    starts_in: int | None = None
    """Days until day 1 of systemic therapy is planned; None: it runs already, or is none."""


SURGEON, ONCOLOGIST = Discipline.HPB_SURGEON, Discipline.MEDICAL_ONCOLOGIST
USUAL: Mapping[str, tuple[Usual, ...]] = {
    Outcome.RESECTION: (Usual(Kind.SURGERY, "Liver resection", SURGEON, 28),),
    Outcome.HYPERTROPHY: (
        Usual(Kind.LOCAL, "Enlargement of the remnant", Discipline.INTERVENTIONAL_RADIOLOGIST, 14),
        Usual(Kind.WORK_UP, "Volumetry after it", Discipline.RADIOLOGIST, 42),
    ),
    Outcome.NEOADJUVANT: (Usual(Kind.SYSTEMIC, "Neoadjuvant therapy", ONCOLOGIST, 14, starts_in=14),),
    Outcome.CONVERSION: (Usual(Kind.SYSTEMIC, "Conversion therapy", ONCOLOGIST, 14, starts_in=14),),
    Outcome.CONTINUE: (Usual(Kind.SYSTEMIC, "Systemic therapy, continued", ONCOLOGIST, 14),),
    Outcome.ABLATION: (Usual(Kind.LOCAL, "Local therapy", Discipline.INTERVENTIONAL_RADIOLOGIST, 28),),
    Outcome.TRANSPLANT: (Usual(Kind.WORK_UP, "Transplant evaluation", Discipline.TRANSPLANT_SURGEON, 28),),
    Outcome.PALLIATIVE: (Usual(Kind.SYSTEMIC, "Palliative systemic therapy", ONCOLOGIST, 14, starts_in=14),),
    Outcome.ADJUVANT: (Usual(Kind.SYSTEMIC, "Adjuvant therapy", ONCOLOGIST, 28, starts_in=28),),
    Outcome.SURVEILLANCE: (Usual(Kind.WORK_UP, "Imaging of the follow-up", Discipline.RADIOLOGIST, 90),),
    Outcome.SUPPORTIVE: (Usual(Kind.SUPPORTIVE, "Best supportive care", ONCOLOGIST, 14),),
    Outcome.WORK_UP: (Usual(Kind.DEFER, "", "", 14),),
}
INTENTS: Mapping[str, str] = {
    Outcome.RESECTION: Intent.CURE,
    Outcome.HYPERTROPHY: Intent.CURE,
    Outcome.NEOADJUVANT: Intent.CURE,
    Outcome.CONVERSION: Intent.CONVERSION,
    Outcome.CONTINUE: Intent.CONVERSION,
    Outcome.ABLATION: Intent.CURE,
    Outcome.TRANSPLANT: Intent.CURE,
    Outcome.PALLIATIVE: Intent.CONTROL,
    Outcome.ADJUVANT: Intent.CURE,
    Outcome.SUPPORTIVE: Intent.COMFORT,
}
"""The intent that an outcome usually has; surveillance and work-up have none of their own."""


def standard_rows(
    outcome: str,
    *,
    patient: Patient,
    today: datetime.date,
    people: Sequence[User],
    present: frozenset[int] = frozenset(),
    missing: Sequence[str] = (),
    regimen: str = "",
) -> list[dict[str, Any]]:
    """The rows that an outcome offers, as `DecisionElement` columns.

    `people` may own a task; who is in the room (`present`, keys) goes before who is not. `missing` are facts,
    most useful first; `regimen` is what runs.
    """
    rows = []
    for usual in USUAL.get(outcome, ()):
        row: dict[str, Any] = {
            "kind": str(usual.kind),
            "detail": regimen if regimen and outcome == Outcome.CONTINUE else usual.detail,
            "deadline": today + datetime.timedelta(days=usual.days),
        }
        if usual.kind == Kind.DEFER and missing:
            row["missing_fact"] = missing[0]
        if usual.starts_in is not None:
            row["planned_start"] = today + datetime.timedelta(days=usual.starts_in)
        owner = owner_for(usual.discipline, patient, people, present)
        if owner is not None:
            row["owner"] = owner
        elif usual.discipline:
            row["responsible"] = str(Discipline(usual.discipline).label)
        rows.append(row)
    return rows


def owner_for(
    discipline: str, patient: Patient, people: Sequence[User], present: frozenset[int]
) -> User | None:
    """The patient's own surgeon or oncologist; else who is there for the discipline; else the only one who could."""
    own = {SURGEON: patient.surgeon, ONCOLOGIST: patient.oncologist}.get(discipline)  # type: ignore[call-overload]
    if own is not None and own in people:
        return own  # type: ignore[no-any-return]
    able = [person for person in people if discipline and person.discipline == discipline]
    there = [person for person in able if person.pk in present]
    if there:
        return there[0]
    return able[0] if len(able) == 1 else None


def offered(
    given: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]], now: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows after another outcome was chosen: its own, and of those in the form what somebody typed or changed.

    A row that still says what the outcome before offered goes with that outcome.
    """
    untouched = [_said(row) for row in before]
    return [*now, *(dict(row) for row in given if _said(row) and _said(row) not in untouched)]


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, "")}
