"""What a staging's tables hold, as one JSON value, and the way back."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from patients.facts import FACT_COLUMNS, STAGING_BLOCKS
from patients.models import FactEntry, Lesion, LesionFinding, Staging
from patients.selectors import stored_facts
from patients.services.lesions import FINDING_COLUMNS
from patients.values import clean_value

_ENTRY = ("state", "observed_on", "source", "note", "recorded_by_id")


def working_of(staging: Staging) -> dict[str, Any]:
    """The facts of the staging (not those of the patient), its lesions and where each fact comes from."""
    facts = {
        name: value
        for name, value in stored_facts(staging).items()
        if name in FACT_COLUMNS and FACT_COLUMNS[name].level == "staging"
    }
    findings = LesionFinding.objects.filter(staging=staging).select_related("lesion")
    entries = FactEntry.objects.filter(staging=staging)
    stored = Staging.objects.get(pk=staging.pk)
    snapshot = {
        "facts": facts,
        "lesions": {
            finding.lesion.label: {name: getattr(finding, name) for name in sorted(FINDING_COLUMNS)}
            for finding in findings
        },
        "entries": {entry.name: {name: getattr(entry, name) for name in _ENTRY} for entry in entries},
        "lesions_complete": stored.lesions_complete,
        "kind": stored.kind,
        "question": stored.question,
    }
    copy: dict[str, Any] = json.loads(json.dumps(snapshot, cls=DjangoJSONEncoder))
    return copy


def restore_working(staging: Staging, snapshot: dict[str, Any]) -> None:
    """Put the staging's tables back to `snapshot` (from `working_of`)."""
    facts = snapshot.get("facts", {})
    for model in STAGING_BLOCKS:
        columns = {c.attribute: c for c in FACT_COLUMNS.values() if c.model is model and c.name in facts}
        values = {
            attribute: clean_value(column.field, facts[column.name]) for attribute, column in columns.items()
        }
        model._default_manager.filter(staging=staging).delete()
        if values:
            model._default_manager.create(staging=staging, **values)
    LesionFinding.objects.filter(staging=staging).delete()
    for label, values in snapshot.get("lesions", {}).items():
        lesion, _ = Lesion.objects.get_or_create(patient=staging.patient, label=label)
        LesionFinding.objects.create(staging=staging, lesion=lesion, **values)
    FactEntry.objects.filter(staging=staging).delete()
    for name, values in snapshot.get("entries", {}).items():
        FactEntry.objects.create(patient=staging.patient, staging=staging, name=name, **values)
    Staging.objects.filter(pk=staging.pk).update(
        lesions_complete=snapshot.get("lesions_complete", False),
        kind=snapshot.get("kind", staging.kind),
        question=snapshot.get("question", staging.question),
    )
