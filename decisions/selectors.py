"""Reads of advice that are more than a get."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef

from decisions.case_facts import document_of
from decisions.engine.assess import ENGINE_VERSION, assess
from decisions.engine.document import parse
from decisions.models import Assessment, AssessmentJob
from decisions.rulebooks import current_rulebook, current_thresholds
from patients.models import Staging, StagingVersion

__all__ = [
    "assessment_job",
    "current_rulebook",
    "current_thresholds",
    "is_current",
    "latest_assessment",
    "latest_frozen",
    "preview",
    "staged_documents",
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
    return assessment.rulebook_id == current_rulebook().pk and assessment.engine_version == ENGINE_VERSION


def preview(staging: Staging) -> dict[str, Any]:
    """The assessment document of the staging's present facts; missing ones stay so. Nothing is stored."""
    document = document_of(staging, with_derived=True)
    return assess(parse(document), current_thresholds())


def staged_documents() -> Iterator[dict[str, Any]]:
    """The case document of the newest staged version of every staging in use, oldest first."""
    frozen = StagingVersion.objects.filter(state=StagingVersion.State.FROZEN)
    later = frozen.filter(staging=OuterRef("staging"), number__gt=OuterRef("number"))
    newest = frozen.filter(~Exists(later), staging__withdrawn_at__isnull=True).order_by("pk")
    for document in newest.values_list("document", flat=True).iterator(chunk_size=500):
        assert document is not None
        yield document
