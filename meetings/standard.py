"""What usually follows an outcome: who does what by when, offered in the form and never stored unseen.

Kinds, disciplines and terms are the board's own habit, not a source's; the chair changes or empties them. How many
days each term has, every board chooses for itself (`Habit`; the page of its settings); no source names them.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Discipline, User
from meetings.models import BoardDecision, BoardSettings, DecisionElement
from patients.models import Patient
from patients.wording import counted

Outcome, Kind, Intent = BoardDecision.Outcome, DecisionElement.Kind, BoardDecision.Intent


@dataclass(frozen=True, slots=True)
class Habit:
    """A term that a board chooses: `days` unless it says otherwise, from `least` to `most`."""

    name: str
    label: str
    days: int
    least: int = 1
    most: int = 365


@dataclass(frozen=True, slots=True)
class Usual:
    """One thing that usually follows: of a kind, in words, by a discipline, within the days of the habit `term`."""

    kind: str
    detail: str
    discipline: str
    term: str
    start: str = ""
    """The habit that says when day 1 of systemic therapy is planned; '': it runs already, or is none."""


HABITS: Mapping[str, Habit] = {
    habit.name: habit
    for habit in (
        Habit("resection", "Resection: operated on within", 28),
        Habit("hypertrophy", "Enlargement of the remnant: done within", 14),
        Habit("volumetry", "Volumetry after it: within", 42),
        Habit("neoadjuvant", "Neoadjuvant therapy: seen by the oncologist within", 14),
        Habit("neoadjuvant_start", "Neoadjuvant therapy: day 1 planned in", 14, 0, 120),
        Habit("conversion", "Conversion therapy: seen by the oncologist within", 14),
        Habit("conversion_start", "Conversion therapy: day 1 planned in", 14, 0, 120),
        Habit("continued", "Systemic therapy that goes on: seen by the oncologist within", 14),
        Habit("ablation", "Local therapy: done within", 28),
        Habit("transplant", "Evaluation for transplantation: within", 28),
        Habit("palliative", "Palliative therapy: seen by the oncologist within", 14),
        Habit("palliative_start", "Palliative therapy: day 1 planned in", 14, 0, 120),
        Habit("adjuvant", "Adjuvant therapy: seen by the oncologist within", 28),
        Habit("adjuvant_start", "Adjuvant therapy: day 1 planned in", 28, 0, 120),
        Habit("surveillance", "Imaging of the follow-up: within", 90),
        Habit("supportive", "Best supportive care: seen within", 14),
        Habit("work_up", "More work-up: back at the board within", 14),
    )
}
"""Every term by name, in the order of the page."""


def habits_of(chosen: BoardSettings) -> dict[str, int]:
    """The days of every term as this board has them."""
    return {name: int(chosen.habits.get(name, habit.days)) for name, habit in HABITS.items()}


SURGEON, ONCOLOGIST = Discipline.HPB_SURGEON, Discipline.MEDICAL_ONCOLOGIST
INTERVENTIONAL = Discipline.INTERVENTIONAL_RADIOLOGIST
USUAL: Mapping[str, tuple[Usual, ...]] = {
    Outcome.RESECTION: (Usual(Kind.SURGERY, "Liver resection", SURGEON, "resection"),),
    Outcome.HYPERTROPHY: (
        Usual(Kind.LOCAL, "Enlargement of the remnant", INTERVENTIONAL, "hypertrophy"),
        Usual(Kind.WORK_UP, "Volumetry after it", Discipline.RADIOLOGIST, "volumetry"),
    ),
    Outcome.NEOADJUVANT: (
        Usual(Kind.SYSTEMIC, "Neoadjuvant therapy", ONCOLOGIST, "neoadjuvant", "neoadjuvant_start"),
    ),
    Outcome.CONVERSION: (
        Usual(Kind.SYSTEMIC, "Conversion therapy", ONCOLOGIST, "conversion", "conversion_start"),
    ),
    Outcome.CONTINUE: (Usual(Kind.SYSTEMIC, "Systemic therapy, continued", ONCOLOGIST, "continued"),),
    Outcome.ABLATION: (Usual(Kind.LOCAL, "Local therapy", INTERVENTIONAL, "ablation"),),
    Outcome.TRANSPLANT: (
        Usual(Kind.WORK_UP, "Transplant evaluation", Discipline.TRANSPLANT_SURGEON, "transplant"),
    ),
    Outcome.PALLIATIVE: (
        Usual(Kind.SYSTEMIC, "Palliative systemic therapy", ONCOLOGIST, "palliative", "palliative_start"),
    ),
    Outcome.ADJUVANT: (Usual(Kind.SYSTEMIC, "Adjuvant therapy", ONCOLOGIST, "adjuvant", "adjuvant_start"),),
    Outcome.SURVEILLANCE: (
        Usual(Kind.WORK_UP, "Imaging of the follow-up", Discipline.RADIOLOGIST, "surveillance"),
    ),
    Outcome.SUPPORTIVE: (Usual(Kind.SUPPORTIVE, "Best supportive care", ONCOLOGIST, "supportive"),),
    Outcome.WORK_UP: (Usual(Kind.DEFER, "", "", "work_up"),),
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
    habits: Mapping[str, int],
    present: frozenset[int] = frozenset(),
    missing: Sequence[str] = (),
    regimen: str = "",
) -> list[dict[str, Any]]:
    """The rows that an outcome offers, as `DecisionElement` columns.

    `people` may own a task; who is in the room (`present`, keys) goes before who is not. `missing` are facts,
    most useful first; `regimen` is what runs; `habits` the board's terms in days (`habits_of`).
    """
    rows = []
    for usual in USUAL.get(outcome, ()):
        row: dict[str, Any] = {
            "kind": str(usual.kind),
            "detail": regimen if regimen and outcome == Outcome.CONTINUE else usual.detail,
            "deadline": today + datetime.timedelta(days=habits[usual.term]),
        }
        if usual.kind == Kind.DEFER and missing:
            row["missing_fact"] = missing[0]
        if usual.start:
            row["planned_start"] = today + datetime.timedelta(days=habits[usual.start])
        owner = owner_for(usual.discipline, patient, people, present)
        if owner is not None:
            row["owner"] = owner
        elif usual.discipline:
            row["responsible"] = str(Discipline(usual.discipline).label)
        rows.append(row)
    return rows


def terms_in_words(outcome: str, habits: Mapping[str, int]) -> str:
    """Which terms the rows of an outcome rest on: '28 days', '14 days, day 1 in 14 days'; '' without rows."""
    said = []
    for usual in USUAL.get(outcome, ()):
        start = f", day 1 in {counted(habits[usual.start], 'day')}" if usual.start else ""
        said.append(f"{counted(habits[usual.term], 'day')}{start}")
    return "; ".join(said)


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
