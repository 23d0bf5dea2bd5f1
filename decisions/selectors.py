"""Reads of advice that are more than a get."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from decisions.case_facts import document_of
from decisions.engine.assess import ENGINE_VERSION, assess
from decisions.engine.document import parse
from decisions.models import Assessment, AssessmentJob
from decisions.rulebooks import current_rulebook, current_thresholds
from patients.models import Patient, Staging, StagingVersion

__all__ = [
    "assessment_job",
    "current_rulebook",
    "current_thresholds",
    "is_current",
    "latest_assessment",
    "latest_frozen",
    "open_versions",
    "preview",
    "staged_versions",
    "with_superseded",
]


def latest_frozen(staging: Staging) -> StagingVersion | None:
    """The newest staged version, with its document; None while the case was never staged."""
    frozen = StagingVersion.objects.filter(staging=staging, state=StagingVersion.State.FROZEN)
    return frozen.order_by("-number").first()


def latest_assessment(staging: Staging) -> Assessment | None:
    """The newest assessment of the newest staged version; None while there is none yet.

    An assessment of a version that was superseded is not the staging's assessment any more.
    """
    version = latest_frozen(staging)
    if version is None:
        return None
    return (
        version.assessments.select_related("rulebook", "staging_version")
        .order_by("-created_at", "-pk")
        .first()
    )


def assessment_job(staging: Staging) -> AssessmentJob | None:
    """The newest job of the newest staged version: queued, running, done or failed with the reason."""
    version = latest_frozen(staging)
    return version.jobs.order_by("-queued_at", "-pk").first() if version else None


def is_current(assessment: Assessment) -> bool:
    """True when the assessment was made under the rulebook and the engine version in force."""
    patient = assessment.staging_version.staging.patient
    return (
        assessment.rulebook_id == current_rulebook(patient).pk and assessment.engine_version == ENGINE_VERSION
    )


def preview(staging: Staging) -> dict[str, Any]:
    """The assessment document of the staging's present facts; missing ones stay so. Nothing is stored."""
    document = document_of(staging, with_derived=True)
    return assess(parse(document), current_thresholds(staging.patient))


def staged_versions() -> QuerySet[StagingVersion]:
    """The newest staged version of every staging in use."""
    frozen = StagingVersion.objects.filter(state=StagingVersion.State.FROZEN)
    later = frozen.filter(staging=OuterRef("staging"), number__gt=OuterRef("number"))
    return frozen.filter(~Exists(later), staging__withdrawn_at__isnull=True)


def open_versions() -> QuerySet[StagingVersion]:
    """Of every patient who is alive and with this board the newest staged version of the newest staging in use."""
    later = staged_versions().filter(staging__patient=OuterRef("staging__patient"))
    newer = later.filter(
        Q(staging__date__gt=OuterRef("staging__date"))
        | Q(staging__date=OuterRef("staging__date"), staging__pk__gt=OuterRef("staging__pk"))
    )
    return staged_versions().filter(~Exists(newer), staging__patient__vital_status=Patient.VitalStatus.ALIVE)


def with_superseded(assessments: QuerySet[Assessment]) -> QuerySet[Assessment]:
    """Each with `superseded`: whether a newer version of the staging, or a newer rulebook or engine, has its own."""
    newer = Assessment.objects.filter(staging_version__staging=OuterRef("staging_version__staging")).filter(
        Q(staging_version__number__gt=OuterRef("staging_version__number"))
        | Q(staging_version=OuterRef("staging_version"), pk__gt=OuterRef("pk"))
    )
    return assessments.annotate(superseded=Exists(newer))
