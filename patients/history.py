"""The history of a record, read from the audit events: who, when, from where, what, old and new."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from accounts.models import User
from patients.models import (
    FactEntry,
    ImagingStudy,
    Lesion,
    LesionMeasurement,
    Patient,
    Staging,
    TreatmentCycle,
    TreatmentLine,
)

_WHOLE = frozenset({"document", "provenance"})
"""Columns that hold a whole document: that they changed is said, their content is not."""
_HIDDEN = frozenset({"id", "created_at", "opened_at", "recorded_at", "content_hash", "working"})
_VERBS = {"insert": "entered", "update": "changed", "delete": "removed"}


@dataclass(frozen=True, slots=True)
class Change:
    """One column of one row: its value before and after, as text; '' is empty."""

    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that was entered, changed or removed."""

    what: str
    verb: str
    changes: list[Change]


@dataclass(slots=True)
class Action:
    """All that one person did at once. `by` is None for a change outside the program (raw SQL)."""

    at: datetime.datetime
    by: User | None
    action: str
    source: str
    url: str
    address: str
    rows: list[RowChange] = field(default_factory=list)


def tracked_models() -> list[type[models.Model]]:
    """The models of this app whose changes are recorded."""
    return [
        model for model in apps.get_app_config("patients").get_models() if hasattr(model, "pgh_event_model")
    ]


def _ids(model: Any, **of: Any) -> list[int]:
    """Primary keys of the rows that belong, or once belonged, to the patient: also of rows that are gone."""
    return list(model.pgh_event_model.objects.filter(**of).values_list("pgh_obj_id", flat=True).distinct())


def _belonging(patient: Patient) -> dict[str, Q]:
    """By the column that leads to the patient: which events are this patient's."""
    stagings = _ids(Staging, patient_id=patient.pk)
    return {
        "patient": Q(patient_id=patient.pk),
        "staging": Q(staging_id__in=stagings),
        "line": Q(line_id__in=_ids(TreatmentLine, patient_id=patient.pk)),
        "study": Q(study_id__in=_ids(ImagingStudy, patient_id=patient.pk)),
    }


def _events(model: Any, patient: Patient, belonging: dict[str, Q]) -> list[Any]:
    columns = {column.name for column in model._meta.fields}
    if model is Patient:
        owner = Q(id=patient.pk)
    else:
        owner = next(condition for column, condition in belonging.items() if column in columns)
    events = model.pgh_event_model.objects.filter(owner).select_related("pgh_context")
    return list(events.order_by("pgh_id"))


def _shown(event: Any, column: Any) -> str:
    if column.name in _WHOLE:
        return "" if getattr(event, column.name) in (None, {}) else "a document"
    value = getattr(event, column.attname)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value) or "none"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def _people(column: Any) -> bool:
    return isinstance(column, models.ForeignKey) and column.related_model is User


def _columns(model: Any) -> list[Any]:
    """The columns worth showing; what only leads to the owner is not."""
    owners = {"patient", "staging", "line", "study", "lesion"}
    return [
        c for c in model._meta.fields if c.name not in _HIDDEN and not (c.name in owners and c.is_relation)
    ]


def _subject(model: Any, event: Any, lesions: dict[int, str], dates: dict[int, str]) -> str:
    """What the row is, in words."""
    name = str(model._meta.verbose_name)
    if model is FactEntry:
        name = f"source of {event.name}"
    elif hasattr(model, "block") and model is not Patient:
        name = f"facts: {model.block}"
    if getattr(event, "lesion_id", None) is not None:
        name += f" {lesions.get(event.lesion_id, '')}"
    if model in (TreatmentCycle, TreatmentLine):
        name += f" {event.number}"
    if model is Staging:
        return f"staging of {event.date}"
    staging: int | None = getattr(event, "staging_id", None)
    study = f" of study {event.study_id}" if model is LesionMeasurement else ""
    return f"{name}{study}{f', staging of {dates[staging]}' if staging in dates else ''}"


def _row_change(model: Any, before: Any, event: Any, names: dict[int, str], subject: str) -> RowChange | None:
    changes = []
    for column in _columns(model):
        old = _shown(before, column) if before is not None else ""
        new = _shown(event, column) if event.pgh_label != "delete" else ""
        if _people(column):
            old, new = (names.get(int(text), text) if text else "" for text in (old, new))
        if old != new or (event.pgh_label == "update" and _document_changed(before, event, column)):
            changes.append(Change(str(column.verbose_name), old, new))
    if not changes and event.pgh_label == "update":
        return None
    return RowChange(subject, _VERBS.get(event.pgh_label, event.pgh_label), changes)


def _document_changed(before: Any, event: Any, column: Any) -> bool:
    if column.name not in _WHOLE or before is None:
        return False
    return bool(getattr(before, column.name) != getattr(event, column.name))


def history_of(patient: Patient) -> list[Action]:
    """Every change of the record, newest first, grouped by what one person did at once."""
    belonging = _belonging(patient)
    by_model = [(model, _events(model, patient, belonging)) for model in tracked_models()]
    users: dict[int | None, User] = {user.pk: user for user in User.objects.all()}
    names = {user.pk: str(user) for user in users.values()}
    lesions = {e.pgh_obj_id: e.label for m, events in by_model if m is Lesion for e in events}
    dates = {e.pgh_obj_id: str(e.date) for m, events in by_model if m is Staging for e in events}
    groups: dict[Any, Action] = {}
    rows: dict[Any, list[tuple[int, RowChange]]] = defaultdict(list)
    for order, (model, events) in enumerate(by_model):
        last: dict[Any, Any] = {}
        for event in events:
            before = last.get(event.pgh_obj_id)
            last[event.pgh_obj_id] = None if event.pgh_label == "delete" else event
            row = _row_change(model, before, event, names, _subject(model, event, lesions, dates))
            if row is None:
                continue
            key = event.pgh_context_id or (model, event.pgh_id)
            if key not in groups:
                metadata = event.pgh_context.metadata if event.pgh_context else {}
                groups[key] = Action(
                    at=event.pgh_created_at,
                    by=users.get(metadata.get("user")),
                    action=metadata.get("action", "change outside the program"),
                    source=metadata.get("source", "database"),
                    url=metadata.get("url", ""),
                    address=metadata.get("ip") or "",
                )
            rows[key].append((order, row))
    for key, action in groups.items():
        action.rows = [row for _, row in sorted(rows[key], key=lambda pair: pair[0])]
    return sorted(groups.values(), key=lambda action: action.at, reverse=True)
