"""What put-off cases wait for, and when a patient was last discussed: read for many cases at once."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from decisions.case_facts import document_of
from decisions.engine.facts import FACTS
from decisions.pages.advice import discipline_words
from decisions.pages.brief import CaseBrief
from decisions.pages.changes import flat
from meetings.models import AgendaItem, BoardDecision, DecisionElement
from patients.models import Staging

State, Kind = AgendaItem.State, DecisionElement.Kind
PUT_OFF_BY = frozenset({BoardDecision.Outcome.WORK_UP})
"""Outcomes after which a case is discussed again."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A fact that a put-off case waits for: who obtains it, and whether it is known by now."""

    fact: str
    label: str
    who: str
    came_in: bool


@dataclass(frozen=True, slots=True)
class PutOff:
    """The newest time that a board put the case off: on which day, why in words, and what it waits for."""

    item: AgendaItem
    on: datetime.date
    why: str
    awaited: tuple[Awaited, ...]

    @property
    def came_in(self) -> bool:
        """True when it waited for something and all of that is known by now."""
        return bool(self.awaited) and all(one.came_in for one in self.awaited)


@dataclass(frozen=True, slots=True)
class Discussed:
    """When a board last had the patient before it, and what became of it, in words."""

    on: datetime.date
    words: str


def discussed_items(stagings: Iterable[int], *, but: Iterable[int] = ()) -> dict[int, AgendaItem]:
    """By staging: the newest item that a board decided or put off, with decision and elements, without `but`."""
    items = (
        AgendaItem.objects.filter(staging__in=list(stagings), state__in=(State.DECIDED, State.DEFERRED))
        .exclude(pk__in=list(but))
        .select_related("meeting", "staging", "decision")
        .prefetch_related("decision__elements")
        .order_by("meeting__starts_at", "pk")
    )
    return {item.staging_id: item for item in items}


def put_off(item: AgendaItem, staging: Staging, brief: CaseBrief | None) -> PutOff | None:
    """What the case waits for after this item; None when the board decided it."""
    decision: BoardDecision | None = getattr(item, "decision", None)
    on = timezone.localdate(item.meeting.starts_at)
    if item.state == State.DEFERRED:
        names, why = [item.missing_fact], item.state_note
    elif decision is not None and decision.outcome in PUT_OFF_BY:
        elements = list(decision.elements.all())
        names = [element.missing_fact for element in elements]
        said = [element.detail for element in elements if not element.missing_fact and element.detail]
        why = "; ".join(said) or decision.rationale
    else:
        return None
    awaited = [name for name in dict.fromkeys(names) if name in FACTS]
    known = _known(staging, brief, awaited)
    return PutOff(
        item,
        on,
        why,
        tuple(Awaited(name, FACTS[name].label, discipline_words(name), known[name]) for name in awaited),
    )


def _known(staging: Staging, brief: CaseBrief | None, names: list[str]) -> Mapping[str, bool]:
    """Whether each fact is known: as it was staged, or by now in the record (a result may wait to be staged)."""
    found = {name: is_known(brief.document if brief else {}, name) for name in names}
    if not all(found.values()):
        present = document_of(staging, with_derived=True)
        found = {name: known or is_known(present, name) for name, known in found.items()}
    return found


def is_known(document: Mapping[str, Any], name: str) -> bool:
    """Whether a case document holds the fact; a fact of lesions when every lesion has it."""
    if name.startswith("lesions[]."):
        lesions = document.get("lesions") or ()
        key = name.removeprefix("lesions[].")
        return bool(lesions) and all(lesion.get(key) is not None for lesion in lesions)
    return flat(document).get(name) is not None


def last_discussed(patients: Iterable[int], *, but: Iterable[int] = ()) -> dict[int, Discussed]:
    """By patient: the newest item that a board decided or put off, leaving out the items `but`."""
    items = (
        AgendaItem.objects.filter(
            staging__patient__in=list(patients), state__in=(State.DECIDED, State.DEFERRED)
        )
        .exclude(pk__in=list(but))
        .select_related("meeting", "staging", "decision")
        .order_by("meeting__starts_at", "pk")
    )
    return {item.staging.patient_id: _discussed(item) for item in items}


def _discussed(item: AgendaItem) -> Discussed:
    decision: BoardDecision | None = getattr(item, "decision", None)
    words = decision.get_outcome_display() if decision else item.state_note or item.get_state_display()
    return Discussed(timezone.localdate(item.meeting.starts_at), words)
