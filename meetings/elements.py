"""The elements of a decision: what is to be done, checked and written."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from decisions.engine.facts import FACTS
from meetings.models import BoardDecision, DecisionElement

ELEMENT_FIELDS = (
    "kind", "detail", "responsible", "owner", "missing_fact", "deadline", "planned_start", "cycle_length_days",
)  # fmt: skip


def cleaned_elements(decision: BoardDecision, rows: list[Mapping[str, Any]]) -> list[DecisionElement]:
    """The rows as elements that are not saved yet; raises `ValidationError` on `elements.0.detail` …

    A row that defers and names only the missing fact says so in words; who has an account is also named.
    """
    problems: dict[str, list[str]] = {}
    cleaned = []
    for position, row in enumerate(rows):
        unknown = set(row) - set(ELEMENT_FIELDS) - {"id"}
        if unknown:
            raise TypeError(f"unknown fields of a decision's element: {', '.join(sorted(unknown))}")
        element = DecisionElement(**{name: row[name] for name in ELEMENT_FIELDS if row.get(name) is not None})
        _completed(element)
        found: dict[str, list[str]] = {}
        try:
            element.clean_fields(exclude=["decision"])
        except ValidationError as error:
            found = {name: list(messages) for name, messages in error.message_dict.items()}
        found |= _dates(element, decision) | _people_and_facts(element, decision)
        problems |= {f"elements.{position}.{name}": messages for name, messages in found.items()}
        cleaned.append(element)
    systemic = [element for element in cleaned if element.kind == DecisionElement.Kind.SYSTEMIC]
    if len(systemic) > 1:
        problems["elements"] = [f"{len(systemic)} systemic therapies; allowed: one in a decision."]
    if problems:
        raise ValidationError(problems)
    return cleaned


def _completed(element: DecisionElement) -> None:
    if not element.detail and element.missing_fact in FACTS:
        element.detail = f"Until known: {FACTS[element.missing_fact].label}"[:200]
    if not element.responsible and element.owner is not None:
        element.responsible = str(element.owner)[:120]


def _dates(element: DecisionElement, decision: BoardDecision) -> dict[str, list[str]]:
    meeting_day = timezone.localdate(decision.item.meeting.starts_at)
    return {
        name: [
            f"{day.isoformat()} lies long before the meeting ({meeting_day.isoformat()}); "
            "allowed: a day from a month before it on."
        ]
        for name in ("planned_start", "deadline")
        if isinstance(day := getattr(element, name), datetime.date)
        and day < meeting_day - datetime.timedelta(days=31)
    }


def _people_and_facts(element: DecisionElement, decision: BoardDecision) -> dict[str, list[str]]:
    problems = {}
    owner = element.owner
    if owner is not None and not (
        owner.is_active and owner.has_perm("patients.view_patient", decision.item.staging)
    ):
        problems["owner"] = [f"{owner} does not see this patient; allowed: a person of the board who does."]
    if element.missing_fact and element.missing_fact not in FACTS:
        problems["missing_fact"] = [
            f"{element.missing_fact!r} is not allowed; allowed: the name of a fact of the vocabulary."
        ]
    if element.missing_fact and element.kind != DecisionElement.Kind.DEFER:
        problems["missing_fact"] = ["Only a case that is deferred waits for a fact; allowed: nothing here."]
    return problems


def replace_elements(decision: BoardDecision, cleaned: list[DecisionElement]) -> None:
    """Elements that say the same stay what they are (done stays done); the others are written anew."""
    kept: set[int] = set()
    existing = list(decision.elements.all())
    for element in cleaned:
        same = next((old for old in existing if old.pk not in kept and _said(old) == _said(element)), None)
        if same is not None:
            kept.add(same.pk)
            continue
        element.decision = decision
        element.save()
        kept.add(element.pk)
    decision.elements.exclude(pk__in=kept).delete()


def say_the_same(decision: BoardDecision, cleaned: list[DecisionElement]) -> bool:
    """True when these are the elements that the decision has already, in this order."""
    return [_said(element) for element in decision.elements.all()] == [_said(element) for element in cleaned]


def _said(element: DecisionElement) -> tuple[Any, ...]:
    return tuple(getattr(element, name) for name in ELEMENT_FIELDS)
