"""Reads that are more than a get."""

from typing import Any, cast

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.rules import visible_centres
from patients.facts import FACT_COLUMNS, LESION_COLUMNS, PATIENT_BLOCKS, STAGING_BLOCKS
from patients.models import FactEntry, LesionFinding, Patient, RecordAccess, Staging

_BLOCK_PATHS = (
    "patient",
    *(model._meta.model_name or "" for model in STAGING_BLOCKS),
    *(f"patient__{model._meta.model_name}" for model in PATIENT_BLOCKS),
)


def visible_patients(user: User) -> QuerySet[Patient]:
    """The patients that this user may read."""
    if not user.has_perm("patients.view_patient"):
        return Patient.objects.none()
    if user.is_superuser or user.all_centres:
        return Patient.objects.all()
    return Patient.objects.filter(centre__in=visible_centres(user))


def listed_patients(user: User, *, query: str = "", centre: str = "") -> QuerySet[Patient]:
    """The visible patients that match `centre` and every word of `query` (case and hospital number, names).

    `centre` is a centre's code. Each patient has `listed_stagings` (in use, newest first, with versions).
    """
    found = visible_patients(user).select_related("centre")
    for word in query.split():
        found = found.filter(
            Q(case_id__icontains=word)
            | Q(family_name__icontains=word)
            | Q(given_name__icontains=word)
            | Q(hospital_number__icontains=word)
        )
    if centre:
        found = found.filter(centre__code=centre)
    stagings = Staging.objects.filter(withdrawn_at__isnull=True).order_by("-date", "-pk")
    return found.order_by("-created_at", "-pk").prefetch_related(
        Prefetch("stagings", stagings.prefetch_related("versions"), to_attr="listed_stagings")
    )


def found_exactly(user: User, query: str) -> Patient | None:
    """The one visible patient with this case number or hospital number, if there is exactly one."""
    matches = visible_patients(user).filter(Q(case_id__iexact=query) | Q(hospital_number__iexact=query))
    found = list(matches[:2])
    return found[0] if len(found) == 1 else None


def next_case_number() -> str:
    """A free case number of this year, 'YYYY-NNN'; only a suggestion."""
    year = timezone.localdate().year
    used = Patient.objects.filter(case_id__regex=rf"^{year}-\d{{3,6}}$").values_list("case_id", flat=True)
    return f"{year}-{max((int(case_id[5:]) for case_id in used), default=0) + 1:03d}"


def get_visible_patient(user: User, pk: int) -> Patient:
    """The patient; raises `Http404` (there is none) or `PermissionDenied` (not this user's business)."""
    patient = Patient.objects.select_related("centre", "surgeon", "oncologist").filter(pk=pk).first()
    if patient is None:
        raise Http404("There is no such patient.")
    if not user.has_perm("patients.view_patient", patient):
        raise PermissionDenied("This record belongs to a centre whose patients you do not see.")
    return patient


def get_visible_staging(user: User, pk: int) -> Staging:
    """The staging with its patient; raises `Http404` or `PermissionDenied`."""
    staging = Staging.objects.select_related("patient__centre").filter(pk=pk).first()
    if staging is None:
        raise Http404("There is no such staging.")
    if not user.has_perm("patients.view_patient", staging):
        raise PermissionDenied("This record belongs to a centre whose patients you do not see.")
    return staging


def _block_value(staging: Staging, name: str) -> Any:
    column = FACT_COLUMNS[name]
    owner: Any = staging if column.level == "staging" else staging.patient
    if column.model is Patient:
        return getattr(owner, column.attribute)
    try:
        return getattr(getattr(owner, column.model._meta.model_name or ""), column.attribute)
    except ObjectDoesNotExist:
        return None


def with_blocks(stagings: QuerySet[Staging]) -> QuerySet[Staging]:
    """The same stagings with every block of facts fetched in the same query."""
    return stagings.select_related(*_BLOCK_PATHS)


def lesion_facts(finding: LesionFinding) -> dict[str, Any]:
    """One lesion as a case document holds it: `id` and the facts that are known."""
    known = {name: getattr(finding, name) for name in LESION_COLUMNS if getattr(finding, name) is not None}
    return {"id": finding.lesion.label, **known}


def stored_facts(staging: Staging) -> dict[str, Any]:
    """Every fact that stands in a column, by name, read anew; facts that are missing are not in it.

    `lesions` holds the list of lesions, when there are any. Values from series are not here
    (`decisions.case_facts.resolve`).
    """
    fresh = with_blocks(Staging.objects.filter(pk=staging.pk)).get()
    facts = {name: _block_value(fresh, name) for name in FACT_COLUMNS}
    facts = {name: value for name, value in facts.items() if value is not None}
    findings = fresh.lesion_findings.select_related("lesion").order_by("lesion__label")
    lesions = [lesion_facts(finding) for finding in findings]
    return {**facts, "lesions": lesions} if lesions else facts


def stored_value(staging: Staging, name: str) -> Any:
    """The value in one fact's column, or None."""
    return _block_value(with_blocks(Staging.objects.filter(pk=staging.pk)).get(), name)


def fact_entries(staging: Staging) -> dict[str, FactEntry]:
    """Where the facts of this staging and of its patient come from, by name."""
    entries = FactEntry.objects.filter(patient=staging.patient_id).filter(
        Q(staging=staging) | Q(staging__isnull=True)
    )
    return {entry.name: entry for entry in entries.select_related("recorded_by")}


def previous_staging(staging: Staging) -> Staging | None:
    """The staging of the same patient that comes before this one by date (by entry, if this one has none)."""
    others = Staging.objects.filter(patient=staging.patient_id, withdrawn_at__isnull=True).exclude(
        pk=staging.pk
    )
    if staging.date is not None:
        return others.filter(date__lt=staging.date).order_by("-date").first()
    return others.filter(pk__lt=staging.pk).order_by("-pk").first()


def log_access(request: HttpRequest, patient: Patient) -> None:
    """Note that the signed-in user has read this patient's record, and from where."""
    RecordAccess.objects.create(
        patient=patient,
        user=cast("User", request.user),
        path=request.path[:200],
        address=request.META.get("REMOTE_ADDR") or None,
    )
