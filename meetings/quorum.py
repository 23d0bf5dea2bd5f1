"""Who is there by discipline, and what the sources say of who is not: worked out live, never frozen.

G-02, G-03 and LUNG-07 speak of the people in the room. The engine's own conditions decide, on attendance.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Discipline
from decisions.engine.logic import Context
from decisions.engine.rules import RULES
from decisions.engine.thresholds import default
from meetings.models import Attendance, BoardDecision, Meeting

WANTED: Mapping[str, str] = {
    Discipline.HPB_SURGEON: "liver surgeon",
    Discipline.MEDICAL_ONCOLOGIST: "medical oncologist",
    Discipline.RADIOLOGIST: "radiologist",
    Discipline.PATHOLOGIST: "pathologist",
    Discipline.INTERVENTIONAL_RADIOLOGIST: "interventional radiologist",
    Discipline.RADIATION_ONCOLOGIST: "radiation oncologist",
    Discipline.GENETICIST: "geneticist",
}
"""The seven disciplines of G-03."""

Outcome = BoardDecision.Outcome
SAYS_NOTHING_OF_RESECTABILITY = frozenset({Outcome.ADJUVANT, Outcome.SURVEILLANCE, Outcome.WORK_UP})
"""Outcomes that do not rest on whether the liver disease can be resected; all others do."""


@dataclass(frozen=True, slots=True)
class Quorum:
    """Who is noted as there, the disciplines present, those of the seven that are missing, and notices."""

    people: list[Attendance]
    disciplines: list[str]
    missing: list[str]
    notices: list[str]

    @property
    def present_of_seven(self) -> int:
        """How many of the seven disciplines of G-03 are there."""
        return len(WANTED) - len(self.missing)

    @property
    def without_surgeon(self) -> bool:
        """No liver surgeon is noted as present (G-02)."""
        return WANTED[Discipline.HPB_SURGEON] in self.missing


def quorum_of(meeting: Meeting, result: Mapping[str, Any] | None = None) -> Quorum:
    """Attendance by discipline with a notice for each rule that it fires.

    `result` is the assessment of the case, for LUNG-07; without it (or while it is closed) that one is silent.
    """
    people = list(meeting.attendances.select_related("user").order_by("arrived_at"))
    present = {person.discipline for person in people if person.discipline}
    named = dict.fromkeys(person.get_discipline_display() for person in people if person.discipline)
    missing = [words for code, words in WANTED.items() if code not in present]
    notices = [text for _, text in fired(present)]
    if result and (result.get("rules") or {}).get("LUNG-07") == "fired":
        notices.append(_lung(Discipline.THORACIC_SURGEON in present))
    return Quorum(people, list(named), missing, notices)


def fired(present: Iterable[str]) -> list[tuple[str, str]]:
    """Rule and notice, of G-02 and G-03, for these disciplines present. The first that fires says enough."""
    codes = set(present)
    ctx = Context({"case.mdt_members_present": tuple(sorted(codes))}, default())
    if RULES["G-02"].evaluate(ctx) == "fired":
        return [("G-02", f"No liver surgeon is noted as present. {_source('G-02')}")]
    if RULES["G-03"].evaluate(ctx) == "fired":
        missing = [words for code, words in WANTED.items() if code not in codes]
        return [("G-03", f"Not noted as present: {', '.join(missing)}. {_source('G-03')}")]
    return []


def _lung(surgeon_there: bool) -> str:
    there = "a thoracic surgeon is here" if surgeon_there else "no thoracic surgeon is noted as present"
    return (
        "Lung metastases classed as resectable, and no thoracic surgical opinion is recorded; "
        f"{there}. {_source('LUNG-07')}"
    )


def _source(rule_id: str) -> str:
    rule = RULES[rule_id]
    return f"{rule.strength[:1].upper()}{rule.strength[1:]}, section {rule.section}, refs {rule.refs}."


def warnings_on(meeting: Meeting, outcome: str) -> list[dict[str, str]]:
    """What a decision for this outcome is warned of now: `rule` and `text`. It is shown and kept, never a block."""
    if outcome not in Outcome.values or outcome in SAYS_NOTHING_OF_RESECTABILITY:
        return []
    present = (
        Attendance.objects.filter(meeting=meeting).exclude(discipline="").values_list("discipline", flat=True)
    )
    return [{"rule": rule, "text": text} for rule, text in fired(present) if rule == "G-02"]
