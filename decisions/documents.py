"""Case documents in and out: every importer makes documents, and this stores them.

A document is one staging; its key is (`case.id`, `case.decision_date`). Each record goes in whole or not
at all.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounts.audit import audited
from accounts.models import Centre, User
from accounts.rules import require, visible_centres
from decisions.case_facts import document_of
from decisions.engine.document import DocumentError, canonical, parse
from decisions.services import stage_case
from patients.facts import FACT_COLUMNS, LESION_COLUMNS
from patients.models import FactEntry, Patient, Staging
from patients.selectors import fact_entries, visible_patients
from patients.services import (
    clear_facts,
    create_patient,
    open_amendment,
    open_staging,
    record_facts,
    remove_lesion,
    save_lesion,
)

Outcome = Literal["created", "updated", "unchanged"]
UNASSIGNED = "unassigned"
"""Code of the centre of imported patients whose centre nobody named."""
AMENDED = "Imported again, with other values"


@dataclass(slots=True)
class Report:
    """What became of each record of an import; `record` counts from 1 in the order of the input."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report of the contract."""
        return asdict(self)

    @property
    def refused_records(self) -> int:
        """How many records were refused (one record may have several errors)."""
        return len({item["record"] for item in self.refused})


@dataclass(frozen=True, slots=True)
class _Import:
    by: User
    amend: bool
    stage: bool
    centre: Centre | None


class _RefusedError(Exception):
    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


def import_documents(
    *,
    by: User,
    documents: Iterable[Any],
    amend: bool = False,
    stage: bool = False,
    dry_run: bool = False,
    centre: Centre | None = None,
    records: Sequence[int] | None = None,
) -> Report:
    """Store case documents; each record all or nothing, the others are in whatever happens to one.

    The same key updates a draft: what the document says replaces what is stored, what an earlier import said
    and this one does not is empty again, what people entered stays. A staged case changes only with `amend`,
    which stages it anew. `stage` stages every record. `centre` receives new patients. `dry_run` reports the
    same and stores nothing. `records` numbers the documents, where they come from the rows of a table.
    Raises `PermissionDenied` when the user may not import at all.
    """
    require(by, "decisions.import_cases", centre)
    report = Report()
    work = _Import(by, amend, stage, centre)
    with transaction.atomic() if dry_run else nullcontext():
        for position, document in enumerate(documents, start=1):
            report.read += 1
            record = records[position - 1] if records else position
            try:
                with audited(by=by, action="import case", source="import"):
                    outcome = _store(work, document)
            except (DocumentError, ValidationError, PermissionDenied, _RefusedError) as error:
                report.refused += [{"record": record, **item} for item in _errors(error, document)]
            else:
                setattr(report, outcome, getattr(report, outcome) + 1)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _errors(error: Exception, document: Any) -> list[dict[str, Any]]:
    if isinstance(error, DocumentError):
        return [{"path": item.path, "value": item.value, "message": item.message} for item in error.errors]
    if isinstance(error, ValidationError):
        by_path = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        return [
            {"path": path, "value": value_at(document, path), "message": message}
            for path, messages in by_path.items()
            for message in messages
        ]
    path = error.path if isinstance(error, _RefusedError) else "case.id"
    return [{"path": path, "value": value_at(document, path), "message": str(error)}]


def value_at(document: Any, path: str) -> Any:
    """The value at `path` ('liver.lesion_count', 'lesions[L1].segment') in a document, or None."""
    here = document
    for step in path.replace("[", ".[").split("."):
        if step.startswith("[") and isinstance(here, list):
            label = step.strip("[]")
            here = next((item for item in here if isinstance(item, dict) and item.get("id") == label), None)
        elif isinstance(here, dict):
            here = here.get(step)
        else:
            return None
    return here


def _store(work: _Import, document: Any) -> Outcome:
    parse(document)
    wanted = canonical(document)
    case_id = wanted.get("case", {}).get("id")
    if case_id is None:
        raise _RefusedError(
            "case.id", "A case id is needed to store a case; allowed: a text of 1 to 60 characters."
        )
    patient = Patient.objects.select_for_update().filter(case_id=case_id).first()
    if patient is None:
        centre = _centre_for(work)
        require(work.by, "decisions.import_cases", centre)
        patient = create_patient(by=work.by, case_id=case_id, centre=centre, source=FactEntry.Source.IMPORTED)
    else:
        require(work.by, "decisions.import_cases", patient)
    staging, created = _staging_for(work, patient, wanted)
    changed = _bring_in(work, staging, wanted)
    if work.stage and staging.versions.filter(state="draft").exists():
        stage_case(by=work.by, staging=staging)
        changed = True
    if created:
        return "created"
    return "updated" if changed else "unchanged"


def _centre_for(work: _Import) -> Centre:
    if work.centre is not None:
        return work.centre
    centres = list(visible_centres(work.by)[:2])
    if len(centres) == 1:
        only: Centre = centres[0]
        return only
    if work.by.is_superuser or work.by.all_centres:
        defaults = {"name": "Centre not stated"}
        return Centre.objects.get_or_create(code=UNASSIGNED, defaults=defaults)[0]
    codes = ", ".join(visible_centres(work.by).values_list("code", flat=True)) or "none"
    raise _RefusedError(
        "case.id", f"The centre of this new patient is not clear; allowed: name one of {codes}."
    )


