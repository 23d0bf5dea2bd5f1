"""Cases, and changes of the rulebook made as its users make them."""

import datetime
from typing import Any

from accounts.models import Centre, User
from decisions.documents import import_documents
from decisions.engine.synthetic import cohort
from decisions.models import AssessmentJob, RulebookDraft, RulebookProfile, RulebookVersion
from decisions.services import approve_draft, run_assessment, save_draft, start_draft, submit_draft
from decisions.services.draft_saving import Wanted
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


def held(draft: RulebookDraft) -> dict[str, Wanted]:
    """The changes of a draft as its form shows them."""
    return {item.name: Wanted(item.value, item.reason, item.reference) for item in draft.changes.all()}


def set_heading(
    *, by: User, draft: RulebookDraft, revision: int, title: str, holds_from: datetime.date, centres: Any
) -> RulebookDraft:
    """Save the form with another heading."""
    return save_draft(
        by=by, draft=draft, revision=revision, title=title, holds_from=holds_from, centres=centres,
        changes=held(draft),
    )  # fmt: skip


def _saved(by: User, draft: RulebookDraft, revision: int, changes: dict[str, Wanted]) -> RulebookDraft:
    return save_draft(
        by=by, draft=draft, revision=revision, title=draft.title, holds_from=draft.holds_from,
        centres=draft.centres, changes=changes,
    )  # fmt: skip


def set_change(
    *, by: User, draft: RulebookDraft, revision: int, name: str, value: Any, reason: str, reference: str
) -> RulebookDraft:
    """Save the form with one change more, or another value of it."""
    return _saved(by, draft, revision, {**held(draft), name: Wanted(value, reason, reference)})


def remove_change(*, by: User, draft: RulebookDraft, revision: int, name: str) -> RulebookDraft:
    """Save the form without one of its changes."""
    return _saved(by, draft, revision, {key: value for key, value in held(draft).items() if key != name})


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
