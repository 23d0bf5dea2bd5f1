"""Rules that every model keeps, also one that is added tomorrow."""

import pytest
from django.apps import apps
from django.db.models import CheckConstraint, ForeignKey, Model

from accounts.models import User
from patients.facts import FACT_COLUMNS, LESION_COLUMNS
from patients.models import LesionFinding, RecordAccess

OWN_APPS = ("accounts", "patients", "decisions", "meetings")
OWN_MODELS = [
    model
    for label in OWN_APPS
    for model in apps.get_app_config(label).get_models()
    if not hasattr(model, "pgh_tracked_model") and not model._meta.auto_created
]
UNTRACKED = {RecordAccess}
"""The log of reads is itself a log."""
WITHOUT_AUTHOR = {"decisions.RulebookVersion": "created_by"}
"""The rulebook that is shipped with the program has no author."""


def _name(model: type[Model]) -> str:
    return model._meta.label


@pytest.mark.parametrize("model", OWN_MODELS, ids=_name)
def test_every_model_is_tracked(model: type[Model]) -> None:
    assert hasattr(model, "pgh_event_models") or model in UNTRACKED


@pytest.mark.parametrize("model", [m for m in OWN_MODELS if m not in UNTRACKED], ids=_name)
def test_every_tracked_model_notes_inserts_updates_and_deletes(model: type[Model]) -> None:
    labels = {tracker.label for event in model.pgh_event_models.values() for tracker in event.pgh_trackers}  # type: ignore[attr-defined]
    assert labels == {"insert", "update", "delete"}


@pytest.mark.parametrize("name", sorted(FACT_COLUMNS))
def test_every_fact_column_is_nullable_and_empty_to_begin_with(name: str) -> None:
    field = FACT_COLUMNS[name].field
    assert field.null
    assert not field.has_default() or field.get_default() is None


@pytest.mark.parametrize("name", LESION_COLUMNS)
def test_every_fact_of_a_lesion_is_nullable(name: str) -> None:
    assert LesionFinding._meta.get_field(name).null  # type: ignore[union-attr]


def _pairs(model: type[Model]) -> list[tuple[str, str]]:
    names = {field.name for field in model._meta.fields}
    return [
        (f"{stem}_at", f"{stem}_by")
        for stem in sorted({name[:-3] for name in names if name.endswith(("_at", "_by"))})
        if f"{stem}_at" in names and f"{stem}_by" in names
    ]


PAIRS = [(model, *pair) for model in OWN_MODELS for pair in _pairs(model)]


@pytest.mark.parametrize(("model", "at", "by"), PAIRS, ids=[f"{_name(m)}.{at}" for m, at, _ in PAIRS])
def test_who_and_when_are_given_together(model: type[Model], at: str, by: str) -> None:
    fields = {field.name: field for field in model._meta.fields}
    if not fields[at].null and not fields[by].null:
        return
    if WITHOUT_AUTHOR.get(_name(model)) == by:
        return
    conditions = [str(c.condition) for c in model._meta.constraints if isinstance(c, CheckConstraint)]
    assert any(at in condition and by in condition for condition in conditions)


@pytest.mark.parametrize("model", OWN_MODELS, ids=_name)
def test_a_person_who_acted_is_not_deleted_from_under_the_record(model: type[Model]) -> None:
    for field in model._meta.fields:
        if isinstance(field, ForeignKey) and field.related_model is User and field.name.endswith("_by"):
            assert field.remote_field.on_delete.__name__ == "PROTECT", field.name
