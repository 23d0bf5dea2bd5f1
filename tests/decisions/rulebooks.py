"""Cases, and changes of the rulebook made as its users make them."""

from typing import Any

from accounts.models import Centre, User
from decisions.documents import import_documents
from decisions.engine.synthetic import cohort
from decisions.models import AssessmentJob, RulebookDraft, RulebookProfile, RulebookVersion
from decisions.services import approve_draft, run_assessment, set_change, start_draft, submit_draft
from patients.models import StagingVersion


def stage_cohort(by: User, number: int, seed: int = 7, centre: Centre | None = None) -> list[StagingVersion]:
    """Synthetic cases, each staged and assessed."""
    found = list(cohort(number, seed))
    for place, document in enumerate(found):
        document["case"] = {**document["case"], "id": f"S{seed}-{place:04d}"}
    report = import_documents(by=by, documents=found, stage=True, centre=centre)
    assert report.created == number, report.refused
    for pk in AssessmentJob.objects.exclude(state="done").values_list("pk", flat=True):
        run_assessment(pk)
    return list(
        StagingVersion.objects.filter(staging__patient__case_id__startswith=f"S{seed}-").order_by("pk")
    )


def drafted(
    by: User, profile: RulebookProfile | None = None, centres: Any = None, **numbers: float
) -> RulebookDraft:
    """A draft with these changes."""
    draft = start_draft(by=by, title="Local audit", profile=profile, centres=centres)
    for name, value in numbers.items():
        draft = set_change(
            by=by, draft=draft, revision=draft.revision, name=name, value=value,
            reason="Two liver failures in 2025", reference="Local audit, 12 March 2026",
        )  # fmt: skip
    return draft


def activated(by: User, approver: User, **given: Any) -> RulebookVersion:
    """A version that went the whole way."""
    draft = drafted(by, **given)
    draft = submit_draft(by=by, draft=draft, revision=draft.revision)
    typed = {change.name: f"{change.value:g}" for change in draft.changes.all()}
    draft = approve_draft(by=approver, draft=draft, revision=draft.revision, typed=typed)
    assert draft.version is not None
    return draft.version