def _staging_for(work: _Import, patient: Patient, wanted: Mapping[str, Any]) -> tuple[Staging, bool]:
    text = wanted["case"].get("decision_date")
    date = datetime.date.fromisoformat(text) if text else None
    staging = Staging.objects.select_for_update().filter(patient=patient, date=date).first()
    if staging is None:
        kind = _kind_of(patient, wanted["case"].get("phase"))
        try:
            opened = open_staging(by=work.by, patient=patient, date=date, kind=kind, undated=date is None)
        except ValidationError as error:
            messages = error.message_dict
            messages["case.decision_date"] = messages.pop("date", [])
            raise ValidationError({path: found for path, found in messages.items() if found}) from error
        return opened, True
    if staging.withdrawn_at is not None:
        raise _RefusedError(
            "case.decision_date",
            f"This staging was withdrawn ({staging.withdrawn_reason}); allowed: another date.",
        )
    return staging, False


def _kind_of(patient: Patient, phase: str | None) -> str:
    if phase in ("post_resection", "post_transplant"):
        return Staging.Kind.POST_OPERATIVE
    if phase in ("on_conversion", "on_neoadjuvant") or patient.stagings.exists():
        return Staging.Kind.RESTAGING
    return Staging.Kind.BASELINE


def flat(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The facts of a canonical document by name (without its key), and its lesions."""
    facts: dict[str, Any] = {}

    def walk(path: str, block: Mapping[str, Any]) -> None:
        for key, value in block.items():
            name = f"{path}.{key}" if path else key
            if isinstance(value, dict):
                walk(name, value)
            elif name in FACT_COLUMNS:
                facts[name] = value

    walk("", document)
    return facts, list(document.get("lesions", []))


def _bring_in(work: _Import, staging: Staging, wanted: Mapping[str, Any]) -> bool:
    """Make the staging's facts those of the document; True when something changed."""
    facts, lesions = flat(wanted)
    stored, listed = flat(document_of(staging, with_derived=False))
    changed = {name: value for name, value in facts.items() if stored.get(name) != value}
    dropped = [name for name in stored if name not in facts and name in _of_this_import(staging)]
    relisted = bool(lesions) and _by_id(lesions) != _by_id(listed)
    if not changed and not dropped and not relisted:
        return False
    amending = not staging.versions.filter(state="draft").exists()
    if amending:
        if not work.amend:
            raise _RefusedError(
                "case.decision_date",
                "This case is staged and the document says something else; allowed: import it with 'amend'.",
            )
        open_amendment(by=work.by, staging=staging, reason=AMENDED)
    if dropped:
        clear_facts(by=work.by, staging=staging, names=dropped)
    if changed:
        record_facts(by=work.by, staging=staging, values=changed, source=FactEntry.Source.IMPORTED)
    if relisted:
        _list_lesions(work.by, staging, lesions, listed)
    if amending and not work.stage:
        stage_case(by=work.by, staging=staging)
    return True


def _of_this_import(staging: Staging) -> set[str]:
    """Facts that an import brought for this staging; those of a patient with others may be theirs."""
    alone = not Staging.objects.filter(patient=staging.patient_id).exclude(pk=staging.pk).exists()
    return {
        name
        for name, entry in fact_entries(staging).items()
        if entry.source == FactEntry.Source.IMPORTED and (entry.staging_id is not None or alone)
    }


def _by_id(lesions: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(lesion["id"]): lesion for lesion in lesions}


def _list_lesions(
    by: User, staging: Staging, lesions: list[dict[str, Any]], listed: list[dict[str, Any]]
) -> None:
    """The document's list replaces the staging's; what a document cannot say (vessels, plan) stays."""
    for label in _by_id(listed).keys() - _by_id(lesions).keys():
        remove_lesion(by=by, staging=staging, label=label)
    for lesion in lesions:
        columns = {name: lesion.get(name) for name in LESION_COLUMNS}
        save_lesion(by=by, staging=staging, label=str(lesion["id"]), **columns)


def export_documents(*, by: User, case_ids: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """The case documents of the stagings in use that the user may see, by case and date.

    They hold what was stated and import to the same facts; what is read from series or derived is left out.
    Raises `ValidationError` on `case.id` naming the cases that are not there for this user.
    """
    stagings = Staging.objects.filter(patient__in=visible_patients(by), withdrawn_at__isnull=True)
    if case_ids is not None:
        wanted = list(dict.fromkeys(case_ids))
        asked = [case_id for case_id in wanted if "\x00" not in case_id]  # PostgreSQL holds no such text
        found = set(visible_patients(by).filter(case_id__in=asked).values_list("case_id", flat=True))
        unknown = [case_id for case_id in wanted if case_id not in found]
        if unknown:
            raise ValidationError({"case.id": [f"There is no case {', '.join(unknown)}."]})
        stagings = stagings.filter(patient__case_id__in=wanted)
    ordered = stagings.select_related("patient").order_by("patient__case_id", "date", "pk")
    return [document_of(staging, with_derived=False) for staging in ordered]
